//! Encodes pictures that the caller makes and logs them to the caller's recording stream.
//! The stages are the filters and the encoder of any video; there is no container and no decoder.

mod encoder;
mod feed;
mod picture;

pub use encoder::FrameEncoder;
use feed::Consumer;
#[cfg(feature = "python")]
pub(crate) use feed::Outbox;
pub(crate) use feed::{Feed, Planned};

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
/// A writer encodes on its own thread. It is [`Send`], so a robot can have a thread and a writer for each camera, all
/// on one recording stream. Two writers must not share an entity.
///
/// # Backpressure
///
/// Up to four pictures wait for the encoder, or one if the writer is live. When that queue is full,
/// [`write`](Self::write) waits until there is room, so memory stays bounded and nothing is lost, while
/// [`try_write`](Self::try_write) drops the picture and counts it.
///
/// # Finishing
///
/// [`finish`](Self::finish) encodes and logs the remaining pictures, and returns the error if there was one. Dropping
/// the writer does the same, but the error is lost. Neither flushes the recording stream.
///
/// # Errors
///
/// A picture of the wrong size or with a time that does not increase is an error of kind
/// [`ErrorKind::Frame`](crate::ErrorKind::Frame): it is skipped, and writing can continue. Any other error ends the
/// writer; what was logged before stays.
#[derive(Debug)]
pub struct FrameWriter(Feed);

/// Logs every sample.
struct Log {
    recording: RecordingStream,
    track: TrackLog,
}

impl Log {
    fn send(&mut self) {
        self.track.send_to(&self.recording);
    }
}

impl Consumer for Log {
    fn take(&mut self, sample: Sample) -> Result<()> {
        self.track.push(Row::new(0, sample))?;
        self.track.tend()?;
        self.send();
        Ok(())
    }

    fn end(mut self) -> Result<()> {
        self.track.finish()?;
        self.send();
        Ok(())
    }
}

impl FrameWriter {
    /// A writer that logs at `entity`. It keeps a clone of the recording stream.
    pub fn new(recording: &RecordingStream, entity: &str, config: &FrameConfig) -> Result<Self> {
        sink::check_enabled(recording)?;
        let planned = Planned::new(entity, config)?;
        let spec = TrackSpec {
            entity: entity.to_owned(),
            title: entity.to_owned(),
            timeline: config.timeline.clone(),
            codec: Some(planned.codec()),
            captured: config.start_time.is_some(),
            also_at: Vec::new(),
            notes: Vec::new(),
            audio: Vec::new(),
        };
        let layout = Layout::new(config.live, FILE_CHUNK_BYTES);
        let mut log = Log { recording: recording.clone(), track: TrackLog::new(spec, layout)? };
        log.send();
        Ok(Self(Feed::start(planned, entity, config, log)?))
    }

    /// Logs one picture at `time`: its planes one after the other, its rows without padding. Waits while the encoder is
    /// busy. Times must increase.
    pub fn write(&mut self, time: Duration, pixels: &[u8]) -> Result<()> {
        let planes = self.0.planes(pixels)?;
        self.0.write(time, &planes)
    }

    /// Like [`write`](Self::write), with a slice and a stride (in bytes) for each plane.
    pub fn write_strided(&mut self, time: Duration, planes: &[(&[u8], usize)]) -> Result<()> {
        self.0.write(time, planes)
    }

    /// Like [`write`](Self::write), but never waits: if the encoder is busy, the picture is dropped and counted, and
    /// the result is `false`. For control loops that must not block.
    pub fn try_write(&mut self, time: Duration, pixels: &[u8]) -> Result<bool> {
        let planes = self.0.planes(pixels)?;
        self.0.try_write(time, &planes)
    }

    /// Like [`try_write`](Self::try_write), with a slice and a stride in bytes for each plane.
    pub fn try_write_strided(&mut self, time: Duration, planes: &[(&[u8], usize)]) -> Result<bool> {
        self.0.try_write(time, planes)
    }

    /// The counts so far: `read` pictures were written; of these, `logged` are in the recording, `dropped` were
    /// dropped, and the rest are being encoded.
    pub fn progress(&self) -> Progress {
        self.0.progress()
    }

    /// Encodes and logs the remaining pictures, and returns the final counts.
    pub fn finish(mut self) -> Result<Progress> {
        self.0.finish()?;
        Ok(self.0.progress())
    }
}
