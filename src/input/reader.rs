//! The thread that reads an input, and passes the packets of its streams to each consumer through a queue.
//! It neither looks into packets nor knows what they are for.

use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;
use crate::event::{Cancel, Tally, Warning};
use crate::ffi::Packet;
use crate::ffi::system::use_huge_pages;
use crate::input::demux::Demux;
use crate::threads::Spawner;
use crate::threads::queue::{Consumer, Limits, Producer, Rules, Wanted, Weight, WhenFull, queues};
use crate::time::{TimeBase, rescale};

/// Packets queued for one consumer: so few that they are still in the processor's cache when their turn comes.
const PACKETS: Limits = Limits { items: 64, bytes: 1 << 20 };
/// For live sources with several streams, so that a slow consumer does not hold up the others.
const LIVE_PACKETS: Limits = Limits { items: 512, bytes: 32 << 20 };
/// For live intra-only streams: of pictures that are late, only the newest matter.
const LIVE_PICTURES: Limits = Limits { items: 2, bytes: 64 << 20 };
/// For sound that accompanies live pictures: some minutes of it.
const LIVE_SOUND: Limits = Limits { items: 8192, bytes: 32 << 20 };
/// Packets of a file behind that for which the consumer of a video waits, before it is woken.
const WAKE_AFTER: u64 = 8;
/// The same for side tracks of sources that are not live: no viewer waits for them.
const WAKE_SIDE_TRACKS_AFTER: u64 = 32;
/// Packets that a network source sent during probing arrive all at once; they are not late.
pub(crate) const PROBED: usize = 60;
/// Nor are pictures that came in a burst, as networks and multiplexers make of them, as long as they wait for less than
/// this.
pub(crate) const LATE: Duration = Duration::from_millis(250);
/// Bytes queued for all consumers while one of them is starved: data for the same time may be this far apart in a file.
const MOST_BYTES: usize = 64 << 20;

impl Weight for Packet {
    fn bytes(&self) -> usize {
        self.size()
    }
}

/// What one consumer needs from an input.
#[derive(Clone)]
pub(crate) struct Route {
    /// Indices and time bases of its streams.
    pub streams: Vec<(usize, TimeBase)>,
    /// Every packet is a frame of its own, so a live one may be dropped if the machine is too slow.
    pub droppable: bool,
    /// Other streams do not wait for its packets, which may be rare or far away: subtitles, sound.
    pub sparse: bool,
    /// Needed only in the first session, not when the input is reopened.
    pub once: bool,
    /// Where its counts are kept.
    pub tally: Arc<Tally>,
}

/// How an input is read.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// It continues whether or not it is read.
    pub live: bool,
    /// It is a file: its packets are read faster than one by one is worth waking anyone.
    pub is_file: bool,
    /// A video is copied, so its packets are large and their data waits for an output.
    pub copies: bool,
    /// When only sparse streams are left, stop at this time, in microseconds on the input's clock.
    pub end: Option<i64>,
}

/// Read `first` and then `demux` until the end, or until all consumers are gone; then set `cancel`. Each route gets a
/// consumer.
pub(crate) fn read(
    threads: &Spawner,
    first: Vec<Packet>,
    demux: Demux,
    routes: &[Route],
    pace: Pace,
    cancel: Cancel,
) -> Result<Vec<Consumer<Packet>>> {
    let several = routes.iter().filter(|route| !route.sparse).count() > 1;
    let rules = routes.iter().map(|route| rules(route, pace, several)).collect();
    let (producer, consumers) = queues(rules, MOST_BYTES, cancel);
    let routes: Vec<Target> = routes
        .iter()
        .map(|route| Target {
            skips: pace.live && several && !route.droppable && !route.sparse,
            skipping: false,
            route: route.clone(),
        })
        .collect();
    let reader = Reader { producer, routes, pace, crowded: false };
    threads.spawn_blocking("read", move || reader.run(first, demux))?;
    Ok(consumers)
}

