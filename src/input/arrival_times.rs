//! Times the packets of one input by their arrival, and those of sound and text by the pictures they arrive with.
//! The arithmetic is in `time`; no packet is dropped here.

use std::collections::VecDeque;

use crate::ffi::{Medium, Packet};
use crate::time::{ArrivalTime, Arrivals, Companions, TimeBase, rescale};

/// The packets of one input that are timed by their arrival.
pub(super) struct ArrivalTimes {
    streams: Vec<Waiting>,
    /// Where the packets of side tracks belong.
    companions: Companions,
    has_video: bool,
    /// Added to an arrival, in nanoseconds since 1970, to get the time on the input's clock.
    origin: i64,
}

/// The packets of one stream that wait for a time.
pub(super) struct Waiting {
    medium: Medium,
    time_base: TimeBase,
    /// That of the times they came with.
    own: TimeBase,
    packets: VecDeque<Packet>,
    clock: Arrivals,
}

impl ArrivalTimes {
    pub fn new(streams: Vec<Waiting>, origin: i64) -> Self {
        let has_video = streams.iter().any(|stream| stream.medium == Medium::Video);
        Self { streams, companions: Companions::default(), has_video, origin }
    }

    /// A packet has arrived. Those whose times are known are `ready`.
    pub fn push(&mut self, packet: Packet, medium: Medium, ready: &mut VecDeque<Packet>) {
        let Some(stream) = self.streams.get_mut(packet.stream()) else {
            return;
        };
        let now = packet.arrived();
        if self.has_video && medium != Medium::Video && packet.time().is_some() {
            stream.packets.push_back(packet);
            return self.follow_pictures(now, ready);
        }
        let own = packet.decoding_time().map(|ticks| stream.nanos(ticks));
        stream.packets.push_back(packet);
        let times = stream.clock.push(now + self.origin, own);
        for (packet, &time) in stream.packets.iter().zip(&times) {
            if let Some(own) = packet.time().filter(|_| medium == Medium::Video) {
                let own = stream.nanos(own);
                let time = match time {
                    ArrivalTime::At(time) => time,
                    ArrivalTime::Moved(by) => own.saturating_add(by),
                };
                self.companions.picture(own, time);
            }
        }
        ready.extend(stream.timed(times));
        self.follow_pictures(now, ready);
    }

    /// Side tracks follow the pictures that arrived before `now`.
    fn follow_pictures(&mut self, now: i64, ready: &mut VecDeque<Packet>) {
        for stream in self.streams.iter_mut().filter(|stream| stream.medium != Medium::Video) {
            ready.extend(stream.moved(&self.companions, now));
        }
    }

    /// The input has ended: the packets that still wait are `ready`.
    pub fn finish(&mut self, ready: &mut VecDeque<Packet>) {
        for stream in &mut self.streams {
            let times = stream.clock.release();
            ready.extend(stream.timed(times));
            ready.extend(stream.moved(&self.companions, i64::MAX));
        }
    }
}

impl Waiting {
    /// `bases` are those of the times that packets come with, and of those that they are given.
    pub fn new(medium: Medium, bases: (TimeBase, TimeBase), clock: Arrivals) -> Self {
        let (own, time_base) = bases;
        Self { medium, time_base, own, packets: VecDeque::new(), clock }
    }

    fn nanos(&self, ticks: i64) -> i64 {
        rescale(ticks, self.own, TimeBase::NANOSECONDS)
    }

    /// Packets whose pictures have come by `now`, where these are; none before the first picture.
    fn moved(&mut self, companions: &Companions, now: i64) -> Vec<Packet> {
        let mut moved = Vec::new();
        while let Some(packet) = self.packets.front() {
            let time = packet.time().map(|ticks| self.nanos(ticks));
            let known = |&time: &i64| companions.is_known(time, packet.arrived(), now);
            let Some(time) = time.filter(known) else { break };
            let Some(offset) = companions.offset(time) else { break };
            let Some(packet) = self.packets.pop_front() else { break };
            moved.push(self.timed_one(packet, ArrivalTime::At(time.saturating_add(offset))));
        }
        moved
    }

    /// Assign these times to the packets that have waited longest.
    fn timed(&mut self, times: Vec<ArrivalTime>) -> Vec<Packet> {
        let count = times.len().min(self.packets.len());
        let packets: Vec<Packet> = self.packets.drain(..count).collect();
        packets.into_iter().zip(times).map(|(packet, time)| self.timed_one(packet, time)).collect()
    }

    fn timed_one(&self, mut packet: Packet, time: ArrivalTime) -> Packet {
        let ticks = |nanos: i64| rescale(nanos, TimeBase::NANOSECONDS, self.time_base);
        match time {
            ArrivalTime::At(time) => packet.set_time(ticks(time)),
            ArrivalTime::Moved(by) => {
                packet.set_times(|own| ticks(self.nanos(own).saturating_add(by)));
            }
        }
        packet
    }
}
