//! FFmpeg's synthetic sources: `lavfi:testsrc2=size=640x360:rate=30:duration=5`.
//! The graph is the user's word for word.

use super::OpenSpec;
use crate::config::InputConfig;
use crate::error::{Error, ErrorKind, Result};

pub(super) fn resolve(input: &InputConfig, location: &str) -> Result<OpenSpec> {
    let graph = location.trim_start_matches("lavfi:");
    if graph.is_empty() {
        return Err(Error::new(ErrorKind::Open, "lavfi:", "there is no graph")
            .with_remedy("name one, such as lavfi:testsrc2=size=640x360:rate=30:duration=5"));
    }
    if input.video_size.is_some() || input.pixel_format.is_some() {
        return Err(Error::new(
            ErrorKind::Config,
            location,
            "a synthetic source takes its size and format in the graph",
        )
        .with_remedy("such as lavfi:testsrc2=size=640x360:rate=30,format=yuv420p"));
    }
    let name = graph.split(['=', ',', ';', '@', '[']).find(|s| !s.is_empty());
    Ok(OpenSpec {
        url: graph.into(),
        format: Some("lavfi".into()),
        display: location.to_owned(),
        name: name.unwrap_or("lavfi").to_owned(),
        reopens: true,
        ..OpenSpec::default()
    })
}
