//! The packets of a stream in the form that Rerun takes: as they are, or through a bitstream filter.
//! What they hold is checked elsewhere.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::event::{Tally, Warning};
use crate::ffi::{AvError, BitstreamFilter, FfmpegError, Packet, Received};
use crate::pump::{Codec, Failure, Pump, Sent};

/// Packets, filtered where they have to be.
pub(super) enum Packets<I> {
    AsTheyAre(I),
    Filtered(Pump<I, Filter>),
}

impl<I: Iterator<Item = Result<Packet>>> Packets<I> {
    pub fn new(
        packets: I,
        filter: Option<BitstreamFilter>,
        subject: &str,
        tally: &Arc<Tally>,
    ) -> Self {
        let (subject, tally) = (subject.to_owned(), tally.clone());
        match filter {
            Some(filter) => Self::Filtered(Pump::new(packets, Filter { filter, subject, tally })),
            None => Self::AsTheyAre(packets),
        }
    }
}

impl<I: Iterator<Item = Result<Packet>>> Iterator for Packets<I> {
    type Item = Result<Packet>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::AsTheyAre(packets) => packets.next(),
            Self::Filtered(packets) => packets.next(),
        }
    }
}

/// A bitstream filter that counts what it cannot read.
pub(super) struct Filter {
    filter: BitstreamFilter,
    subject: String,
    tally: Arc<Tally>,
}

impl Codec for Filter {
    type Input = Packet;
    type Output = Packet;
    type Error = Error;

    fn send(&mut self, mut packet: Option<Packet>) -> Result<Sent<Packet>, Failure<Error>> {
        match self.filter.send(packet.as_mut()) {
            Ok(()) => Ok(Sent::Taken),
            Err(error) if error.code == AvError::AGAIN => Ok(Sent::Refused(packet)),
            Err(error) => Err(Failure::Damaged(error)),
        }
    }

    fn receive(&mut self) -> Result<Received<Packet>, Failure<Error>> {
        self.filter.receive().map_err(Failure::Damaged)
    }

    fn skip(&mut self) {
        count_damage(&self.tally);
    }

    fn give_up(&self, last: FfmpegError) -> Error {
        let cause = format!("its packets cannot be converted ({last})");
        Error::new(ErrorKind::Copy, &self.subject, cause).with_source(last.code)
    }
}

/// Count a packet that is damaged.
pub(super) fn count_damage(tally: &Tally) {
    Tally::add(&tally.damaged, 1);
    tally.warn(Warning::DamagedPacket);
}
