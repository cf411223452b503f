//! The events that a run reports while it works, and the trait that receives them.
//! Nothing is drawn or printed here; that is the caller's.

mod cancel;
mod count;
mod warning;
mod warning_text;

pub use cancel::Cancel;
pub(crate) use count::Tally;
pub use count::{Progress, Summary, TrackSummary};
pub use warning::Warning;

use crate::sample::StreamInfo;

/// An event of a run, passed to the caller's [`Reporter`] on the thread that called [`run`](crate::run()).
///
/// Order: `Opened` for every track, `Output` for every output, then `Progress` and `Warning` during the run, `Ended`
/// for every track, `Finishing`, `Finished`, and `Serving` if an output keeps serving. After `Restarted` the order
/// begins again.
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
    /// An input was opened and its processing decided.
    Opened {
        /// Index of the track, from 0.
        track: usize,
        /// The stream.
        stream: &'a StreamInfo,
        /// The entity path it is logged at.
        entity: &'a str,
        /// What is done with the stream, in one line.
        plan: &'a str,
    },
    /// Copying turned out to be impossible and its result was discarded: the run starts again with `Opened`.
    ///
    /// Sent only with [`crate::CodecChoice::Auto`], one file as input, and files as the only outputs; in all other
    /// cases packets are checked before the first event. Not sent if the reason is found before the first `Opened`.
    Restarted {
        /// Why the stream cannot be copied: "it holds B-frames (the first at 12.40 s)".
        why: &'a str,
    },
    /// An output was opened.
    Output {
        /// A short description: "writing out.rrd", "sending to 127.0.0.1:9876".
        what: &'a str,
    },
    /// Counts of one track, sent several times a second.
    Progress {
        /// Index of the track, from 0.
        track: usize,
        /// The counts so far.
        progress: &'a Progress,
    },
    /// A warning occurred for the first time. How often each occurred is in the [`Summary`].
    Warning {
        /// Index of the track, if the warning is about one.
        track: Option<usize>,
        /// The warning.
        warning: &'a Warning,
    },
    /// One track has ended; others may continue.
    Ended {
        /// Index of the track, from 0.
        track: usize,
        /// Its final counts.
        progress: &'a Progress,
    },
    /// All inputs have ended and the outputs are being completed.
    Finishing,
    /// The run is complete and all files have their final names.
    Finished(&'a Summary),
    /// All inputs have ended, and an output keeps serving until the run is cancelled.
    Serving,
}

/// Receives the events of a run. Implement it to show progress in your own program.
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
    /// Handle one event. The run waits until this returns.
    fn event(&mut self, event: &Event<'_>);
}

/// A reporter that ignores all events.
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
