//! `Samples`: the samples of an input and what is beside them, read on its own thread so that Python's signals arrive
//! while it waits.
//! What is read and how it is encoded is decided in the library's `run::contents`.

use std::ffi::OsString;
use std::sync::{Mutex, PoisonError};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::encoder::PATIENCE;
use super::options::InputOptions;
use super::{Owner, SampleTuple, sample_tuple, without_lock};
use crate::audio::clip::AudioClip;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;
use crate::run::contents::{Content, Contents};
use crate::sample::StreamInfo;
use crate::text::note::Note;
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
    codec: Option<String>,
    encoding: String,
    notes: Vec<String>,
    audio: Vec<String>,
}

/// A subtitle, or the beginning of a chapter.
#[pyclass(frozen, get_all, module = "vstream._vstream", name = "Note")]
#[derive(Debug)]
pub struct NoteItem {
    /// Index into `Samples.notes`.
    line: usize,
    /// Nanoseconds on the main timeline.
    time: i64,
    capture_time: Option<i64>,
    text: String,
}

/// A whole file of sound.
#[pyclass(frozen, get_all, module = "vstream._vstream", name = "Clip")]
#[derive(Debug)]
pub struct ClipItem {
    /// Index into `Samples.audio`.
    line: usize,
    /// Nanoseconds on the main timeline.
    time: i64,
    capture_time: Option<i64>,
    /// Nanoseconds.
    duration: i64,
    media_type: &'static str,
    file: Py<PyBytes>,
}

/// What Python gets of an input.
#[derive(IntoPyObject)]
pub enum Item<'py> {
    Sample(SampleTuple<'py>),
    Note(NoteItem),
    Clip(ClipItem),
}

/// A message from the reading thread.
enum Message {
    Opened(Box<Opened>),
    Content(Content),
    /// There are no more, and these warnings: name, words, how often.
    End(Vec<(String, String, u64)>),
    Failed(Error),
}

/// Open the input and pass on what it holds, until nobody takes it.
fn read(config: &Config, out: &Sender<Message>) {
    let mut contents = match Contents::open(config) {
        Ok(contents) => contents,
        Err(error) => {
            let _ = out.send(Message::Failed(error));
            return;
        }
    };
    let opened = Opened {
        stream: contents.stream.clone(),
        codec: contents.codec.map(|codec| codec.to_string()),
        encoding: contents.encoding.clone(),
        notes: contents.notes.clone(),
        audio: contents.audio.clone(),
    };
    let mut taken = out.send(Message::Opened(Box::new(opened))).is_ok();
    while taken && let Some(content) = contents.next() {
        taken = match content {
            Ok(content) => out.send(Message::Content(content)).is_ok(),
            Err(error) => {
                let _ = out.send(Message::Failed(error));
                return;
            }
        };
    }
    let warnings =
        contents.warnings().map(|(w, count)| (w.name().to_owned(), w.to_string(), count));
    let _ = out.send(Message::End(warnings.collect()));
}

fn item(py: Python<'_>, content: Content) -> Item<'_> {
    match content {
        Content::Sample(sample) => Item::Sample(sample_tuple(py, sample)),
        Content::Note(Note { time, line, capture_time, text, .. }) => {
            Item::Note(NoteItem { line, time, capture_time, text })
        }
        Content::Clip(AudioClip { line, time, capture_time, duration, media_type, file }) => {
            let file = PyBytes::new(py, &file).unbind();
            Item::Clip(ClipItem { line, time, capture_time, duration, media_type, file })
        }
    }
}

/// The next message; checks for Python's signals while it waits.
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

    /// The next sample, note or clip; waits for it. None after the last one.
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<Item<'py>>> {
        self.owner.check(&self.opened.stream.name)?;
        let messages = lock(&self.messages).clone();
        match receive(py, &messages)? {
            Some(Message::Content(content)) => Ok(Some(item(py, content))),
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
        self.opened.codec.as_ref().unwrap_or(&self.opened.stream.codec)
    }

    /// There is no video: all of it is sound.
    #[getter]
    fn sound_only(&self) -> bool {
        self.opened.codec.is_none()
    }

    #[getter]
    fn encoding(&self) -> &str {
        &self.opened.encoding
    }

    /// A name for each line of notes, as an entity path.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.opened.notes.clone()
    }

    /// A name for each stream of sound, as an entity path.
    #[getter]
    fn audio(&self) -> Vec<String> {
        self.opened.audio.clone()
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
