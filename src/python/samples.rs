//! `Samples`: the samples of an input, read on a thread of its own so that Python's signals arrive while it waits.
//! What is read and how it is encoded is the library's `samples`.

use std::ffi::OsString;
use std::sync::{Mutex, PoisonError};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use pyo3::prelude::*;

use super::encoder::PATIENCE;
use super::options::InputOptions;
use super::{Owner, SampleTuple, sample_tuple, without_lock};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;
use crate::sample::{Sample, StreamInfo};
use crate::threads::Threads;

/// Samples that may wait to be taken.
const SAMPLES: usize = 32;

/// The samples of an input, in order.
#[pyclass(frozen, module = "vstream._vstream")]
#[derive(Debug)]
pub struct Samples {
    owner: Owner,
    opened: Opened,
    warnings: Mutex<Vec<(String, String, u64)>>,
    messages: Mutex<Receiver<Message>>,
    cancel: Cancel,
    threads: Mutex<Option<Threads>>,
}

/// What is known before the first sample.
#[derive(Debug)]
struct Opened {
    stream: StreamInfo,
    codec: String,
    encoding: String,
}

/// What the reading thread has to say.
enum Message {
    Opened(Box<Opened>),
    Sample(Sample),
    /// There are no more, and these warnings: name, words, how often.
    End(Vec<(String, String, u64)>),
    Failed(Error),
}

/// Open the input and pass its samples on, until nobody takes them.
fn read(config: &Config, out: &Sender<Message>) {
    let mut samples = match crate::samples(config) {
        Ok(samples) => samples,
        Err(error) => {
            let _ = out.send(Message::Failed(error));
            return;
        }
    };
    let opened = Opened {
        stream: samples.stream().clone(),
        codec: samples.codec().to_string(),
        encoding: samples.encoding().to_owned(),
    };
    let mut told = out.send(Message::Opened(Box::new(opened))).is_ok();
    while told && let Some(sample) = samples.next() {
        told = match sample {
            Ok(sample) => out.send(Message::Sample(sample)).is_ok(),
            Err(error) => {
                let _ = out.send(Message::Failed(error));
                return;
            }
        };
    }
    let warnings = samples.warnings();
    let told = warnings.iter().map(|(w, count)| (w.name().to_owned(), w.to_string(), *count));
    let _ = out.send(Message::End(told.collect()));
}

/// The next message, while Python's signals are heard.
fn receive(py: Python<'_>, messages: &Receiver<Message>) -> PyResult<Option<Message>> {
    loop {
        match py.detach(|| messages.recv_timeout(PATIENCE)) {
            Ok(message) => return Ok(Some(message)),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        }
    }
}

#[pymethods]
impl Samples {
    /// Open `source`. The options are those of `InputOptions`.
    #[new]
    fn new(py: Python<'_>, source: OsString, options: InputOptions) -> PyResult<Self> {
        let cancel = Cancel::new();
        let config = options.config(source)?.with_cancel(cancel.clone());
        let threads = Threads::new(&cancel);
        let (out, messages) = bounded(SAMPLES);
        threads.spawner().spawn("samples", move || read(&config, &out))?;
        let first = receive(py, &messages);
        let opened = match first {
            Ok(Some(Message::Opened(opened))) => Ok(*opened),
            Ok(Some(Message::Failed(error))) => Err(error.into()),
            Ok(_) => Err(broken().into()),
            Err(interrupted) => Err(interrupted),
        };
        match opened {
            Ok(opened) => Ok(Self {
                owner: Owner::this_process(),
                opened,
                warnings: Mutex::default(),
                messages: Mutex::new(messages),
                cancel,
                threads: Mutex::new(Some(threads)),
            }),
            Err(error) => {
                py.detach(|| end(&cancel, messages, threads)).ok();
                Err(error)
            }
        }
    }

    /// The next sample; waits for it. None after the last one.
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<SampleTuple<'py>>> {
        self.owner.check(&self.opened.stream.name)?;
        let messages = lock(&self.messages).clone();
        match receive(py, &messages)? {
            Some(Message::Sample(sample)) => Ok(Some(sample_tuple(py, sample))),
            Some(Message::Failed(error)) => Err(error.into()),
            Some(Message::End(warnings)) => {
                *lock(&self.warnings) = warnings;
                Ok(None)
            }
            Some(Message::Opened(_)) | None => Ok(None),
        }
    }

    /// End early: the threads end and the input is closed.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.owner.check(&self.opened.stream.name)?;
        py.detach(|| {
            let messages = std::mem::replace(&mut *lock(&self.messages), ended());
            lock(&self.threads)
                .take()
                .map_or(Ok(()), |threads| end(&self.cancel, messages, threads))
        })?;
        Ok(())
    }

    /// After the last sample: what was wrong with the input, as names, words and counts.
    #[getter]
    fn warnings(&self) -> Vec<(String, String, u64)> {
        lock(&self.warnings).clone()
    }

    #[getter]
    fn codec(&self) -> &str {
        &self.opened.codec
    }

    #[getter]
    fn encoding(&self) -> &str {
        &self.opened.encoding
    }

    #[getter]
    fn name(&self) -> &str {
        &self.opened.stream.name
    }

    #[getter]
    fn live(&self) -> bool {
        self.opened.stream.live
    }

    /// Frames a second as numerator and denominator, by the container.
    #[getter]
    fn rate(&self) -> Option<(u32, u32)> {
        self.opened.stream.frame_rate.map(|rate| (rate.numerator(), rate.denominator()))
    }

    /// Nanoseconds, by the container.
    #[getter]
    fn duration(&self) -> Option<u64> {
        self.opened.stream.duration.and_then(|duration| u64::try_from(duration.as_nanos()).ok())
    }
}

impl Drop for Samples {
    fn drop(&mut self) {
        let threads = self.threads.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if !self.owner.is_this_process() {
            // They do not exist here, and would be waited for.
            std::mem::forget(threads);
        } else if let Some(threads) = threads {
            let messages = std::mem::replace(&mut *lock(&self.messages), ended());
            // Nobody is left to hear of an error.
            without_lock(|| drop(end(&self.cancel, messages, threads)));
        }
    }
}

/// Let the reading thread end, and wait for it.
fn end(cancel: &Cancel, messages: Receiver<Message>, threads: Threads) -> Result<()> {
    cancel.cancel();
    // It may wait for room for its next sample.
    drop(messages);
    threads.finish()
}

/// A channel from which nothing comes any more.
fn ended() -> Receiver<Message> {
    bounded(0).1
}

fn broken() -> Error {
    Error::new(ErrorKind::Internal, "the samples", "their thread ended early")
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
