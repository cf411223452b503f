//! `Encoder`: pictures in on the threads that write them, samples out on the thread that logs them.
//! The third user of the feed beside `FrameWriter` and `FrameEncoder`.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded, never};
use pyo3::prelude::*;

use super::options::FrameOptions;
use super::pixels::{PixelRules, Pixels};
use super::{Owner, SampleTuple, sample_tuple, without_lock};
use crate::error::{Error, ErrorKind, Result};
use crate::ffi::PythonBuffer;
use crate::frame_writer::{Feed, Outbox, Planned};
use crate::sample::Sample;
use crate::time::Timed as _;

/// Samples that may wait to be logged.
const SAMPLES: usize = 32;
/// The longest time between two checks for Python's signals.
pub(super) const PATIENCE: Duration = Duration::from_millis(50);

/// Encodes pictures on its own thread.
#[pyclass(frozen, module = "vstream._vstream")]
#[derive(Debug)]
pub struct Encoder {
    owner: Owner,
    subject: String,
    codec: String,
    rules: PixelRules,
    live: bool,
    feed: Mutex<Option<Feed>>,
    samples: Receiver<Sample>,
}

#[pymethods]
impl Encoder {
    /// An encoder of pictures of `size` for `entity`. The options are those of `FrameOptions`.
    #[new]
    fn new(
        py: Python<'_>,
        entity: &str,
        size: (u32, u32),
        options: FrameOptions,
    ) -> PyResult<Self> {
        let (config, rules) = options.config(size)?;
        let (out, samples) = bounded(SAMPLES);
        // Trying an encoder takes a moment.
        let (codec, feed) = py.detach(|| {
            let planned = Planned::new(entity, &config)?;
            let codec = planned.codec().to_string();
            Ok::<_, crate::Error>((codec, Feed::start(planned, entity, &config, Outbox(out))?))
        })?;
        Ok(Self {
            owner: Owner::this_process(),
            subject: format!("a picture for {entity}"),
            codec,
            rules,
            live: config.live,
            feed: Mutex::new(Some(feed)),
            samples,
        })
    }

    /// Width, height of an array as a picture; an error if it is none.
    fn size_of(&self, array: &Bound<'_, PyAny>) -> PyResult<(u32, u32)> {
        let buffer = PythonBuffer::of(array)?;
        let pixels = Pixels::of(&buffer, self.rules, &self.subject)?;
        Ok((pixels.width, pixels.height))
    }

    /// Accept one picture; `time` is in nanoseconds. A live encoder that is busy drops and counts it, and the result is
    /// false.
    fn write(&self, py: Python<'_>, array: &Bound<'_, PyAny>, time: u64) -> PyResult<bool> {
        self.owner.check(&self.subject)?;
        let buffer = PythonBuffer::of(array)?;
        let pixels = Pixels::of(&buffer, self.rules, &self.subject)?;
        let time = Duration::from_nanos(time);
        let mut waiting = py.detach(|| {
            self.with(|feed| feed.check_time(time))?;
            let mut frame = pixels.frame(&self.subject)?;
            frame.set_time(nanos(time));
            Ok::<_, crate::Error>(Some(frame))
        })?;
        while let Some(frame) = waiting {
            let deadline = if self.live { Instant::now() } else { Instant::now() + PATIENCE };
            waiting = py.detach(|| self.with(|feed| feed.offer(frame, Some(deadline))))?;
            if waiting.is_some() && self.live {
                py.detach(|| {
                    self.with(|feed| {
                        feed.dropped();
                        Ok(())
                    })
                })?;
                return Ok(false);
            }
            py.check_signals()?;
        }
        Ok(true)
    }

    /// The next sample; waits for it. None after the last one.
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<SampleTuple<'py>>> {
        self.owner.check(&self.subject)?;
        loop {
            match py.detach(|| self.samples.recv_timeout(PATIENCE)) {
                Ok(sample) => return Ok(Some(sample_tuple(py, sample))),
                Err(RecvTimeoutError::Timeout) => py.check_signals()?,
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }

    /// Accept no more pictures. The samples of those already accepted can still be taken.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.owner.check(&self.subject)?;
        py.detach(|| {
            if let Some(feed) = &mut *self.lock() {
                feed.close();
            }
        });
        Ok(())
    }

    /// End the thread, once all samples have been taken; an error if encoding failed.
    fn finish(&self, py: Python<'_>) -> PyResult<()> {
        self.owner.check(&self.subject)?;
        py.detach(|| self.lock().as_mut().map_or(Ok(()), Feed::finish))?;
        Ok(())
    }

    /// Pictures that were given, samples that were made, and pictures that were dropped.
    fn counts(&self, py: Python<'_>) -> PyResult<(u64, u64, u64)> {
        self.owner.check(&self.subject)?;
        let progress = py.detach(|| self.with(|feed| Ok(feed.progress())))?;
        Ok((progress.read, progress.logged, progress.dropped))
    }

    #[getter]
    fn codec(&self) -> &str {
        &self.codec
    }
}

impl Encoder {
    fn lock(&self) -> MutexGuard<'_, Option<Feed>> {
        self.feed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Feed) -> Result<T>) -> Result<T> {
        let ended = || Error::new(ErrorKind::Frame, &self.subject, "its writer was closed");
        work(self.lock().as_mut().ok_or_else(ended)?)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        let feed = self.feed.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if !self.owner.is_this_process() {
            // Its thread does not exist here, and would be waited for.
            std::mem::forget(feed);
            return;
        }
        // Nobody takes the samples any more: the thread must not wait for that.
        self.samples = never();
        without_lock(|| drop(feed));
    }
}

/// A time in nanoseconds, as in frames.
fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}
