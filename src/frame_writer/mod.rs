//! Pictures that the caller makes, one by one, into a recording stream of the caller's.
//! The stages are those of a file from the filters on; it knows no container and no decoder.

mod picture;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, TrySendError, bounded};
use rerun::RecordingStream;

use crate::config::{CodecChoice, FrameConfig, MOST_PIXELS};
use crate::encode::plan::EncodePlan;
use crate::encode::table::{self, Wanted};
use crate::encode::trial;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Progress, Tally};
use crate::ffi::Frame;
use crate::record::{FILE_CHUNK_BYTES, Layout, Row, TrackLog, TrackSpec};
use crate::run::drive;
use crate::sample::Sample;
use crate::sink;
use crate::threads::{Task, Threads};
use crate::time::wall_clock;
use picture::Pictures;

/// Pictures that may wait for the encoder.
const QUEUE: usize = 4;
/// Live, a picture that waits is late already.
const LIVE_QUEUE: usize = 1;

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
/// [`finish`](Self::finish) encodes and logs what is left, and tells of an error. Dropping the writer does the same and
/// waits as long, but has nobody to tell. Neither flushes the recording stream.
///
/// # Errors
///
/// A picture that does not fit is an error of kind [`ErrorKind::Frame`]; it is left out, and the next one is welcome.
/// Any other error is the end of the writer; what was logged before it stays.
#[derive(Debug)]
pub struct FrameWriter {
    subject: String,
    pictures: Pictures,
    cancel: Cancel,
    /// Time of the last picture that was taken.
    last: Option<Duration>,
    counts: Arc<Mutex<Progress>>,
    began: Instant,
    frames: Option<Sender<Frame>>,
    encoding: Option<(Task<Result<()>>, Threads)>,
}

impl FrameWriter {
    /// A writer of such pictures, logged at `entity`. The recording stream is shared, as a clone of it is.
    pub fn new(recording: &RecordingStream, entity: &str, config: &FrameConfig) -> Result<Self> {
        sink::check_enabled(recording)?;
        let subject = format!("pictures for {entity}");
        check(config, &subject)?;
        let video = &config.video;
        let row = table::choose(&Wanted { video, live: config.live }, trial::works)?;
        let plan = EncodePlan::new(row, video, [Some(config.frame_rate), None], config.live)?;
        let epoch = config.start_time.map(wall_clock::since_epoch);
        let spec = TrackSpec {
            entity: entity.to_owned(),
            title: entity.to_owned(),
            timeline: config.timeline.clone(),
            codec: row.codec,
            captured: epoch.is_some(),
            also_at: Vec::new(),
            notes: Vec::new(),
        };
        let layout = Layout::new(config.live, FILE_CHUNK_BYTES);
        let log = TrackLog::new(recording.clone(), spec, layout)?;

        let (frames, queue) = bounded(if config.live { LIVE_QUEUE } else { QUEUE });
        let samples = drive::encode_frames(
            queue.into_iter().map(Ok),
            video,
            plan,
            subject.clone(),
            Arc::new(Tally::default()),
        );
        let counts = Arc::new(Mutex::new(Progress::default()));
        let counted = counts.clone();
        let threads = Threads::new(&Cancel::new());
        let work = move || log_all(samples, log, epoch, &counted);
        let task = threads.spawner().spawn("encode", work)?;
        Ok(Self {
            subject,
            pictures: Pictures::new(entity, config),
            cancel: config.cancel.clone().unwrap_or_default(),
            last: None,
            counts,
            began: Instant::now(),
            frames: Some(frames),
            encoding: Some((task, threads)),
        })
    }

    /// Logs one picture at `time`, its planes behind each other and its rows without gaps. Waits while the encoder is
    /// busy. Times must increase.
    pub fn write(&mut self, time: Duration, pixels: &[u8]) -> Result<()> {
        let planes = self.pictures.planes(pixels)?;
        self.write_strided(time, &planes)
    }

    /// Like [`write`](Self::write), given as planes, each with the bytes from the start of one row to the next.
    pub fn write_strided(&mut self, time: Duration, planes: &[(&[u8], usize)]) -> Result<()> {
        let frame = self.frame(time, planes)?;
        let sent = self.frames.as_ref().is_some_and(|frames| frames.send(frame).is_ok());
        if sent { self.taken(time) } else { self.broken() }
    }

    /// Like [`write`](Self::write), but never waits: where the encoder is busy, the picture is dropped and counted, and
    /// the result is `false`. For a robot that has better to do.
    pub fn try_write(&mut self, time: Duration, pixels: &[u8]) -> Result<bool> {
        let planes = self.pictures.planes(pixels)?;
        self.try_write_strided(time, &planes)
    }

