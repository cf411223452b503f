//! A preloaded library that makes system calls fail: writes, reads, memory, clocks.
//! `faults.c` implements it; environment variables select the fault.

use std::path::PathBuf;
use std::process::Command;

use super::run::Program;
use super::{generate, skip};

const SOURCE: &str = include_str!("faults.c");

/// The library, compiled once; `None`, with a reason said, where that is not possible.
pub fn library() -> Option<PathBuf> {
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        skip::skip("faults are injected on Linux with glibc only");
        return None;
    }
    skip::have(&["cc"]).then(|| {
        generate::made("faults.so", &SOURCE, |path| {
            let source = path.with_extension("c");
            std::fs::write(&source, SOURCE).expect("its source");
            let words = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"];
            let compiled =
                Command::new("cc").args(words).arg(path).arg(&source).arg("-ldl").status();
            assert!(compiled.expect("cc").success(), "faults.c does not compile");
        })
    })
}

/// The program, with these faults.
pub fn inject(program: Program, library: &std::path::Path, faults: &[(&str, String)]) -> Program {
    let program = program.env("LD_PRELOAD", library);
    faults.iter().fold(program, |program, (name, value)| program.env(name, value))
}
