//! Samples from packets as they are: nothing is decoded, and every packet is checked before it is passed on.
//! What forbids copying is decided in `check.rs`; what the bytes mean, in `bitstream`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use crate::copy::check::{Check, PacketFacts};
use crate::copy::copied::{Clocks, Copied, CopyFrom};
use crate::copy::form::Form;
use crate::copy::observer::{Objection, Observer};
use crate::copy::packets::{Packets, count_damage};
use crate::copy::reason::{Caveat, Reason};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::{Cancel, Tally, Warning};
use crate::ffi::Packet;
use crate::sample::Sample;
use crate::time::capture_clock::CaptureClock;
use crate::time::{FrameClock, FrameRate, RawTime, TimeFix};

/// A packet that may be copied.
struct CheckedPacket {
    packet: Packet,
    time: i64,
    keyframe: bool,
    /// Where the stream's headers have to be inserted, in bytes.
    headers_behind: Option<usize>,
}

/// Why the packets ended before their end.
#[derive(Debug)]
pub(crate) enum Stop {
    NotCopyable(Reason),
    Failed(Error),
}

/// What the packets of a stream showed that may be copied.
pub(crate) struct Examined {
    pub caveats: Vec<Caveat>,
    /// The times of its keyframes.
    pub keyframes: Vec<i64>,
    /// The time of its last packet.
    pub last: i64,
}

/// Copies packets until they end, or until one may not be copied.
pub(crate) struct Copy<I> {
    packets: Packets<I>,
    form: Form,
    clock: FrameClock,
    timestamps: bool,
    stated_rate: Option<FrameRate>,
    capture: Option<CaptureClock>,
    begin: CopyFrom,
    end: i64,
    check: Check,
    begun: bool,
    subject: String,
    tally: Arc<Tally>,
    observer: Option<Observer>,
    /// The packets ended because the time up to which they are wanted was over.
    cut: bool,
    /// Where every packet was read unless the run was cancelled, its number can be compared with a list of times.
    counted: Option<Cancel>,
    done: bool,
}

impl<I: Iterator<Item = Result<Packet>>> Copy<I> {
    /// Copy from `begin` on to before the time `end`.
    pub fn new(
        packets: I,
        mut form: Form,
        clocks: Clocks,
        (begin, end): (CopyFrom, i64),
        subject: String,
        tally: Arc<Tally>,
    ) -> Self {
        let (clock, timestamps) = clocks.frames;
        let packets = Packets::new(packets, form.filter.take(), &subject, &tally);
        Self {
            packets,
            form,
            clock,
            timestamps,
            stated_rate: clocks.stated_rate,
            capture: clocks.capture,
            begin,
            end,
            check: Check::default(),
            begun: false,
            subject,
            tally,
            observer: None,
            cut: false,
            counted: None,
            done: false,
        }
    }

    /// The copy can be discarded: an objection goes to `observer`, and ends it without an error.
    pub fn observed(self, observer: Option<Observer>) -> Self {
        Self { observer, ..self }
    }

    /// Check all packets and copy none.
    pub fn examine(mut self) -> Result<Examined, Stop> {
        let (mut keyframes, mut last) = (Vec::new(), i64::MIN);
        while let Some(checked) = self.step()? {
            if checked.keyframe {
                keyframes.push(checked.time);
            }
            last = checked.time;
        }
        Ok(Examined { caveats: self.caveats()?, keyframes, last })
    }

    /// The caveats of the packets so far.
    fn caveats(&self) -> Result<Vec<Caveat>, Stop> {
        let mut caveats = self.check.end().map_err(|reason| match reason {
            Reason::Empty if self.cut => Stop::NotCopyable(Reason::EmptyPart),
            reason => Stop::NotCopyable(reason),
        })?;
        // Other warnings are not about these packets: subtitles share the tally.
        let damaged = |w: &Warning| matches!(w, Warning::DamagedPacket | Warning::ReadError(_));
        if self.tally.warnings().keys().any(damaged) {
            caveats.push(Caveat::Damaged);
        }
        Ok(caveats)
    }

    /// The next packet to copy, or `None` once the observer has an objection.
    fn observed_step(&mut self) -> Result<Option<CheckedPacket>, Stop> {
        let checked = self.step()?;
        let Some(observer) = &self.observer else {
            return Ok(checked);
        };
        // At keyframes: rare enough to cost nothing, frequent enough to lose little.
        if checked.as_ref().is_some_and(|p| !p.keyframe || !observer.is_strict()) {
            return Ok(checked);
        }
        for caveat in self.caveats()?.into_iter().filter(|caveat| !observer.knows(caveat)) {
            if observer.is_strict() {
                observer.object(Objection::Caveat(caveat));
                return Ok(None);
            }
            self.tally.warn(Warning::Copied(caveat.to_string()));
        }
        Ok(checked)
    }

    /// The error of an early end; none where the run starts again.
    fn stopped(&self, stop: Stop) -> Option<Error> {
        match (stop, &self.observer) {
            (Stop::Failed(error), _) => Some(error),
            (Stop::NotCopyable(reason), Some(observer)) => {
                observer.object(Objection::NotCopyable(reason));
                None
            }
            (Stop::NotCopyable(reason), None) => Some(
                refused(&self.subject, &reason)
                    .with_remedy(Remedy::EncodeInstead { partly_copied: true }),
            ),
        }
    }

