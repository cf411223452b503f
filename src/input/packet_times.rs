//! Puts the packets of one input, in reading order, on one continuous clock: the input's own, with a warning where it
//! jumps, or the arrival times, where it has no clock or a wrong one.
//! The arithmetic is in `time`; no packet is dropped here.

use std::collections::VecDeque;

use crate::event::{Tally, Warning};
use crate::ffi::{Input, Medium, Packet};
use crate::time::{
    Arrivals, ByArrival, Companions, Continuity, Drift, Jump, JumpRule, NANOS, PacketTime,
    TimeBase, rescale,
};

/// At most this many jumps are reported with their place. A playlist with advertisements has hundreds.
const REPORTED: usize = 10;

/// At most this many packets are held back to see a jump: parsers pass the mark on to a frame before the marked one.
const MOST_HELD: usize = 2;

/// The clock of one input, shared by all its selected streams.
pub(crate) struct PacketTimes {
    clock: Continuity,
    /// For each stream: its time base, and what it carries.
    streams: Vec<(TimeBase, Medium)>,
    /// Time 0 of the recording on the input's clock, in nanoseconds.
    zero: i64,
    jumps: usize,
    /// For each stream: the number of jumps when its last packet came.
    jumps_seen: Vec<usize>,
    /// For each stream: packets marked corrupt and those behind them, until it is known whether the clock jumps there.
    suspects: Vec<VecDeque<Packet>>,
    live: bool,
    /// For packets timed by arrival: those that wait for a time.
    arrivals: Option<Vec<Waiting>>,
    /// Where the packets beside those pictures belong.
    companions: Companions,
    has_video: bool,
    /// Added to an arrival, in nanoseconds since 1970, to get the time on the input's clock.
    origin: i64,
    /// The clock of a live source is compared with the arrival.
    watch: Option<Watch>,
    ready: VecDeque<Packet>,
}

/// The packets of one stream that wait for a time.
struct Waiting {
    time_base: TimeBase,
    /// That of the times they came with.
    own: TimeBase,
    packets: VecDeque<Packet>,
    clock: Arrivals,
}

/// What was seen of the clock of a live source, by its first video.
#[derive(Default)]
struct Watch {
    drift: Drift,
    stream: Option<usize>,
    /// Of the first packet, and of the last one of each stream: its time and its arrival.
    first: Option<(i64, i64)>,
    last: Vec<Option<(i64, i64)>>,
    /// Packets come in another order than they are shown, so their arrival does not tell when.
    reordered: bool,
}

impl PacketTimes {
    pub fn new(input: &mut Input, live: bool, is_device: bool) -> Self {
        let streams = (0..input.stream_count()).map(|index| {
            let Some(stream) = input.stream(index) else {
                return (TimeBase::MICROSECONDS, Medium::Other);
            };
            let medium = if stream.attached_picture { Medium::Other } else { stream.medium };
            (stream.time_base, medium)
        });
        let streams: Vec<_> = streams.collect();
        let waiting = |(index, &(time_base, _)): (usize, &(TimeBase, Medium))| Waiting {
            time_base,
            own: input.time_base_of_packets(index).unwrap_or(time_base),
            packets: VecDeque::new(),
            clock: Arrivals::new(time_base),
        };
        let by_arrival = input.is_timed_by_arrival();
        let arrivals = by_arrival.then(|| streams.iter().enumerate().map(waiting).collect());
        let has_video = streams.iter().any(|(_, medium)| *medium == Medium::Video);
        let opened = input.opened();
        // Packets that arrive in bursts do not arrive when they were sent.
        let in_bursts = input.format_name().split(',').any(|name| name == "hls");
        let rule = match (live && !in_bursts, input.may_jump()) {
            (true, _) => JumpRule::Live,
            (false, true) => JumpRule::Discontinuous,
            (false, false) => JumpRule::Continuous,
        };
        let watch = rule == JumpRule::Live && !by_arrival && !is_device;
        let zero = input.start_time().unwrap_or(0).saturating_mul(1000);
        Self {
            clock: Continuity::new(rule),
            jumps_seen: vec![0; streams.len()],
            suspects: streams.iter().map(|_| VecDeque::new()).collect(),
            streams,
            zero,
            jumps: 0,
            live,
            arrivals,
            companions: Companions::default(),
            has_video,
            origin: opened.monotonic - opened.wall,
            watch: watch.then(Watch::default),
            ready: VecDeque::new(),
        }
    }

