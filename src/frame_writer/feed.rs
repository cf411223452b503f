//! Passes a caller's pictures to an encoder on its own thread, and counts them.
//! What is done with the samples is up to the consumer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{SendTimeoutError, Sender, bounded};

use super::picture::Pictures;
use crate::config::{CodecChoice, FrameConfig, MOST_PIXELS};
use crate::encode::plan::EncodePlan;
use crate::encode::table::{self, Wanted};
use crate::encode::trial;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Progress, Tally};
use crate::ffi::Frame;
use crate::run::drive;
use crate::sample::{Sample, SampleCodec};
use crate::threads::{Task, Threads};
use crate::time::{Timed as _, wall_clock};

/// Pictures that may wait for the encoder.
const QUEUE: usize = 4;
/// For live sources: a picture that waits is already late.
const LIVE_QUEUE: usize = 1;

/// Receives the samples on the encoder's thread.
pub(crate) trait Consumer: Send + 'static {
    fn take(&mut self, sample: Sample) -> Result<()>;

    /// The last sample has been passed.
    fn end(self) -> Result<()>;
}

/// Queues every sample for the caller of the encoder.
pub(crate) struct Outbox(pub Sender<Sample>);

impl Consumer for Outbox {
    fn take(&mut self, sample: Sample) -> Result<()> {
        // The receiver is dropped only together with the encoder.
        let _ = self.0.send(sample);
        Ok(())
    }

    fn end(self) -> Result<()> {
        Ok(())
    }
}

/// Takes pictures, and passes their samples to a [`Consumer`] on its own thread.
#[derive(Debug)]
pub(crate) struct Feed {
    subject: String,
    pictures: Pictures,
    cancel: Cancel,
    /// Time of the last picture accepted.
    last: Option<Duration>,
    counts: Arc<Mutex<Progress>>,
    began: Instant,
    frames: Option<Sender<Frame>>,
    encoding: Option<(Task<Result<()>>, Threads)>,
}

/// An encoder that was chosen and not opened yet.
pub(crate) struct Planned {
    subject: String,
    plan: EncodePlan,
}

impl Planned {
    /// Choose the encoder for pictures for `name`.
    pub fn new(name: &str, config: &FrameConfig) -> Result<Self> {
        let subject = format!("pictures for {name}");
        check(config, &subject)?;
        let video = &config.video;
        let row = table::choose(&Wanted { video, live: config.live }, trial::works)?;
        let plan = EncodePlan::new(row, video, [Some(config.frame_rate), None], config.live)?;
        Ok(Self { subject, plan })
    }

    pub fn codec(&self) -> SampleCodec {
        self.plan.row.codec
    }
}

impl Feed {
    /// Start the encoder's thread.
    pub fn start(
        planned: Planned,
        name: &str,
        config: &FrameConfig,
        consumer: impl Consumer,
    ) -> Result<Self> {
        let Planned { subject, plan } = planned;
        let (frames, queue) = bounded(if config.live { LIVE_QUEUE } else { QUEUE });
        let samples = drive::encode_frames(
            queue.into_iter().map(Ok),
            &config.video,
            plan,
            subject.clone(),
            Arc::new(Tally::default()),
        );
        let counts = Arc::new(Mutex::new(Progress::default()));
        let (counted, epoch) = (counts.clone(), config.start_time.map(wall_clock::since_epoch));
        // Not the caller's switch: pictures accepted before a cancellation are still encoded.
        let threads = Threads::new(&Cancel::new());
        let work = move || consume(samples, consumer, epoch, &counted);
        let task = threads.spawner().spawn("encode", work)?;
        Ok(Self {
            subject,
            pictures: Pictures::new(name, config),
            cancel: config.cancel.clone().unwrap_or_default(),
            last: None,
            counts,
            began: Instant::now(),
            frames: Some(frames),
            encoding: Some((task, threads)),
        })
    }

