//! Checks the first bytes of an input: rejected if they are known to be no video, and named if FFmpeg cannot read it.
//! Local files that are no video are rejected before they are opened, in `source`.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::Cancel;
use crate::ffi::{self, AvError, FfmpegError, Input, Medium};
use crate::source::foreign::{self, Foreign, HEAD};
use crate::source::{OpenSpec, mistaken, pipe, protected};

/// Bytes of a stream that tell whether it is scrambled.
const TELEVISION: usize = 1 << 18;

/// How long to ask a server again, only to explain a failure.
const AGAIN: Duration = Duration::from_secs(2);

/// What standard input begins with, which stays there to be read.
pub(super) fn of_stdin(spec: &OpenSpec) -> Vec<u8> {
    if spec.url == "pipe:0" { pipe::peek(HEAD) } else { Vec::new() }
}

/// What an input that did not open begins with. Empty if it cannot be read a second time.
pub(super) fn of_unopened(spec: &OpenSpec, cancel: &Cancel) -> Vec<u8> {
    match super::open::is_http(&spec.url) {
        true => ffi::peek_url(&spec.url, &spec.options, HEAD, AGAIN, cancel),
        false => spec.head.clone(),
    }
}

/// An error for what is known to be no video, unless the user gave its format.
pub(super) fn refuse_foreign(spec: &OpenSpec, head: &[u8]) -> Result<()> {
    match foreign::of(head).filter(|_| spec.format.is_none()) {
        Some(found) => Err(no_video(spec, found)),
        None => Ok(()),
    }
}

/// An error for scrambled television, which FFmpeg opens without knowing the size of a picture. `open` opens the input
/// again, if that was needed to look at what it sends.
pub(super) fn refuse_scrambled(
    spec: &OpenSpec,
    input: Input,
    cancel: &Cancel,
    open: impl FnOnce() -> Result<Input>,
) -> Result<Input> {
    let videos = (0..input.stream_count()).filter_map(|index| input.stream(index));
    let sizes: Vec<u32> =
        videos.filter(|s| s.medium == Medium::Video).map(|video| video.width).collect();
    let is_dark = !sizes.is_empty() && sizes.iter().all(|&width| width == 0);
    // RTP has its own demuxer, which reads the MPEG-TS within.
    if !["mpegts", "rtp"].contains(&input.format_name().as_str()) || !is_dark {
        return Ok(input);
    }
    let refused = |cause| {
        Err(Error::new(ErrorKind::Open, &spec.display, cause).with_remedy(protected::REMEDY))
    };
    if let Some(cause) = protected::scrambled(input.head()) {
        return refused(cause);
    }
    let url = spec.url.to_string_lossy();
    if !["udp:", "rtp:", "srt:"].iter().any(|scheme| url.starts_with(scheme)) {
        return Ok(input);
    }
    // Its port is free only when the input is closed.
    drop(input);
    let bytes = ffi::peek_url(&spec.url, &spec.options, TELEVISION, AGAIN, cancel);
    match protected::scrambled(&bytes) {
        Some(cause) => refused(cause),
        // A sender that is gone with the first connection cannot be looked at again.
        None if bytes.is_empty() => open().or_else(|_gone| {
            refused(
                "no picture can be recognised in it: it is scrambled, or its keyframes are rare",
            )
        }),
        None => open(),
    }
}

/// The error for what FFmpeg cannot read, if the beginning tells what it is.
pub(super) fn explain(spec: &OpenSpec, head: &[u8], error: &FfmpegError) -> Option<Error> {
    if !matches!(error.code, AvError::INVALID_DATA | AvError::EOF) || spec.format.is_some() {
        return None;
    }
    if let Some((cause, remedy)) = of_playlist(head).or_else(|| of_server(spec, head)) {
        return Some(Error::new(ErrorKind::Open, &spec.display, cause).with_remedy(remedy));
    }
    if head.starts_with(b"file ") {
        let error = Error::new(ErrorKind::Open, &spec.display, "no video: it is a list of files");
        return Some(error.with_remedy(Remedy::SetFormat(Some("concat".into()))));
    }
    if spec.url == "pipe:0" && head.is_empty() && error.code == AvError::INVALID_DATA {
        let error = Error::new(ErrorKind::Open, &spec.display, "nothing came before its end");
        return Some(error.with_remedy("check the command before the pipe"));
    }
    let found = foreign::of(head).or_else(|| mistaken::instead_of_video(head));
    found.map(|found| no_video(spec, found))
}

/// Of an HLS playlist that FFmpeg has no more to say of.
fn of_playlist(head: &[u8]) -> Option<(String, &'static str)> {
    let text = String::from_utf8_lossy(head.strip_prefix(b"#EXTM3U")?);
    let names_nothing = text.lines().all(|line| line.trim().is_empty() || line.starts_with('#'));
    Some(match names_nothing {
        true => ("a playlist without segments".into(), "check that it was written completely"),
        false => (
            "a playlist of which no segment can be opened".into(),
            "check that the files or addresses that it names are there",
        ),
    })
}

/// Of an answer that is no video of any kind.
fn of_server(spec: &OpenSpec, head: &[u8]) -> Option<(String, &'static str)> {
    let url = spec.url.to_string_lossy();
    let (scheme, _) = url.split_once("://")?;
    match scheme {
        "http" | "https" if head.is_empty() => Some((
            "the server sends nothing".into(),
            "check the address; a browser shows more of what the server says",
        )),
        "rtsp" | "rtsps" | "rtmp" | "rtmps" => Some((
            format!("what answers there does not speak {}", scheme.to_uppercase()),
            "check the port: cameras have another one for their web page",
        )),
        _ => None,
    }
}

/// FFmpeg looks for the index of an MP4 in it, though only its name says that it is one, or it is a photo, which has none.
pub(super) fn needs_no_index(head: &[u8], error: &FfmpegError) -> bool {
    let logged = error.logged.as_deref().unwrap_or_default();
    let is_other = !mistaken::is_mp4(head) || mistaken::is_photo(head);
    logged.contains("moov atom not found") && !head.is_empty() && is_other
}

fn no_video(spec: &OpenSpec, found: Foreign) -> Error {
    let cause = format!("no video: it is {}", found.what);
    Error::new(ErrorKind::Open, &spec.display, cause).with_remedy(found.remedy)
}