    /// The next packet was read.
    pub fn push(&mut self, mut packet: Packet, tally: &Tally) {
        // A stream that appeared after the input was opened is not selected.
        let index = packet.stream();
        let Some(&(time_base, medium)) = self.streams.get(index) else {
            return;
        };
        if self.arrivals.is_some() {
            return self.time_by_arrival(packet, medium);
        }
        let steady = matches!(medium, Medium::Video | Medium::Audio);
        let (shift, jump) = self.clock.shift(&PacketTime {
            stream: packet.stream(),
            time_base,
            pts: packet.pts(),
            dts: packet.dts(),
            duration: packet.duration(),
            arrived: packet.arrived(),
            steady,
            follows: medium == Medium::Audio,
        });
        packet.shift(shift);
        if let Some(jump) = jump {
            self.jumps += 1;
            tally.warn(self.describe(jump));
        }
        if steady {
            self.watch(&packet, time_base, tally);
        }
        self.judge(packet);
    }

    /// Pictures have the time of their arrival, and what is beside them follows them.
    fn time_by_arrival(&mut self, packet: Packet, medium: Medium) {
        let streams = self.arrivals.as_mut();
        let Some(stream) = streams.and_then(|streams| streams.get_mut(packet.stream())) else {
            return;
        };
        let now = packet.arrived();
        if self.has_video && medium != Medium::Video && packet.time().is_some() {
            stream.packets.push_back(packet);
            self.follow_pictures(now);
            return;
        }
        let arrived = now + self.origin;
        stream.packets.push_back(packet);
        let own = stream.packets.back().and_then(Packet::decoding_time);
        let times = stream.clock.push(arrived, own.map(|ticks| stream.nanos(ticks)));
        for (packet, &time) in stream.packets.iter().zip(&times) {
            if let Some(own) = packet.time().filter(|_| medium == Medium::Video) {
                let own = stream.nanos(own);
                let time = match time {
                    ByArrival::At(time) => time,
                    ByArrival::Moved(by) => own.saturating_add(by),
                };
                self.companions.picture(own, time);
            }
        }
        self.ready.extend(stream.timed(times));
        self.follow_pictures(now);
    }

    /// What is beside pictures that have come by `now` is where these are.
    fn follow_pictures(&mut self, now: i64) {
        let streams = self.arrivals.iter_mut().flatten().zip(&self.streams);
        for (stream, _) in streams.filter(|(_, (_, medium))| *medium != Medium::Video) {
            self.ready.extend(stream.moved(&self.companions, now));
        }
    }

    /// Compare the clock with the arrival. If it runs at another speed, the arrival is right.
    fn watch(&mut self, packet: &Packet, time_base: TimeBase, tally: &Tally) {
        let (Some(watch), Some(ticks)) = (&mut self.watch, packet.time()) else {
            return;
        };
        let index = packet.stream();
        let seen = (rescale(ticks, time_base, TimeBase::NANOSECONDS), packet.arrived());
        watch.first.get_or_insert(seen);
        if watch.last.len() <= index {
            watch.last.resize(index + 1, None);
        }
        let before = watch.last[index].replace(seen).unwrap_or(seen);
        watch.reordered |= seen.0 < before.0;
        if *watch.stream.get_or_insert(index) != index {
            return;
        }
        let Some(speed) = watch.drift.see(seen.0, seen.1) else {
            return;
        };
        tally.warn(Warning::ClockDrifts {
            percent: (speed * 100.0).round() as u32,
            mended: !watch.reordered,
        });
        if !watch.reordered {
            self.go_by_arrival(seen.0 - before.0);
        }
    }

