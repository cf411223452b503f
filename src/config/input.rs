//! One input and how to read it.
//! How its location and options map to FFmpeg is decided in `source`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::{AudioChoice, JoinTimes, Size, StreamChoice};
use crate::error::{Error, ErrorKind, Result};
use crate::sample::StreamInfo;
use crate::time::{FrameRate, NANOS, Timestamps};

/// One input and how to read it. Settings shared by all inputs are in [`Config`](crate::Config).
///
/// Converts from anything that names a file, so a path alone works wherever an input is expected.
///
/// ```
/// use std::path::Path;
/// use std::time::Duration;
/// use vstream::{Config, FrameRate, InputConfig, Size};
///
/// let file = Config::new(Path::new("drive.mkv"));
/// let part = InputConfig::new("drive.mkv")
///     .with_start(Duration::from_secs(90))
///     .with_duration(Duration::from_secs(10));
/// let camera = InputConfig::new("/dev/video0")
///     .with_video_size(Size::new(1280, 720))
///     .with_frame_rate(FrameRate::try_from(30)?);
/// let stream = InputConfig::new("rtsp://camera.local/main")
///     .with_option("rtsp_transport", "tcp")
///     .with_filter("hflip")
///     .with_entity("robot/rear_camera")
///     .with_reconnect(true);
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct InputConfig {
    /// What to read: a path, a URL, `/dev/videoN` or `camera:` or `camera:NAME`, `screen:`, `-` for stdin, an image
    /// sequence (`frames/%05d.png`, a glob such as `frames/**/*.png`, or a folder of pictures), or `lavfi:GRAPH` for
    /// one of FFmpeg's synthetic sources. Or a recording (`.rrd`) or bag (`.mcap`, `.db3`, `.bag`), whose pictures
    /// become video.
    pub location: OsString,
    /// The pictures of an image sequence, in this order. If not empty, [`location`](Self::location) is only the name of
    /// the sequence. Default: empty.
    pub pictures: Vec<PathBuf>,
    /// FFmpeg's name of the input format, such as `rawvideo`, or `rrd`, `mcap`, `sqlite3` or `rosbag` for a recording.
    /// Default: detected by probing.
    pub format: Option<String>,
    /// Options for FFmpeg's demuxer, protocol and decoder, as key and value. An option that none of them knows is an
    /// error. Default: none.
    pub options: Vec<(String, String)>,
    /// Which video stream of the input. Default: the one that the `ffmpeg` command would choose.
    pub stream: StreamChoice,
    /// Which sound of the input. Default: the stream that the `ffmpeg` command would choose.
    pub audio: AudioChoice,
    /// Picture size in pixels to request from a device, a raw format or a synthetic source. Default: the best one of a
    /// device that this machine can keep up with.
    pub video_size: Option<Size>,
    /// Frames per second to request from a device, an image sequence or a raw format. Default: a device's own rate near
    /// 30, otherwise 25.
    pub frame_rate: Option<FrameRate>,
    /// Times that replace the stream's own. Default: the stream's.
    ///
    /// Sound follows the pictures. If these times run at another speed than the stream's, by more than 1 %, it is cut
    /// into pieces of one second, each in step where it begins, with a warning. The sound of a pipe keeps its own
    /// times.
    pub timestamps: Option<Timestamps>,
    /// Pixel format to request from a device or a raw format, by FFmpeg's name, such as `yuyv422` or `mjpeg`.
    pub pixel_format: Option<String>,
    /// Start here, measured from the input's beginning. Times in the recording stay those of the whole input. Default:
    /// the beginning.
    pub start: Option<Duration>,
    /// Read at most this much, measured from [`start`](Self::start). Default: to the end.
    pub duration: Option<Duration>,
    /// Read a file at playback speed, so that it can stand in for a camera. Default: as fast as possible.
    pub realtime: bool,
    /// How often the input is played again after the first time; [`u32::MAX`] for endlessly. Default: 0.
    pub repeat: u32,
    /// Give up on a network source or device that sends nothing for this long; 0 waits forever. Default: 10 s.
    pub timeout: Option<Duration>,
    /// An FFmpeg filter chain for this input, which replaces [`VideoConfig::filter`](crate::VideoConfig::filter).
    /// Default: that one.
    pub filter: Option<String>,
    /// Entity path of its video, overriding [`RecordingConfig::entity`](crate::RecordingConfig::entity); if several of
    /// its streams are read, their common parent path. Default: as described there.
    pub entity: Option<String>,
    /// For a recording or bag: the entities whose pictures become video, as paths, or with a trailing `/**` for
    /// everything below a path. Default: all pictures except depth and segmentation images.
    pub entities: Vec<String>,
    /// For a recording or bag: leave out everything but video and the recording's properties and blueprint.
    /// Default: no.
    pub drop_other: bool,
    /// When a live source breaks off, reopen it, with growing pauses between attempts. Default: no; the run ends.
    pub reconnect: bool,
    /// Files that continue this one, in this order, as one video: the chapters of a camera. The settings of each say
    /// how it is read; those about the whole, such as [`start`](Self::start) and [`repeat`](Self::repeat), are taken
    /// from this input. Default: none.
    pub joined: Vec<InputConfig>,
    /// Where the [`joined`](Self::joined) files begin. Default: [`JoinTimes::Auto`].
    pub join_times: JoinTimes,
}

