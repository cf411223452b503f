//! Counts the memory and the look-ups that Rerun would take to decode a message.
//! What each part of a message takes is in `ros2_memory.rs` and `protobuf_memory.rs`.

/// Bytes of memory that Rerun's decoders may take for one message, or for those that are given to them at once. A hundred
/// thousand markers of ROS take 1.5 GB.
pub(super) const MOST_DECODED: usize = if cfg!(test) { 32 << 20 } else { 1536 << 20 };

/// Looking up a field takes no memory but time, which is bounded in the same way: as if it took so many bytes.
const LOOK_UP: usize = 32;

/// Counts the memory that decoding a message takes.
#[derive(Default)]
pub(super) struct Memory {
    taken: usize,
}

/// A message takes more than it may.
#[derive(Debug)]
pub(super) struct TooLarge;

/// Why a message was not read to its end.
pub(super) enum Stop {
    TooLarge,
    /// It does not fit its definition, as Rerun will find.
    Misfit,
}

impl From<TooLarge> for Stop {
    fn from(TooLarge: TooLarge) -> Self {
        Self::TooLarge
    }
}

impl Memory {
    /// Count `count` times `bytes`.
    pub fn take(&mut self, bytes: usize, count: usize) -> Result<(), TooLarge> {
        let taken = bytes.checked_mul(count).and_then(|bytes| bytes.checked_add(self.taken));
        self.taken = taken.filter(|taken| *taken <= MOST_DECODED).ok_or(TooLarge)?;
        Ok(())
    }

    /// Look up so many fields, beside those that are in the message.
    pub fn look_up(&mut self, fields: usize) -> Result<(), TooLarge> {
        self.take(LOOK_UP, fields)
    }

    /// All that was taken for a message that was read like this.
    pub fn taken(&self, read: Result<(), Stop>) -> Result<usize, TooLarge> {
        match read {
            Err(Stop::TooLarge) => Err(TooLarge),
            Ok(()) | Err(Stop::Misfit) => Ok(self.taken),
        }
    }
}
