//! The format of the frames that a program makes itself, and how they are recorded.
//! The writer that takes them is in `frame_writer`.

use std::time::SystemTime;

use super::{Size, VideoConfig};
use crate::event::Cancel;
use crate::named::named;
use crate::time::FrameRate;

/// The format of the frames that a [`FrameWriter`](crate::FrameWriter) takes, and how they are recorded.
///
/// ```
/// use std::time::Duration;
/// use vstream::{FrameConfig, FrameRate, PixelLayout, Size, VideoConfig};
///
/// // OpenCV's pictures, for a recording.
/// let pictures = FrameConfig::new(Size::new(1280, 720), PixelLayout::Bgr)
///     .with_frame_rate(FrameRate::try_from(15)?)
///     .with_video(VideoConfig::default().with_crf(20));
///
/// // A robot's camera, for someone who watches now.
/// let live = FrameConfig::new(Size::new(640, 480), PixelLayout::Nv12)
///     .with_full_range(true)
///     .with_live(true)
///     .with_start_time(std::time::SystemTime::now());
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrameConfig {
    /// Size of every picture in pixels, each side 1 to 16384. An odd last column or row is cropped.
    pub size: Size,
    /// How the pixels of every picture are laid out in memory.
    pub layout: PixelLayout,
    /// Approximate number of pictures per second. It only guides the encoder: every picture is logged at its own time.
    /// Default: 30.
    pub frame_rate: FrameRate,
    /// Encoder, quality, size in the recording and keyframe interval. Its `filter` does not apply to these pictures.
    pub video: VideoConfig,
    /// Name of the main timeline, whose times start at 0. Default: `time`.
    pub timeline: String,
    /// Log every picture at once, encoded with the live defaults (`ultrafast`, `zerolatency`), for viewing while it
    /// runs. Otherwise whole GOPs are logged, which is smaller and faster. Default: no.
    pub live: bool,
    /// Also log a timeline `capture_time`: the wall clock, with this as its time at 0. Default: none.
    pub start_time: Option<SystemTime>,
    /// Luma and chroma use the full range 0 to 255, as in JPEG and from many webcams, instead of 16 to 235. Only for
    /// [`PixelLayout::Nv12`] and [`PixelLayout::I420`]. Default: no.
    pub full_range: bool,
    /// The matrix between RGB and luma/chroma. Only for [`PixelLayout::Nv12`] and [`PixelLayout::I420`]. Default:
    /// chosen by the size, as players do.
    pub matrix: YuvMatrix,
    /// When set, no more pictures are accepted; those written before are logged. Default: none.
    pub cancel: Option<Cancel>,
}

impl FrameConfig {
    /// Pictures of this size and layout, and defaults for everything else.
    pub fn new(size: Size, layout: PixelLayout) -> Self {
        Self {
            size,
            layout,
            frame_rate: FrameRate::DEFAULT,
            video: VideoConfig::default(),
            timeline: "time".into(),
            live: false,
            start_time: None,
            full_range: false,
            matrix: YuvMatrix::default(),
            cancel: None,
        }
    }

    /// Sets [`frame_rate`](Self::frame_rate).
    pub fn with_frame_rate(mut self, frame_rate: FrameRate) -> Self {
        self.frame_rate = frame_rate;
        self
    }

    /// Sets [`video`](Self::video).
    pub fn with_video(mut self, video: VideoConfig) -> Self {
        self.video = video;
        self
    }

    /// Sets [`timeline`](Self::timeline).
    pub fn with_timeline(mut self, timeline: impl Into<String>) -> Self {
        self.timeline = timeline.into();
        self
    }

    /// Sets [`live`](Self::live).
    pub fn with_live(mut self, live: bool) -> Self {
        self.live = live;
        self
    }

    /// Sets [`start_time`](Self::start_time).
    pub fn with_start_time(mut self, start_time: SystemTime) -> Self {
        self.start_time = Some(start_time);
        self
    }

