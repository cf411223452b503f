//! Reports what inputs hold and what a run would do with them, as data.
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
