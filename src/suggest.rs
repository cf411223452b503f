//! Suggestions for misspelt words.
//! It compares words; callers know what they stand for.

use crate::error::Remedy;

/// As alike as a typing error leaves two words: "v4l" and "v4l2" are, "mpeg" and "webm" are not.
const ALIKE: f64 = 0.85;

/// The candidate that is written most like `word`, if one is written much like it. Of names of several words, one word
/// is enough.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    let likeness = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let parts = candidate.split_whitespace().chain([candidate.as_str()]);
        parts.map(|part| strsim::jaro_winkler(&word, part)).fold(0.0, f64::max)
    };
    candidates
        .into_iter()
        .filter(|candidate| likeness(candidate) >= ALIKE)
        // The fewest letters to change, and then the fewest to add; of equals the first.
        .min_by_key(|candidate| {
            let edits = strsim::osa_distance(&word, &candidate.to_lowercase());
            (edits, candidate.chars().count().abs_diff(word.chars().count()))
        })
}

/// What to do about a name that is not known: the one that may be meant, if there is one, or else `otherwise`.
pub(crate) fn remedy<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: impl Into<Remedy>,
) -> Remedy {
    let otherwise = otherwise.into();
    match nearest(name, known) {
        Some(near) => Remedy::DidYouMean {
            names: vec![near.to_owned()],
            otherwise: Some(Box::new(otherwise)),
        },
        None => otherwise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_gets_a_suggestion() {
        let known = ["probesize", "rtsp_transport", "framerate", "v4l2"];
        assert_eq!(nearest("probsize", known), Some("probesize"));
        assert_eq!(nearest("rtsp_transprot", known), Some("rtsp_transport"));
        assert_eq!(nearest("V4L", known), Some("v4l2"));
        assert_eq!(nearest("rtps", ["rtmps", "rtsp"]), Some("rtsp"));
        assert_eq!(nearest("testsrc3", ["testsrc", "testsrc2"]), Some("testsrc2"));
        assert_eq!(nearest("colour", known), None);
    }

    #[test]
    fn one_word_of_a_longer_name_gets_a_suggestion() {
        let cameras = ["Logitech C920", "Integrated Camera"];
        assert_eq!(nearest("Logitec", cameras), Some("Logitech C920"));
        assert_eq!(nearest("integrated camra", cameras), Some("Integrated Camera"));
        assert_eq!(nearest("GoPro", cameras), None);
        let remedy = remedy("C929", cameras, "these are all");
        assert_eq!(remedy.to_string(), "did you mean `Logitech C920`? these are all");
    }
}
