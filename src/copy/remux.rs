//! Samples from packets as they are: nothing is decoded, and every packet is checked before it goes on.
//! What forbids copying is decided in `scan.rs`; what the bytes mean, in `bitstream`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::copy::copied::{Begin, Clocks, Copied};
use crate::copy::form::Form;
use crate::copy::packets::{Packets, count_damage};
use crate::copy::refusal::{Look, Refusal};
use crate::copy::scan::{Facts, Scan};
use crate::copy::watch::{Objection, Watch};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::{Cancel, Tally, Warning};
use crate::ffi::Packet;
use crate::sample::Sample;
use crate::time::capture_clock::CaptureClock;
use crate::time::{FrameClock, RawTime};

/// A packet that may be copied.
struct Passed {
    packet: Packet,
    time: i64,
    keyframe: bool,
    /// The stream's headers are to be put in, behind so many bytes.
    headers_behind: Option<usize>,
}

/// Why the packets ended before their end.
#[derive(Debug)]
pub(crate) enum Stop {
    Refused(Refusal),
    Failed(Error),
}

/// Copies packets until they end, or until one may not be copied.
pub(crate) struct Copy<I> {
    packets: Packets<I>,
    form: Form,
    clock: FrameClock,
    timestamps: bool,
    capture: Option<CaptureClock>,
    begin: Begin,
    end: i64,
    scan: Scan,
    begun: bool,
    subject: String,
    tally: Arc<Tally>,
    watch: Option<Watch>,
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
        (begin, end): (Begin, i64),
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
            capture: clocks.capture,
            begin,
            end,
            scan: Scan::default(),
            begun: false,
            subject,
            tally,
            watch: None,
            cut: false,
            counted: None,
            done: false,
        }
    }

    /// Can be taken back: what speaks against it goes to `watch`, and ends it without an error.
    pub fn watched(self, watch: Option<Watch>) -> Self {
        Self { watch, ..self }
    }

    /// Look at all packets and copy none. Returns what is to be said of the stream, and its keyframes' times.
    pub fn examine(mut self) -> Result<(Vec<Look>, Vec<i64>), Stop> {
        let mut keyframes = Vec::new();
        while let Some(passed) = self.step()? {
            if passed.keyframe {
                keyframes.push(passed.time);
            }
        }
        Ok((self.looks()?, keyframes))
    }

    /// What there is to be said of the packets so far, though they can be copied.
    fn looks(&self) -> Result<Vec<Look>, Stop> {
        let mut looks = self.scan.end().map_err(Stop::Refused)?;
        // What else is warned of is not of these packets: subtitles share the tally.
        let damaged = |w: &Warning| matches!(w, Warning::DamagedPacket | Warning::ReadError(_));
        if self.tally.warnings().keys().any(damaged) {
            looks.push(Look::Damaged);
        }
        Ok(looks)
    }

    /// The next packet to copy. Where it can be taken back, there is none any more once something speaks against it.
    fn watched_step(&mut self) -> Result<Option<Passed>, Stop> {
        let passed = self.step()?;
        let Some(watch) = &self.watch else {
            return Ok(passed);
        };
        // At keyframes: seldom enough to cost nothing, often enough to lose little.
        if passed.as_ref().is_some_and(|p| !p.keyframe || !watch.is_strict()) {
            return Ok(passed);
        }
        for look in self.looks()?.into_iter().filter(|look| !watch.knows(look)) {
            if watch.is_strict() {
                watch.object(Objection::Look(look));
                return Ok(None);
            }
            self.tally.warn(Warning::Copied(look.to_string()));
        }
        Ok(passed)
    }

    /// What is to be said of an early end: nothing where the run begins anew.
    fn stopped(&self, stop: Stop) -> Option<Error> {
        match (stop, &self.watch) {
            (Stop::Failed(error), _) => Some(error),
            (Stop::Refused(refusal), Some(watch)) => {
                watch.object(Objection::Refused(refusal));
                None
            }
            (Stop::Refused(refusal), None) => Some(
                refused(&self.subject, &refusal)
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
        let objected = self.watch.as_ref().is_some_and(|watch| watch.objection().is_some());
        let counts = self.clock.missing_times().filter(|_| !objected)?;
        Some(crate::time::wrong_count(&self.subject, counts))
    }

    fn step(&mut self) -> Result<Option<Passed>, Stop> {
        while let Some(packet) = self.packets.next().transpose().map_err(Stop::Failed)? {
            let (time, _) = self.clock.stamp(raw_time(&packet));
            if let Some(position) = packet.position() {
                self.tally.position.fetch_max(position, Ordering::Relaxed);
            }
            if time >= self.end {
                self.cut = true;
                break;
            }
            let unit = self.form.inspector.inspect(packet.data());
            if !self.begun {
                let early = match self.begin {
                    Begin::First => false,
                    Begin::Keyframe => !unit.start,
                    Begin::At(begin) => !unit.start || time < begin,
                };
                if early {
                    if self.begin == Begin::Keyframe {
                        Tally::add(&self.tally.read, 1);
                        Tally::add(&self.tally.dropped, 1);
                        self.tally.warn(Warning::BeforeKeyframe);
                    }
                    continue;
                }
                self.begun = true;
                if unit.complete {
                    self.form.headers.learn(&unit.headers);
                }
                let now = (self.form.headers.clone(), unit.shape);
                if *self.form.first.get_or_init(|| now.clone()) != now {
                    return Err(Stop::Refused(Refusal::HeadersChanged { at: time }));
                }
            }
            let new_extradata = packet.new_extradata();
            let new_headers = !self.form.headers.hold(&unit.headers)
                || new_extradata.is_some_and(|e| e != self.form.extradata);
            let facts = Facts {
                time,
                pts: packet.pts().filter(|_| self.timestamps),
                marked: packet.is_key(),
                discarded: packet.is_discarded(),
                new_headers,
                headers_known: unit.complete || !self.form.headers.is_empty(),
                unit: &unit,
            };
            let facts = match unit.shape.or(self.form.shape) {
                // Headers that the container keeps are the keyframe's as well.
                Some(shape) if unit.start && unit.shape.is_none() => {
                    let whole = crate::bitstream::unit::Unit { shape: Some(shape), ..unit.clone() };
                    self.scan.take(&Facts { unit: &whole, ..facts })
                }
                _ => self.scan.take(&facts),
            };
            facts.map_err(Stop::Refused)?;
            let headers_behind = (unit.start && !unit.complete).then_some(unit.delimiter);
            let keyframe = unit.start;
            if packet.is_corrupt() {
                count_damage(&self.tally);
            }
            return Ok(Some(Passed { packet, time, keyframe, headers_behind }));
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
pub(crate) fn refused(subject: &str, refusal: &Refusal) -> Error {
    Error::new(ErrorKind::Copy, subject, refusal)
        .with_remedy(Remedy::EncodeInstead { partly_copied: false })
}

impl<I: Iterator<Item = Result<Packet>>> Iterator for Copy<I> {
    type Item = Result<Copied>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let passed = match self.watched_step() {
            Ok(Some(passed)) => passed,
            ended => {
                self.done = true;
                return match ended {
                    Err(stop) => self.stopped(stop).map(Err),
                    Ok(_) => self.wrong_count().map(Err),
                };
            }
        };
        Tally::add(&self.tally.read, 1);
        let packet = &passed.packet;
        let capture = self.capture.as_mut().map(|clock| {
            clock.packet(packet.pts(), packet.sender_time(), packet.arrived());
            let capture = clock.frame(packet.pts(), packet.arrived());
            if let Some(ahead) = clock.far() {
                self.tally.warn(Warning::far_clock(ahead));
            }
            capture
        });
        let data = match passed.headers_behind {
            Some(delimiter) => self.form.headers.insert(packet.data(), delimiter),
            None => packet.data().to_vec(),
        };
        let (time, keyframe) = (passed.time, passed.keyframe);
        Some(Ok(Copied {
            sample: Sample { frame: 0, time, capture_time: None, data, keyframe },
            capture,
        }))
    }
}
