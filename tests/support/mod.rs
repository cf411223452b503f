//! What all tests share: running programs, reading recordings, asking FFmpeg.
//! It contains no tests of vstream; the checkers are tested in `checkers`.

pub mod annexb;
pub mod check;
pub mod convert;
pub mod faults;
pub mod flashes;
pub mod generate;
pub mod markdown;
pub mod messages;
pub mod mp4;
pub mod native;
pub mod packets;
pub mod picture;
pub mod player;
pub mod ports;
pub mod probe;
pub mod quarters;
pub mod recording;
pub mod resources;
pub mod run;
pub mod running;
pub mod schema;
pub mod screen;
pub mod server;
pub mod skip;
pub mod sound;
pub mod source;
pub mod sps;
pub mod table;
pub mod web;
