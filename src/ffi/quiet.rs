//! Silences encoders that write to stderr directly, bypassing FFmpeg's log.
//! FFmpeg's log is handled in `log`.

/// Limit encoders that write to stderr directly to errors: SVT-AV1 prints twenty lines for every run.
///
/// For programs whose stderr is for people; call it first thing in `main`. It sets `SVT_LOG` in the environment, unless
/// that is set, and therefore only while the program has a single thread. Returns whether it did.
pub fn quiet_encoders() -> bool {
    const LEVEL: &str = "SVT_LOG";
    let single = std::fs::read_dir("/proc/self/task").is_ok_and(|threads| threads.count() == 1);
    if !single || std::env::var_os(LEVEL).is_some() {
        return false;
    }
    // SAFETY: there is no other thread that could read the environment meanwhile.
    unsafe { std::env::set_var(LEVEL, "1") };
    true
}
