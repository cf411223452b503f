//! Whether the last packet of an input is cut off or only shorter than those before it: FFmpeg reads some files of sound,
//! which are blocks without a stated end, many blocks at a time, and takes a packet with fewer for a damaged one.
//! It reads nothing.

use crate::ffi::{Packet, Stream};

/// The last packet of an input holds whole blocks, though it is marked as damaged.
pub(super) fn is_whole(packet: &Packet, stream: &Stream) -> bool {
    block_bytes(stream)
        .is_some_and(|block| packet.size() > 0 && packet.size().is_multiple_of(block))
}

/// The size of a block of all channels.
fn block_bytes(stream: &Stream) -> Option<usize> {
    match stream.codec.as_str() {
        "adpcm_adx" => usize::try_from(stream.channels).ok()?.checked_mul(18),
        "aptx" => Some(4),
        "aptx_hd" => Some(6),
        _ => None,
    }
    .filter(|&bytes| bytes > 0)
}
