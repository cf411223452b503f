//! Damaged input for parsers: seeds that are changed at random, the same way in every run. Only for tests.
//! What each parser guarantees is in its own tests.
//!
//! `FUZZ_SECONDS` makes each parser run for that time instead of a fixed number of cases. A build with `cfg(fuzzing)`
//! lets libFuzzer choose what to give to parsers; see `tests/alone`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what a test that fails has to say")]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use fastrand::Rng;

#[path = "../tests/fuzz/damage.rs"]
mod damage;

/// Miri takes a thousand times as long.
const CASES: u64 = if cfg!(miri) { 20 } else { 5000 };

/// Calls `parse` with many damaged seeds. Where it panics, the input is shown as text with escapes.
pub(crate) fn damaged(seeds: &[&[u8]], parse: impl Fn(&[u8])) {
    #[cfg(fuzzing)]
    return crate::guided::run(seeds, &parse);
    #[cfg(not(fuzzing))]
    always(|random| {
        let (_, bytes) = damage::damaged(seeds, random);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| parse(&bytes))) {
            eprintln!("with b\"{}\"", bytes.escape_ascii());
            resume_unwind(panic);
        }
    });
}

/// The same for a parser of text.
pub(crate) fn damaged_text(seeds: &[&str], parse: impl Fn(&str)) {
    let seeds: Vec<&[u8]> = seeds.iter().map(|seed| seed.as_bytes()).collect();
    damaged(&seeds, |bytes| parse(&String::from_utf8_lossy(bytes)));
}

/// Calls a test with many sources of random numbers. Where it panics, the seed is shown.
pub(crate) fn always(test: impl Fn(&mut Rng)) {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    // A long run continues after the cases of a normal one.
    let first = if end.is_some() { CASES } else { 0 };
    let mut done = 0;
    while end.map_or(done < CASES, |end| Instant::now() < end) {
        let seed = first + done;
        let test = AssertUnwindSafe(|| test(&mut Rng::with_seed(seed)));
        if let Err(panic) = catch_unwind(test) {
            eprintln!("seed {seed}");
            resume_unwind(panic);
        }
        done += 1;
    }
    if end.is_some() {
        println!("{done} cases");
    }
}
