//! The screen of this machine: `screen:`, or `screen:NAME` for one of several.
//! The platforms differ only in FFmpeg's device and its name for the first screen.

use super::OpenSpec;
use crate::config::InputConfig;
use crate::error::{Error, ErrorKind, Result};

pub(super) fn resolve(input: &InputConfig, location: &str) -> Result<OpenSpec> {
    let named = location.trim_start_matches("screen:");
    let (device, first) = match std::env::consts::OS {
        "macos" => ("avfoundation", "Capture screen 0".to_owned()),
        "windows" => ("gdigrab", "desktop".to_owned()),
        _ => ("x11grab", std::env::var("DISPLAY").unwrap_or_default()),
    };
    let screen = if named.is_empty() { first } else { named.to_owned() };
    if screen.is_empty() {
        return Err(Error::new(ErrorKind::Open, "screen:", "DISPLAY is not set")
            .with_remedy("run it in a desktop session, or name the display: screen::0"));
    }
    let spec = OpenSpec {
        display: format!("screen {screen}"),
        url: screen.into(),
        format: Some(device.into()),
        name: "screen".into(),
        live: true,
        is_device: true,
        non_blocking: true,
        ..OpenSpec::default()
    };
    Ok(spec.picture_options(input))
}
