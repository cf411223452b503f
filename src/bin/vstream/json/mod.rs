//! Lines of JSON on standard output, for scripts: what a run tells, one object a line.
//! What each line holds is in `line.rs`, and for everybody else in `schema.json`.

mod batch;
mod inspect;
mod line;

use std::collections::BTreeMap;
use std::io::Write as _;

use serde::Serialize;
use vstream::{BatchEvent, Camera, EncoderInfo, Error, Event, InputReport, Progress, RunPlan};

use crate::args::{Args, Chosen};
use crate::report::{self, Exit};
use batch::BatchLine;
use line::{Counts, Line};

/// JSON Schema of every line.
pub const SCHEMA: &str = include_str!("schema.json");

/// The version of the lines. It changes when a field goes or changes its meaning, not when one comes.
const VERSION: u32 = 1;

/// Progress is told this often, in seconds.
const EVERY: f64 = 1.0;

#[derive(Serialize)]
struct Versioned<L> {
    schema: u32,
    #[serde(flatten)]
    line: L,
}

/// Writes lines, if they are asked for.
pub struct Lines {
    on: bool,
    /// Of every track that has not ended, when its progress was told and what has been untold since.
    told: Vec<Option<(f64, Option<Progress>)>>,
    /// Of every file of a batch that is running, when its progress was last written.
    files: BTreeMap<usize, f64>,
}

impl Lines {
    pub fn new(on: bool) -> Self {
        Self { on, told: Vec::new(), files: BTreeMap::new() }
    }

    fn write(&self, line: impl Serialize) {
        if !self.on {
            return;
        }
        // A reader that has gone has had enough; the run itself goes on.
        if let Ok(text) = serde_json::to_string(&Versioned { schema: VERSION, line }) {
            let _ = writeln!(std::io::stdout().lock(), "{text}");
        }
    }

    pub fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Opened { track, stream, entity, plan } => {
                self.told.push(Some((f64::NEG_INFINITY, None)));
                self.write(Line::opened(*track, stream, entity, plan));
            }
            Event::Restarted { why } => {
                self.told.clear();
                self.write(Line::Restarted { why });
            }
            Event::Output { what } => self.write(Line::Output { what }),
            Event::Progress { track, progress } => self.progress(*track, progress),
            Event::Ended { track, progress } => {
                self.told[*track] = None;
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
        let Some(Some((at, untold))) = self.told.get_mut(track) else {
            return;
        };
        let now = progress.elapsed.as_secs_f64();
        if now - *at < EVERY {
            *untold = Some(progress.clone());
            return;
        }
        (*at, *untold) = (now, None);
        self.write(Line::Progress { track, counts: Counts::of(progress) });
    }

    /// The last counts of what was cut short.
    fn rest(&mut self) {
        for track in 0..self.told.len() {
            if let Some((_, Some(progress))) = self.told[track].take() {
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

    /// Something that the library knows nothing of.
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

    /// What a batch reports. Of a file's progress, one line a second.
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

    /// The last line.
    pub fn exit(&self, exit: Exit) {
        self.write(Line::Exit { status: exit as u8 });
    }
}
