//! What every test leans on: running programs, reading recordings, asking FFmpeg what is true.
//! It holds no test of vstream; the checkers themselves are checked in `oracles.rs`.

pub mod annexb;
pub mod check;
pub mod convert;
pub mod faults;
pub mod flashes;
pub mod generate;
pub mod holding;
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
