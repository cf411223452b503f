//! Lists of files for FFmpeg's `concat` demuxer, which ends at the first file that it cannot open: such files are
//! removed from the list, with a warning.
//! A list whose files all open is left to FFmpeg as it is.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::event::{Cancel, Warning};
use crate::ffi::{self, BriefProbe, Input, OpenRequest};
use crate::input::open::is_http;
use crate::input::playlists::without_broken_segments;
use crate::source::OpenSpec;

/// The beginning of a list with a header; others need their format given.
const HEAD: &str = "ffconcat version";

/// Longer lists are left to FFmpeg.
const MOST: usize = 10_000;
const MOST_BYTES: usize = 1 << 20;

/// How long a server may take to send a list.
const FETCH: Duration = Duration::from_secs(10);

/// The input without the files of its list or its playlist that cannot be opened.
pub(crate) fn without_broken(spec: OpenSpec, cancel: &Cancel) -> OpenSpec {
    match shortened(&spec, cancel) {
        Some((list, warning)) => {
            let mut spec = with_list(spec, "concat", &list);
            spec.options.retain(|(key, _)| key != "safe");
            spec.options.push(("safe".to_owned(), "0".to_owned()));
            spec.warnings.push(warning);
            spec
        }
        None => without_broken_segments(spec),
    }
}

fn shortened(spec: &OpenSpec, cancel: &Cancel) -> Option<(String, Warning)> {
    let is_asked = spec.format.as_deref() == Some("concat");
    if !(is_asked || spec.format.is_none()) {
        return None;
    }
    let path = Path::new(&spec.display);
    let text = match is_http(&spec.url) {
        true if is_asked || is_called_list(&spec.url) => {
            let bytes = ffi::peek_url(&spec.url, &spec.options, MOST_BYTES, FETCH, cancel);
            String::from_utf8(bytes).ok().filter(|text| is_asked || text.starts_with(HEAD))?
        }
        false if spec.is_file && (is_asked || spec.head.starts_with(HEAD.as_bytes())) => {
            fs::read_to_string(path).ok()?
        }
        _ => return None,
    };
    let list = List::parse(&text)?;
    let option = |key: &str| spec.options.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
    if option("safe") != Some("0") && !list.files().all(is_safe) {
        return None;
    }
    let folder = match spec.is_file {
        true => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = std::path::absolute(folder.unwrap_or(Path::new("."))).ok()?;
            format!("file:{}/", folder.to_str()?)
        }
        false => folder_of(spec.url.to_str()?)?.to_owned(),
    };
    let opens = |file: &str| opens(located(&folder, file).as_ref(), spec, cancel);
    let broken: Vec<bool> = list.files().map(|file| !opens(file)).collect();
    let count = broken.iter().filter(|&&is| is).count();
    let first = broken.iter().position(|&is| is)?;
    if count == broken.len() || cancel.is_cancelled() {
        return None;
    }
    let name = list.files().nth(first).unwrap_or_default();
    let warning = Warning::LeftOut(format!(
        "{count} of the {} files of the list cannot be opened and are left out, the first of them {name}",
        broken.len()
    ));
    Some((list.without(&broken, &folder), warning))
}

/// Its name tells that an address is one of a list.
fn is_called_list(url: &OsStr) -> bool {
    url.to_string_lossy().split(['?', '#']).next().is_some_and(|url| url.ends_with(".ffconcat"))
}

/// The address of the folder of a list.
fn folder_of(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next()?;
    let (_, behind_scheme) = path.split_once("://")?;
    behind_scheme.contains('/').then(|| path.rfind('/').map(|at| &path[..=at])).flatten()
}

/// The address of a file of a list in this folder.
pub(super) fn located(folder: &str, file: &str) -> String {
    match (file.strip_prefix('/'), folder.split_once("://")) {
        (None, _) => format!("{folder}{file}"),
        (Some(_), None) => format!("file:{file}"),
        (Some(_), Some((scheme, behind))) => {
            let host = behind.split('/').next().unwrap_or_default();
            format!("{scheme}://{host}{file}")
        }
    }
}

fn opens(url: &OsStr, spec: &OpenSpec, cancel: &Cancel) -> bool {
    // Those of the list itself are not for its files, but what they may open is.
    let of_protocol =
        |(key, _): &&(String, String)| key == "protocol_whitelist" || is_http(&spec.url);
    let of_list = |(key, _): &&(String, String)| key != "safe";
    let options = spec.options.iter().filter(of_protocol).filter(of_list);
    let options: Vec<_> = options.cloned().collect();
    let request = OpenRequest {
        url,
        format: None,
        options: &options,
        non_blocking: false,
        probe_briefly: BriefProbe::Never,
        cancel: cancel.clone(),
        timeout: spec.timeout,
    };
    Input::opens(&request)
}

