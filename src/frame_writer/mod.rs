//! Pictures that the caller makes, one by one, into a recording stream of the caller's.
//! The stages are those of a file from the filters on; it knows no container and no decoder.

mod encoder;
mod feed;
mod picture;

pub use encoder::FrameEncoder;
pub(crate) use feed::{Consumer, Feed, Planned};

use std::time::Duration;

use rerun::RecordingStream;

use crate::config::FrameConfig;
use crate::error::Result;
use crate::event::Progress;
use crate::record::{FILE_CHUNK_BYTES, Layout, Row, TrackLog, TrackSpec};
use crate::sample::Sample;
use crate::sink;

/// Encodes pictures of one size and logs them as a `VideoStream` at one entity of a recording stream.
///
/// ```no_run
/// use std::time::Duration;
/// use vstream::{FrameConfig, FrameWriter, PixelLayout, Size};
///
/// let rec = rerun::RecordingStreamBuilder::new("my_app").save("out.rrd")?;
/// let pictures = FrameConfig::new(Size::new(640, 480), PixelLayout::Rgb);
/// let mut video = FrameWriter::new(&rec, "camera", &pictures)?;
/// for i in 0..90 {
///     let picture = vec![i as u8; 640 * 480 * 3];
///     video.write(Duration::from_millis(i * 33), &picture)?;
/// }
/// let counts = video.finish()?;
/// assert_eq!(counts.logged, 90);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Threads
///
/// A writer encodes on a thread of its own. It is [`Send`], so each camera of a robot can have a thread with a writer
/// of its own, all on one recording stream. Two writers must not share an entity.
///
/// # When pictures come too fast
///
/// A few pictures may wait for the encoder, four or, live, one. After that [`write`](Self::write) waits until there is
/// room, so that memory stays flat and nothing is lost; [`try_write`](Self::try_write) does not wait, and drops and
/// counts the picture.
///
/// # The end
///
/// [`finish`](Self::finish) encodes and logs what is left, and returns an error if there was one. Dropping the writer
/// does the same and waits as long, but an error is lost. Neither flushes the recording stream.
///
/// # Errors
///
/// A picture that does not fit is an error of kind [`ErrorKind::Frame`](crate::ErrorKind::Frame); it is left out, and the next one is welcome.
/// Any other error is the end of the writer; what was logged before it stays.
#[derive(Debug)]
pub struct FrameWriter(Feed);

/// Logs every sample.
struct Log(TrackLog);

impl Consumer for Log {
    fn take(&mut self, sample: Sample) -> Result<()> {
        self.0.push(Row::new(0, sample))?;
        self.0.tend()
    }

    fn end(mut self) -> Result<()> {
        self.0.finish()
    }
}

impl FrameWriter {
    /// A writer of such pictures, logged at `entity`. The recording stream is shared, as a clone of it is.
    pub fn new(recording: &RecordingStream, entity: &str, config: &FrameConfig) -> Result<Self> {
        sink::check_enabled(recording)?;
        let planned = Planned::new(entity, config)?;
        let spec = TrackSpec {
            entity: entity.to_owned(),
            title: entity.to_owned(),
            timeline: config.timeline.clone(),
            codec: planned.codec(),
            captured: config.start_time.is_some(),
            also_at: Vec::new(),
            notes: Vec::new(),
            audio: Vec::new(),
        };
        let layout = Layout::new(config.live, FILE_CHUNK_BYTES);
        let log = Log(TrackLog::new(recording.clone(), spec, layout)?);
        Ok(Self(Feed::start(planned, entity, config, log)?))
    }

    /// Logs one picture at `time`, its planes behind each other and its rows without gaps. Waits while the encoder is
    /// busy. Times must increase.
    pub fn write(&mut self, time: Duration, pixels: &[u8]) -> Result<()> {
        let planes = self.0.planes(pixels)?;
        self.0.write(time, &planes)
    }

    /// Like [`write`](Self::write), given as planes, each with the bytes from the start of one row to the next.
    pub fn write_strided(&mut self, time: Duration, planes: &[(&[u8], usize)]) -> Result<()> {
        self.0.write(time, planes)
    }

    /// Like [`write`](Self::write), but never waits: where the encoder is busy, the picture is dropped and counted, and
    /// the result is `false`. For a robot that has better to do.
    pub fn try_write(&mut self, time: Duration, pixels: &[u8]) -> Result<bool> {
        let planes = self.0.planes(pixels)?;
        self.0.try_write(time, &planes)
    }

    /// Like [`try_write`](Self::try_write), given as planes, each with the bytes from the start of one row to the next.
    pub fn try_write_strided(&mut self, time: Duration, planes: &[(&[u8], usize)]) -> Result<bool> {
        self.0.try_write(time, planes)
    }

    /// The counts so far: `read` pictures were given, of which some were `logged`, some `dropped`, and the rest are
    /// being encoded.
    pub fn progress(&self) -> Progress {
        self.0.progress()
    }

    /// Encodes and logs what is left, and returns the final counts.
    pub fn finish(mut self) -> Result<Progress> {
        self.0.finish()?;
        Ok(self.0.progress())
    }
}
