//! A file on this machine.
//! Whether it holds a video is for the demuxer to say.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::{OpenSpec, playlist};
use crate::config::InputConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::redact::redact;

/// What a local file, or a playlist in one, may open. No network: a file must not make it talk.
pub(super) const PROTOCOLS: &str = "file,crypto,data,subfile,concat";

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
            std::io::ErrorKind::NotFound => "check the path; quote names with spaces, * or %",
            std::io::ErrorKind::PermissionDenied => "check its permissions",
            _ => "check the path",
        };
        failed(&cause, hint)
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

/// An I/O error without Rust's "(os error N)".
fn cause(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}
