//! The sound of an input: packets of a stream into clips that Rerun plays, copied where possible.
//! How clips become rows is decided in `record`, at what times in `time`.

pub(crate) mod alone;
pub(crate) mod catch_up;
pub(crate) mod choice;
pub(crate) mod clip;
pub(crate) mod clips;
pub(crate) mod container;
pub(crate) mod copy;
pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod first_packet;
mod join;
mod lengths;
mod open_clip;
pub(crate) mod packet;
pub(crate) mod place;
pub(crate) mod plan;
pub(crate) mod readable;
pub(crate) mod streams;
pub(crate) mod targets;
