//! Chooses the mode of a camera: the one that was requested, or the best one. Pure.
//! It maps V4L2's pixel formats to FFmpeg's names.

use crate::config::Size;
use crate::devices::camera::CameraMode;
use crate::time::FrameRate;

/// The mode that was requested.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ModeRequest<'a> {
    pub pixel_format: Option<&'a str>,
    pub size: Option<Size>,
    pub rate: Option<FrameRate>,
}

/// The mode to open a camera in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    pub pixel_format: String,
    pub size: Size,
    pub rate: Option<FrameRate>,
}

/// V4L2's pixel formats under the names of FFmpeg (`ff_fmt_conversion_table` in libavdevice/v4l2-common.c), the best
/// to have first: near to what the encoder takes, then compressed, then what is large or poor.
const FORMATS: &[(&[u8; 4], &str)] = &[
    (b"NV12", "nv12"),
    (b"YU12", "yuv420p"),
    (b"YV12", "yuv420p"),
    (b"YUYV", "yuyv422"),
    (b"UYVY", "uyvy422"),
    (b"422P", "yuv422p"),
    (b"MJPG", "mjpeg"),
    (b"JPEG", "mjpeg"),
    (b"RGB3", "rgb24"),
    (b"BGR3", "bgr24"),
    (b"BGR4", "bgr0"),
    (b"XR24", "bgr0"),
    (b"RGB4", "0rgb"),
    (b"BX24", "0rgb"),
    (b"H264", "h264"),
    (b"MPG4", "mpeg4"),
    (b"411P", "yuv411p"),
    (b"YUV9", "yuv410p"),
    (b"RGBP", "rgb565le"),
    (b"RGBR", "rgb565be"),
    (b"RGBO", "rgb555le"),
    (b"RGBQ", "rgb555be"),
    (b"GREY", "gray"),
    (b"Y16 ", "gray16le"),
    (b"Z16 ", "gray16le"),
    (b"BA81", "bayer_bggr8"),
    (b"GBRG", "bayer_gbrg8"),
    (b"GRBG", "bayer_grbg8"),
    (b"RGGB", "bayer_rggb8"),
];

/// Rates from here on look smooth; the one wanted is [`SMOOTH`].
const ENOUGH: f64 = 24.0;
const SMOOTH: FrameRate = FrameRate::DEFAULT;
/// Pixels a second that one core converts and encodes at the live preset with half of its time to spare: measured
/// at 12 to 17 ms for a picture of 1920x1080.
const PIXELS_A_CORE: f64 = 70e6;

/// FFmpeg's name of a V4L2 pixel format, if it reads that.
pub(crate) fn format_name(fourcc: u32) -> Option<&'static str> {
    let bytes = fourcc.to_le_bytes();
    FORMATS.iter().find(|(code, _)| **code == bytes).map(|(_, name)| *name)
}

fn rank(pixel_format: &str) -> usize {
    FORMATS.iter().position(|(_, name)| *name == pixel_format).unwrap_or(FORMATS.len())
}

impl CameraMode {
    fn has_size(&self, size: Size) -> bool {
        let largest = self.up_to.unwrap_or(self.size);
        (self.size.width..=largest.width).contains(&size.width)
            && (self.size.height..=largest.height).contains(&size.height)
    }

    /// The rate of this mode that is nearest to `wanted`, and how far off it is.
    fn nearest_rate(&self, wanted: FrameRate) -> Option<FrameRate> {
        if self.any_rate {
            let (low, high) = self
                .rates
                .iter()
                .map(|r| r.as_f64())
                .fold((f64::INFINITY, 0.0_f64), |(low, high), rate| {
                    (low.min(rate), high.max(rate))
                });
            if (low..=high).contains(&wanted.as_f64()) {
                return Some(wanted);
            }
        }
        let distance = |r: &&FrameRate| (r.as_f64() - wanted.as_f64()).abs();
        self.rates.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).copied()
    }

    fn is_asked(&self, asked: &ModeRequest<'_>) -> bool {
        let rate_fits = |wanted: FrameRate| {
            // A driver that names no rates may have any.
            self.rates.is_empty()
                || self
                    .nearest_rate(wanted)
                    .is_some_and(|r| (r.as_f64() / wanted.as_f64() - 1.0).abs() < 0.01)
        };
        asked.pixel_format.is_none_or(|f| f == self.pixel_format)
            && asked.size.is_none_or(|s| self.has_size(s))
            && asked.rate.is_none_or(rate_fits)
    }

    fn choice(&self, asked: &ModeRequest<'_>) -> Choice {
        Choice {
            pixel_format: self.pixel_format.clone(),
            size: asked.size.unwrap_or(self.up_to.unwrap_or(self.size)),
            rate: self.nearest_rate(asked.rate.unwrap_or(SMOOTH)),
        }
    }
}