/// FFmpeg reads the list from an address that holds it, and the files by their whole names, which it would not by
/// itself.
pub(super) fn with_list(mut spec: OpenSpec, format: &str, list: &str) -> OpenSpec {
    spec.url = format!("data:text/plain,{list}").into();
    spec.format = Some(format.to_owned());
    spec
}

/// FFmpeg's rule for safe names: portable characters only, and next to or below the list.
fn is_safe(name: &str) -> bool {
    let portable = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let is_part = |part: &str| !part.starts_with('.') && part.chars().all(portable);
    !name.is_empty() && name.split('/').all(|part| !part.is_empty() && is_part(part))
}

/// A list: the lines before its first file, and each file with its directives.
struct List<'a> {
    before: Vec<&'a str>,
    files: Vec<(String, Vec<&'a str>)>,
}

impl<'a> List<'a> {
    /// `None` where a file has an address.
    fn parse(text: &'a str) -> Option<Self> {
        let mut list = Self { before: Vec::new(), files: Vec::new() };
        for line in text.lines() {
            let (word, rest) =
                line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
            if word == "file" {
                list.files.push((unquoted(rest.trim()), Vec::new()));
            } else {
                let about = list.files.last_mut().map(|(_, about)| about);
                about.unwrap_or(&mut list.before).push(line);
            }
        }
        let is_address = |name: &str| name.contains("://") || name.contains(':') && !is_safe(name);
        let plain = !list.files.iter().any(|(name, _)| is_address(name));
        (plain && list.files.len() <= MOST).then_some(list)
    }

    fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(name, _)| name.as_str())
    }

    fn without(&self, broken: &[bool], folder: &str) -> String {
        let mut lines: Vec<String> = self.before.iter().map(|&line| line.to_owned()).collect();
        for ((name, about), _) in self.files.iter().zip(broken).filter(|(_, is)| !**is) {
            let address = located(folder, name).replace('\'', r"'\''");
            lines.push(format!("file '{address}'"));
            lines.extend(about.iter().map(|&line| line.to_owned()));
        }
        lines.join("\n") + "\n"
    }
}

/// A word as FFmpeg reads it (`av_get_token`): quotes keep everything, a backslash the next character.
fn unquoted(word: &str) -> String {
    let mut name = String::new();
    let mut characters = word.chars();
    let mut is_quoted = false;
    while let Some(c) = characters.next() {
        match c {
            '\'' => is_quoted = !is_quoted,
            '\\' if !is_quoted => name.extend(characters.next()),
            c => name.push(c),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_unquoted_as_ffmpeg_does() {
        assert_eq!(unquoted(r"a\ b.mp4"), "a b.mp4");
        assert_eq!(unquoted(r"'it'\''s here.mp4'"), "it's here.mp4");
        for safe in ["a.mp4", "clips/a-1_b.ts"] {
            assert!(is_safe(safe), "{safe}");
        }
        for unsafe_name in ["", "../a.mp4", "/a.mp4", "a b.mp4", ".hidden", "http://h/a"] {
            assert!(!is_safe(unsafe_name), "{unsafe_name}");
        }
    }

    #[test]
    fn list_entries_are_relative_to_their_list() {
        assert_eq!(folder_of("http://h:80/a/b.txt?x=/y"), Some("http://h:80/a/"));
        assert_eq!(folder_of("http://h"), None);
        assert_eq!(located("http://h:80/a/", "c/d.mp4"), "http://h:80/a/c/d.mp4");
        assert_eq!(located("http://h:80/a/", "/d.mp4"), "http://h:80/d.mp4");
        assert_eq!(located("file:/x/", "/d.mp4"), "file:/d.mp4");
    }

    #[test]
    fn directives_of_a_list_apply_to_their_file() {
        let text = "ffconcat version 1.0\n# two\nfile a.mp4\ninpoint 1\nfile b.mp4\nduration 2\nfile 'c d.mp4'\n";
        let list = List::parse(text).unwrap();
        assert_eq!(list.files().collect::<Vec<_>>(), ["a.mp4", "b.mp4", "c d.mp4"]);
        assert_eq!(
            list.without(&[false, true, false], "file:/x's/"),
            "ffconcat version 1.0\n# two\nfile 'file:/x'\\''s/a.mp4'\ninpoint 1\nfile 'file:/x'\\''s/c d.mp4'\n"
        );
        let of_server = list.without(&[false, true, true], "http://h/a/");
        assert!(of_server.ends_with("file 'http://h/a/a.mp4'\ninpoint 1\n"), "{of_server}");
        assert!(List::parse("file http://h/a.mp4\n").is_none());
    }
}
