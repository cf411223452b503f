//! The Python module `vstream._vstream`: encoders and samples, without Rerun. The package around it is in `vstream/`;
//! it logs with whatever Rerun the user has.

mod encoder;
mod error;
mod log;
mod options;
mod pixels;
mod remedies;
mod samples;

use std::process;

use pyo3::prelude::*;

use crate::error::{Error, ErrorKind, Result};

/// A sample as Python gets it: its number, its time and its time of capture in nanoseconds, its data, and whether it is
/// a keyframe.
type SampleTuple<'py> = (u64, i64, Option<i64>, Bound<'py, pyo3::types::PyBytes>, bool);

fn sample_tuple(py: Python<'_>, sample: crate::Sample) -> SampleTuple<'_> {
    let data = pyo3::types::PyBytes::new(py, &sample.data);
    (sample.frame, sample.time, sample.capture_time, data, sample.keyframe)
}

/// Wait for threads without the interpreter's lock, also where Python frees something: they may need it to log.
fn without_lock(work: impl FnOnce() + Send) {
    let mut work = Some(work);
    Python::try_attach(|py| {
        if let Some(work) = work.take() {
            py.detach(work);
        }
    });
    if let Some(work) = work {
        work();
    }
}

/// The process that something belongs to. Its threads are missing in a fork of it, where waiting for them never ends.
#[derive(Debug, Clone, Copy)]
struct Owner(u32);

impl Owner {
    fn this_process() -> Self {
        Self(process::id())
    }

    fn is_this_process(self) -> bool {
        self.0 == process::id()
    }

    fn check(self, subject: &str) -> Result<()> {
        if self.is_this_process() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Config,
            subject,
            "it belongs to the process that this one was forked from",
        )
        .with_remedy("make it in the process that uses it"))
    }
}

#[pymodule]
mod _vstream {
    #[pymodule_export]
    use super::encoder::Encoder;
    #[pymodule_export]
    use super::log::{listen, silence};
    #[pymodule_export]
    use super::samples::{ClipItem, NoteItem, Samples};

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
