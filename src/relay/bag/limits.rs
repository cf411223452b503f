//! What the readers of all kinds of bags refuse.

/// Longer records and messages are refused, also where a compressed bag holds them in a few bytes: several copies of a
/// message are in memory at a time.
/// Small in unit tests, which would take long to reach it.
pub(super) const LONGEST: u32 = if cfg!(test) { 1 << 20 } else { 128 << 20 };

/// Bytes of memory that Rerun's decoders may take for one message, or for those that are given to them at once. A hundred
/// thousand markers of ROS take 1.5 GB.
pub(super) const MOST_DECODED: usize = if cfg!(test) { 32 << 20 } else { 1536 << 20 };

/// Counts the memory that decoding a message takes.
#[derive(Default)]
pub(super) struct Memory {
    taken: usize,
}

/// A message takes more than it may.
#[derive(Debug)]
pub(super) struct TooLarge;

impl Memory {
    /// Take `count` times so many bytes.
    pub fn take(&mut self, bytes: usize, count: usize) -> Result<(), TooLarge> {
        let taken = bytes.checked_mul(count).and_then(|bytes| bytes.checked_add(self.taken));
        self.taken = taken.filter(|taken| *taken <= MOST_DECODED).ok_or(TooLarge)?;
        Ok(())
    }

    /// All that was taken.
    pub fn taken(&self) -> usize {
        self.taken
    }
}