    /// Split a contiguous picture into its planes.
    pub fn planes<'a>(&self, pixels: &'a [u8]) -> Result<Vec<(&'a [u8], usize)>> {
        self.pictures.planes(pixels)
    }

    /// Accept one picture; wait while the encoder is busy.
    pub fn write(&mut self, time: Duration, planes: &[(&[u8], usize)]) -> Result<()> {
        let frame = self.frame(time, planes)?;
        self.offer(frame, None).map(drop)
    }

    /// Accept one picture, or drop it if the encoder is busy.
    pub fn try_write(&mut self, time: Duration, planes: &[(&[u8], usize)]) -> Result<bool> {
        let frame = self.frame(time, planes)?;
        let refused = self.offer(frame, Some(Instant::now()))?;
        if refused.is_some() {
            self.dropped();
        }
        Ok(refused.is_none())
    }

    /// Accept one frame. Returns it if the encoder is still busy at `deadline`; without a deadline, waits.
    pub fn offer(&mut self, frame: Frame, deadline: Option<Instant>) -> Result<Option<Frame>> {
        let time = Duration::from_nanos(frame.time().unsigned_abs());
        let Some(frames) = &self.frames else {
            return self.broken().map(|()| None);
        };
        let sent = match deadline {
            Some(deadline) => frames.send_deadline(frame, deadline),
            None => frames.send(frame).map_err(|error| SendTimeoutError::Disconnected(error.0)),
        };
        match sent {
            Ok(()) => {
                self.last = Some(time);
                lock(&self.counts).read += 1;
                Ok(None)
            }
            Err(SendTimeoutError::Timeout(frame)) => Ok(Some(frame)),
            Err(SendTimeoutError::Disconnected(_)) => self.broken().map(|()| None),
        }
    }

    /// Count a picture that was dropped because the encoder was busy.
    pub fn dropped(&self) {
        let mut counts = lock(&self.counts);
        counts.read += 1;
        counts.dropped += 1;
    }

    pub fn progress(&self) -> Progress {
        Progress { elapsed: self.began.elapsed(), ..lock(&self.counts).clone() }
    }

    /// Accept no more pictures. The thread ends once it has encoded those it has; this does not wait for it.
    #[cfg(feature = "python")]
    pub fn close(&mut self) {
        self.frames = None;
    }

    /// Encode the remaining pictures and end the thread.
    pub fn finish(&mut self) -> Result<()> {
        self.frames = None;
        let Some((task, threads)) = self.encoding.take() else {
            return Err(self.fail("it has ended already"));
        };
        let done = task.join().flatten();
        threads.finish().and(done)
    }

    /// An error if a picture with this time cannot be accepted now.
    pub fn check_time(&self, time: Duration) -> Result<()> {
        if self.cancel.is_cancelled() {
            return Err(self.pictures.misfit("it comes after the cancellation"));
        }
        if self.last.is_some_and(|last| time <= last) {
            return Err(self
                .pictures
                .misfit(format!("its time {time:?} is not after the one before"))
                .with_remedy("times must increase; the Viewer shows one picture a time"));
        }
        Ok(())
    }

    fn frame(&self, time: Duration, planes: &[(&[u8], usize)]) -> Result<Frame> {
        self.check_time(time)?;
        self.pictures.frame(time, planes)
    }

    /// The error of a thread that has ended early.
    fn broken(&mut self) -> Result<()> {
        self.finish()?;
        Err(self.fail("it has ended already"))
    }

    fn fail(&self, cause: &str) -> Error {
        Error::new(ErrorKind::Encode, &self.subject, cause)
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if self.encoding.is_some() {
            // Drop cannot return an error.
            let _ = self.finish();
        }
    }
}

/// The body of the encoding thread.
fn consume(
    samples: impl Iterator<Item = Result<Sample>>,
    mut consumer: impl Consumer,
    epoch: Option<i64>,
    counts: &Mutex<Progress>,
) -> Result<()> {
    for sample in samples {
        let mut sample = sample?;
        sample.capture_time = epoch.map(|epoch| epoch.saturating_add(sample.time));
        let (time, bytes) = (sample.time(), sample.data.len());
        consumer.take(sample)?;
        let mut counts = lock(counts);
        counts.logged += 1;
        counts.bytes += bytes as u64;
        counts.time = time;
    }
    consumer.end()
}

/// An error if pictures of this configuration cannot be encoded.
fn check(config: &FrameConfig, subject: &str) -> Result<()> {
    let wrong = |cause: String, remedy: &str| {
        Err(Error::new(ErrorKind::Config, subject, cause).with_remedy(remedy))
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

fn lock(counts: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}
