//! Packets of one stream, in the order of the container.
//! It skips what cannot be read and counts it; it does not look into packets.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Tally, Warning};
use crate::ffi::{AvError, Input, Packet};

/// As many bad reads in a row mean that no good one will come: some demuxers report the same damage for ever.
const MOST_BAD_READS: u32 = 100;

/// A device that has nothing yet is asked again after this long.
const RETRY: Duration = Duration::from_millis(2);

/// Reads packets until the end, until cancelled, or until nothing more can be read.
pub(crate) struct Demux {
    input: Input,
    stream: usize,
    subject: String,
    live: bool,
    tally: Arc<Tally>,
    cancel: Cancel,
    bad_reads: u32,
    done: bool,
}

impl Demux {
    pub fn new(
        input: Input,
        stream: usize,
        subject: String,
        live: bool,
        tally: Arc<Tally>,
        cancel: Cancel,
    ) -> Self {
        Self { input, stream, subject, live, tally, cancel, bad_reads: 0, done: false }
    }

    /// What a failed read means: try again, the end, or the end with an error.
    fn failed(&mut self, error: AvError) -> Option<Option<Error>> {
        match error {
            AvError::EOF => Some(None),
            _ if self.cancel.is_cancelled() => Some(None),
            AvError::AGAIN => {
                thread::sleep(RETRY);
                None
            }
            AvError::EXIT if self.input.timed_out() => {
                Some(self.broke_off("nothing more came in time".into()))
            }
            AvError::EXIT => Some(None),
            AvError::INVALID_DATA if self.bad_reads < MOST_BAD_READS => {
                self.bad_reads += 1;
                Tally::add(&self.tally.damaged, 1);
                self.tally.warn(Warning::DamagedPacket);
                None
            }
            error => Some(self.broke_off(super::cause(error))),
        }
    }

    /// A file that cannot be read on has ended, with a warning; a live source that breaks off is an error.
    fn broke_off(&self, cause: String) -> Option<Error> {
        if self.live {
            let error = Error::new(ErrorKind::Read, &self.subject, cause);
            return Some(error.with_hint("what came before is in the recording"));
        }
        self.tally.warn(Warning::ReadError(cause));
        None
    }
}

impl Iterator for Demux {
    type Item = Result<Packet>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            if self.cancel.is_cancelled() {
                break;
            }
            match self.input.read() {
                Ok(packet) => {
                    self.bad_reads = 0;
                    // Devices hand out empty packets for frames the driver lost; to a decoder they would mean the end.
                    if packet.stream() == self.stream && packet.size() > 0 {
                        return Some(Ok(packet));
                    }
                }
                Err(error) => {
                    if let Some(end) = self.failed(error) {
                        self.done = true;
                        return end.map(Err);
                    }
                }
            }
        }
        self.done = true;
        None
    }
}
