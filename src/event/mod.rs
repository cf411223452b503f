//! The events that a run reports while it works, and the trait that receives them.
//! Nothing is drawn or printed here; that is the caller's.

mod cancel;
mod count;
mod warning;

pub use cancel::Cancel;
pub(crate) use count::Tally;
pub use count::{Progress, Summary, TrackSummary};
pub use warning::Warning;

use crate::sample::StreamInfo;

/// An event of a run, passed to the caller's [`Reporter`] on the thread that called [`run`](crate::run()).
///
/// They come in this order: `Opened` for every track, `Output` for every output, then `Progress` and `Warning` as it
/// goes, `Ended` for every track, `Finishing`, `Finished`, and `Serving` where an output serves on. After a `Restarted`
/// they come again from the first one.
///
/// ```
/// use vstream::{Event, Reporter};
///
/// #[derive(Default)]
/// struct Log(Vec<String>);
///
/// impl Reporter for Log {
///     fn event(&mut self, event: &Event<'_>) {
///         match event {
///             Event::Opened { stream, plan, .. } => self.0.push(format!("{}: {plan}", stream.name)),
///             Event::Warning { warning, .. } => self.0.push(format!("warning: {warning}")),
///             Event::Finished(summary) => self.0.extend(summary.outputs.iter().cloned()),
///             _ => {}
///         }
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// An input is open and it is decided what to do with it.
    Opened {
        /// Which track, from 0.
        track: usize,
        /// What was found.
        stream: &'a StreamInfo,
        /// The entity it is logged at.
        entity: &'a str,
        /// What is done with it, in a line.
        plan: &'a str,
    },
    /// Copying turned out to be impossible, and nothing of it is kept: everything begins anew with `Opened`.
    ///
    /// It comes only with [`crate::CodecChoice::Auto`], where a single file goes to nothing but files; wherever else
    /// packets are checked before the first event. It does not come if the reason is found before the first `Opened`.
    Restarted {
        /// What speaks against copying: "it holds B-frames (the first at 12.40 s)".
        why: &'a str,
    },
    /// An output is open.
    Output {
        /// What it is, in a few words: "writing out.rrd", "sending to 127.0.0.1:9876".
        what: &'a str,
    },
    /// Counts of one track, several times a second.
    Progress {
        /// Which track, from 0.
        track: usize,
        /// The counts so far.
        progress: &'a Progress,
    },
    /// Something went not quite right for the first time. How often is in the [`Summary`].
    Warning {
        /// Which track, where it is about one.
        track: Option<usize>,
        /// What it is.
        warning: &'a Warning,
    },
    /// The last sample of one track has come; others may go on.
    Ended {
        /// Which track, from 0.
        track: usize,
        /// Its final counts.
        progress: &'a Progress,
    },
    /// The input has ended and the outputs are being completed.
    Finishing,
    /// Everything is done and in its place.
    Finished(&'a Summary),
    /// The input has ended, and an output serves on until the run is cancelled.
    Serving,
}

/// Where a run's events go. Implement it to show progress in a program of your own.
///
/// ```
/// use vstream::{Cancel, Config, Event, OutputConfig, Reporter};
///
/// /// Ends a run at its first warning.
/// struct Strict(Cancel);
///
/// impl Reporter for Strict {
///     fn event(&mut self, event: &Event<'_>) {
///         if let Event::Warning { .. } = event {
///             self.0.cancel();
///         }
///     }
/// }
///
/// let cancel = Cancel::new();
/// let config = Config::new("no/such/file.mp4")
///     .with_output(OutputConfig::save("out.rrd"))
///     .with_cancel(cancel.clone());
/// assert!(vstream::run(&config, &mut Strict(cancel)).is_err());
/// ```
pub trait Reporter {
    /// Take one event. The run waits meanwhile.
    fn event(&mut self, event: &Event<'_>);
}

/// A reporter that says nothing.
///
/// ```no_run
/// use vstream::{Config, OutputConfig, Silent};
///
/// let config = Config::new("input.mp4").with_output(OutputConfig::save("out.rrd"));
/// vstream::run(&config, &mut Silent)?;
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn event(&mut self, _event: &Event<'_>) {}
}
