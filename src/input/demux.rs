//! Reads the packets of the selected streams, in the order of the container.
//! It skips and counts what cannot be read; it does not look into packets.

use std::ops::RangeBounds;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::{Cancel, Tally, Warning};
use crate::ffi::{AvError, FfmpegError, Input, Packet};
use crate::input::cause::INDEX_BEHIND;
use crate::input::moved::{Moved, Seen};
use crate::input::packet_times::PacketTimes;
use crate::input::rules::{DemuxRules, Wanted};
use crate::input::stated_end::StatedEnd;
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

/// Reads packets until the end, until cancelled, or until an error that it cannot skip.
pub(crate) struct Demux {
    input: Input,
    times: PacketTimes,
    moved: Moved,
    stated_end: StatedEnd,
    wanted: Wanted,
    /// When the reader began to wait for a packet of a video.
    waiting: Option<Instant>,
    rules: DemuxRules,
    tally: Arc<Tally>,
    cancel: Cancel,
    bad_reads: u32,
    has_read: bool,
    /// The last packet lacks its end, which the file does not have.
    last_is_cut: bool,
    done: bool,
    /// The error that ended reading, returned after the packets that were read before it.
    error: Option<Error>,
}

impl Demux {
    pub fn new(
        mut input: Input,
        wanted: Wanted,
        rules: DemuxRules,
        tally: Arc<Tally>,
        cancel: Cancel,
    ) -> Self {
        let times = PacketTimes::new(&mut input, rules.live, rules.is_device);
        let moved = Moved::new(&mut input, &wanted.videos);
        let stated_end = StatedEnd::of(&input, &wanted);
        Self {
            input,
            times,
            moved,
            stated_end,
            wanted,
            waiting: None,
            rules,
            tally,
            cancel,
            bad_reads: 0,
            has_read: false,
            last_is_cut: false,
            done: false,
            error: None,
        }
    }

    /// What to do after a failed read: retry, end, or end with an error.
    fn failed(&mut self, error: FfmpegError) -> Option<Option<Error>> {
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

    /// The last read came to the end of a file, which had so many bytes left.
    fn ends_with(&self, left: impl RangeBounds<u64>) -> bool {
        !self.rules.live && self.input.last_bytes().is_some_and(|bytes| left.contains(&bytes))
    }

    /// A packet was read.
    fn take(&mut self, packet: Packet) {
        if packet.is_encrypted() && self.wanted.videos.contains(&packet.stream()) {
            let encrypted = Error::new(ErrorKind::Decode, &self.rules.subject, "it is encrypted")
                .with_remedy(Remedy::SetOptions(&[("decryption_key", "HEX")]));
            return self.end(Some(encrypted));
        }
        self.stated_end.see(&packet);
        match self.moved.see(packet, &mut self.input) {
            Seen::Pass(packet) => self.times.push(packet, &self.tally),
            Seen::Held => {}
            Seen::Late => {
                Tally::add(&self.tally.damaged, 1);
                self.tally.warn(Warning::DamagedPacket);
            }
            Seen::MovedTo(stream) => self.follow(stream),
            Seen::Another(stream, packet) => {
                let what = format!("a second video is left out: stream {stream}");
                self.tally.warn(Warning::VideosLeftOut(what));
                self.times.push(packet, &self.tally);
            }
        }
    }

    fn follow(&mut self, stream: usize) {
        self.tally.warn(Warning::StreamMoved(stream));
        for packet in self.moved.release() {
            self.times.push(packet, &self.tally);
        }
    }

    /// The last packets held may belong to the stream that the video continues as.
    fn moves_at_the_end(&mut self) -> bool {
        let moved = self.moved.finish();
        if let Some(stream) = moved {
            self.follow(stream);
        }
        moved.is_some()
    }

    fn count_segments(&mut self, found_one: bool) {
        let segments = self.input.take_segments(found_one);
        self.stated_end.segments_begin(segments.begun);
        self.tally.warn_times(Warning::LostSegment, segments.lost);
    }

    fn count_skipped(&self) {
        for _ in 0..self.input.take_skipped() {
            Tally::add(&self.tally.damaged, 1);
            self.tally.warn(Warning::DamagedPacket);
        }
    }

    fn stalled(&self) -> Option<Error> {
        self.broke_off(super::open::nothing_came(self.rules.timeout.unwrap_or_default()))
    }

    fn at_the_end(&self) -> Option<Error> {
        if self.stated_end.lacks_last_segment() {
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

    /// Stop reading, after returning the packets that have been read.
    fn end(&mut self, error: Option<Error>) {
        self.done = true;
        self.error = error;
        self.times.finish();
    }

    fn broke_off(&self, cause: String) -> Option<Error> {
        let remedy = if self.rules.live { Remedy::Reconnect } else { Remedy::from(READ_ON) };
        Some(Error::new(ErrorKind::Read, &self.rules.subject, cause).with_remedy(remedy))
    }
}

impl Iterator for Demux {
    type Item = Result<Packet>;

    fn next(&mut self) -> Option<Self::Item> {
        let asked = *self.waiting.get_or_insert_with(Instant::now);
        loop {
            while let Some(packet) = self.times.pop() {
                // Devices return empty packets for frames that the driver lost; a decoder would take one for a flush.
                if self.wanted.streams.contains(&packet.stream()) && packet.size() > 0 {
                    if self.wanted.videos.contains(&packet.stream()) {
                        self.waiting = None;
                    }
                    return Some(Ok(packet));
                }
            }
            if self.done {
                return self.error.take().map(Err);
            }
            if self.cancel.is_cancelled() {
                self.end(None);
                continue;
            }
            if self.rules.live && self.rules.timeout.is_some_and(|t| asked.elapsed() > t) {
                let stalled = self.stalled();
                self.end(stalled);
                continue;
            }
            let read = self.input.read();
            self.count_segments(read.is_ok());
            self.count_skipped();
            match read {
                Ok(packet) => {
                    self.bad_reads = 0;
                    self.has_read = true;
                    self.last_is_cut = packet.is_corrupt() && self.input.is_at_end();
                    self.take(packet);
                }
                Err(error) if error.code == AvError::EOF && self.moves_at_the_end() => {}
                Err(error) => {
                    if let Some(end) = self.failed(error) {
                        self.end(end);
                    }
                }
            }
        }
    }
}
