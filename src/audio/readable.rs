//! The packets of a stream of sound as far as they can be read: up to an error, or to the first encrypted one.
//! An error of the input is reported by its video.

use std::sync::Arc;

use crate::error::Result;
use crate::event::{Tally, Warning};
use crate::ffi::Packet;

/// Packets that are whole, as far as the demuxer can tell.
pub(crate) struct Readable<I> {
    packets: I,
    tally: Arc<Tally>,
    done: bool,
}

impl<I> Readable<I> {
    pub fn new(packets: I, tally: Arc<Tally>) -> Self {
        Self { packets, tally, done: false }
    }
}

impl<I: Iterator<Item = Result<Packet>>> Iterator for Readable<I> {
    type Item = Packet;

    fn next(&mut self) -> Option<Packet> {
        if self.done {
            return None;
        }
        let packet = self.packets.next().and_then(Result::ok);
        let encrypted = packet.as_ref().is_some_and(Packet::is_encrypted);
        if encrypted {
            let why = "sound is left out: it is encrypted".to_owned();
            self.tally.warn(Warning::SoundLeftOut(why));
        }
        self.done = packet.is_none() || encrypted;
        let packet = packet.filter(|_| !encrypted)?;
        if packet.is_corrupt() {
            self.tally.warn(Warning::DamagedSound);
        }
        Some(packet)
    }
}
