//! Calls of the operating system that need unsafe code: of Linux, of Unix, of the C library.
//! None of them is of FFmpeg, so any module may use them.

#[cfg(feature = "cli")]
mod limits;
mod memory;
#[cfg(unix)]
mod stdin;
mod stdout;
#[cfg(target_os = "linux")]
mod tcp;
mod thread;
#[cfg(target_os = "linux")]
pub(crate) mod v4l2;

#[cfg(feature = "cli")]
pub use limits::survive_file_limits;
#[cfg(feature = "cli")]
pub use memory::keep_freed_memory;
pub(crate) use memory::use_huge_pages;
#[cfg(unix)]
pub(crate) use stdin::{peek_stdin, wait_for_stdin};
pub use stdout::is_stdout_closed;
#[cfg(target_os = "linux")]
pub(crate) use tcp::connections_to;
pub(crate) use thread::interrupt;
