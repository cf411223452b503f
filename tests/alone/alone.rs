//! The modules of vstream that need neither FFmpeg nor Rerun, at their paths in vstream.
//! Each module is vstream's own file, with its unit tests; no code is repeated here.

// What they name of Rerun comes from the crates that Rerun takes it from.
extern crate self as rerun;

pub mod external {
    pub mod arrow {
        pub use arrow_ipc as ipc;
    }
    pub mod re_log_encoding {
        pub mod external {
            pub use lz4_flex;
        }
    }
}

#[cfg(test)]
#[path = "../../src/attack.rs"]
mod attack;
#[cfg(all(test, fuzzing))]
mod guided;

#[path = "../../src/bin/vstream/args"]
mod args {
    mod values;
}
#[path = "../../src/batch"]
mod batch {
    mod config;
    mod names;
    mod shard;

    pub use config::*;
    pub use shard::Shard;
}
#[path = "../../src/bitstream/mod.rs"]
mod bitstream;
#[path = "../../src/config/mod.rs"]
mod config;
#[path = "../../src/error/mod.rs"]
mod error;
#[path = "../../src/event/mod.rs"]
mod event;
#[path = "../../src/ffi"]
#[allow(unsafe_code)]
mod ffi {
    pub(crate) mod system {
        mod stdin;
        mod thread;

        pub(crate) use stdin::{peek_stdin, wait_for_stdin};
        pub(crate) use thread::interrupt;
    }
}
#[path = "../../src/named.rs"]
mod named;
#[path = "../../src/place.rs"]
mod place;
#[path = "../../src/redact.rs"]
mod redact;
#[path = "../../src/relay"]
mod relay {
    mod framing;
    mod lengths;

    #[path = "bag"]
    mod bag {
        mod counted;
        mod definition_size;
        mod foxglove;
        mod limits;
        mod mcap_file;
        mod raw_image;
        mod ros;
        mod ros1;
        mod wire;
    }
}
#[path = "../../src/sample.rs"]
mod sample;
#[path = "../../src/source/mod.rs"]
mod source;
#[path = "../../src/suggest.rs"]
mod suggest;
#[path = "../../src/sync.rs"]
mod sync;
#[path = "../../src/text"]
mod text {
    mod ass;
}
#[path = "../../src/threads/mod.rs"]
mod threads;
#[path = "../../src/time/mod.rs"]
mod time;

pub use batch::*;
pub use config::*;
pub use error::{Error, ErrorKind, ParseError, Remedy, Result, ServerPort};
pub use event::{Cancel, Event, Progress, Reporter, Silent, Summary, TrackSummary, Warning};
pub use sample::{Sample, SampleCodec, StreamInfo};
pub use time::wall_clock::StartTime;
pub use time::{FrameRate, TimeUnit, Timestamps};
