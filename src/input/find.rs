//! Opens inputs ahead of their use, each on a thread, so that one that does not respond blocks neither the others nor
//! Ctrl-C.
//! The caller decides what is done with them.

use crate::config::InputConfig;
use crate::devices;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;
use crate::input::lists;
use crate::input::parts::{self, Opened};
use crate::input::probe;
use crate::redact::redact_location;
use crate::source;
use crate::threads::{Spawner, Task};

/// Number of files opened ahead: enough to hide a slow disk, far below the limit of open files.
const AHEAD: usize = 16;

pub(crate) fn is_live(input: &InputConfig) -> bool {
    source::identify(input).is_ok_and(|spec| spec.live)
}

/// Open all inputs, returning them in their order.
pub(crate) fn find<'a>(
    inputs: &'a [InputConfig],
    threads: &'a Spawner,
) -> impl Iterator<Item = Result<Opened>> + 'a {
    each(inputs, threads, |input, cancel| {
        let spec = devices::settle(source::resolve(input)?, input)?;
        let spec = lists::without_broken(spec, cancel);
        let open = probe::open(&spec, input, cancel)?;
        parts::find(input, (spec, open), cancel)
    })
}

/// Process all inputs, returning the results in their order: live sources all at once, files a few ahead.
pub(crate) fn each<'a, T: Send + 'static>(
    inputs: &'a [InputConfig],
    threads: &'a Spawner,
    job: impl Fn(&InputConfig, &Cancel) -> Result<T> + Clone + Send + 'static,
) -> impl Iterator<Item = Result<T>> + 'a {
    let start = move |input: &InputConfig| one(input.clone(), threads, job.clone());
    let live: Result<Vec<bool>> =
        look(inputs, threads, |inputs, _| Ok(inputs.iter().map(is_live).collect()));
    let begin = |(at, input): (usize, &InputConfig)| match &live {
        Ok(live) => live.get(at).copied().unwrap_or_default().then(|| start(input)),
        Err(error) => Some(Err(error.clone())),
    };
    let mut started: Vec<Option<Result<Task<Result<T>>>>> =
        inputs.iter().enumerate().map(begin).collect();
    inputs.iter().enumerate().map(move |(at, input)| {
        for (task, input) in started.iter_mut().zip(inputs).skip(at).take(AHEAD) {
            task.get_or_insert_with(|| start(input));
        }
        let task = started.get_mut(at).and_then(Option::take);
        wait(input, task.unwrap_or_else(|| start(input))?, threads.cancel())
    })
}

/// Look at inputs on a thread: a disk or a network file system may never answer. An error if the run is cancelled
/// first.
pub(crate) fn look<T: Send + 'static>(
    inputs: &[InputConfig],
    threads: &Spawner,
    job: impl FnOnce(&[InputConfig], &Cancel) -> Result<T> + Send + 'static,
) -> Result<T> {
    let (all, cancel) = (inputs.to_vec(), threads.cancel().clone());
    let task = threads.spawn_blocking("look", move || job(&all, &cancel))?;
    match inputs.first() {
        Some(first) => wait(first, task, threads.cancel()),
        None => task.join().flatten(),
    }
}

fn wait<T>(input: &InputConfig, task: Task<Result<T>>, cancel: &Cancel) -> Result<T> {
    let interrupted = || {
        Error::new(
            ErrorKind::Open,
            redact_location(&input.location.to_string_lossy()),
            "interrupted",
        )
    };
    task.join_unless(cancel).unwrap_or_else(|| Err(interrupted())).flatten()
}

fn one<T: Send + 'static>(
    input: InputConfig,
    threads: &Spawner,
    job: impl Fn(&InputConfig, &Cancel) -> Result<T> + Send + 'static,
) -> Result<Task<Result<T>>> {
    let cancel = threads.cancel().clone();
    threads.spawn_blocking("open", move || job(&input, &cancel))
}
