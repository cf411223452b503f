//! Places the sound of an input without a video in the recording, each packet with its capture time.
//! What happens to the packets in between is decided in `run::stages`.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::packet::AudioPacket;
use crate::error::{Result, error_last};
use crate::event::{Tally, Warning};
use crate::ffi::Packet;
use crate::input::play::Items;
use crate::time::capture_clock::CaptureClock;
use crate::time::{Capture, TimeBase, Timed, rescale};

/// A packet as it is recorded.
pub(crate) struct SoundOnlyPacket {
    packet: AudioPacket,
    capture: Option<Capture>,
}

impl SoundOnlyPacket {
    pub fn into_packet(self) -> AudioPacket {
        let capture_time = self.capture.map(|capture| capture.captured);
        let time = self.packet.time.max(0);
        AudioPacket { time, capture_time, ..self.packet }
    }
}

impl Timed for SoundOnlyPacket {
    fn time(&self) -> i64 {
        self.packet.time
    }

    fn set_time(&mut self, nanos: i64) {
        self.packet.time = nanos;
    }

    fn duration(&self) -> Option<i64> {
        Some(self.packet.duration())
    }

    fn capture(&self) -> Option<Capture> {
        self.capture
    }
}

/// What the beginning and the end of a chain share: codecs in between hold packets back.
#[derive(Clone)]
struct Ends(Arc<Mutex<State>>);

struct State {
    /// Of live sources.
    clock: Option<CaptureClock>,
    /// When the last packet came.
    arrived: i64,
}

impl Ends {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A packet of the input.
    fn begin(&self, packet: &Packet, tally: &Tally) {
        let mut state = self.state();
        if let Some(position) = packet.position() {
            tally.position.fetch_max(position, Ordering::Relaxed);
        }
        if packet.is_corrupt() {
            tally.warn(Warning::DamagedSound);
        }
        state.arrived = packet.arrived();
        if let Some(clock) = &mut state.clock {
            clock.packet(packet.pts(), packet.sender_time(), packet.arrived());
        }
    }

    /// A packet as it is recorded, with the time of its capture.
    fn end(&self, packet: AudioPacket, time_base: TimeBase, tally: &Tally) -> SoundOnlyPacket {
        let mut state = self.state();
        let arrived = state.arrived;
        let capture = state.clock.as_mut().map(|clock| {
            let ticks = rescale(packet.time, TimeBase::NANOSECONDS, time_base);
            let capture = clock.frame(Some(ticks), arrived);
            if let Some(ahead) = clock.take_error() {
                tally.warn(Warning::far_clock(ahead));
            }
            capture
        });
        SoundOnlyPacket { packet, capture }
    }
}

/// Run the packets of a session through `chain`. `capture` is for a live source, whose packets have times of this base.
pub(crate) fn alone<P, C>(
    packets: P,
    capture: Option<CaptureClock>,
    time_base: TimeBase,
    tally: Arc<Tally>,
    chain: impl FnOnce(Box<dyn Iterator<Item = Packet> + Send>) -> C,
) -> Items<SoundOnlyPacket>
where
    P: Iterator<Item = Result<Packet>> + Send + 'static,
    C: Iterator<Item = AudioPacket> + Send + 'static,
{
    let ends = Ends(Arc::new(Mutex::new(State { clock: capture, arrived: 0 })));
    let (begin, seen) = (ends.clone(), tally.clone());
    error_last(packets, |packets| {
        let packets = packets.inspect(move |packet| begin.begin(packet, &seen));
        chain(Box::new(packets)).map(move |packet| ends.end(packet, time_base, &tally))
    })
}
