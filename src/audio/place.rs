//! Places packets of sound by the pictures of their session, and drops those outside of the recording.
//! It does not parse packets.

use std::collections::VecDeque;
use std::time::Duration;

use super::packet::AudioPacket;
use crate::time::{NANOS, Placement, Placements};

/// A packet that begins earlier than time 0 by no more than this, begins there.
const ROUNDING: i64 = 1_000_000;
/// The longest time to wait for it when nothing more comes.
const LAST_WAIT: Duration = Duration::from_secs(1);
/// The longest time that packets of a live source wait for its first picture.
const LONGEST_WAIT: i64 = 30 * NANOS;

/// Where packets belong.
#[derive(Clone)]
pub(crate) struct PlaceRules {
    pub places: Placements,
    /// The number of the session.
    pub session: u64,
    /// Times of the recording from here on are not wanted, in nanoseconds.
    pub end: i64,
}

/// Places the packets of one session.
pub(crate) struct PlaceAudio<I> {
    packets: I,
    rules: PlaceRules,
    /// Packets that came before the first picture.
    held: VecDeque<AudioPacket>,
    done: bool,
}

impl<I: Iterator<Item = AudioPacket>> PlaceAudio<I> {
    pub fn new(packets: I, rules: PlaceRules) -> Self {
        Self { packets, rules, held: VecDeque::new(), done: false }
    }

    fn hold(&mut self, packet: AudioPacket) {
        let oldest = packet.time.saturating_sub(LONGEST_WAIT);
        self.held.push_back(packet);
        while self.held.front().is_some_and(|held| held.time < oldest) {
            self.held.pop_front();
        }
    }

    /// The packet with its time in the recording; `None` if that is before its beginning.
    fn place(&mut self, mut packet: AudioPacket, place: Placement) -> Option<AudioPacket> {
        packet.capture_time = place.to_capture.map(|to| packet.time.saturating_add(to));
        packet.time = packet.time.saturating_add(place.to_time);
        if packet.time >= self.rules.end {
            self.done = true;
            return None;
        }
        if packet.time < -ROUNDING {
            return None;
        }
        packet.time = packet.time.max(0);
        Some(packet)
    }
}

impl<I: Iterator<Item = AudioPacket>> Iterator for PlaceAudio<I> {
    type Item = AudioPacket;

    fn next(&mut self) -> Option<AudioPacket> {
        while !self.done {
            let PlaceRules { places, session, .. } = &self.rules;
            let mut place = places.of(*session);
            let held = if place.is_some() { self.held.pop_front() } else { None };
            let packet = match held.or_else(|| self.packets.next()) {
                Some(packet) => packet,
                // A short session may end before its first picture is decoded.
                None => {
                    let held = self.held.pop_front()?;
                    place = Some(places.wait_for(*session, LAST_WAIT)?);
                    held
                }
            };
            match place {
                Some(place) => {
                    if let Some(placed) = self.place(packet, place) {
                        return Some(placed);
                    }
                }
                None => self.hold(packet),
            }
        }
        None
    }
}
