//! Image sequences: a number pattern, a glob, a folder of pictures, or the pictures themselves.
//! It lists the files and says what is odd about the list; it opens none of them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{OpenSpec, file, pattern, signature};
use crate::config::InputConfig;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::Warning;
use crate::redact::redact_location;
use crate::time::FrameRate;

/// Options of FFmpeg's own reader of sequences, which this one stands in for.
pub(super) const OWN_OPTIONS: [&str; 3] = ["pattern_type", "start_number", "start_number_range"];

/// So many stills on a command line are a sequence, or what a shell made of the pattern of one.
const FEW: usize = 3;
/// As many stills that are no sequence are not meant to become an entity each.
const MANY: usize = 10;

/// Images by their ending, as FFmpeg's image reader knows them.
pub(super) fn is_image(path: &Path) -> bool {
    // Those of libavformat/img2.c that say "picture" and nothing else: `y` and `raw` may be anything.
    const ENDINGS: &str = "bmp cr2 dds dpx exr gif hdr im1 im8 j2c j2k jls jp2 jpc jpeg jpg jpx jxl ljpg mpo pam pbm \
        pcd pcx pfm pgm pgmyuv phm pic pix png ppm psd qoi ras sgi sun svg svgz tga tif tiff webp xbm xpm xwd";
    path.extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| ENDINGS.split_whitespace().any(|known| known.eq_ignore_ascii_case(e)))
}

/// Some part of the path holds a number pattern.
fn has_number(location: &str) -> bool {
    location.split('/').any(|part| pattern::Numbered::parse(part).is_some())
}

fn has_glob(location: &str) -> bool {
    location.contains(['*', '?', '[', '{'])
}

pub(super) fn is_sequence(input: &InputConfig) -> bool {
    let location = input.location.to_string_lossy();
    has_number(&location) || has_glob(&location)
}

/// The pictures that a pattern names.
pub(super) fn resolve(input: &InputConfig) -> Result<OpenSpec> {
    let location = input.location.to_string_lossy();
    if has_number(&location) { by_number(input, &location) } else { by_glob(input, &location) }
}

fn by_number(input: &InputConfig, location: &str) -> Result<OpenSpec> {
    let mut found = pattern::numbered(location, false);
    if found.is_empty() {
        let others = pattern::numbered(location, true);
        let hint = match others.as_slice() {
            [] => "check the folder and the ending; a folder of pictures may be named alone"
                .to_owned(),
            [(_, path), ..] => {
                format!("there is {}: write the pattern with as many digits, or %d", path.display())
            }
        };
        return Err(failed(location, "No such file: no name fits the pattern").with_remedy(hint));
    }
    if let Some((_, first)) = input.options.iter().find(|(key, _)| key == "start_number") {
        let first: u64 = first.parse().map_err(|_| {
            Error::new(ErrorKind::Config, "start_number", format!("`{first}` is no number"))
        })?;
        let last = found.last().map_or(0, |(number, _)| *number);
        found.retain(|(number, _)| *number >= first);
        if found.is_empty() {
            let cause = format!("no picture has the number {first} or a later one");
            return Err(failed(location, cause).with_remedy(format!("the last number is {last}")));
        }
    }
    let numbers: Vec<u64> = found.iter().map(|(number, _)| *number).collect();
    let files = found.into_iter().map(|(_, path)| path).collect();
    Ok(spec(input, location, files).warn_if(gaps(&numbers)))
}

fn by_glob(input: &InputConfig, location: &str) -> Result<OpenSpec> {
    let found = pattern::globbed(location).map_err(|error| {
        failed(location, format!("it is no pattern: {}", error.kind()))
            .with_remedy("`*`, `?`, `[abc]`, `{a,b}` and `**` stand for parts of names")
    })?;
    let any = !found.is_empty();
    let (pictures, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|path| is_image(path));
    if pictures.is_empty() && any {
        return Err(failed(location, "only images can be read by a pattern").with_remedy(
            "without quotes the shell lists the matching files, and each becomes an entity",
        ));
    }
    if pictures.is_empty() {
        return Err(failed(location, "no file matches the pattern")
            .with_remedy("check the folder and the ending; `*` stands for any part of a name"));
    }
    Ok(spec(input, location, pictures).about_the_list().warn_if(left_out(&others)))
}

