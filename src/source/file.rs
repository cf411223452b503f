//! A file on this machine.
//! Whether it holds a video is for the demuxer to say.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::{OpenSpec, playlist};
use crate::config::InputConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::redact::redact;
use crate::suggest;

/// What a local file, or a playlist in one, may open. No network: a file must not make it talk.
pub(super) const PROTOCOLS: &str = "file,crypto,data,subfile,concat";

/// Beginnings of addresses that people type.
const SCHEMES: [&str; 8] = ["rtsp", "rtsps", "rtmp", "http", "https", "srt", "udp", "rtp"];

pub(super) fn resolve(input: &InputConfig) -> Result<OpenSpec> {
    let given = Path::new(&input.location);
    let location = input.location.to_string_lossy();
    let path = match location.strip_prefix("file:") {
        Some(rest) if !given.exists() => Path::new(rest),
        _ => given,
    };
    let display = path.to_string_lossy().into_owned();
    let failed = |cause: &dyn std::fmt::Display, hint: &str| {
        Error::new(ErrorKind::Open, &display, cause).with_hint(hint)
    };
    let meta = fs::metadata(path).map_err(|error| {
        let cause = cause(&error);
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => missing(path),
            std::io::ErrorKind::PermissionDenied => "check its permissions".to_owned(),
            _ => "check the path".to_owned(),
        };
        failed(&cause, &hint)
    })?;
    if meta.is_dir() {
        return Err(failed(
            &"it is a directory",
            "name a file, or an image sequence as a quoted glob such as 'frames/*.png'",
        ));
    }
    if meta.is_file() && meta.len() == 0 {
        return Err(failed(
            &"the file is empty",
            "check that it was copied or recorded completely",
        ));
    }
    if let Err(error) = fs::File::open(path).map(drop)
        && meta.is_file()
    {
        return Err(failed(&cause(&error), "check its permissions"));
    }
    let allowed = input.options.iter().any(|(key, _)| key == "protocol_whitelist");
    if let Some(address) =
        (!allowed && meta.is_file()).then(|| playlist::address_in(path)).flatten()
    {
        let cause = format!("a local playlist that names {}", redact(&address));
        return Err(failed(
            &cause,
            "give the address itself, or --input-option protocol_whitelist=LIST",
        ));
    }
    // The prefix keeps FFmpeg from taking what stands before a colon for a protocol.
    let mut url = OsString::from("file:");
    url.push(path);
    let name = path.file_name().unwrap_or(path.as_os_str());
    let spec = OpenSpec {
        url,
        name: name.to_string_lossy().into_owned(),
        is_file: meta.is_file(),
        reopens: meta.is_file(),
        display,
        ..OpenSpec::default()
    }
    .may_use(PROTOCOLS);
    let spec = if super::sequence::is_image(path) && path.to_string_lossy().contains('%') {
        // One picture whose name only looks like a pattern.
        OpenSpec { format: Some("image2".into()), ..spec }.option("pattern_type", "none")
    } else {
        spec
    };
    Ok(spec.picture_options(input))
}

/// What to do about a file that is not there: one beside it may be meant, or its folder is not there either.
fn missing(path: &Path) -> String {
    let text = path.to_string_lossy();
    // `rtsp//host` and `http:/host`: the colon or a slash is missing.
    let scheme = text.split([':', '/']).next().unwrap_or_default();
    if SCHEMES.contains(&scheme) && text.len() > scheme.len() {
        return format!("an address is written as {scheme}://HOST/…");
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return format!("there is no folder {}", folder.display());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let there: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        // A folder of a million files is not worth the wait.
        .take(10_000)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    match suggest::nearest(&name, there.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{}`?", path.with_file_name(near).display()),
        None if folder == Path::new("/dev") => "`vstream --list-devices` lists the cameras".into(),
        None => "check the path; quote names with spaces, * or %".into(),
    }
}

/// An I/O error without Rust's "(os error N)".
fn cause(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}
