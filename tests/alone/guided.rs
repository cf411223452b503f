//! Lets libFuzzer choose the inputs of a test, guided by code coverage.
//! The test states what must hold for an input.
//!
//! Without `FUZZ_FOLDER`, the test only checks that it has inputs. With it, this never returns: libFuzzer ends the
//! program after `FUZZ_SECONDS`, or when the test fails, and leaves the input that did it in the folder.
#![allow(unsafe_code)]

use std::ffi::{CString, c_char, c_int};
use std::path::PathBuf;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

// For the C++ part of it.
use libfuzzer_sys as _;

type Case<'a> = &'a dyn Fn(&[u8]);

unsafe extern "C" {
    fn LLVMFuzzerRunDriver(
        count: *mut c_int,
        arguments: *mut *mut *mut c_char,
        call: extern "C" fn(*const u8, usize) -> c_int,
    ) -> c_int;
}

/// The address of the `Case` that runs.
static CASE: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// A panic in it cannot unwind into C++ and aborts, which libFuzzer notices.
extern "C" fn call(data: *const u8, length: usize) -> c_int {
    let data =
        if length == 0 { ptr::NonNull::<u8>::dangling().as_ptr().cast_const() } else { data };
    // SAFETY: libFuzzer passes that many bytes, and `run` has set a case that outlives the driver.
    unsafe {
        let case = &*CASE.load(Ordering::SeqCst).cast::<Case<'_>>();
        case(std::slice::from_raw_parts(data, length));
    }
    0
}

/// The target that the crate asks for. It is not used.
#[unsafe(no_mangle)]
#[expect(improper_ctypes_definitions)]
extern "C" fn rust_fuzzer_test_input(_input: &[u8]) -> c_int {
    0
}

/// Calls `case` with what becomes of `seeds`.
pub fn run(seeds: &[&[u8]], case: Case<'_>) {
    let Some(folder) = std::env::var_os("FUZZ_FOLDER").map(PathBuf::from) else {
        println!("guided {}", std::thread::current().name().expect("a test's name"));
        return;
    };
    for (nth, seed) in seeds.iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{nth}")), seed).expect("a folder to write to");
    }
    let seconds = std::env::var("FUZZ_SECONDS").unwrap_or_else(|_| "60".to_owned());
    let folder = folder.to_str().expect("a name in UTF-8");
    // Enough for several copies of a seed; longer input takes longer and shows nothing new.
    let longest = seeds.iter().map(|seed| seed.len()).max().unwrap_or(0);
    let longest = (4 * longest).clamp(256, 4096);
    let arguments = [
        "fuzz".to_owned(),
        folder.to_owned(),
        format!("-max_total_time={seconds}"),
        format!("-artifact_prefix={folder}/"),
        "-timeout=10".to_owned(),
        "-rss_limit_mb=1024".to_owned(),
        format!("-max_len={longest}"),
        "-print_final_stats=1".to_owned(),
        "-verbosity=0".to_owned(),
    ];
    let arguments = arguments.map(|argument| CString::new(argument).expect("no zero in it"));
    let mut pointers: Vec<*mut c_char> =
        arguments.iter().map(|argument| argument.as_ptr().cast_mut()).collect();
    pointers.push(ptr::null_mut());
    let mut count = arguments.len() as c_int;
    let mut pointers = pointers.as_mut_ptr();
    CASE.store((&raw const case).cast_mut().cast(), Ordering::SeqCst);
    // SAFETY: the arguments are C strings with a null pointer behind the last, and they outlive the call.
    unsafe { LLVMFuzzerRunDriver(&raw mut count, &raw mut pointers, call) };
}
