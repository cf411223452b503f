//! Translates ROS names of pixel formats (`sensor_msgs/image_encodings.h`) that FFmpeg does not know or understands
//! differently.

use crate::config::InputConfig;
use crate::event::Warning;

/// ROS's name, and FFmpeg's of the same pixels. `bgr8` and `rgb8` are names of FFmpeg's too, for 8 bits a pixel.
pub(crate) const NAMES: [(&str, &str); 19] = [
    ("rgb8", "rgb24"),
    ("bgr8", "bgr24"),
    ("rgba8", "rgba"),
    ("bgra8", "bgra"),
    ("rgb16", "rgb48le"),
    ("bgr16", "bgr48le"),
    ("rgba16", "rgba64le"),
    ("bgra16", "bgra64le"),
    ("mono8", "gray"),
    ("mono16", "gray16le"),
    ("8UC1", "gray"),
    ("8UC3", "bgr24"),
    ("8UC4", "bgra"),
    ("16UC1", "gray16le"),
    ("32FC1", "grayf32le"),
    ("bayer_rggb16", "bayer_rggb16le"),
    ("bayer_bggr16", "bayer_bggr16le"),
    ("bayer_gbrg16", "bayer_gbrg16le"),
    ("bayer_grbg16", "bayer_grbg16le"),
];

/// The input with FFmpeg's name of its pixel format, and what to say of that.
pub(super) fn translate(input: &InputConfig) -> (InputConfig, Option<Warning>) {
    let mut input = input.clone();
    let given = input.pixel_format.clone().unwrap_or_default();
    let Some((ros, ffmpeg)) = NAMES.iter().find(|(ros, _)| *ros == given) else {
        return (input, None);
    };
    input.pixel_format = Some((*ffmpeg).to_owned());
    let what = format!("the pixel format {ros} is read as ROS means it ({ffmpeg})");
    (input, Some(Warning::Other(what)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ros_pixel_formats_are_translated_to_ffmpeg_s() {
        let translated = |name: &str| {
            let (input, warning) = translate(&InputConfig::new("x").with_pixel_format(name));
            (input.pixel_format.unwrap(), warning.is_some())
        };
        assert_eq!(translated("bgr8"), ("bgr24".into(), true));
        assert_eq!(translated("16UC1"), ("gray16le".into(), true));
        for same in ["yuv420p", "bayer_rggb8", "rgb24"] {
            assert_eq!(translated(same), (same.into(), false));
        }
    }
}