impl InputConfig {
    /// The range of times to record, in nanoseconds: from the start, for the duration.
    pub(crate) fn window(&self) -> Result<std::ops::Range<i64>> {
        let nanos = |d: Duration| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX);
        let start = self.start.map_or(0, nanos);
        let end = match self.duration.map(nanos) {
            Some(0) => {
                return Err(Error::new(ErrorKind::Config, "duration", "it must not be 0")
                    .with_remedy("give seconds, such as 2.5, or a time such as 1:30"));
            }
            Some(length) => start.saturating_add(length),
            None => i64::MAX,
        };
        Ok(start..end)
    }

    /// The range of times to record of a stream, moved to the frames nearest to start and end, since users round times.
    pub(crate) fn window_of_frames(&self, stream: &StreamInfo) -> Result<std::ops::Range<i64>> {
        let window = self.window()?;
        let (false, Some(rate)) = (stream.live, stream.frame_rate) else {
            return Ok(window);
        };
        let half = i64::from(rate.denominator()) * NANOS / i64::from(rate.numerator()) / 2;
        // Exactly between two frames, take the later one.
        let nearest = |at: i64| at.saturating_sub(half).saturating_add(1);
        let start = if window.start > 0 { nearest(window.start).max(0) } else { 0 };
        let end = if window.end < i64::MAX { nearest(window.end) } else { window.end };
        Ok(start..end.max(start + 1))
    }

    /// An input with default settings.
    pub fn new(location: impl Into<OsString>) -> Self {
        Self { location: location.into(), ..Self::default() }
    }

    /// Sets [`pictures`](Self::pictures).
    pub fn with_pictures(mut self, pictures: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        self.pictures = pictures.into_iter().map(Into::into).collect();
        self
    }

    /// Sets [`format`](Self::format).
    pub fn with_format(mut self, format: impl Into<String>) -> Self {
        self.format = Some(format.into());
        self
    }

    /// Adds to [`options`](Self::options).
    pub fn with_option(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.push((key.into(), value.into()));
        self
    }

    /// Sets [`stream`](Self::stream).
    pub fn with_stream(mut self, stream: StreamChoice) -> Self {
        self.stream = stream;
        self
    }

    /// Sets [`audio`](Self::audio).
    pub fn with_audio(mut self, audio: AudioChoice) -> Self {
        self.audio = audio;
        self
    }

    /// Sets [`video_size`](Self::video_size).
    pub fn with_video_size(mut self, video_size: Size) -> Self {
        self.video_size = Some(video_size);
        self
    }

    /// Sets [`frame_rate`](Self::frame_rate).
    pub fn with_frame_rate(mut self, frame_rate: FrameRate) -> Self {
        self.frame_rate = Some(frame_rate);
        self
    }

    /// Sets [`timestamps`](Self::timestamps).
    pub fn with_timestamps(mut self, timestamps: Timestamps) -> Self {
        self.timestamps = Some(timestamps);
        self
    }

    /// Sets [`pixel_format`](Self::pixel_format).
    pub fn with_pixel_format(mut self, pixel_format: impl Into<String>) -> Self {
        self.pixel_format = Some(pixel_format.into());
        self
    }

    /// Sets [`start`](Self::start).
    pub fn with_start(mut self, start: Duration) -> Self {
        self.start = Some(start);
        self
    }

    /// Sets [`duration`](Self::duration).
    pub fn with_duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// Sets [`realtime`](Self::realtime).
    pub fn with_realtime(mut self, realtime: bool) -> Self {
        self.realtime = realtime;
        self
    }

    /// Sets [`repeat`](Self::repeat).
    pub fn with_repeat(mut self, repeat: u32) -> Self {
        self.repeat = repeat;
        self
    }

    /// Sets [`timeout`](Self::timeout).
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets [`filter`](Self::filter).
    pub fn with_filter(mut self, filter: impl Into<String>) -> Self {
        self.filter = Some(filter.into());
        self
    }

    /// Sets [`entity`](Self::entity).
    pub fn with_entity(mut self, entity: impl Into<String>) -> Self {
        self.entity = Some(entity.into());
        self
    }

    /// Adds to [`entities`](Self::entities).
    pub fn with_entities(mut self, entity: impl Into<String>) -> Self {
        self.entities.push(entity.into());
        self
    }

    /// Sets [`drop_other`](Self::drop_other).
    pub fn with_drop_other(mut self, drop_other: bool) -> Self {
        self.drop_other = drop_other;
        self
    }

    /// Sets [`reconnect`](Self::reconnect).
    pub fn with_reconnect(mut self, reconnect: bool) -> Self {
        self.reconnect = reconnect;
        self
    }

    /// Sets [`joined`](Self::joined).
    pub fn with_joined(mut self, joined: impl IntoIterator<Item = impl Into<Self>>) -> Self {
        self.joined = joined.into_iter().map(Into::into).collect();
        self
    }

    /// Sets [`join_times`](Self::join_times).
    pub fn with_join_times(mut self, join_times: JoinTimes) -> Self {
        self.join_times = join_times;
        self
    }
}

impl<L: Into<OsString>> From<L> for InputConfig {
    fn from(location: L) -> Self {
        Self::new(location)
    }
}
