//! What an input holds: its container, streams, chapters and metadata, and which stream a run would take.
//! Plain data; `report.rs` fills it.

use std::time::Duration;

use crate::time::FrameRate;

/// What one input holds, as its container states before anything is decoded.
///
/// ```no_run
/// let config = vstream::Config::new("input.mp4");
/// for input in vstream::probe(&config) {
///     let input = input?;
///     println!("{}: {} for {:?}", input.source, input.container, input.duration);
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InputReport {
    /// What was read, without credentials: a path, a URL, a device.
    pub source: String,
    /// FFmpeg's names of the container, separated by commas.
    pub container: String,
    /// The source is live: a camera, a network stream, a screen.
    pub live: bool,
    /// Size in bytes, where it is a local file.
    pub bytes: Option<u64>,
    /// The earliest timestamp of all streams in microseconds, which becomes time 0 of a recording. May be negative.
    pub start_micros: Option<i64>,
    /// Its duration as stated by the container, which may be wrong.
    pub duration: Option<Duration>,
    /// Every stream, in the container's order.
    pub streams: Vec<StreamReport>,
    /// Its chapters.
    pub chapters: Vec<Chapter>,
    /// Metadata of the container, as FFmpeg names it.
    pub metadata: Vec<(String, String)>,
}

/// One stream of an input.
///
/// ```no_run
/// let config = vstream::Config::new("input.mp4");
/// for input in vstream::probe(&config) {
///     for stream in input?.streams.iter().filter(|stream| stream.taken) {
///         println!("stream {}, {}", stream.index, stream.codec);
///     }
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StreamReport {
    /// Index in the container, as [`StreamChoice::Index`](crate::StreamChoice::Index) takes it.
    pub index: usize,
    /// What it carries.
    pub kind: StreamKind,
    /// FFmpeg's name of the codec.
    pub codec: String,
    /// This FFmpeg has a decoder for it.
    pub decodable: bool,
    /// Marked as the default among its kind.
    pub default: bool,
    /// A picture attached to something else: cover art.
    pub cover: bool,
    /// Its duration, if the stream states one.
    pub duration: Option<Duration>,
    /// Properties of its pictures, if it is video.
    pub video: Option<VideoReport>,
    /// Properties of its sound, if it is sound.
    pub audio: Option<AudioReport>,
    /// A run would take it.
    pub taken: bool,
    /// Why a video stream would be taken, or why not.
    pub why: Option<String>,
    /// Metadata of the stream, as FFmpeg names it.
    pub metadata: Vec<(String, String)>,
}

/// What a stream carries.
///
/// ```no_run
/// use vstream::StreamKind;
///
/// let config = vstream::Config::new("input.mp4");
/// for input in vstream::probe(&config) {
///     let input = input?;
///     let sounds = input.streams.iter().filter(|stream| stream.kind == StreamKind::Audio);
///     println!("{} with sound", sounds.count());
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamKind {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
    /// Subtitles, as text or as pictures.
    Subtitle,
    /// Anything else.
    Other,
}

impl StreamKind {
    /// A stable identifier for scripts: `video`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Subtitle => "subtitle",
            Self::Other => "data",
        }
    }
}

/// The pictures of a video stream.
///
/// ```no_run
/// let config = vstream::Config::new("input.mp4");
/// for input in vstream::probe(&config) {
///     for stream in input?.streams {
///         if let Some(video) = stream.video {
///             println!("{}x{} {}", video.width, video.height, video.pixel_format);
///         }
///     }
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct VideoReport {
    /// Width in pixels as coded; 0 where not known yet.
    pub width: u32,
    /// Height in pixels as coded; 0 where not known yet.
    pub height: u32,
    /// Frames a second, as the container states them.
    pub frame_rate: Option<FrameRate>,
    /// FFmpeg's name of the pixel format; empty where not known yet.
    pub pixel_format: String,
    /// FFmpeg's name of the colour matrix, where it is given.
    pub matrix: Option<&'static str>,
    /// FFmpeg's name of the primaries, where they are given.
    pub primaries: Option<&'static str>,
    /// FFmpeg's name of the transfer function, where it is given.
    pub transfer: Option<&'static str>,
    /// Black is 0 and white 255, rather than 16 and 235.
    pub full_range: bool,
    /// The pictures have an alpha channel.
    pub alpha: bool,
    /// Shape of a pixel, width to height, where it is given.
    pub aspect: Option<(i32, i32)>,
    /// FFmpeg's filters that turn the picture upright, separated by commas; empty where it is upright.
    pub turn: String,
    /// Flagged as interlaced.
    pub interlaced: bool,
    /// Whether it could be logged as it is. `None` where the stream would not be taken.
    pub copy: Option<Copyability>,
}

/// The sound of a stream.
///
/// ```no_run
/// let config = vstream::Config::new("input.mp4");
/// for input in vstream::probe(&config) {
///     for audio in input?.streams.into_iter().filter_map(|stream| stream.audio) {
///         println!("{} Hz, {} channels: {}", audio.sample_rate, audio.channels, audio.plan);
///     }
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AudioReport {
    /// Samples a second; 0 where not known yet.
    pub sample_rate: u32,
    /// 0 where not known yet.
    pub channels: u32,
    /// Copied or encoded, in a line: "aac copied".
    pub plan: String,
}

/// Whether Rerun shows a stream correctly as it is ([`CodecChoice::Copy`](crate::CodecChoice::Copy)).
///
/// ```no_run
/// use vstream::Copyability;
///
/// let config = vstream::Config::new("input.mp4");
/// for input in vstream::probe(&config) {
///     for video in input?.streams.into_iter().filter_map(|stream| stream.video) {
///         if let Some(Copyability::No { why }) = video.copy {
///             println!("has to be encoded: {why}");
///         }
///     }
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Copyability {
    /// It can be copied.
    Yes {
        /// What would look worse in a copy than after encoding. [`CodecChoice::Auto`](crate::CodecChoice::Auto) encodes
        /// if there is any.
        but: Vec<String>,
    },
    /// It cannot be copied.
    No {
        /// Why not.
        why: String,
    },
}

/// A named part of an input.
///
/// ```no_run
/// let config = vstream::Config::new("input.mp4");
/// for input in vstream::probe(&config) {
///     for chapter in input?.chapters {
///         println!("{} µs: {:?}", chapter.start_micros, chapter.title);
///     }
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chapter {
    /// Where it begins, in microseconds on the input's own clock.
    pub start_micros: i64,
    /// Its title, if it has one.
    pub title: Option<String>,
}
