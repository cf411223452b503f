//! A whole run: what is done with each stream, the order of the stages, their threads, and the accounts.
//! What a stage does is in its own room; stages never name each other.

pub(crate) mod accounts;
mod budget;
pub(crate) mod drive;
mod end;
mod names;
pub(crate) mod opening;
pub(crate) mod plan;
pub(crate) mod relay;
pub(crate) mod samples;
mod stages;
mod track;
mod tracks;
