//! Image sequences: `frames/%05d.png`, or a glob such as `'frames/*.png'`.
//! It does not look whether any file matches; FFmpeg does.

use std::path::Path;

use super::{OpenSpec, file};
use crate::config::InputConfig;
use crate::error::{Error, ErrorKind, Result};

/// Images by their ending, as FFmpeg's image reader knows them.
pub(super) fn is_image(path: &Path) -> bool {
    // Those of libavformat/img2.c that say "picture" and nothing else: `y` and `raw` may be anything.
    const ENDINGS: &str = "bmp cr2 dds dpx exr gif hdr im1 im8 j2c j2k jls jp2 jpc jpeg jpg jpx jxl ljpg mpo pam pbm \
        pcd pcx pfm pgm pgmyuv phm pic pix png ppm psd qoi ras sgi sun svg svgz tga tif tiff webp xbm xpm xwd";
    path.extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| ENDINGS.split_whitespace().any(|known| known.eq_ignore_ascii_case(e)))
}

/// A number pattern: `%d`, `%05d`.
fn has_number(location: &str) -> bool {
    location.match_indices('%').any(|(at, _)| {
        let digits = location[at + 1..].trim_start_matches(|c: char| c.is_ascii_digit());
        digits.starts_with('d')
    })
}

fn has_glob(location: &str) -> bool {
    location.contains(['*', '?', '['])
}

pub(super) fn is_sequence(input: &InputConfig) -> bool {
    let location = input.location.to_string_lossy();
    has_number(&location) || has_glob(&location)
}

pub(super) fn resolve(input: &InputConfig) -> Result<OpenSpec> {
    let location = input.location.to_string_lossy();
    let path = Path::new(&input.location);
    if has_glob(&location) && !has_number(&location) && !is_image(path) {
        return Err(Error::new(
            ErrorKind::Open,
            location,
            "no such file, and only images can be read by a pattern",
        )
        .with_remedy(
            "without quotes the shell lists the matching files, and each becomes an entity",
        ));
    }
    let pattern = if has_number(&location) { "sequence" } else { "glob" };
    let spec = OpenSpec {
        url: input.location.clone(),
        format: Some("image2".into()),
        display: location.clone().into_owned(),
        name: path.file_name().map_or(location.clone(), |n| n.to_string_lossy()).into_owned(),
        reopens: true,
        ..OpenSpec::default()
    };
    Ok(spec.may_use(file::PROTOCOLS).option("pattern_type", pattern).picture_options(input))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_told_from_names() {
        for yes in ["a%d.png", "a%05d.png", "%3d"] {
            assert!(has_number(yes), "{yes}");
        }
        for no in ["100%.png", "a%20b.png", "a%s", "%"] {
            assert!(!has_number(no), "{no}");
        }
    }

    #[test]
    fn a_glob_of_other_files_is_explained() {
        let error = resolve(&InputConfig::new("nothing/*.mp4")).unwrap_err();
        assert!(error.remedy().is_some());
    }
}
