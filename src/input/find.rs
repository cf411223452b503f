//! Opens inputs ahead of whoever takes them, each on a thread: one that does not answer holds up neither the others nor
//! Ctrl-C. What is done with them is not decided here.

use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use crate::config::InputConfig;
use crate::devices;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;
use crate::input::probe::{self, Opened};
use crate::redact::redact;
use crate::source::{self, OpenSpec};

/// A wait for an input looks at the cancel switch this often.
const TICK: Duration = Duration::from_millis(100);
/// So many files are opened ahead: enough to hide a slow disk, few enough for the limit of open files.
const AHEAD: usize = 16;

/// How to open an input, and its streams.
pub(crate) type Found = Result<(OpenSpec, Vec<Opened>)>;

pub(crate) fn is_live(input: &InputConfig) -> bool {
    source::resolve(input).is_ok_and(|spec| spec.live)
}

/// Open all inputs, in their order.
pub(crate) fn find<'a>(
    inputs: &'a [InputConfig],
    cancel: &'a Cancel,
) -> impl Iterator<Item = Found> + 'a {
    each(inputs, cancel, |input, cancel| {
        let spec = devices::settle(source::resolve(input)?, input)?;
        let streams = probe::open(&spec, input, cancel)?;
        Ok((spec, streams))
    })
}

/// Do something with all inputs, in their order: with live sources all at once, with files a few ahead.
pub(crate) fn each<'a, T: Send + 'static>(
    inputs: &'a [InputConfig],
    cancel: &'a Cancel,
    job: impl Fn(&InputConfig, &Cancel) -> Result<T> + Clone + Send + 'static,
) -> impl Iterator<Item = Result<T>> + 'a {
    let start = move |input: &InputConfig| one(input.clone(), cancel.clone(), job.clone());
    let mut started: Vec<Option<Result<Receiver<Result<T>>>>> =
        inputs.iter().map(|input| is_live(input).then(|| start(input))).collect();
    inputs.iter().enumerate().map(move |(at, input)| {
        for (answer, input) in started.iter_mut().zip(inputs).skip(at).take(AHEAD) {
            answer.get_or_insert_with(|| start(input));
        }
        let answer = started.get_mut(at).and_then(Option::take);
        wait(input, &answer.unwrap_or_else(|| start(input))?, cancel)
    })
}

fn wait<T>(input: &InputConfig, answer: &Receiver<Result<T>>, cancel: &Cancel) -> Result<T> {
    let interrupted =
        || Error::new(ErrorKind::Open, redact(&input.location.to_string_lossy()), "interrupted");
    loop {
        match answer.recv_timeout(TICK) {
            Ok(found) => return found,
            Err(RecvTimeoutError::Timeout) if !cancel.is_cancelled() => {}
            Err(_) => return Err(interrupted()),
        }
    }
}

fn one<T: Send + 'static>(
    input: InputConfig,
    cancel: Cancel,
    job: impl Fn(&InputConfig, &Cancel) -> Result<T> + Send + 'static,
) -> Result<Receiver<Result<T>>> {
    let (out, answer) = bounded(1);
    thread::Builder::new()
        .name("open".into())
        // Nobody waits any more when the run was cancelled meanwhile.
        .spawn(move || drop(out.send(job(&input, &cancel))))
        .map_err(|e| Error::new(ErrorKind::Internal, "the open thread", e))?;
    Ok(answer)
}
