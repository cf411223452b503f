//! An open input: opened, probed, its streams chosen, read by one thread, reopened, joined, repeated and paced.
//! It decodes nothing; what a location means is decided in `source`.

mod arrival_times;
mod beginning;
mod cause;
pub(crate) mod choice;
pub(crate) mod demux;
pub(crate) mod empty_part;
mod even;
pub(crate) mod find;
pub(crate) mod from_keyframe;
mod last_packet;
mod length;
pub(crate) mod lists;
pub(crate) mod live;
mod moved;
pub(crate) mod open;
mod other_codec;
pub(crate) mod pace;
mod pacing;
mod packet_times;
pub(crate) mod parts;
pub(crate) mod picture_times;
pub(crate) mod play;
mod playlists;
pub(crate) mod probe;
mod raw_format;
pub(crate) mod reader;
pub(crate) mod rules;
mod seams;
mod seek;
pub(crate) mod session;
mod stated_end;
pub(crate) mod stated_rate;
