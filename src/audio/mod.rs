//! Sound that lies beside the pictures: packets of a stream into clips that Rerun plays, copied where they can be.
//! How they become rows is for `record`, where they lie in a recording for `time`.

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
