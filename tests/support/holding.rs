//! What a process holds of memory, threads and open files.
//! Whether that is too much, the tests say.

use std::fmt::Display;

#[derive(Debug, Clone, Copy)]
pub struct Holding {
    pub kilobytes: u64,
    pub threads: u64,
    pub files: u64,
}

impl Holding {
    /// Of a process by its number, or of `self`. Printed, so that a long run can be watched.
    pub fn of(process: impl Display) -> Self {
        let process = format!("/proc/{process}");
        let status = std::fs::read_to_string(format!("{process}/status")).expect("its status");
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
            line.split_whitespace().next().expect("a number").parse().expect("a number")
        };
        let files = std::fs::read_dir(format!("{process}/fd")).expect("its files").count();
        let (kilobytes, threads) = (number("VmRSS:"), number("Threads:"));
        let held = Self { kilobytes, threads, files: files as u64 };
        println!("{held:?}");
        held
    }
}
