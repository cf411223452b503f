//! What the C library does with memory that is freed.
//! Nothing is allocated here.

/// Keep freed memory for what is allocated next, instead of giving back each piece of some megabytes and having the
/// kernel clear it again: copying a video then takes a tenth less time. Threads share what is kept, since pictures and
/// samples are freed by other threads than allocate them.
///
/// For programs; call it first thing in `main`.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let arenas =
            libc::c_int::try_from(2 * crate::threads::cores().get()).unwrap_or(libc::c_int::MAX);
        // SAFETY: it sets numbers of the allocator, which takes any.
        unsafe {
            libc::mallopt(libc::M_ARENA_MAX, arenas);
            // What glibc comes to by itself after some large blocks; a lower one would map and unmap memory for each 4K
            // picture.
            libc::mallopt(libc::M_MMAP_THRESHOLD, 32 << 20);
            libc::mallopt(libc::M_TRIM_THRESHOLD, 64 << 20);
        }
    }
}
