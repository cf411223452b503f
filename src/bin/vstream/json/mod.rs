//! Writes lines of JSON to standard output, for scripts: the events of a run, one object per line.
//! The fields of each line are in `line.rs`, and documented in `schema.json`.

mod batch;
mod inspect;
mod line;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::io::Write as _;

use serde::Serialize;
use vstream::{BatchEvent, Camera, EncoderInfo, Error, Event, InputReport, Progress, RunPlan};

use crate::args::{Args, Chosen};
use crate::listing;
use crate::report::{self, Exit};
use batch::BatchLine;
use line::{Counts, Line};

/// JSON Schema of every line.
pub const SCHEMA: &str = include_str!("schema.json");

/// The format version. It changes when a field is removed or changes its meaning, not when one is added.
const VERSION: u32 = 1;

/// Interval of progress lines, in seconds.
const EVERY: f64 = 1.0;

#[derive(Serialize)]
struct Versioned<L> {
    schema: u32,
    #[serde(flatten)]
    line: L,
}

/// Writes lines, if requested.
pub struct Lines {
    on: bool,
    /// For every track that has not ended: when its progress was last written, and newer progress that was not.
    written: Vec<Option<(f64, Option<Progress>)>>,
    /// For every running file of a batch: when its progress was last written.
    files: BTreeMap<usize, f64>,
    /// Why lines are missing, unless it is because nobody reads them.
    failed: OnceCell<anyhow::Error>,
}

impl Lines {
    pub fn new(on: bool) -> Self {
        Self { on, written: Vec::new(), files: BTreeMap::new(), failed: OnceCell::new() }
    }

    fn write(&self, line: impl Serialize) {
        if !self.on {
            return;
        }
        // The run itself continues without its lines.
        if let Ok(text) = serde_json::to_string(&Versioned { schema: VERSION, line })
            && let Err(error) = listing::printed(writeln!(std::io::stdout().lock(), "{text}"))
        {
            let _ = self.failed.set(error);
        }
    }

    pub fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Opened { track, stream, entity, plan } => {
                self.written.push(Some((f64::NEG_INFINITY, None)));
                self.write(Line::opened(*track, stream, entity, plan));
            }
            Event::Restarted { why } => {
                self.written.clear();
                self.write(Line::Restarted { why });
            }
            Event::Output { what } => self.write(Line::Output { what }),
            Event::Progress { track, progress } => self.progress(*track, progress),
            Event::Ended { track, progress } => {
                self.written[*track] = None;
                self.write(Line::Ended { track: *track, counts: Counts::of(progress) });
            }
            Event::Warning { track, warning } => self.write(Line::warning(*track, warning)),
            Event::Finishing => self.rest(),
            Event::Finished(summary) => self.write(Line::finished(summary)),
            Event::Serving => self.write(Line::Serving),
            _ => {}
        }
    }

    fn progress(&mut self, track: usize, progress: &Progress) {
        let Some(Some((at, unwritten))) = self.written.get_mut(track) else {
            return;
        };
        let now = progress.elapsed.as_secs_f64();
        if now - *at < EVERY {
            *unwritten = Some(progress.clone());
            return;
        }
        (*at, *unwritten) = (now, None);
        self.write(Line::Progress { track, counts: Counts::of(progress) });
    }

    /// Write the last counts of tracks that were cut short.
    fn rest(&mut self) {
        for track in 0..self.written.len() {
            if let Some((_, Some(progress))) = self.written[track].take() {
                self.write(Line::Progress { track, counts: Counts::of(&progress) });
            }
        }
    }

    pub fn error(&self, error: &Error, hint: Option<&str>) {
        self.write(Line::Error {
            kind: error.kind().name(),
            subject: Some(error.subject()),
            cause: Some(error.cause()),
            message: &error.to_string(),
            hint,
        });
    }

    /// A line for something that is not an event of the library.
    pub fn failure(&self, kind: &'static str, message: &str, hint: Option<&str>) {
        self.write(Line::Error { kind, subject: None, cause: None, message, hint });
    }

    pub fn input(&self, input: &InputReport) {
        self.write(Line::Input(inspect::input(input)));
    }

    pub fn plan(&self, plan: &RunPlan, outputs: &[Chosen]) {
        self.write(Line::Plan(inspect::plan(plan, outputs)));
    }

    pub fn device(&self, camera: &Camera) {
        self.write(Line::Device(inspect::device(camera)));
    }

    pub fn encoder(&self, encoder: &EncoderInfo) {
        self.write(Line::Encoder(inspect::encoder(encoder)));
    }

    /// A line for an event of a batch. Progress of a file is limited to one line per second.
    pub fn batch(&mut self, event: &BatchEvent<'_>, args: &Args) {
        if let BatchEvent::Progress { file, progress } = event {
            let now = progress.elapsed.as_secs_f64();
            let last = self.files.entry(*file).or_insert(0.0);
            if now - *last < EVERY {
                return;
            }
            *last = now;
        }
        if let BatchEvent::Done { file, .. } | BatchEvent::Failed { file, .. } = event {
            self.files.remove(file);
        }
        if let Some(line) = BatchLine::new(event, |error| report::advice(error, args)) {
            self.write(line);
        }
    }

    /// Write the last line. A run without all of its lines has failed.
    pub fn exit(&self, exit: Exit) -> Exit {
        self.write(Line::Exit { status: exit as u8 });
        match self.failed.get() {
            Some(error) if exit == Exit::Done => report::failure(error),
            _ => exit,
        }
    }
}
