//! Standard input.
//! Formats that need seeking are rejected by the demuxer.

use std::io::IsTerminal as _;
use std::time::Duration;

use super::OpenSpec;
use crate::config::InputConfig;
use crate::error::{Error, ErrorKind, Remedy, Result};

/// Standard input in messages.
pub(crate) const NAME: &str = "standard input";

/// What to do where a format that must seek comes through a pipe.
pub(crate) const CANNOT_SEEK: &str = "a format that must seek (mp4 with its index at the end) cannot be piped: name \
    the file, or pipe MPEG-TS, Matroska or fragmented mp4";

/// Wait at most `limit` until there is something to read, or the end; elsewhere reading itself waits.
#[cfg(unix)]
pub(crate) fn wait(limit: Duration) -> bool {
    crate::ffi::system::wait_for_stdin(limit)
}

/// Wait at most `limit` until there is something to read, or the end; elsewhere reading itself waits.
#[cfg(not(unix))]
pub(crate) fn wait(_limit: Duration) -> bool {
    true
}

/// How it begins, as far as that can be seen without reading it.
#[cfg(unix)]
pub(crate) fn peek(most: usize) -> Vec<u8> {
    crate::ffi::system::peek_stdin(most)
}

/// How it begins, as far as that can be seen without reading it.
#[cfg(not(unix))]
pub(crate) fn peek(_most: usize) -> Vec<u8> {
    Vec::new()
}

/// A terminal is not a source of video.
pub(crate) fn refuse_terminal() -> Result<()> {
    if !std::io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Open, NAME, "it is a terminal").with_remedy(Remedy::RedirectInput))
}

pub(super) fn resolve(input: &InputConfig) -> OpenSpec {
    OpenSpec {
        url: "pipe:0".into(),
        display: NAME.into(),
        name: "stdin".into(),
        may_be_live: true,
        is_pipe: true,
        ..OpenSpec::default()
    }
    .may_use("pipe,fd,crypto,data")
    .known_early()
    .picture_options(input)
}
