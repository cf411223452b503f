//! Decides which pictures of a recording become video, and gives the reason where they do not.
//! It decodes nothing.

use rerun::EntityPath;

use super::pictures::Kind;
use super::raw::number_kind;
use super::survey::{Found, Place, Survey};
use crate::error::{Error, ErrorKind, Result};
use crate::suggest;

/// What is done with the pictures of one entity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Handling {
    /// Encode them.
    Encode,
    /// A stream whose keyframes lack headers: add these, and encode nothing.
    Repair,
    /// A stream that the Viewer shows correctly: pass it through unchanged. It can be written to a video file.
    Keep,
    /// Pass them through unchanged, for this reason.
    Left(&'static str),
}

/// Decide for every entity with pictures. If entities are asked for, only those are converted.
pub(crate) fn choose<'a>(
    survey: &'a Survey,
    asked: &[String],
    has_range: bool,
    subject: &str,
) -> Result<Vec<(&'a Place, &'a Found, Handling)>> {
    let asked: Vec<Pattern> = asked.iter().map(|text| Pattern::new(text)).collect();
    for pattern in &asked {
        if !survey.places.keys().any(|(_, entity)| pattern.matches(entity)) {
            let names: Vec<String> =
                survey.places.keys().map(|(_, entity)| entity.to_string()).collect();
            let cause = format!("there are no pictures at {}", pattern.text);
            let others = match names.as_slice() {
                [] => "it holds no pictures at all".to_owned(),
                names => format!("there are pictures at {}", names.join(", ")),
            };
            let remedy = suggest::remedy(&pattern.text, names.iter().map(String::as_str), others);
            return Err(Error::new(ErrorKind::NoVideo, subject, cause).with_remedy(remedy));
        }
    }
    let handling = |entity: &EntityPath, found: &Found| {
        if !asked.is_empty() {
            return match asked.iter().any(|pattern| pattern.matches(entity)) {
                true => of_asked(found, has_range),
                false => Handling::Left("it was not asked for"),
            };
        }
        of_found(found, has_range)
    };
    let all = survey.places.iter();
    Ok(all.map(|(place, found)| (place, found, handling(&place.1, found))).collect())
}

fn of_found(found: &Found, has_range: bool) -> Handling {
    match of_asked(found, has_range) {
        Handling::Encode if found.kind.is_data() => {
            Handling::Left("lossy coding would ruin its values")
        }
        Handling::Encode if found.rows < 2 => Handling::Left("it is a single picture"),
        handling => handling,
    }
}

fn of_asked(found: &Found, has_range: bool) -> Handling {
    let numbers = found.first_format.is_some_and(|format| number_kind(format).is_some());
    match found.kind {
        _ if found.rows == 0 => Handling::Left("it is on no timeline"),
        Kind::Segmentation => Handling::Left("it holds class ids, not colours"),
        _ if numbers && !has_range => {
            Handling::Left("its pixels are measured values, and no range to show was given")
        }
        Kind::Encoded | Kind::EncodedDepth if found.unknown == found.rows => {
            Handling::Left("its pictures are in an unknown format")
        }
        Kind::Stream if found.verdict.defect().is_none() => Handling::Keep,
        Kind::Stream if found.verdict.is_repairable() => Handling::Repair,
        _ => Handling::Encode,
    }
}

/// An entity that was asked for: a path, or everything below a path that ends in `/**`.
struct Pattern {
    text: String,
    path: EntityPath,
    subtree: bool,
}

impl Pattern {
    fn new(text: &str) -> Self {
        let (path, subtree) = match text.strip_suffix("/**") {
            Some(path) => (path, true),
            None => (text, false),
        };
        Self { text: text.to_owned(), path: EntityPath::parse_forgiving(path), subtree }
    }

    fn matches(&self, entity: &EntityPath) -> bool {
        *entity == self.path || self.subtree && entity.is_descendant_of(&self.path)
    }
}
