//! Passes the entries of a run to its outputs, reports what happens, and completes the outputs at the end.
//! It makes no entries: `drive` and `relay` do. What was recorded is in the accounts.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::event::{Cancel, Event, Reporter, Summary, Warning};
use crate::record::Entry;
use crate::run::accounts::Accounts;
use crate::sink::{Ending, Fan, Finished};

/// Time between two reports of progress.
const REPORT: Duration = Duration::from_millis(100);

/// The outputs of a run, its accounts and its reporter.
pub(super) struct Recorder<'a> {
    pub accounts: &'a mut Accounts,
    pub reporter: &'a mut dyn Reporter,
    pub cancel: &'a Cancel,
    fan: Fan,
    reported: Instant,
}

impl<'a> Recorder<'a> {
    pub fn new(
        accounts: &'a mut Accounts,
        fan: Fan,
        reporter: &'a mut dyn Reporter,
        cancel: &'a Cancel,
    ) -> Self {
        accounts.set_outputs(&fan);
        Self { accounts, reporter, cancel, fan, reported: Instant::now() }
    }

    /// Report the inputs and outputs, once.
    pub fn announce(&mut self) {
        self.accounts.announce(self.reporter);
    }

    /// Whether any output still works.
    pub fn has_outputs(&self) -> bool {
        !self.fan.is_empty()
    }

    /// Wait for room in every output. Returns how long the next entry may be waited for, or `None` if there was no room
    /// until the next report.
    pub fn wait_for_room(&self) -> Option<Instant> {
        let deadline = self.reported + REPORT;
        self.fan.wait_for_room(deadline).then_some(deadline)
    }

    /// Pass an entry to the outputs.
    pub fn push(&mut self, entry: Entry) {
        if let Some(error) = self.fan.push(entry) {
            self.output_failed(&error);
        }
    }

    /// Pass an entry to the outputs once each has room for it.
    pub fn push_into_room(&mut self, entry: Entry) {
        // Outputs that have failed need no room.
        while !self.fan.wait_for_room(Instant::now() + REPORT) && !self.cancel.is_cancelled() {}
        self.push(entry);
    }

    /// Report progress, warnings and failed outputs, if the last report is long enough ago.
    pub fn report_when_due(&mut self) {
        if self.reported.elapsed() < REPORT {
            return;
        }
        for error in self.fan.poll() {
            self.output_failed(&error);
        }
        self.count_lost();
        self.accounts.report(self.reporter);
        self.reported = Instant::now();
    }

    pub fn track_failed(&mut self, track: usize, error: Error) {
        self.accounts.track_failed(track, error, self.reporter);
    }

    pub fn track_ended(&mut self, track: usize) {
        self.accounts.ended(track, self.cancel.is_cancelled(), self.reporter);
    }

    /// Discard what was recorded.
    pub fn discard(self) {
        self.fan.finish(Ending::Discarded, self.cancel);
    }

    /// Complete the outputs. `threads` is how the threads of the run ended, `broken` the error that broke the input off.
    /// Returns once no server has to stay up any more.
    pub fn finish(self, threads: Result<()>, broken: Option<Error>) -> Result<Summary> {
        self.count_lost();
        self.accounts.report(self.reporter);
        self.reporter.event(&Event::Finishing);
        // A broken input or a panicked thread may have had more samples.
        let ending = match threads.is_err() || broken.is_some() {
            true => self.accounts.ending().max(Ending::Partial),
            false => self.accounts.ending(),
        };
        let Self { accounts, reporter, cancel, fan, .. } = self;
        // Where nothing takes its pictures any more, an input without one is not at fault.
        let stopped = cancel.is_cancelled() || fan.is_empty();
        let Finished { completed, failed, failure } = fan.finish(ending, cancel);
        for error in &failed {
            accounts.output_failed(error, completed.is_empty(), reporter);
        }
        let summary = accounts.summary(&completed, cancel.is_cancelled());
        reporter.event(&Event::Finished(&summary));
        let failed_input = broken.or(accounts.failure(stopped)).or(threads.err());
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

    fn count_lost(&self) {
        self.fan.take_lost().into_iter().for_each(|lost| self.accounts.lost(lost));
    }

    fn output_failed(&mut self, error: &Error) {
        self.accounts.output_failed(error, self.fan.is_empty(), self.reporter);
    }
}