/// The mode that is asked for; of several, the best that `cores` can keep up with. `None`: there is none such.
pub(crate) fn choose(
    modes: &[CameraMode],
    asked: &ModeRequest<'_>,
    cores: usize,
) -> Option<Choice> {
    let fitting = || modes.iter().filter(|m| m.is_asked(asked)).map(|m| m.choice(asked));
    let rate = |c: &Choice| c.rate.unwrap_or(SMOOTH).as_f64();
    let area = |c: &Choice| f64::from(c.size.width) * f64::from(c.size.height);
    let affordable = |c: &Choice| area(c) * rate(c) <= PIXELS_A_CORE * cores as f64;
    let worse = |a: &Choice, b: &Choice| {
        // First that it looks smooth; then size; then the cheaper format.
        let smooth = |c: &Choice| rate(c).min(ENOUGH);
        smooth(a)
            .total_cmp(&smooth(b))
            .then(area(a).total_cmp(&area(b)))
            .then(rank(&b.pixel_format).cmp(&rank(&a.pixel_format)))
    };
    let best = fitting().filter(affordable).max_by(worse);
    // If all are too large, the smallest of them drops the fewest frames.
    best.or_else(|| fitting().min_by(|a, b| (area(a) * rate(a)).total_cmp(&(area(b) * rate(b)))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::camera::tests::mode;

    fn webcam() -> Vec<CameraMode> {
        vec![
            mode("mjpeg", 1920, 1080, &[30, 15]),
            mode("mjpeg", 640, 480, &[30]),
            mode("yuyv422", 640, 480, &[60, 30]),
            mode("yuyv422", 1280, 720, &[10]),
            mode("yuyv422", 1920, 1080, &[5]),
        ]
    }

    fn chosen(asked: ModeRequest<'_>, cores: usize) -> Option<(String, String, u32)> {
        let choice = choose(&webcam(), &asked, cores)?;
        Some((choice.pixel_format, choice.size.to_string(), choice.rate.unwrap().numerator()))
    }

    fn is(format: &str, size: &str, rate: u32) -> Option<(String, String, u32)> {
        Some((format.into(), size.into(), rate))
    }

    #[test]
    fn the_default_is_the_largest_smooth_mode_even_if_only_compressed() {
        assert_eq!(chosen(ModeRequest::default(), 4), is("mjpeg", "1920x1080", 30));
    }

    #[test]
    fn a_small_machine_takes_a_smaller_picture_and_raw_at_equal_size() {
        let half_a_core = choose(&webcam()[1..], &ModeRequest::default(), 1).unwrap();
        assert_eq!(half_a_core.pixel_format, "yuyv422");
        assert_eq!(half_a_core.size, Size { width: 640, height: 480 });
        assert_eq!(half_a_core.rate, FrameRate::new(30, 1));
    }

    #[test]
    fn requested_settings_are_kept() {
        let size = Some(Size { width: 1280, height: 720 });
        assert_eq!(
            chosen(ModeRequest { size, ..ModeRequest::default() }, 4),
            is("yuyv422", "1280x720", 10)
        );
        let raw = ModeRequest { pixel_format: Some("yuyv422"), ..ModeRequest::default() };
        assert_eq!(chosen(raw, 4), is("yuyv422", "640x480", 30));
        assert_eq!(
            chosen(ModeRequest { rate: FrameRate::new(60, 1), ..raw }, 4),
            is("yuyv422", "640x480", 60)
        );
    }

    #[test]
    fn unavailable_modes_are_none() {
        let size = Some(Size { width: 1234, height: 720 });
        assert_eq!(chosen(ModeRequest { size, ..ModeRequest::default() }, 4), None);
        assert_eq!(
            chosen(ModeRequest { rate: FrameRate::new(29, 1), ..ModeRequest::default() }, 4),
            None
        );
        assert_eq!(
            chosen(ModeRequest { pixel_format: Some("nv12"), ..ModeRequest::default() }, 4),
            None
        );
    }

    #[test]
    fn ranges_hold_everything_between() {
        let mut range = mode("nv12", 32, 32, &[1, 60]);
        range.up_to = Some(Size { width: 1920, height: 1080 });
        range.any_rate = true;
        let size = Size { width: 800, height: 600 };
        let asked =
            ModeRequest { size: Some(size), rate: FrameRate::new(25, 2), pixel_format: None };
        let choice = choose(&[range], &asked, 4).unwrap();
        assert_eq!((choice.size, choice.rate), (size, FrameRate::new(25, 2)));
    }

    #[test]
    fn formats_have_ffmpeg_s_names() {
        assert_eq!(format_name(u32::from_le_bytes(*b"YUYV")), Some("yuyv422"));
        assert_eq!(format_name(u32::from_le_bytes(*b"XYZ0")), None);
    }
}
