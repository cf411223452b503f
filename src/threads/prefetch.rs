//! Runs a stage ahead of its consumer, on its own thread.
//! The queue between the two is in `queue`.

use super::Spawner;
use super::queue::{Consumer, Limits, Rules, Wanted, Weight, WhenFull, queues};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;

/// Run `stage`, and everything upstream of it, on its own thread behind a queue.
pub(crate) fn prefetch<T, I>(
    threads: &Spawner,
    stage: I,
    name: &str,
    limits: Limits,
    when_full: WhenFull,
) -> Result<Consumer<T>>
where
    T: Weight + Send + 'static,
    I: Iterator<Item = Result<T>> + Send + 'static,
{
    let rules = Rules { limits, when_full, sparse: false, wake_after: 0 };
    let (mut producer, consumers) = queues(vec![rules], limits.bytes, Cancel::new());
    threads.spawn(name, move || {
        let mut stage = stage;
        // Drop the stage before the producer: a consumer that sees the end may rely on the stage's resources being
        // closed.
        for item in &mut stage {
            if producer.push(0, item) == Wanted::Nothing {
                break;
            }
        }
        drop(stage);
    })?;
    consumers.into_iter().next().ok_or_else(|| Error::new(ErrorKind::Internal, name, "no queue"))
}