/// The pictures in a folder.
pub(super) fn folder(input: &InputConfig) -> Result<OpenSpec> {
    let path = Path::new(&input.location);
    let location = input.location.to_string_lossy();
    let (pictures, others): (Vec<_>, Vec<_>) =
        pattern::files_in(path).into_iter().partition(|path| is_image(path));
    let videos = others.iter().filter(|path| signature::is_video(path)).count();
    if videos > 0 {
        let cause = format!("it is a directory of {videos} videos");
        return Err(failed(&location, cause).with_remedy(Remedy::ConvertAll));
    }
    if pictures.is_empty() {
        let deeper = pattern::globbed(&format!("{}/**/*", location.trim_end_matches('/')));
        let deeper = deeper.unwrap_or_default();
        let below = deeper.iter().find(|path| is_image(path)).and_then(|path| path.parent());
        let hint = match (below, others.first()) {
            (Some(below), _) => format!("there are pictures in {}", below.display()),
            (None, Some(file)) => format!("name a file, such as {}", file.display()),
            (None, None) => "name a file, or a folder of pictures".to_owned(),
        };
        return Err(failed(&location, "it is a directory without pictures").with_remedy(hint));
    }
    let name =
        path.canonicalize().ok().and_then(|p| Some(p.file_name()?.to_string_lossy().into_owned()));
    let mut spec = spec(input, &location, pictures).about_the_list();
    spec.name = name.unwrap_or(spec.name);
    Ok(spec)
}

/// Pictures that were listed one by one.
pub(super) fn listed(input: &InputConfig) -> Result<OpenSpec> {
    let location = input.location.to_string_lossy();
    if let Some(missing) = input.pictures.iter().find(|path| !path.is_file()) {
        return Err(
            failed(&missing.to_string_lossy(), "no such file").with_remedy("check the path")
        );
    }
    Ok(spec(input, &location, input.pictures.clone()).about_the_list())
}

fn failed(location: &str, cause: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Open, redact_location(location), cause)
}

fn spec(input: &InputConfig, location: &str, files: Vec<PathBuf>) -> OpenSpec {
    let name = Path::new(location).file_name();
    let spec = OpenSpec {
        url: input.location.clone(),
        display: location.to_owned(),
        name: name.map_or_else(|| location.to_owned(), |n| n.to_string_lossy().into_owned()),
        reopens: true,
        pictures: Some(files.into()),
        ..OpenSpec::default()
    }
    .may_use(file::PROTOCOLS);
    let assumed = input.frame_rate.is_none().then_some(Warning::RateAssumed(FrameRate::ASSUMED));
    let mut spec = spec.picture_options(input).warn_if(assumed);
    if input.frame_rate.is_none() {
        spec.options.push(("framerate".to_owned(), FrameRate::ASSUMED.fraction()));
    }
    spec
}

impl OpenSpec {
    fn warn_if(mut self, warning: Option<Warning>) -> Self {
        self.warnings.extend(warning);
        self
    }

    /// What is odd about pictures that were not asked for by their numbers.
    fn about_the_list(self) -> Self {
        let names: Vec<Name<'_>> =
            self.pictures.iter().flat_map(|files| files.iter()).filter_map(|p| name(p)).collect();
        let first = names.first().map(|name| (name.folder, name.before));
        let one = names.iter().all(|name| Some((name.folder, name.before)) == first);
        let numbers: Vec<u64> = names.iter().filter_map(|name| name.number).collect();
        let gaps = (one && numbers.len() == names.len()).then(|| gaps(&numbers)).flatten();
        self.warn_if(gaps)
    }
}

/// A name of a file around its last number.
#[derive(Debug, PartialEq)]
struct Name<'a> {
    folder: Option<&'a Path>,
    before: &'a str,
    number: Option<u64>,
}

fn name(path: &Path) -> Option<Name<'_>> {
    let stem = path.file_stem()?.to_str()?;
    let before = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    Some(Name { folder: path.parent(), before, number: stem[before.len()..].parse().ok() })
}

/// Numbers that are missing among these, if few are: a sequence may count in steps, or in nanoseconds.
fn gaps(numbers: &[u64]) -> Option<Warning> {
    let (first, last) = (numbers.iter().min()?, numbers.iter().max()?);
    let there = numbers.len() as u64;
    let missing = (last - first + 1).checked_sub(there).filter(|&n| n > 0 && n < there)?;
    let steps = || numbers.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    let step = steps().next()?;
    if steps().all(|s| s == step) {
        return None;
    }
    let before = numbers.windows(2).find(|pair| pair[1] > pair[0] + 1).map_or(*first, |p| p[0]);
    Some(Warning::MissingPictures(format!(
        "{missing} of the numbers {first} to {last} are missing, the first of them {}; \
         the pictures that are there follow each other",
        before + 1
    )))
}