    /// Like [`try_write`](Self::try_write), given as planes, each with the bytes from the start of one row to the next.
    pub fn try_write_strided(&mut self, time: Duration, planes: &[(&[u8], usize)]) -> Result<bool> {
        let frame = self.frame(time, planes)?;
        match self.frames.as_ref().map(|frames| frames.try_send(frame)) {
            Some(Ok(())) => self.taken(time).map(|()| true),
            Some(Err(TrySendError::Full(_))) => {
                let mut counts = lock(&self.counts);
                counts.read += 1;
                counts.dropped += 1;
                Ok(false)
            }
            Some(Err(TrySendError::Disconnected(_))) | None => self.broken().map(|()| false),
        }
    }

    /// The counts so far: `read` pictures were given, of which some were `logged`, some `dropped`, and the rest are
    /// being encoded.
    pub fn progress(&self) -> Progress {
        Progress { elapsed: self.began.elapsed(), ..lock(&self.counts).clone() }
    }

    /// Encodes and logs what is left, and returns the final counts.
    pub fn finish(mut self) -> Result<Progress> {
        self.join()?;
        Ok(self.progress())
    }

    fn frame(&self, time: Duration, planes: &[(&[u8], usize)]) -> Result<Frame> {
        if self.cancel.is_cancelled() {
            return Err(self.pictures.misfit("the writer is cancelled"));
        }
        if self.last.is_some_and(|last| time <= last) {
            return Err(self
                .pictures
                .misfit(format!("its time {time:?} is not after the one before"))
                .with_remedy("times must increase; the Viewer shows one picture a time"));
        }
        self.pictures.frame(time, planes)
    }

    /// The encoder has it.
    fn taken(&mut self, time: Duration) -> Result<()> {
        self.last = Some(time);
        lock(&self.counts).read += 1;
        Ok(())
    }

    /// The thread has ended, so it has something to say.
    fn broken(&mut self) -> Result<()> {
        self.join()?;
        Err(self.fail("it has ended already"))
    }

    fn join(&mut self) -> Result<()> {
        self.frames = None;
        let Some((task, threads)) = self.encoding.take() else {
            return Err(self.fail("it has ended already"));
        };
        let done = task.join().flatten();
        threads.finish().and(done)
    }

    fn fail(&self, cause: &str) -> Error {
        Error::new(ErrorKind::Encode, &self.subject, cause)
    }
}

impl Drop for FrameWriter {
    fn drop(&mut self) {
        if self.encoding.is_some() {
            // Nobody is left to hear of an error.
            let _ = self.join();
        }
    }
}

/// The life of the encoding thread.
fn log_all(
    samples: impl Iterator<Item = Result<Sample>>,
    mut log: TrackLog,
    epoch: Option<i64>,
    counts: &Mutex<Progress>,
) -> Result<()> {
    let mut frames = 0..;
    for sample in samples {
        let mut sample = sample?;
        sample.capture_time = epoch.map(|epoch| epoch.saturating_add(sample.time));
        let row = Row::new(0, frames.next().unwrap_or(i64::MAX), sample);
        let (time, bytes) = (row.time, row.bytes);
        log.push(row)?;
        log.tend()?;
        let mut counts = lock(counts);
        counts.logged += 1;
        counts.bytes += bytes as u64;
        counts.time = Duration::from_nanos(time.unsigned_abs());
    }
    log.finish()
}

/// Whether such pictures can be encoded.
fn check(config: &FrameConfig, subject: &str) -> Result<()> {
    let wrong = |cause: String, hint: &str| {
        Err(Error::new(ErrorKind::Config, subject, cause).with_remedy(hint))
    };
    let FrameConfig { size, video, .. } = config;
    let sides = 1..=MOST_PIXELS;
    if !sides.contains(&size.width) || !sides.contains(&size.height) {
        let cause = format!("their size is {size}");
        return wrong(cause, "give the size of the pictures in pixels, each side 1 to 16384");
    }
    if video.codec == CodecChoice::Copy {
        return wrong("there is no video to copy".into(), "choose a codec to encode to");
    }
    if video.filter.is_some() {
        return wrong(
            "a filter is for videos that are read".into(),
            "change the pictures before you give them",
        );
    }
    Ok(())
}

fn lock(counts: &Mutex<Progress>) -> std::sync::MutexGuard<'_, Progress> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}
