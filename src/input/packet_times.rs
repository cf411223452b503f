//! Puts the packets of one input, in reading order, on one continuous clock: the input's own, with a warning where it
//! jumps, or the arrival times, where it has no clock or a wrong one.
//! The arithmetic is in `time`; no packet is dropped here.

use std::collections::VecDeque;

use crate::event::{Tally, Warning};
use crate::ffi::{Input, Medium, Packet};
use crate::input::arrival_times::{ArrivalTimes, Waiting};
use crate::time::{
    Arrivals, Continuity, Drift, Jump, JumpRule, NANOS, PacketTime, TimeBase, rescale,
};

/// At most this many jumps are reported with their place. A playlist with advertisements has hundreds.
const REPORTED: usize = 10;

/// At most this many packets are held back to see a jump: parsers pass the mark on to a frame before the marked one.
const MOST_HELD: usize = 2;

/// At most this many packets of sound wait for the pictures to jump.
const MOST_EARLY: usize = 128;

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
    /// Sound behind a jump that the pictures have not reached, and what came after it.
    early: Vec<Packet>,
    live: bool,
    /// For packets timed by arrival.
    arrivals: Option<ArrivalTimes>,
    has_video: bool,
    /// The clock of a live source is compared with the arrival.
    watch: Option<Watch>,
    ready: VecDeque<Packet>,
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
        let opened = input.opened();
        let by_arrival = input.is_timed_by_arrival();
        let arrivals = by_arrival.then(|| {
            let waiting = streams.iter().enumerate().map(|(index, &(time_base, medium))| {
                let own = input.time_base_of_packets(index).unwrap_or(time_base);
                Waiting::new(medium, (own, time_base), Arrivals::new(time_base))
            });
            ArrivalTimes::new(waiting.collect(), opened.monotonic - opened.wall)
        });
        let has_video = streams.iter().any(|(_, medium)| *medium == Medium::Video);
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
            early: Vec::new(),
            live,
            arrivals,
            has_video,
            watch: watch.then(Watch::default),
            ready: VecDeque::new(),
        }
    }

    /// The next packet was read.
    pub fn push(&mut self, packet: Packet, tally: &Tally) {
        // A stream that appeared after the input was opened is not selected.
        let Some(&(time_base, medium)) = self.streams.get(packet.stream()) else {
            return;
        };
        if let Some(arrivals) = &mut self.arrivals {
            return arrivals.push(packet, medium, &mut self.ready);
        }
        let follows_pictures = medium == Medium::Audio && self.has_video;
        let is_early = |this: &Self| this.clock.is_early(&times_of(&packet, time_base, medium));
        if follows_pictures && (!self.early.is_empty() || is_early(self)) {
            self.early.push(packet);
            if self.early.len() >= MOST_EARLY {
                self.release_early(tally);
            }
        } else if self.place(packet, time_base, medium, tally) {
            self.release_early(tally);
        }
    }

    /// Put a packet on the clock. Returns whether the clock jumps there.
    fn place(&mut self, mut packet: Packet, base: TimeBase, medium: Medium, tally: &Tally) -> bool {
        let (shift, jump) = self.clock.shift(&times_of(&packet, base, medium));
        packet.shift(shift);
        let jumps = jump.is_some();
        if let Some(jump) = jump {
            self.jumps += 1;
            tally.warn(self.describe(jump));
        }
        if is_steady(medium) {
            self.watch(&packet, base, tally);
        }
        self.judge(packet);
        jumps
    }

    /// The pictures have jumped as well, or they do not.
    fn release_early(&mut self, tally: &Tally) {
        for packet in std::mem::take(&mut self.early) {
            if let Some(&(base, medium)) = self.streams.get(packet.stream()) {
                self.place(packet, base, medium, tally);
            }
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
            self.release_early(tally);
            self.go_by_arrival(seen.0 - before.0);
        }
    }

    /// From the next packet on, times are those of the arrival, `step` nanoseconds apart as a first guess.
    fn go_by_arrival(&mut self, step: i64) {
        let Watch { first, last, .. } = self.watch.take().unwrap_or_default();
        let ahead = |seen: Option<(i64, i64)>| seen.map(|(time, arrived)| time - arrived);
        // Times never go back.
        let latest = last.iter().copied().filter_map(ahead).max();
        let origin = ahead(first).max(latest).unwrap_or(0);
        let streams = self.streams.iter().enumerate().map(|(index, &(time_base, medium))| {
            let clock = last
                .get(index)
                .copied()
                .flatten()
                .map(|(time, arrived)| {
                    Arrivals::continuing(time_base, arrived + origin, time, step)
                })
                .unwrap_or_else(|| Arrivals::new(time_base));
            Waiting::new(medium, (time_base, time_base), clock)
        });
        self.arrivals = Some(ArrivalTimes::new(streams.collect(), origin));
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
    pub fn finish(&mut self, tally: &Tally) {
        self.release_early(tally);
        self.ready.extend(self.suspects.iter_mut().flat_map(|held| held.drain(..)));
        if let Some(arrivals) = &mut self.arrivals {
            arrivals.finish(&mut self.ready);
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

fn is_steady(medium: Medium) -> bool {
    matches!(medium, Medium::Video | Medium::Audio)
}

fn times_of(packet: &Packet, time_base: TimeBase, medium: Medium) -> PacketTime {
    PacketTime {
        stream: packet.stream(),
        time_base,
        pts: packet.pts(),
        dts: packet.dts(),
        duration: packet.duration(),
        arrived: packet.arrived(),
        steady: is_steady(medium),
        follows: medium == Medium::Audio,
    }
}
