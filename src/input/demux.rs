//! Reads the packets of the selected streams, in the order of the container.
//! It skips and counts what cannot be read; it does not look into packets.

mod failed;

use std::sync::Arc;
use std::time::Instant;

use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::{Cancel, Tally, Warning};
use crate::ffi::{AvError, Input, Packet};
use crate::input::last_packet;
use crate::input::moved::{FollowedStream, Seen};
use crate::input::other_codec::OtherCodec;
use crate::input::packet_times::PacketTimes;
use crate::input::rules::{DemuxRules, Wanted};
use crate::input::stated_end::StatedEnd;

/// Reads packets until the end, until cancelled, or until an error that it cannot skip.
pub(crate) struct Demux {
    input: Input,
    times: PacketTimes,
    moved: FollowedStream,
    stated_end: StatedEnd,
    wanted: Wanted,
    /// When the reader began to wait for a packet of a video.
    waiting: Option<Instant>,
    rules: DemuxRules,
    tally: Arc<Tally>,
    cancel: Cancel,
    bad_reads: u32,
    has_read: bool,
    other_codec: OtherCodec,
    /// The last packet lacks its end, which the file does not have.
    last_is_cut: bool,
    /// The last read counted the segment at which it ended as lost.
    last_is_lost: bool,
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
        let moved = FollowedStream::new(&mut input, &wanted.videos);
        let stated_end = StatedEnd::of(&input, &wanted);
        let other_codec = OtherCodec::of(&input, &wanted.streams, &rules.other_codec);
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
            other_codec,
            last_is_cut: false,
            last_is_lost: false,
            done: false,
            error: None,
        }
    }

    /// The packets of these videos of a file that is only looked through: nothing is reported.
    pub fn looking_through(
        input: Input,
        subject: &str,
        videos: Vec<usize>,
        cancel: &Cancel,
    ) -> Self {
        let rules = DemuxRules { subject: subject.to_owned(), ..DemuxRules::default() };
        let wanted = Wanted { streams: videos.clone(), videos };
        Self::new(input, wanted, rules, Arc::<Tally>::default(), cancel.clone())
    }

    /// A packet was read.
    fn take(&mut self, packet: Packet) {
        if packet.is_encrypted() && self.wanted.videos.contains(&packet.stream()) {
            let encrypted = Error::new(ErrorKind::Decode, &self.rules.subject, "it is encrypted")
                .with_remedy(Remedy::SetOptions(&[("decryption_key", "HEX")]));
            return self.end(Some(encrypted));
        }
        if self.other_codec.leaves_out(&packet, &self.tally) {
            return;
        }
        self.stated_end.see(&packet);
        match self.moved.see(packet, &mut self.input) {
            Seen::Pass(packet) => self.times.push(packet, &self.tally),
            Seen::Held => {}
            Seen::Late(count, packet) => {
                self.count_damaged(count as u64);
                self.times.push(packet, &self.tally);
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
        let late = self.moved.drop_late();
        self.count_damaged(late as u64);
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
        self.last_is_lost = !found_one && segments.lost > 0;
    }

    /// A live source has delivered no video for too long.
    fn is_late(&mut self) -> bool {
        let Some(timeout) = self.rules.timeout.filter(|_| self.rules.live) else {
            return false;
        };
        self.waiting.get_or_insert_with(Instant::now).elapsed() > timeout
    }

    fn count_skipped(&self) {
        self.count_damaged(self.input.take_skipped());
    }

    fn count_damaged(&self, packets: u64) {
        Tally::add(&self.tally.damaged, packets);
        self.tally.warn_times(Warning::DamagedPacket, packets);
    }

    fn is_whole(&self, packet: &Packet) -> bool {
        let stream = self.input.stream(packet.stream());
        stream.is_some_and(|stream| last_packet::is_whole(packet, &stream))
    }

    /// Stop reading, after returning the packets that have been read.
    fn end(&mut self, error: Option<Error>) {
        self.done = true;
        self.error = error;
        self.times.finish(&self.tally);
    }
}

impl Iterator for Demux {
    type Item = Result<Packet>;

    fn next(&mut self) -> Option<Self::Item> {
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
            if self.is_late() {
                let stalled = self.stalled();
                self.end(stalled);
                continue;
            }
            let read = self.input.read();
            self.count_segments(read.is_ok());
            self.count_skipped();
            match read {
                Ok(mut packet) => {
                    self.bad_reads = 0;
                    self.has_read = true;
                    self.last_is_cut = packet.is_corrupt() && self.input.is_at_end();
                    if self.last_is_cut && self.is_whole(&packet) {
                        packet.clear_corrupt();
                        self.last_is_cut = false;
                    }
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
