//! Why FFmpeg refuses a filter chain, and what to do about it.
//! It neither builds chains nor runs them.

use crate::error::Remedy;
use crate::ffi::names;
use crate::suggest;

/// How to find the names of filters and of their options.
pub(crate) const LISTS: &str =
    "`ffmpeg -filters` lists the filters, `ffmpeg -h filter=NAME` its options";

/// The cause and the remedy where a filter in `chain` does not exist.
///
/// FFmpeg says so only where it gets that far: since 6.0 it stumbles over unnamed options of such a filter first.
pub(crate) fn unknown_filter(chain: &str) -> Option<(String, Remedy)> {
    let known = names::filters();
    let unknown = filters(chain).find(|name| !known.iter().any(|filter| filter == name))?;
    let remedy = suggest::remedy(unknown, known.iter().map(String::as_str), LISTS);
    Some((format!("there is no filter `{unknown}`"), remedy))
}

/// The names of the filters in a chain, or in a graph of several.
fn filters(chain: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    let ends_filter = move |c| {
        if std::mem::take(&mut escaped) {
            return false;
        }
        match c {
            '\'' => quoted = !quoted,
            '\\' => escaped = !quoted,
            _ => {}
        }
        matches!(c, ',' | ';') && !quoted
    };
    chain.split(ends_filter).filter_map(|filter| {
        let mut filter = filter.trim();
        // Labels of its inputs.
        while filter.starts_with('[') {
            filter = filter.split_once(']')?.1.trim_start();
        }
        // `sws_flags=…;` before a graph sets an option of all its scalers.
        let name = filter.split(['=', '@', '[']).next().map(str::trim)?;
        (!name.is_empty() && name != "sws_flags").then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_between_labels_quotes_and_options() {
        let names = |chain| filters(chain).collect::<Vec<_>>();
        assert_eq!(names("crop=64:32, scale=w=2*iw:h=-2"), ["crop", "scale"]);
        assert_eq!(
            names("sws_flags=area;split [a] [b];[a]hflip@left[c];[c] [b]hstack"),
            ["split", "hflip", "hstack"]
        );
        assert_eq!(names(r"drawtext=text='a,b\',setpts=N*min(1\,2)"), ["drawtext", "setpts"]);
        assert_eq!(names(""), [""; 0]);
    }

    #[test]
    fn a_misspelt_filter_gets_a_suggestion() {
        let (cause, remedy) = unknown_filter("hflip,crpo=64:32").unwrap();
        assert_eq!(cause, "there is no filter `crpo`");
        assert!(remedy.to_string().contains("did you mean `crop`?"), "{remedy}");
        assert!(unknown_filter("hflip,crop=64:32").is_none());
    }
}
