//! Image sequences: a number pattern, a glob, a folder of pictures, or the pictures themselves.
//! It lists the files and says what is odd about the list; it opens none of them.

use std::path::{Path, PathBuf};

use super::{OpenSpec, file, gif, numbering, pattern, signature};
use crate::config::InputConfig;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::Warning;
use crate::redact::redact_location;
use crate::time::FrameRate;

/// Options of FFmpeg's own reader of sequences, which this one replaces.
pub(super) const OWN_OPTIONS: [&str; 3] = ["pattern_type", "start_number", "start_number_range"];

/// So many stills on a command line are a sequence, or what a shell made of the pattern of one.
const FEW: usize = 3;
/// As many stills that are no sequence are not meant to become an entity each.
const MANY: usize = 10;

/// Images by their ending, as FFmpeg's image reader knows them. A GIF of several pictures is a video.
pub(super) fn is_image(path: &Path) -> bool {
    // Those of libavformat/img2.c that say "picture" and nothing else: `y` and `raw` may be anything.
    // `pcd` is a point cloud today, and Photo CD is gone.
    const ENDINGS: &str = "bmp cr2 dds dng dpx exr gif hdr im1 im8 j2c j2k jls jp2 jpc jpeg jpg jpx jxl ljpg mpo pam \
        pbm pcx pfm pgm pgmyuv phm pic pix png pnm ppm psd qoi ras sgi sun svg svgz tga tif tiff webp xbm xpm xwd";
    path.extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| ENDINGS.split_whitespace().any(|known| known.eq_ignore_ascii_case(e)))
        && !gif::is_animated(path)
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
            Error::new(ErrorKind::Config, "start_number", format!("`{first}` is not a number"))
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
    Ok(spec(input, location, files).warn_if(numbering::gaps(&numbers)))
}

fn by_glob(input: &InputConfig, location: &str) -> Result<OpenSpec> {
    let found = pattern::globbed(location).map_err(|error| {
        failed(location, format!("it is not a valid pattern: {}", error.kind()))
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
    let is_video = |path: &&PathBuf| signature::is_video(path) || gif::is_animated(path);
    let videos = others.iter().filter(is_video).count();
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
        return Err(
            failed(&location, "it is a directory without videos or pictures").with_remedy(hint)
        );
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
    let is_one = spec.pictures.as_ref().is_some_and(|pictures| pictures.len() == 1);
    let assumed = input.frame_rate.is_none() && !is_one;
    let assumed = assumed.then_some(Warning::RateAssumed(FrameRate::ASSUMED));
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
        let odd = self.pictures.as_deref().and_then(numbering::oddities);
        self.warn_if(odd)
    }
}

fn left_out(others: &[PathBuf]) -> Option<Warning> {
    let first = others.first()?;
    Some(Warning::LeftOut(format!(
        "{} of the matching files are not pictures, the first of them {}",
        others.len(),
        first.display()
    )))
}

/// Inputs with stills of one numbering made one image sequence: what an unquoted pattern on a command line means.
///
/// Three or more stills right after each other, of one folder and of names that differ in one number or date alone, are
/// one sequence. Everything else stays as it is.
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
        let alike = numbering::alike(rest.iter().map_while(still));
        let together = rest.iter().take_while(|input| one_folder(first, input)).count();
        if alike >= FEW {
            joined.push(sequence_of(&rest[..alike]));
        } else if together >= MANY {
            let quoted = pattern_of(&rest[..1]);
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

/// `frames/*.png` for `frames/01.png`, and another picture of its numbering.
fn pattern_of(inputs: &[InputConfig]) -> PathBuf {
    let path = |nth: usize| inputs.get(nth).map(|input| Path::new(&input.location));
    numbering::pattern_of(path(0).unwrap_or(Path::new("")), path(1))
}

fn sequence_of(stills: &[InputConfig]) -> InputConfig {
    let mut files: Vec<PathBuf> =
        stills.iter().map(|input| PathBuf::from(&input.location)).collect();
    pattern::sort(&mut files);
    InputConfig { location: pattern_of(stills).into(), ..stills[0].clone() }.with_pictures(files)
}
