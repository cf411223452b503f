//! An open input: opened, probed, its streams chosen, read by one thread, reopened, repeated and paced.
//! It decodes nothing; what a location means is decided in `source`.

pub(crate) mod choice;
pub(crate) mod demux;
mod even;
pub(crate) mod find;
pub(crate) mod live;
pub(crate) mod open;
pub(crate) mod pace;
mod packet_times;
pub(crate) mod probe;
pub(crate) mod reader;
pub(crate) mod repeat;
mod seek;
pub(crate) mod session;
