//! The standard library's synchronisation primitives, for everything that threads share.
//! `tests/models` replaces this file with a model that tries all orders in which threads may take their steps.

pub(crate) use std::sync::atomic::{AtomicBool, Ordering, fence};
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard};
pub(crate) use std::thread;
