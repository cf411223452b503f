//! Follows a video that continues as another stream of its container, such as a broadcast that changes its PID.
//! It decides by the order of packets and parses none.

use std::collections::VecDeque;

use crate::ffi::{Input, Medium, Packet};
use crate::input::choice::Videos;

/// After this many packets of another stream without one of the selected stream, the selected one has ended.
const PACKETS: usize = 32;
/// FFmpeg gives out the last packets of a stream that has ended only at the end of the file: fewer than these.
const LATE: usize = 8;

/// The stream of an input that is being followed.
pub(super) struct FollowedStream {
    /// Its index for the consumers; `None` if none is followed.
    ours: Option<usize>,
    /// Its current index in the container.
    now: usize,
    /// The streams that it was before. It may become one of them again.
    earlier: Vec<usize>,
    /// It has had a packet.
    begun: bool,
    /// Streams that are certainly other videos.
    others: Vec<usize>,
    /// Packets held of another stream while the followed one has none.
    held: VecDeque<Packet>,
}

/// What to do with a packet.
pub(super) enum Seen {
    /// The packet needs no special handling.
    Pass(Packet),
    Held,
    /// So many packets before it were dropped: they are older than what was already read.
    Late(usize, Packet),
    /// The video continues as this stream, whose first packets are returned by [`FollowedStream::release`].
    MovedTo(usize),
    /// The packet belongs to a second video, in parallel to the followed one.
    Another(usize, Packet),
}

impl FollowedStream {
    /// Follow the video if a single one is selected and its container may move it.
    pub fn new(input: &mut Input, streams: &[usize]) -> Self {
        let is_video =
            |index: usize| input.stream(index).is_some_and(|s| s.medium == Medium::Video);
        let videos: Vec<usize> = streams.iter().copied().filter(|&index| is_video(index)).collect();
        let may_move = Videos::of(&input.format_name()) == Videos::MayMove;
        let ours = match videos.as_slice() {
            [one] if may_move => Some(*one),
            _ => None,
        };
        Self {
            ours,
            now: ours.unwrap_or(0),
            earlier: Vec::new(),
            begun: false,
            others: Vec::new(),
            held: VecDeque::new(),
        }
    }

    pub fn see(&mut self, packet: Packet, input: &mut Input) -> Seen {
        let stream = packet.stream();
        let Some(ours) = self.ours else {
            return Seen::Pass(packet);
        };
        if stream == self.now {
            self.begun = true;
            let packet = packet.of_stream(ours);
            let Some(other) = self.held.front().map(Packet::stream) else {
                return Seen::Pass(packet);
            };
            let late = std::mem::take(&mut self.held).len();
            if self.earlier.contains(&other) {
                return Seen::Late(late, packet);
            }
            self.others.push(other);
            return Seen::Another(other, packet);
        }
        if !self.begun || self.others.contains(&stream) || !input.keeps(stream) {
            return Seen::Pass(packet);
        }
        let (now, other) = (input.stream(self.now), input.stream(stream));
        if !now.zip(other).is_some_and(|(now, other)| other.is_alike(&now)) {
            self.others.push(stream);
            return Seen::Pass(packet);
        }
        self.held.push_back(packet);
        match self.held.len() < PACKETS {
            true => Seen::Held,
            false => self.finish().map_or(Seen::Held, Seen::MovedTo),
        }
    }

    /// The followed stream has ended. It continues as the stream whose packets are held, if any.
    pub fn finish(&mut self) -> Option<usize> {
        let stream = self.held.front().map(Packet::stream)?;
        self.held.retain(|packet| packet.stream() == stream);
        self.earlier.retain(|&earlier| earlier != stream);
        self.earlier.push(self.now);
        self.now = stream;
        Some(stream)
    }

    /// At the end: how many of the held packets are late. They are dropped.
    pub fn drop_late(&mut self) -> usize {
        let is_earlier = |packet: &Packet| self.earlier.contains(&packet.stream());
        match self.held.len() < LATE && self.held.front().is_some_and(is_earlier) {
            true => std::mem::take(&mut self.held).len(),
            false => 0,
        }
    }

    /// Return the held packets.
    pub fn release(&mut self) -> impl Iterator<Item = Packet> + use<> {
        let ours = self.ours.unwrap_or(self.now);
        std::mem::take(&mut self.held).into_iter().map(move |packet| packet.of_stream(ours))
    }
}
