//! Looks without touching: what inputs hold, and what a run would do with them.
//! It decides nothing: it opens, asks those who decide, and writes their answers down.

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
