//! Follows a video that goes on as another stream of its container, as a broadcast does that changes its PID.
//! It decides by the order of packets and looks into none.

use std::collections::VecDeque;

use crate::ffi::{Input, Medium, Packet};
use crate::input::choice::Videos;

/// So many packets of the other stream without one of ours mean that ours has ended.
const PACKETS: usize = 32;

/// Which stream of an input is ours.
pub(super) struct Moved {
    /// Its number for whoever reads the packets; `None` where none is followed.
    ours: Option<usize>,
    /// Its number in the container.
    now: usize,
    /// Which it was.
    before: Option<usize>,
    /// A packet of it has come.
    begun: bool,
    /// Streams that are not ours for sure.
    others: Vec<usize>,
    /// Packets of another stream, while none of ours comes.
    held: VecDeque<Packet>,
}

/// What a packet means.
pub(super) enum Seen {
    /// It is of a stream that is read, or of one that nobody wants.
    Pass(Packet),
    Held,
    /// It belongs before what was read already.
    Late,
    /// Ours goes on as this stream; its first packets are [`Moved::release`]d.
    MovedTo(usize),
    /// There is a second video beside ours, which the packet is of.
    Another(usize, Packet),
}

impl Moved {
    /// Of the streams that are read, a single video is followed where its container may move it.
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
            before: None,
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
            self.held.clear();
            self.others.push(other);
            return Seen::Another(other, packet);
        }
        if self.before == Some(stream) {
            return Seen::Late;
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

    /// Ours has ended: it goes on as the stream whose packets are held, if there are any.
    pub fn finish(&mut self) -> Option<usize> {
        let stream = self.held.front().map(Packet::stream)?;
        self.held.retain(|packet| packet.stream() == stream);
        self.before = Some(self.now);
        self.now = stream;
        Some(stream)
    }

    /// What was held back until it was known to be ours.
    pub fn release(&mut self) -> impl Iterator<Item = Packet> + use<> {
        let ours = self.ours.unwrap_or(self.now);
        std::mem::take(&mut self.held).into_iter().map(move |packet| packet.of_stream(ours))
    }
}
