//! Time bases, the clock of frames, capture clocks and the wall clock.
//! Integers throughout; only `capture_clock` and `wall_clock` know of clocks outside the stream.

mod arrival;
mod base;
pub(crate) mod capture_clock;
#[cfg(test)]
mod clock_properties;
mod companions;
mod continuity;
mod drift;
mod frame_clock;
mod frame_rate;
pub(crate) mod given;
mod own_clock;
mod placement;
mod retiming;
pub(crate) mod wall_clock;

pub(crate) use arrival::{ArrivalTime, Arrivals};
pub(crate) use base::{Capture, NANOS, Reading, TimeBase, Timed, rescale, uncountable};
pub(crate) use companions::Companions;
pub(crate) use continuity::{Continuity, Jump, JumpRule, PacketTime};
pub(crate) use drift::Drift;
pub(crate) use frame_clock::{ClockRules, FrameClock, GivenTimes, RawTime, TimeFix};
pub use frame_rate::FrameRate;
pub(crate) use given::wrong_count;
pub use given::{TimeUnit, Timestamps};
pub(crate) use placement::{Placement, Placements};
pub(crate) use retiming::{Retiming, Retimings, Stretched};
