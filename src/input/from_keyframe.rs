//! Packets from the first keyframe on. What comes before it leans on pictures that are not there: some decoders show
//! grey smears for it, others leave it out without a word.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::error::Result;
use crate::event::{Tally, Warning};
use crate::ffi::Packet;

/// So long a keyframe is waited for; a stream without any is decoded as well as it can be.
const MOST_PACKETS: usize = 600;
const MOST_BYTES: usize = 32 << 20;

/// Keyframes of this codec are marked by every container, or by FFmpeg's parser.
pub(crate) fn marks_keyframes(codec: &str) -> bool {
    matches!(codec, "h264" | "hevc")
}

/// Lets packets through from the first keyframe on.
pub(crate) struct FromKeyframe<I> {
    packets: I,
    live: bool,
    tally: Arc<Tally>,
    /// Packets before the first keyframe, while there is none.
    waiting: Option<Waiting>,
    /// Those of a stream without keyframes, on their way out.
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
        // Whoever joins a live stream meets the middle of a GOP as a rule.
        if !self.live {
            Tally::add(&self.tally.damaged, count as u64);
        }
    }

    /// Take a packet in; what is to be decoded comes out.
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
