//! A whole run: the plan for each stream, the order of the stages, their threads, and the accounts.
//! What a stage does is in its own module; stages never name each other.

mod accounts;
mod budget;
#[cfg(feature = "python")]
pub(crate) mod contents;
pub(crate) mod drive;
mod heads;
mod in_step;
mod jobs;
pub(crate) mod layout;
mod names;
mod nothing_logged;
pub(crate) mod open;
pub(crate) mod plan;
pub(crate) mod planned;
mod reading;
mod recorder;
pub(crate) mod relay;
mod retimed;
pub(crate) mod samples;
mod share;
mod stages;
mod track_account;
