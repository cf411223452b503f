//! The packets of a stream in the form that Rerun takes: as they are, or with start codes in place of lengths.
//! What they hold is checked elsewhere.

use std::sync::Arc;

use crate::bitstream::bits::lengths_to_start_codes;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Tally, Warning};
use crate::ffi::{AvError, BitstreamFilter, FfmpegError, Packet, Received};
use crate::pump::{Codec, Failure, Pump, Sent};

/// Packets, converted where they have to be.
pub(super) enum Packets<I> {
    AsTheyAre(I),
    Converted(Box<Pump<I, Filter>>),
}

impl<I: Iterator<Item = Result<Packet>>> Packets<I> {
    pub fn new(packets: I, convert: Option<ToAnnexB>, subject: &str, tally: &Arc<Tally>) -> Self {
        let (subject, tally) = (subject.to_owned(), tally.clone());
        match convert {
            Some(convert) => {
                let filter = Filter { convert, subject, tally };
                Self::Converted(Box::new(Pump::new(packets, filter)))
            }
            None => Self::AsTheyAre(packets),
        }
    }
}

impl<I: Iterator<Item = Result<Packet>>> Iterator for Packets<I> {
    type Item = Result<Packet>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::AsTheyAre(packets) => packets.next(),
            Self::Converted(packets) => packets.next(),
        }
    }
}

/// Converts packets whose NAL units have their length in front.
pub(crate) struct ToAnnexB {
    filter: BitstreamFilter,
    /// Lengths are as long as a start code, which may be written in their place, without a copy.
    in_place: bool,
    /// A packet that was converted in place.
    ready: Option<Packet>,
}

impl ToAnnexB {
    pub fn new(filter: BitstreamFilter, in_place: bool) -> Self {
        Self { filter, in_place, ready: None }
    }

    /// The stream's headers, converted.
    pub fn extradata(&self) -> &[u8] {
        self.filter.extradata()
    }

    /// What is odd is left to FFmpeg's filter, which also puts the stream's headers in front of keyframes.
    fn send(&mut self, packet: &mut Option<Packet>) -> Result<(), FfmpegError> {
        if self.in_place
            && let Some(data) = packet.as_mut().map(Packet::data_mut).transpose()?
            && lengths_to_start_codes(data)
        {
            self.ready = packet.take();
            return Ok(());
        }
        self.filter.send(packet.as_mut())
    }

    fn receive(&mut self) -> Result<Received<Packet>, FfmpegError> {
        match self.ready.take() {
            Some(packet) => Ok(Received::Output(packet)),
            None => self.filter.receive(),
        }
    }
}

/// Counts what cannot be converted.
pub(super) struct Filter {
    convert: ToAnnexB,
    subject: String,
    tally: Arc<Tally>,
}

impl Codec for Filter {
    type Input = Packet;
    type Output = Packet;
    type Error = Error;

    fn send(&mut self, mut packet: Option<Packet>) -> Result<Sent<Packet>, Failure<Error>> {
        match self.convert.send(&mut packet) {
            Ok(()) => Ok(Sent::Taken),
            Err(error) if error.code == AvError::AGAIN => Ok(Sent::Refused(packet)),
            Err(error) => Err(Failure::Damaged(error)),
        }
    }

    fn receive(&mut self) -> Result<Received<Packet>, Failure<Error>> {
        self.convert.receive().map_err(Failure::Damaged)
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
