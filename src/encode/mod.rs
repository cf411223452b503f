//! Frames to samples: the table of encoders, one row each, and the stage that drives the chosen one.
//! What a frame looks like is decided in `picture`.

mod check;
pub(crate) mod info;
pub(crate) mod plan;
pub(crate) mod stage;
pub(crate) mod table;
pub(crate) mod trial;
