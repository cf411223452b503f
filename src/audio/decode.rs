//! Decodes packets of sound that Rerun does not play.
//! It counts what cannot be decoded, and changes no sample.

use std::sync::Arc;

use super::packet::AudioClock;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Tally, Warning};
use crate::ffi::{AudioDecoder, AudioFrame, AvError, FfmpegError, Packet, Received};
use crate::pump::{Codec, Failure, Pump, Sent};

/// A decoder that counts damage.
pub(crate) struct DecodeAudio {
    decoder: AudioDecoder,
    clock: AudioClock,
    tally: Arc<Tally>,
}

impl DecodeAudio {
    /// The frames of packets.
    pub fn frames<I: Iterator<Item = Packet>>(
        packets: I,
        decoder: AudioDecoder,
        clock: AudioClock,
        tally: Arc<Tally>,
    ) -> impl Iterator<Item = Result<AudioFrame>> {
        Pump::new(packets.map(Ok), Self { decoder, clock, tally })
    }
}

impl Codec for DecodeAudio {
    type Input = Packet;
    type Output = AudioFrame;
    type Error = Error;

    fn send(&mut self, packet: Option<Packet>) -> Result<Sent<Packet>, Failure<Error>> {
        match self.decoder.send(packet.as_ref()) {
            Ok(()) => Ok(Sent::Taken),
            Err(error) if error.code == AvError::AGAIN => Ok(Sent::Refused(packet)),
            Err(error) => Err(Failure::Damaged(error)),
        }
    }

    fn receive(&mut self) -> Result<Received<AudioFrame>, Failure<Error>> {
        let received = self.decoder.receive().map_err(Failure::Damaged)?;
        self.tally.warn_times(Warning::DamagedSound, self.decoder.take_concealed());
        let clock = &self.clock;
        Ok(received.map(|mut frame| {
            let time = frame.time();
            frame.set_time(time.map(|time| clock.since_zero(time)));
            frame
        }))
    }

    fn skip(&mut self) {
        self.tally.warn(Warning::DamagedSound);
    }

    fn give_up(&self, last: FfmpegError) -> Error {
        let cause = format!("decoding does nothing but fail ({last})");
        Error::new(ErrorKind::Decode, "sound", cause).with_source(last.code)
    }
}
