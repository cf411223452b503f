//! Looks without touching: what inputs hold, and what a run would do with them.
//! It decides nothing: it opens, asks those who decide, and writes their answers down.

mod colour;
mod outline;
mod report;

pub use outline::{PlannedWay, RunPlan, TrackPlan, plan};
pub use report::{Chapter, Copyability, InputReport, StreamKind, StreamReport, VideoReport, probe};
