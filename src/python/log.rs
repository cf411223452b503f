//! FFmpeg's log for Python's `logging`.
//! What is logged is formatted in `ffi::log`.

use pyo3::prelude::*;

use crate::error::{Error, ErrorKind};
use crate::ffi;

/// Call `callback(level, line)` with FFmpeg's log from `level` on, on its own thread.
///
/// Levels are those of `logging`: 40, 30, 20 and 10 are errors, warnings, what users and what developers may want to
/// know.
#[pyfunction]
pub fn listen(level: u8, callback: Py<PyAny>) -> PyResult<()> {
    let most = match level {
        40 => ffi::LogLevel::Error,
        30 => ffi::LogLevel::Warning,
        20 => ffi::LogLevel::Info,
        10 => ffi::LogLevel::Verbose,
        _ => {
            let error = Error::new(ErrorKind::Config, "level", format!("{level} is not a level"));
            return Err(error.with_remedy("give 10, 20, 30 or 40").into());
        }
    };
    ffi::on_ffmpeg_log(most, move |level, line| {
        let number = match level {
            ffi::LogLevel::Error => 40,
            ffi::LogLevel::Warning => 30,
            ffi::LogLevel::Info => 20,
            ffi::LogLevel::Verbose => 10,
        };
        // Nobody listens any more while the interpreter ends.
        Python::try_attach(|py| {
            if let Err(error) = callback.call1(py, (number, line)) {
                error.write_unraisable(py, None);
            }
        });
    });
    Ok(())
}

/// Call nobody any more: before the interpreter ends, and in a forked process.
#[pyfunction]
pub fn silence() {
    ffi::silence();
}