fn rules(route: &Route, pace: Pace, several: bool) -> Rules {
    let (limits, when_full) = match pace.live {
        true if route.droppable => {
            let tally = route.tally.clone();
            let dropped = Box::new(move || tally.drop_packet());
            (LIVE_PICTURES, WhenFull::DropOldest { after: PROBED, late: LATE, dropped })
        }
        // The side tracks of a live source never hold up its pictures.
        true if route.sparse => {
            let tally = route.tally.clone();
            let dropped = Box::new(move || tally.warn(Warning::SoundDropped));
            (LIVE_SOUND, WhenFull::DropOldest { after: 0, late: Duration::ZERO, dropped })
        }
        true if several => (LIVE_PACKETS, WhenFull::Wait),
        _ => (PACKETS, WhenFull::Wait),
    };
    let wake_after = match () {
        () if pace.live => 0,
        () if route.sparse => WAKE_SIDE_TRACKS_AFTER,
        () if pace.is_file => WAKE_AFTER,
        () => 0,
    };
    Rules { limits, when_full, sparse: route.sparse, wake_after }
}

struct Target {
    route: Route,
    /// For live sources: after the queue was full, packets up to the next keyframe are dropped.
    skips: bool,
    skipping: bool,
}

struct Reader {
    producer: Producer<Packet>,
    routes: Vec<Target>,
    pace: Pace,
    /// The warning about interleaving was sent.
    crowded: bool,
}

impl Reader {
    fn run(mut self, first: Vec<Packet>, mut demux: Demux) {
        if self.pace.is_file && self.pace.copies {
            use_huge_pages();
        }
        let mut error = None;
        for item in first.into_iter().map(Ok).chain(&mut demux) {
            match item {
                Ok(packet) => {
                    if self.hand_on(packet) == Wanted::Nothing {
                        break;
                    }
                }
                Err(failed) => {
                    error = Some(failed);
                    break;
                }
            }
        }
        // Close the device before consumers see the end, so that they can reopen it.
        drop(demux);
        if let Some(error) = error {
            for nth in 0..self.routes.len() {
                self.producer.push(nth, Err(error.clone()));
            }
        }
    }

    fn hand_on(&mut self, packet: Packet) -> Wanted {
        let of = |target: &Target| {
            let streams = &target.route.streams;
            streams.iter().find(|(stream, _)| *stream == packet.stream()).map(|s| s.1)
        };
        let found = self.routes.iter().enumerate().find_map(|(nth, t)| Some((nth, of(t)?)));
        let Some((nth, time_base)) = found else {
            return Wanted::More;
        };
        let target = &mut self.routes[nth];
        if !target.route.sparse && self.is_behind_the_end(&packet, time_base) {
            return Wanted::Nothing;
        }
        let target = &mut self.routes[nth];
        if target.skips && (target.skipping || self.producer.would_wait(nth)) {
            target.skipping = !packet.is_key() || self.producer.would_wait(nth);
            if target.skipping {
                target.route.tally.drop_packet();
                return Wanted::More;
            }
        }
        let wanted = self.producer.push(nth, Ok(packet));
        if !self.crowded && self.producer.is_crowded() {
            self.crowded = true;
            let most = MOST_BYTES >> 20;
            let warning = format!(
                "its streams lie more than {most} MiB apart in the input, so some come later than others"
            );
            self.routes[nth].route.tally.warn(Warning::Other(warning));
        }
        wanted
    }

    /// Only sparse streams still have consumers, and the input is past their time limit.
    fn is_behind_the_end(&self, packet: &Packet, time_base: TimeBase) -> bool {
        let wanted =
            |(nth, target): (usize, &Target)| !target.route.sparse && self.producer.is_wanted(nth);
        let micros = |time| rescale(time, time_base, TimeBase::MICROSECONDS);
        let time = packet.decoding_time().map(micros);
        let past = self.pace.end.is_none_or(|end| time.is_some_and(|time| time >= end));
        past && !self.routes.iter().enumerate().any(wanted)
    }
}