    /// Sets [`full_range`](Self::full_range).
    pub fn with_full_range(mut self, full_range: bool) -> Self {
        self.full_range = full_range;
        self
    }

    /// Sets [`matrix`](Self::matrix).
    pub fn with_matrix(mut self, matrix: YuvMatrix) -> Self {
        self.matrix = matrix;
        self
    }

    /// Sets [`cancel`](Self::cancel).
    pub fn with_cancel(mut self, cancel: Cancel) -> Self {
        self.cancel = Some(cancel);
        self
    }
}

/// How the pixels of a picture are laid out in memory, with eight bits per component.
///
/// ```
/// use vstream::{PixelLayout, Size};
///
/// let size = Size::new(640, 480);
/// assert_eq!(PixelLayout::Rgb.bytes(size), 640 * 480 * 3);
/// // Chroma has half the size in both directions, rounded up.
/// assert_eq!(PixelLayout::I420.bytes(Size::new(3, 3)), 9 + 4 + 4);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PixelLayout {
    /// Red, green, blue; three bytes per pixel. The order of NumPy and most image libraries.
    Rgb,
    /// Blue, green, red; three bytes per pixel. The order of OpenCV.
    Bgr,
    /// Red, green, blue, alpha; shown over black.
    Rgba,
    /// Blue, green, red, alpha; shown over black.
    Bgra,
    /// One byte of brightness, 0 to 255.
    Gray,
    /// Two planes: luma, then interleaved blue and red chroma at half the size.
    Nv12,
    /// Three planes: luma, then blue chroma and red chroma, each at half the size.
    I420,
}

named!(PixelLayout, "a pixel layout", "write rgb, bgr, rgba, bgra, gray, nv12 or i420", {
    Rgb: "rgb",
    Bgr: "bgr",
    Rgba: "rgba",
    Bgra: "bgra",
    Gray: "gray",
    Nv12: "nv12",
    I420: "i420",
});

impl PixelLayout {
    /// Bytes of a whole picture of that size, without gaps between its rows.
    pub fn bytes(self, size: Size) -> usize {
        self.planes(size).iter().map(|(bytes, rows)| bytes * rows).sum()
    }

    /// Whether it consists of luma and chroma.
    pub(crate) fn is_yuv(self) -> bool {
        matches!(self, Self::Nv12 | Self::I420)
    }

    /// Bytes per row and number of rows of each plane.
    pub(crate) fn planes(self, size: Size) -> Vec<(usize, usize)> {
        let (w, h) = (size.width as usize, size.height as usize);
        let (cw, ch) = (w.div_ceil(2), h.div_ceil(2));
        match self {
            Self::Rgb | Self::Bgr => vec![(3 * w, h)],
            Self::Rgba | Self::Bgra => vec![(4 * w, h)],
            Self::Gray => vec![(w, h)],
            Self::Nv12 => vec![(w, h), (2 * cw, ch)],
            Self::I420 => vec![(w, h), (cw, ch), (cw, ch)],
        }
    }
}

/// The matrix between RGB and luma/chroma: ITU-R BT.601 or BT.709.
///
/// ```
/// use vstream::{FrameConfig, PixelLayout, Size, YuvMatrix};
///
/// // A webcam's MJPEG, decoded: JPEG is BT.601 in full range, whatever its size.
/// let webcam = FrameConfig::new(Size::new(1920, 1080), PixelLayout::I420)
///     .with_full_range(true)
///     .with_matrix(YuvMatrix::Bt601);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum YuvMatrix {
    /// As players treat an untagged picture: BT.709 from 1280 columns or 577 rows on, BT.601 below.
    #[default]
    Auto,
    /// BT.601: standard definition, JPEG, most webcams.
    Bt601,
    /// BT.709: high definition.
    Bt709,
}

named!(YuvMatrix, "a matrix", "write auto, bt601 or bt709", {
    Auto: "auto",
    Bt601: "bt601",
    Bt709: "bt709",
});
