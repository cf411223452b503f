//! Ends a run: completes its outputs, builds the summary, and keeps servers up until the run is cancelled.
//! It learns what was recorded from the accounts.

use crate::error::{Error, Result};
use crate::event::{Cancel, Event, Reporter, Summary, Warning};
use crate::run::accounts::Accounts;
use crate::sink::{Ending, Fan, Finished};

/// End a run whose threads have `ended` and whose input was `broken` off by an error.
pub(super) fn end(
    accounts: &mut Accounts,
    fan: Fan,
    ended: Result<()>,
    broken: Option<Error>,
    reporter: &mut dyn Reporter,
    cancel: &Cancel,
) -> Result<Summary> {
    fan.take_lost().into_iter().for_each(|lost| accounts.lost(lost));
    accounts.report(reporter);
    reporter.event(&Event::Finishing);
    // A broken input or a panicked thread may have had more samples.
    let ending = match ended.is_err() || broken.is_some() {
        true => accounts.ending().max(Ending::Partial),
        false => accounts.ending(),
    };
    // Where nothing takes its pictures any more, an input without one is not at fault.
    let stopped = cancel.is_cancelled() || fan.is_empty();
    let Finished { completed, failed, failure } = fan.finish(ending, cancel);
    for error in &failed {
        accounts.output_failed(error, completed.is_empty(), reporter);
    }
    let summary = accounts.summary(&completed, cancel.is_cancelled());
    reporter.event(&Event::Finished(&summary));
    let failed_input = broken.or(accounts.failure(stopped)).or(ended.err());
    // A web viewer serves until the run is cancelled, whatever happened to the other outputs.
    if completed.iter().any(|done| done.stays.is_some()) {
        if let Some(error) = &failed_input {
            let warning = Warning::Other(error.to_string());
            reporter.event(&Event::Warning { track: None, warning: &warning });
        }
        reporter.event(&Event::Serving);
        cancel.wait();
    }
    match failed_input.or(failure) {
        Some(error) => Err(error.with_summary(summary)),
        None => Ok(summary),
    }
}
