//! Puts the packets of one input on one unbroken clock, in the order in which they are read, and says where that leapt.
//! The arithmetic is in `time::Continuity`; no packet is dropped here.

use crate::event::{Tally, Warning};
use crate::ffi::{Input, Medium, Packet};
use crate::time::{Continuity, Leap, LeapRule, NANOS, PacketTime, TimeBase};

/// So many leaps are told each with its place. A playlist with advertisements has hundreds.
const TOLD: usize = 10;

/// The clock of one input, shared by all of its streams that are read.
pub(crate) struct PacketTimes {
    clock: Continuity,
    /// Of each stream: its time base, and whether its packets follow each other without gaps.
    streams: Vec<(TimeBase, bool)>,
    /// Time 0 of the recording on the input's clock, in nanoseconds.
    zero: i64,
    leaps: usize,
    live: bool,
}

impl PacketTimes {
    pub fn new(input: &mut Input, live: bool) -> Self {
        let streams = (0..input.stream_count()).map(|index| {
            input.stream(index).map_or((TimeBase::MICROSECONDS, false), |stream| {
                let steady = matches!(stream.medium, Medium::Video | Medium::Audio);
                (stream.time_base, steady && !stream.attached_picture)
            })
        });
        let streams = streams.collect();
        // What comes in bursts does not arrive when it was sent.
        let in_bursts = input.format_name().split(',').any(|name| name == "hls");
        let rule = match (live && !in_bursts, input.may_leap()) {
            (true, _) => LeapRule::Live,
            (false, true) => LeapRule::Discontinuous,
            (false, false) => LeapRule::Continuous,
        };
        let zero = input.start_time().unwrap_or(0).saturating_mul(1000);
        Self { clock: Continuity::new(rule), streams, zero, leaps: 0, live }
    }

    /// Mend the times of the next packet.
    pub fn place(&mut self, packet: &mut Packet, tally: &Tally) {
        // A stream that was not there when the input was opened is not one that is read.
        let Some(&(time_base, steady)) = self.streams.get(packet.stream()) else {
            return;
        };
        let (shift, leap) = self.clock.shift(&PacketTime {
            stream: packet.stream(),
            time_base,
            pts: packet.pts(),
            dts: packet.dts(),
            duration: packet.duration(),
            arrived: packet.arrived(),
            steady,
        });
        packet.shift(shift);
        if let Some(leap) = leap {
            self.leaps += 1;
            tally.warn(self.describe(leap));
        }
    }

    fn describe(&self, leap: Leap) -> Warning {
        let go_on = if self.live { "by arrival" } else { "from the last frame" };
        if self.leaps > TOLD {
            return Warning::ClockLeapt(format!("again; times go on {go_on} each time"));
        }
        let seconds = |nanos: i64| nanos as f64 / NANOS as f64;
        let (at, step) = (seconds(leap.at - self.zero), seconds(leap.step));
        Warning::ClockLeapt(format!("by {step:+.3} s at {at:.3} s; times go on {go_on}"))
    }
}
