//! Runs the rows of a table concurrently and reports every row that fails, by name.
//! A row is a name and a function that returns what is wrong; a panic fails its row.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// As many as a small machine has cores; each row starts programs that use more of them.
const WORKERS: usize = 2;

/// Fails with the list of all rows for which `check` has something to say.
#[track_caller]
pub fn check_all<Row: Sync>(
    rows: &[Row],
    name: impl Fn(&Row) -> String + Sync,
    check: impl Fn(&Row) -> Vec<String> + Sync,
) {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let wrong = catch_unwind(AssertUnwindSafe(|| check(row)))
                        .unwrap_or_else(|panic| vec![text_of(panic.as_ref())]);
                    let lines = wrong.iter().map(|what| format!("{}: {what}", name(row)));
                    failures.lock().unwrap().extend(lines);
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    let count = rows.len();
    assert!(failures.is_empty(), "of {count} rows these fail:\n{}", failures.join("\n"));
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
}
