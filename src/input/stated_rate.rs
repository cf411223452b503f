//! The frame rate in the headers of a raw stream, as opposed to the one that FFmpeg's demuxers assume.
//! What it reads is read again.

use crate::ffi::{Decoder, DecoderOptions, Input, Received};
use crate::time::FrameRate;

/// The first packets have the headers.
const MOST_PACKETS: usize = 8;

/// Frames per second by the headers of the stream. Only the first few packets are looked at.
pub(crate) fn stated_rate(input: &mut Input, stream: usize) -> Option<FrameRate> {
    let options = DecoderOptions { threads: Some(1), ..DecoderOptions::default() };
    let mut decoder = Decoder::open(input, stream, options).ok()?;
    let mut packets = Vec::new();
    while decoder.frame_rate().is_none() && packets.len() < MOST_PACKETS {
        let Ok(packet) = input.read() else { break };
        // A damaged packet is reported when the stream is decoded.
        let decoded = packet.stream() == stream && decoder.send(Some(&packet)).is_ok();
        packets.push(packet);
        while decoded && matches!(decoder.receive(), Ok(Received::Output(_))) {}
    }
    input.unread(packets);
    decoder.frame_rate().filter(|rate| rate.is_believable())
}
