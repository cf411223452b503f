//! Cameras of this machine: `/dev/video0`, `camera:`, `camera:NAME`.
//! The platforms differ only in three values: FFmpeg's device, how it is named, and its option for the pixel format.

use super::OpenSpec;
use crate::config::InputConfig;
use crate::time::FrameRate;

/// What a platform calls its cameras.
struct Platform {
    /// FFmpeg's input device.
    device: &'static str,
    /// The camera when none is named.
    first: &'static str,
    /// The prefix of a camera's name.
    prefix: &'static str,
    /// The device's option for the pixel format.
    pixel_format: &'static str,
}

const LINUX: Platform =
    // Without a name, the first node that captures: that need not be /dev/video0.
    Platform { device: "v4l2", first: "", prefix: "", pixel_format: "input_format" };

const MACOS: Platform =
    Platform { device: "avfoundation", first: "0", prefix: "", pixel_format: "pixel_format" };

const WINDOWS: Platform =
    Platform { device: "dshow", first: "0", prefix: "video=", pixel_format: "pixel_format" };

fn platform() -> &'static Platform {
    match std::env::consts::OS {
        "macos" => &MACOS,
        "windows" => &WINDOWS,
        _ => &LINUX,
    }
}

pub(super) fn is_camera(location: &str) -> bool {
    location.starts_with("camera:") || location.starts_with("/dev/video")
}

pub(super) fn resolve(input: &InputConfig, location: &str) -> OpenSpec {
    on(platform(), input, location)
}

fn on(platform: &Platform, input: &InputConfig, location: &str) -> OpenSpec {
    let named = location.strip_prefix("camera:").unwrap_or(location);
    let device = if named.is_empty() { platform.first } else { named };
    let spec = OpenSpec {
        url: format!("{}{device}", platform.prefix).into(),
        format: Some(platform.device.into()),
        display: if device.is_empty() { "camera:".into() } else { device.to_owned() },
        name: device.trim_start_matches("/dev/").to_owned(),
        live: true,
        is_device: true,
        // Otherwise a read blocks where no signal reaches it.
        non_blocking: true,
        ..OpenSpec::default()
    };
    spec.option_if("video_size", input.video_size.map(|s| s.to_string()))
        .option_if("framerate", input.frame_rate.map(FrameRate::fraction))
        .option_if(platform.pixel_format, input.pixel_format.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_names_its_camera() {
        let input = InputConfig::new("camera:");
        assert_eq!(on(&LINUX, &input, "camera:").url, "");
        assert_eq!(on(&LINUX, &input, "camera:Integrated").url, "Integrated");
        assert_eq!(on(&LINUX, &input, "/dev/video2").url, "/dev/video2");
        assert_eq!(on(&MACOS, &input, "camera:FaceTime HD").url, "FaceTime HD");
        assert_eq!(on(&WINDOWS, &input, "camera:Cam").url, "video=Cam");
    }
}