    /// An error at the end where there is a list of times, and not one for each packet.
    pub fn counted(self, cancel: Cancel) -> Self {
        Self { counted: Some(cancel), ..self }
    }

    fn wrong_count(&self) -> Option<Error> {
        self.counted.as_ref().filter(|cancel| !self.cut && !cancel.is_cancelled())?;
        let objected =
            self.observer.as_ref().is_some_and(|observer| observer.objection().is_some());
        let counts = self.clock.missing_times().filter(|_| !objected)?;
        Some(crate::time::wrong_count(&self.subject, counts))
    }

    fn step(&mut self) -> Result<Option<CheckedPacket>, Stop> {
        while let Some(packet) = self.packets.next().transpose().map_err(Stop::Failed)? {
            let raw = RawTime { codec_rate: self.stated_rate, ..raw_time(&packet) };
            let (time, fix) = self.clock.stamp(raw);
            // Others are about single frames, and what they mean for a copy is checked.
            if let Some(fix @ TimeFix::Assumed(_)) = fix {
                self.tally.warn(Warning::from(fix));
            }
            if let Some(position) = packet.position() {
                self.tally.position.fetch_max(position, Ordering::Relaxed);
            }
            if time >= self.end {
                self.cut = true;
                if let Some(error) = crate::time::uncountable(&self.subject, time, self.end) {
                    return Err(Stop::Failed(error));
                }
                break;
            }
            let unit = self.form.inspector.inspect(packet.data());
            if !self.begun {
                let early = match self.begin {
                    CopyFrom::First => false,
                    CopyFrom::Keyframe => !unit.starts_gop,
                    CopyFrom::At(begin) => !unit.starts_gop || time < begin,
                };
                if early {
                    if self.begin == CopyFrom::Keyframe {
                        Tally::add(&self.tally.read, 1);
                        Tally::add(&self.tally.dropped, 1);
                        self.tally.warn(Warning::BeforeKeyframe);
                    }
                    continue;
                }
                self.begun = true;
                if unit.has_headers {
                    self.form.headers.learn(&unit.headers);
                }
                let now = (self.form.headers.clone(), unit.format.or(self.form.shape));
                if *self.form.first.get_or_init(|| now.clone()) != now {
                    return Err(Stop::NotCopyable(Reason::HeadersChanged { at: time }));
                }
            }
            let new_extradata = packet.new_extradata();
            let new_headers = !self.form.headers.hold(&unit.headers)
                || new_extradata.is_some_and(|e| e != self.form.extradata);
            let facts = PacketFacts {
                time,
                pts: packet.pts().filter(|_| self.timestamps),
                marked: packet.is_key(),
                discarded: packet.is_discarded(),
                new_headers,
                headers_known: unit.has_headers || !self.form.headers.is_empty(),
                unit: &unit,
            };
            let facts = match unit.format.or(self.form.shape) {
                // Headers that the container keeps are the keyframe's as well.
                Some(format) if unit.starts_gop && unit.format.is_none() => {
                    let whole = crate::bitstream::access_unit::AccessUnit {
                        format: Some(format),
                        ..unit.clone()
                    };
                    self.check.take(&PacketFacts { unit: &whole, ..facts })
                }
                _ => self.check.take(&facts),
            };
            facts.map_err(Stop::NotCopyable)?;
            let headers_behind = (unit.starts_gop && !unit.has_headers).then_some(unit.delimiter);
            let keyframe = unit.starts_gop;
            if packet.is_corrupt() {
                count_damage(&self.tally);
            }
            return Ok(Some(CheckedPacket { packet, time, keyframe, headers_behind }));
        }
        self.done = true;
        Ok(None)
    }
}

fn raw_time(packet: &Packet) -> RawTime {
    // Where a container has decoding times only, pictures come in that order or are refused.
    RawTime {
        pts: packet.pts().or(packet.dts()),
        duration: packet.duration(),
        ..RawTime::default()
    }
}

/// The error of a stream that cannot be copied.
pub(crate) fn refused(subject: &str, reason: &Reason) -> Error {
    Error::new(ErrorKind::Copy, subject, reason)
        .with_remedy(Remedy::EncodeInstead { partly_copied: false })
}

impl<I: Iterator<Item = Result<Packet>>> Iterator for Copy<I> {
    type Item = Result<Copied>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let checked = match self.observed_step() {
            Ok(Some(checked)) => checked,
            ended => {
                self.done = true;
                return match ended {
                    Err(stop) => self.stopped(stop).map(Err),
                    Ok(_) => self.wrong_count().map(Err),
                };
            }
        };
        Tally::add(&self.tally.read, 1);
        let packet = &checked.packet;
        let capture = self.capture.as_mut().map(|clock| {
            clock.packet(packet.pts(), packet.sender_time(), packet.arrived());
            let capture = clock.frame(packet.pts(), packet.arrived());
            if let Some(ahead) = clock.take_error() {
                self.tally.warn(Warning::far_clock(ahead));
            }
            capture
        });
        let (time, keyframe) = (checked.time, checked.keyframe);
        let data = match checked.headers_behind {
            Some(delimiter) => self.form.headers.insert(packet.data(), delimiter).into(),
            None => Bytes::from_owner(checked.packet),
        };
        Some(Ok(Copied {
            sample: Sample { frame: 0, time, capture_time: None, data, keyframe },
            capture,
        }))
    }
}
