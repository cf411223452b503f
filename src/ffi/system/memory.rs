//! How the C library gets memory from the system, and whether it gives back what is freed.
//! Nothing stays allocated here.

use std::sync::atomic::{AtomicBool, Ordering};

/// `keep_freed_memory` was called.
static KEPT: AtomicBool = AtomicBool::new(false);

/// Keep freed memory for what is allocated next, instead of giving back each piece of some megabytes and having the
/// kernel clear it again: copying a video then takes a tenth less time. Threads share what is kept, since pictures and
/// samples are freed by other threads than allocate them.
///
/// For programs; call it first thing in `main`.
#[cfg(feature = "cli")]
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
    KEPT.store(true, Ordering::Relaxed);
}

/// Have the kernel back what this thread allocates next by huge pages (2 MiB on x86-64) where it can, so that it clears
/// a few of them instead of thousands of small ones. For threads that pass on many megabytes; those that allocate
/// little would only take more memory than they use. It does nothing unless `keep_freed_memory` was called, since memory
/// that is given back loses its huge pages.
pub(crate) fn use_huge_pages() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    if KEPT.load(Ordering::Relaxed) {
        /// As much as a thread that copies a video has allocated at a time. It must be below the threshold for mappings.
        const ROOM: usize = 16 << 20;
        const HUGE: usize = 2 << 20;
        // SAFETY: whole pages inside of an allocated block are advised about, which changes nothing in them; the block is
        // freed at once, and stays with the thread's arena for what comes next.
        unsafe {
            let block = libc::malloc(ROOM);
            if !block.is_null() {
                let skipped = block.align_offset(HUGE).min(ROOM);
                let pages = block.byte_add(skipped);
                // A kernel without huge pages refuses, which is as well.
                libc::madvise(pages, (ROOM - skipped) / HUGE * HUGE, libc::MADV_HUGEPAGE);
                libc::free(block);
            }
        }
    }
}