    /// From the next packet on, times are those of the arrival, `step` nanoseconds apart as a first guess.
    fn go_by_arrival(&mut self, step: i64) {
        let Watch { first, last, .. } = self.watch.take().unwrap_or_default();
        let ahead = |seen: Option<(i64, i64)>| seen.map(|(time, arrived)| time - arrived);
        // Times never go back.
        let latest = last.iter().copied().filter_map(ahead).max();
        self.origin = ahead(first).max(latest).unwrap_or(0);
        let streams = self.streams.iter().enumerate().map(|(index, &(time_base, _))| {
            let clock = last
                .get(index)
                .copied()
                .flatten()
                .map(|(time, arrived)| {
                    Arrivals::continuing(time_base, arrived + self.origin, time, step)
                })
                .unwrap_or_else(|| Arrivals::new(time_base));
            Waiting { time_base, own: time_base, packets: VecDeque::new(), clock }
        });
        self.arrivals = Some(streams.collect());
    }

    /// Where the clock jumps, another recording begins, and MPEG-TS counts its packets from 0 again. FFmpeg takes that
    /// for lost packets and marks one before the jump as corrupt. If it is really damaged, the decoder reports it.
    fn judge(&mut self, mut packet: Packet) {
        let index = packet.stream();
        let (Some(seen), Some(held)) =
            (self.jumps_seen.get_mut(index), self.suspects.get_mut(index))
        else {
            return;
        };
        if std::mem::replace(seen, self.jumps) != self.jumps {
            held.iter_mut().for_each(Packet::clear_corrupt);
            packet.clear_corrupt();
        }
        held.push_back(packet);
        while held.front().is_some_and(|first| !first.is_corrupt() || held.len() > MOST_HELD) {
            self.ready.extend(held.pop_front());
        }
    }

    /// The next packet with its corrected times.
    pub fn pop(&mut self) -> Option<Packet> {
        self.ready.pop_front()
    }

    /// The input has ended: assign times to the packets that still wait.
    pub fn finish(&mut self) {
        self.ready.extend(self.suspects.iter_mut().flat_map(|held| held.drain(..)));
        for stream in self.arrivals.iter_mut().flatten() {
            let times = stream.clock.release();
            self.ready.extend(stream.timed(times));
            self.ready.extend(stream.moved(&self.companions, i64::MAX));
        }
    }

    fn describe(&self, jump: Jump) -> Warning {
        let go_on = if self.live { "by arrival" } else { "from the last frame" };
        if self.jumps > REPORTED {
            return Warning::ClockJumped(format!("again; times continue {go_on} each time"));
        }
        let seconds = |nanos: i64| nanos as f64 / NANOS as f64;
        let (at, step) = (seconds(jump.at.saturating_sub(self.zero)), seconds(jump.step));
        Warning::ClockJumped(format!("by {step:+.3} s at {at:.3} s; times continue {go_on}"))
    }
}

impl Waiting {
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
            moved.push(self.timed_one(packet, ByArrival::At(time.saturating_add(offset))));
        }
        moved
    }

    /// Assign these times to the packets that have waited longest.
    fn timed(&mut self, times: Vec<ByArrival>) -> Vec<Packet> {
        let count = times.len().min(self.packets.len());
        let packets: Vec<Packet> = self.packets.drain(..count).collect();
        packets.into_iter().zip(times).map(|(packet, time)| self.timed_one(packet, time)).collect()
    }

    fn timed_one(&self, mut packet: Packet, time: ByArrival) -> Packet {
        let ticks = |nanos: i64| rescale(nanos, TimeBase::NANOSECONDS, self.time_base);
        match time {
            ByArrival::At(time) => packet.set_time(ticks(time)),
            ByArrival::Moved(by) => {
                packet.set_times(|own| ticks(self.nanos(own).saturating_add(by)));
            }
        }
        packet
    }
}
