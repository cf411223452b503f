//! What threads wait and synchronise with: the standard library's.
//! `tests/models` puts a model in its place, which tries the orders in which threads may take their steps.

pub(crate) use std::sync::atomic::{AtomicBool, Ordering, fence};
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard};
pub(crate) use std::thread;
