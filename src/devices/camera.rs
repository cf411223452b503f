//! A camera and its modes, as data and as text. Pure.
//! Cameras are found in `devices`.

use std::fmt;

use crate::config::Size;
use crate::time::FrameRate;

/// A camera of this machine. Shown as text, it is a line with its path and name, and its modes indented below.
///
/// ```no_run
/// use vstream::{Config, OutputConfig};
///
/// for camera in vstream::cameras()? {
///     println!("{camera}");
///     let config = Config::new(camera.path).with_output(OutputConfig::spawn());
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Camera {
    /// Its name, as given by its maker.
    pub name: String,
    /// The input to use for it: a path such as `/dev/video0`.
    pub path: String,
    /// Its modes, as far as FFmpeg can read them.
    pub modes: Vec<CameraMode>,
}

/// One pixel format and size of a camera, with its frame rates.
///
/// ```no_run
/// use vstream::{InputConfig, Size};
///
/// let wanted = Size::new(1280, 720);
/// for camera in vstream::cameras()? {
///     if let Some(mode) = camera.modes.iter().find(|mode| mode.size == wanted) {
///         let input = InputConfig::new(&camera.path)
///             .with_video_size(wanted)
///             .with_pixel_format(&mode.pixel_format);
///     }
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CameraMode {
    /// FFmpeg's name of the pixel format or codec.
    pub pixel_format: String,
    /// Picture size; the smallest where the camera has every size in a range.
    pub size: Size,
    /// The largest size of a range.
    pub up_to: Option<Size>,
    /// Frames a second.
    pub rates: Vec<FrameRate>,
    /// Every rate between the lowest and the highest of these is possible.
    pub any_rate: bool,
}

/// The modes as lines; formats with the same sizes and rates share one.
impl fmt::Display for Camera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}", self.path, self.name)?;
        if self.modes.is_empty() {
            return write!(f, "\n  no mode that FFmpeg reads");
        }
        let mut groups: Vec<(Vec<&str>, Vec<String>)> = Vec::new();
        let mut formats: Vec<&str> = Vec::new();
        for mode in &self.modes {
            if !formats.contains(&mode.pixel_format.as_str()) {
                formats.push(&mode.pixel_format);
            }
        }
        for format in formats {
            let of = |m: &&CameraMode| m.pixel_format == format;
            let lines: Vec<String> = self.modes.iter().filter(of).map(|m| m.to_string()).collect();
            match groups.iter_mut().find(|(_, same)| *same == lines) {
                Some((names, _)) => names.push(format),
                None => groups.push((vec![format], lines)),
            }
        }
        for (names, lines) in groups {
            write!(f, "\n  {}", names.join(", "))?;
            for line in lines {
                write!(f, "\n    {line}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for CameraMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = match self.up_to {
            Some(largest) => format!("{} to {largest}", self.size),
            None => self.size.to_string(),
        };
        let mut rates: Vec<f64> = self.rates.iter().map(|r| r.as_f64()).collect();
        rates.sort_by(|a, b| b.total_cmp(a));
        rates.dedup();
        let rates: Vec<String> = rates.iter().map(|r| trimmed(*r)).collect();
        let between = if self.any_rate { " to " } else { ", " };
        write!(f, "{size:<11} {} fps", rates.join(between))
    }
}

/// With at most two decimals, and no trailing zeros.
pub(crate) fn trimmed(rate: f64) -> String {
    let text = format!("{rate:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn mode(pixel_format: &str, width: u32, height: u32, rates: &[u32]) -> CameraMode {
        CameraMode {
            pixel_format: pixel_format.into(),
            size: Size { width, height },
            up_to: None,
            rates: rates.iter().map(|r| FrameRate::new(*r, 1).unwrap()).collect(),
            any_rate: false,
        }
    }

    #[test]
    fn a_listing_groups_formats_that_can_do_the_same() {
        let modes = vec![
            mode("nv12", 640, 480, &[15, 30]),
            mode("yuyv422", 640, 480, &[30, 15]),
            mode("mjpeg", 1920, 1080, &[30]),
        ];
        let camera = Camera { name: "Cam".into(), path: "/dev/video0".into(), modes };
        let wanted = "/dev/video0  Cam\n  nv12, yuyv422\n    640x480     30, 15 fps\n  mjpeg\n    1920x1080   30 fps";
        assert_eq!(camera.to_string(), wanted);
    }
}