fn left_out(others: &[PathBuf]) -> Option<Warning> {
    let first = others.first()?;
    Some(Warning::LeftOut(format!(
        "{} of the matching files are no pictures, the first of them {}",
        others.len(),
        first.display()
    )))
}

/// Inputs with stills of one numbering made one image sequence: what an unquoted pattern on a command line means.
///
/// Three or more stills right after each other, of one folder and of names that differ in their number alone, are one
/// sequence. Everything else stays as it is.
///
/// ```no_run
/// use vstream::{InputConfig, join_pictures};
///
/// let files = ["frames/1.png", "frames/2.png", "frames/3.png"];
/// let inputs = join_pictures(files.map(InputConfig::new).to_vec())?;
/// assert_eq!(inputs.len(), 1);
/// # Ok::<(), vstream::Error>(())
/// ```
///
/// # Errors
/// Ten or more stills of one folder without a common numbering: each would become an entity of one frame.
pub fn join_pictures(inputs: Vec<InputConfig>) -> Result<Vec<InputConfig>> {
    let mut joined: Vec<InputConfig> = Vec::with_capacity(inputs.len());
    let mut rest = inputs.as_slice();
    while let Some(first) = rest.first() {
        let alike = rest.iter().take_while(|input| one_numbering(first, input)).count();
        let together = rest.iter().take_while(|input| one_folder(first, input)).count();
        if alike >= FEW {
            joined.push(sequence_of(&rest[..alike]));
        } else if together >= MANY {
            let quoted = pattern_of(first);
            return Err(Error::new(
                ErrorKind::Config,
                quoted.to_string_lossy(),
                format!(
                    "{together} pictures without a common numbering would become as many videos"
                ),
            )
            .with_remedy(format!(
                "quote the pattern, to read them as one: '{}'",
                quoted.display()
            )));
        } else {
            joined.extend_from_slice(&rest[..alike.max(1)]);
        }
        rest = &rest[alike.max(1)..];
    }
    Ok(joined)
}

fn still(input: &InputConfig) -> Option<&Path> {
    Some(Path::new(&input.location)).filter(|path| is_image(path) && path.is_file())
}

fn one_folder(first: &InputConfig, other: &InputConfig) -> bool {
    let parent = |input| still(input).map(Path::parent);
    parent(first).is_some() && parent(first) == parent(other)
}

fn one_numbering(first: &InputConfig, other: &InputConfig) -> bool {
    let key = |input| {
        let path = still(input)?;
        let name = name(path)?;
        name.number.map(|_| (name.folder, name.before, path.extension()))
    };
    key(first).is_some() && key(first) == key(other)
}

/// `frames/*.png` for `frames/01.png`.
fn pattern_of(input: &InputConfig) -> PathBuf {
    let path = Path::new(&input.location);
    let numbered = name(path).filter(|name| name.number.is_some());
    let before = numbered.map_or("", |name| name.before);
    let mut file = OsString::from(before);
    file.push("*.");
    file.push(path.extension().unwrap_or_default());
    path.with_file_name(file)
}

fn sequence_of(stills: &[InputConfig]) -> InputConfig {
    let mut files: Vec<PathBuf> =
        stills.iter().map(|input| PathBuf::from(&input.location)).collect();
    files.sort_by_key(|path| name(path).and_then(|name| name.number));
    let first = &stills[0];
    InputConfig { location: pattern_of(first).into(), ..first.clone() }.with_pictures(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(numbers: &[u64]) -> Option<String> {
        gaps(numbers).map(|warning| warning.to_string())
    }

    #[test]
    fn few_missing_numbers_are_a_gap_and_steps_are_none() {
        let said = missing(&[1, 2, 3, 6, 7]).unwrap();
        assert!(
            said.contains("2 of the numbers 1 to 7") && said.contains("first of them 4"),
            "{said}"
        );
        assert_eq!(missing(&[1, 2, 3]), None);
        assert_eq!(missing(&[0, 10, 20, 30]), None);
        assert_eq!(missing(&[1_403_636_579_763, 1_403_636_579_813, 1_403_636_579_862]), None);
        assert_eq!(missing(&[7]), None);
    }

    #[test]
    fn a_name_is_told_apart_around_its_number() {
        let parts = |path| {
            let name = name(Path::new(path)).unwrap();
            (name.before.to_owned(), name.number)
        };
        assert_eq!(parts("x/frame_12.png"), ("frame_".to_owned(), Some(12)));
        assert_eq!(parts("left.png"), ("left".to_owned(), None));
    }
}
