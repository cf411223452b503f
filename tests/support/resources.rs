//! The memory, threads and open files of a process.
//! The tests decide how many are too many.

use std::fmt::Display;

#[derive(Debug, Clone, Copy)]
pub struct Resources {
    pub kilobytes: u64,
    pub threads: u64,
    pub files: u64,
}

impl Resources {
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
