//! Standard input.
//! Formats that must seek cannot come this way; the demuxer says so.

use std::io::IsTerminal as _;

use super::OpenSpec;
use crate::config::InputConfig;
use crate::error::{Error, ErrorKind, Remedy, Result};

/// Standard input in messages.
pub(crate) const NAME: &str = "standard input";

/// What to do where a format that must seek comes through a pipe.
pub(crate) const CANNOT_SEEK: &str = "a format that must seek (mp4 with its index at the end) cannot be piped: name \
    the file, or pipe MPEG-TS, Matroska or fragmented mp4";

/// Nobody types a video.
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
        ..OpenSpec::default()
    }
    .may_use("pipe,fd,crypto,data")
    .picture_options(input)
}
