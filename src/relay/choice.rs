//! Which of the pictures in a recording become video, and why the others do not.
//! Pure.

use rerun::EntityPath;

use super::pictures::Kind;
use super::raw::number_kind;
use super::survey::{Found, Place, Survey};
use crate::error::{Error, ErrorKind, Result};
use crate::suggest;

/// What becomes of the pictures of one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fate {
    /// They are encoded.
    Encode,
    /// A stream that gets the headers that its keyframes lack; nothing is encoded.
    Repair,
    /// A stream that the Viewer shows right: it goes through as it is, and can be written to a video file.
    Keep,
    /// They go through as they are, because of this.
    Left(&'static str),
}

/// What becomes of everything that was found. Entities that are asked for are all that is taken.
pub(crate) fn choose<'a>(
    survey: &'a Survey,
    asked: &[String],
    has_range: bool,
    subject: &str,
) -> Result<Vec<(&'a Place, &'a Found, Fate)>> {
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
    let fate = |entity: &EntityPath, found: &Found| {
        if !asked.is_empty() {
            return match asked.iter().any(|pattern| pattern.matches(entity)) {
                true => of_asked(found, has_range),
                false => Fate::Left("it was not asked for"),
            };
        }
        of_found(found, has_range)
    };
    let all = survey.places.iter();
    Ok(all.map(|(place, found)| (place, found, fate(&place.1, found))).collect())
}

fn of_found(found: &Found, has_range: bool) -> Fate {
    match of_asked(found, has_range) {
        Fate::Encode if found.kind.is_data() => {
            Fate::Left("its numbers would not outlive lossy coding")
        }
        Fate::Encode if found.rows < 2 => Fate::Left("it is a single picture"),
        fate => fate,
    }
}

fn of_asked(found: &Found, has_range: bool) -> Fate {
    let numbers = found.first_format.is_some_and(|format| number_kind(format).is_some());
    match found.kind {
        _ if found.rows == 0 => Fate::Left("it is on no timeline"),
        Kind::Segmentation => Fate::Left("it is no picture that a video could show"),
        _ if numbers && !has_range => {
            Fate::Left("its pixels are numbers, and no range of them is given to be shown")
        }
        Kind::Encoded | Kind::EncodedDepth if found.unknown == found.rows => {
            Fate::Left("its pictures are of no kind that is known")
        }
        Kind::Stream if found.verdict.flaw().is_none() => Fate::Keep,
        Kind::Stream if found.verdict.is_repairable() => Fate::Repair,
        _ => Fate::Encode,
    }
}

/// An entity as it is asked for: a path, or with `/**` behind it all that lies below.
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
