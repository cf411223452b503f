//! What a read without a packet means: the end, damage that is skipped, or an error.
//! The reading itself is in `demux`.

use std::ops::RangeBounds;
use std::time::{Duration, Instant};

use super::Demux;
use crate::error::{Error, ErrorKind, Remedy};
use crate::event::{Tally, Warning};
use crate::ffi::{AvError, FfmpegError};
use crate::input::cause::INDEX_BEHIND;
use crate::input::open::nothing_came;
use crate::source::CUT;

/// After this many consecutive read errors, give up: some demuxers report the same damage forever.
const MOST_BAD_READS: u32 = 100;

/// Poll interval for a device without data: FFmpeg has no cancellable way to wait for it.
const RETRY: Duration = Duration::from_millis(2);

/// A response that ended with its connection.
const NO_LENGTH: &str =
    "the server does not say how long it is; whether it broke off cannot be told";

/// No packet of a picture is smaller than what may follow the last one.
const FOOTER: u64 = 64;

/// The remedy for a file that cannot be read to its end.
const READ_ON: &str =
    "what came before is recorded; check the disk or the network, and convert it again";

impl Demux {
    /// What to do after a failed read: retry, end, or end with an error.
    pub(super) fn failed(&mut self, error: FfmpegError) -> Option<Option<Error>> {
        match error.code {
            _ if self.cancel.is_cancelled() => Some(None),
            // Some demuxers report an interrupted wait as end of file.
            AvError::EOF | AvError::AGAIN | AvError::EXIT if self.input.timed_out() => {
                Some(self.stalled())
            }
            AvError::AGAIN => {
                self.cancel.wait_until(Instant::now() + RETRY);
                None
            }
            AvError::EXIT => Some(None),
            AvError::NO_DEVICE | AvError::IO if self.rules.is_device => {
                Some(self.broke_off("the device is gone; was it unplugged?".into()))
            }
            _ if self.index_is_behind() => Some(Some(
                Error::new(ErrorKind::Open, &self.rules.subject, INDEX_BEHIND.0)
                    .with_remedy(INDEX_BEHIND.1),
            )),
            AvError::EOF => Some(self.at_the_end()),
            // The server closes the connection at the end, and stated no length to compare with.
            AvError::IO if self.input.is_download() => {
                self.tally.warn(Warning::Other(NO_LENGTH.into()));
                Some(None)
            }
            AvError::INVALID_DATA if self.ends_with_boundary() => Some(self.at_the_end()),
            AvError::INVALID_DATA if self.bad_reads < MOST_BAD_READS => {
                self.bad_reads += 1;
                Tally::add(&self.tally.damaged, 1);
                self.tally.warn(Warning::DamagedPacket);
                None
            }
            // Some demuxers return another error for the end of the file.
            AvError::IO | AvError::PLAIN if self.ends_with(..=FOOTER) => Some(self.at_the_end()),
            AvError::IO | AvError::PLAIN if self.ends_with(..) => {
                self.tally.warn(Warning::ReadError(CUT.into()));
                Some(None)
            }
            // Only damaged data up to the end.
            AvError::INVALID_DATA if !self.rules.live => {
                self.tally.warn(Warning::ReadError(error.to_string()));
                Some(None)
            }
            _ => Some(self.broke_off(error.to_string())),
        }
    }

    /// Nothing could be read, since an MP4 has its index behind its packets, and seeking is impossible.
    fn index_is_behind(&self) -> bool {
        let is_mp4 = || self.input.format_name().split(',').any(|name| name == "mp4");
        !self.has_read && !self.rules.live && !self.input.can_seek() && is_mp4()
    }

    /// The input ends in the middle of its data, though FFmpeg has no error for it.
    fn is_cut(&self) -> bool {
        // Others may have an index behind the last packet.
        let ends_with_a_packet =
            || ["dv", "yuv4mpegpipe"].contains(&self.input.format_name().as_str());
        let has_more = || ends_with_a_packet() && self.ends_with(FOOTER + 1..);
        !self.rules.live
            && (self.rules.lacks_end || self.input.is_cut() || self.last_is_cut || has_more())
    }

    /// The last boundary of a file of parts has no part behind it.
    fn ends_with_boundary(&self) -> bool {
        self.input.format_name() == "mpjpeg" && self.ends_with(..=FOOTER)
    }

    /// Whether the last read reached the end of a file, with a number of bytes left that is in `left`.
    fn ends_with(&self, left: impl RangeBounds<u64>) -> bool {
        !self.rules.live && self.input.last_bytes().is_some_and(|bytes| left.contains(&bytes))
    }

    pub(super) fn stalled(&self) -> Option<Error> {
        self.broke_off(nothing_came(self.rules.timeout.unwrap_or_default()))
    }

    fn at_the_end(&self) -> Option<Error> {
        let lacks_last = self.rules.lacks_last_segment || self.stated_end.lacks_last_segment();
        if lacks_last && !self.last_is_lost {
            self.tally.warn(Warning::LostSegment);
        }
        let cut = self.is_cut().then(|| CUT.to_owned());
        let cut = cut.or_else(|| self.stated_end.missing().filter(|_| !self.rules.live));
        if let Some(cause) = cut {
            self.tally.warn(Warning::ReadError(cause));
        }
        self.left_out()
    }

    /// FFmpeg skips playlist segments that it may not open, and only logs it.
    fn left_out(&self) -> Option<Error> {
        const LISTS: [&str; 3] = ["hls", "dash", "concat"];
        let format = self.input.format_name();
        if !format.split(',').any(|f| LISTS.contains(&f)) {
            return None;
        }
        let error = Error::new(ErrorKind::Read, &self.rules.subject, self.input.blocked()?);
        Some(error.with_remedy(Remedy::AllowProtocols))
    }

    fn broke_off(&self, cause: String) -> Option<Error> {
        let remedy = if self.rules.live { Remedy::Reconnect } else { Remedy::from(READ_ON) };
        Some(Error::new(ErrorKind::Read, &self.rules.subject, cause).with_remedy(remedy))
    }
}
