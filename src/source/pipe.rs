//! Standard input.
//! Formats that must seek cannot come this way; the demuxer says so.

use super::OpenSpec;
use crate::config::InputConfig;

pub(super) fn resolve(input: &InputConfig) -> OpenSpec {
    OpenSpec {
        url: "pipe:0".into(),
        display: "standard input".into(),
        name: "stdin".into(),
        ..OpenSpec::default()
    }
    .may_use("pipe,fd,crypto,data")
    .picture_options(input)
}
