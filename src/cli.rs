//! What the command line tool needs in addition to the library, behind the feature `cli`; it may change with any version.
//! Nothing here is for other programs, so it is no part of the documented library.

pub use crate::config::{ImportConfig, TimelinePoint};
pub use crate::error::plain as plain_error;
pub use crate::ffi::{is_stdout_closed, keep_freed_memory, quiet_encoders, survive_file_limits};

use crate::config::RecordingConfig;

/// Record as Rerun's importer protocol asks.
pub fn import(recording: &mut RecordingConfig, import: ImportConfig) {
    recording.import = import;
}
