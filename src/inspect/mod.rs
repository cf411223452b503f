//! What inputs hold (`--probe`) and what a run would do with them (`--dry-run`), as data.
//! Decisions are those of the run's own code; nothing is decided here.

mod colour;
mod input;
mod outline;
mod recording;
mod report;

pub use input::{
    AudioReport, Chapter, Copyability, InputReport, StreamKind, StreamReport, VideoReport,
};
pub use outline::{AudioStreamPlan, PlannedWay, RunPlan, TrackPlan, plan};
pub use report::probe;
