//! Pictures that the caller makes, one by one, into a recording stream of the caller's.
//! The stages are those of a file from the filters on; it knows no container and no decoder.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Sender, bounded};
use rerun::RecordingStream;

use crate::codec::encode_plan::EncodePlan;
use crate::codec::encoders::{self, Wanted};
use crate::codec::trial;
use crate::config::{Size, VideoConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Tally;
use crate::ffi::{Frame, Plane};
use crate::log::{Layout, Row, TrackLog, TrackSpec};
use crate::pipeline;
use crate::time::Timed as _;

/// Pictures that may wait for the encoder.
const QUEUE: usize = 4;

/// How the pixels of a picture lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PixelLayout {
    /// Red, green, blue; three bytes a pixel. NumPy's and most image libraries' order.
    Rgb,
    /// Blue, green, red; three bytes a pixel. OpenCV's order.
    Bgr,
    /// Red, green, blue, alpha; shown over black.
    Rgba,
    /// Blue, green, red, alpha; shown over black.
    Bgra,
    /// One byte of brightness, 0 to 255.
    Gray,
    /// Luma, then chroma interleaved at half size; limited range.
    Nv12,
    /// Luma, then two chroma planes at half size; limited range.
    I420,
}

impl PixelLayout {
    /// FFmpeg's name of it.
    fn format(self) -> &'static str {
        match self {
            Self::Rgb => "rgb24",
            Self::Bgr => "bgr24",
            Self::Rgba => "rgba",
            Self::Bgra => "bgra",
            Self::Gray => "gray",
            Self::Nv12 => "nv12",
            Self::I420 => "yuv420p",
        }
    }

    /// Bytes a row and rows of each plane.
    fn planes(self, size: Size) -> Vec<(usize, usize)> {
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

/// Encodes pictures of one size and logs them as a `VideoStream` at one entity.
///
/// ```no_run
/// use std::time::Duration;
/// use vstream::{FrameWriter, PixelLayout, Size, VideoConfig};
///
/// let rec = rerun::RecordingStreamBuilder::new("my_app").save("out.rrd")?;
/// let size = Size { width: 640, height: 480 };
/// let mut video = FrameWriter::new(&rec, "camera", size, PixelLayout::Rgb, 30.0, &VideoConfig::default())?;
/// for i in 0..90 {
///     let picture = vec![i as u8; 640 * 480 * 3];
///     video.write(Duration::from_millis(i * 33), &picture)?;
/// }
/// let frames = video.finish()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Encoding runs on a thread of its own; [`write`](Self::write) waits while that is busy. A writer that is dropped
/// without [`finish`](Self::finish) still logs everything, but cannot tell of an error.
#[derive(Debug)]
pub struct FrameWriter {
    subject: String,
    size: Size,
    layout: PixelLayout,
    last: Option<i64>,
    frames: Option<Sender<Frame>>,
    thread: Option<JoinHandle<Result<u64>>>,
}

impl FrameWriter {
    /// A writer of pictures of `size`, about `rate` a second, logged at `entity` on the timeline `time`.
    ///
    /// The rate guides the encoder only; every picture is logged at the time it is given.
    pub fn new(
        recording: &RecordingStream,
        entity: &str,
        size: Size,
        layout: PixelLayout,
        rate: f64,
        video: &VideoConfig,
    ) -> Result<Self> {
        let subject = format!("pictures for {entity}");
        let wrong = |cause: &str| Error::new(ErrorKind::Config, &subject, cause);
        if size.width == 0 || size.height == 0 {
            return Err(
                wrong("their size is 0").with_hint("give the size of the pictures in pixels")
            );
        }
        if !(rate.is_finite() && rate > 0.0) {
            return Err(
                wrong("the rate is not above 0").with_hint("give pictures a second, such as 30.0")
            );
        }
        let row = encoders::choose(&Wanted { video, live: false }, trial::works)?;
        let rate = ((rate * 1000.0).round().clamp(1.0, 1e9) as i32, 1000);
        let plan = EncodePlan::new(row, video, [Some(rate), None], false)?;
        let spec = TrackSpec {
            entity: entity.to_owned(),
            title: entity.to_owned(),
            timeline: "time".into(),
            codec: row.codec,
            captured: false,
            also_at: Vec::new(),
            notes: Vec::new(),
        };
        let layout_of_chunks = Layout::Gops { max_bytes: crate::log::VIEWER_CHUNK_BYTES };
        let mut log = TrackLog::new(recording.clone(), spec, layout_of_chunks)?;

        let (frames, queue) = bounded(QUEUE);
        let source = queue.into_iter().map(Ok);
        let samples = pipeline::encode_frames(
            source,
            video,
            plan,
            subject.clone(),
            Arc::new(Tally::default()),
        );
        let thread = thread::Builder::new()
            .name("encode".into())
            .spawn(move || {
                let mut count = 0;
                for sample in samples {
                    log.push(Row::new(0, count, sample?))?;
                    count += 1;
                }
                log.finish()?;
                Ok(count.unsigned_abs())
            })
            .map_err(|e| Error::new(ErrorKind::Internal, &subject, e))?;
        Ok(Self { subject, size, layout, last: None, frames: Some(frames), thread: Some(thread) })
    }

    /// Log one picture at `time`, its rows without gaps between them. Times must increase.
    pub fn write(&mut self, time: Duration, pixels: &[u8]) -> Result<()> {
        let planes = self.layout.planes(self.size);
        let mut rest = pixels;
        let needed: usize = planes.iter().map(|(bytes, rows)| bytes * rows).sum();
        if pixels.len() != needed {
            let (got, size) = (pixels.len(), self.size);
            return Err(self
                .fail(format!("{got} bytes are no {size} {:?} picture", self.layout))
                .with_hint(format!(
                    "it takes {needed} bytes; use write_strided for rows with gaps"
                )));
        }
        let mut views = Vec::with_capacity(planes.len());
        for (bytes, rows) in planes {
            let (data, after) = rest.split_at(bytes * rows);
            views.push((data, bytes));
            rest = after;
        }
        self.write_strided(time, &views)
    }

    /// Log one picture at `time`, given as its planes, each with the bytes from one row to the next.
    pub fn write_strided(&mut self, time: Duration, planes: &[(&[u8], usize)]) -> Result<()> {
        let nanos = i64::try_from(time.as_nanos()).map_err(|e| self.fail(e))?;
        if self.last.is_some_and(|last| nanos <= last) {
            return Err(self
                .fail(format!("the time {time:?} is not after the one before"))
                .with_hint("times must increase; the Viewer shows one picture a time"));
        }
        let shape = self.layout.planes(self.size);
        if planes.len() != shape.len() {
            return Err(self.fail(format!("{} planes instead of {}", planes.len(), shape.len())));
        }
        let mut frame = Frame::alloc(self.layout.format(), self.size.width, self.size.height)
            .map_err(|e| self.fail(e))?;
        for (index, (&(data, stride), (bytes, rows))) in planes.iter().zip(shape).enumerate() {
            if !frame.fill(index, &Plane { data, stride }, bytes, rows) {
                return Err(self
                    .fail(format!("plane {index} is too small"))
                    .with_hint(format!("it takes {rows} rows of {bytes} bytes")));
            }
        }
        frame.set_time(nanos);
        if let Some(frames) = &self.frames
            && frames.send(frame).is_ok()
        {
            self.last = Some(nanos);
            return Ok(());
        }
        // The thread has ended, so it has something to say.
        self.join().map(drop)
    }

    /// Encode what is left and log it. Returns the number of pictures logged.
    pub fn finish(mut self) -> Result<u64> {
        self.join()
    }

    fn join(&mut self) -> Result<u64> {
        self.frames = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(self.fail("the encoding thread broke down")),
            None => Err(self.fail("it has ended already")),
        }
    }

    fn fail(&self, cause: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Encode, &self.subject, cause)
    }
}

impl Drop for FrameWriter {
    fn drop(&mut self) {
        if self.thread.is_some() {
            // Nobody is left to hear of an error.
            let _ = self.join();
        }
    }
}
