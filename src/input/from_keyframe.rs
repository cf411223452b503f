//! Drops packets before the first keyframe. They refer to pictures that are missing: some decoders show grey smears for
//! them, others drop them silently.
//! It does not decode.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::error::Result;
use crate::event::{Tally, Warning};
use crate::ffi::Packet;

/// How long to wait for a keyframe; a stream without any is then decoded as well as possible.
const MOST_PACKETS: usize = 600;
const MOST_BYTES: usize = 32 << 20;

/// Codecs whose keyframes are marked by every container, or by FFmpeg's parser.
pub(crate) fn marks_keyframes(codec: &str) -> bool {
    matches!(codec, "h264" | "hevc" | "mpeg1video" | "mpeg2video")
}

/// Passes packets on from the first keyframe.
pub(crate) struct FromKeyframe<I> {
    packets: I,
    live: bool,
    tally: Arc<Tally>,
    /// Packets held while no keyframe has come.
    waiting: Option<Waiting>,
    /// Packets to return because the stream has no keyframes.
    released: VecDeque<Packet>,
}

#[derive(Default)]
struct Waiting {
    packets: VecDeque<Packet>,
    bytes: usize,
}

impl<I> FromKeyframe<I> {
    pub fn new(packets: I, marked: bool, live: bool, tally: Arc<Tally>) -> Self {
        let waiting = marked.then(Waiting::default);
        Self { packets, live, tally, waiting, released: VecDeque::new() }
    }

    fn skip(&self, count: usize) {
        (0..count).for_each(|_| self.tally.warn(Warning::BeforeKeyframe));
        // A live stream is usually joined in mid-GOP.
        if !self.live {
            Tally::add(&self.tally.damaged, count as u64);
        }
    }

    /// Take a packet; returns the packets to decode.
    fn take(&mut self, packet: Packet) -> Option<Packet> {
        let Some(waiting) = &mut self.waiting else {
            return Some(packet);
        };
        if packet.is_key() {
            let skipped = waiting.packets.len();
            self.waiting = None;
            self.skip(skipped);
            return Some(packet);
        }
        waiting.bytes += packet.size();
        waiting.packets.push_back(packet);
        if waiting.packets.len() >= MOST_PACKETS || waiting.bytes >= MOST_BYTES {
            self.release();
        }
        self.released.pop_front()
    }

    fn release(&mut self) {
        self.released = self.waiting.take().unwrap_or_default().packets;
    }
}

impl<I: Iterator<Item = Result<Packet>>> Iterator for FromKeyframe<I> {
    type Item = Result<Packet>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(packet) = self.released.pop_front() {
                return Some(Ok(packet));
            }
            match self.packets.next() {
                Some(Ok(packet)) => {
                    if let Some(packet) = self.take(packet) {
                        return Some(Ok(packet));
                    }
                }
                Some(Err(error)) => return Some(Err(error)),
                None if self.waiting.is_some() => self.release(),
                None => return None,
            }
        }
    }
}
