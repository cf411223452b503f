//! Copies packets of sound, from the first audible sample to the last.
//! A packet that begins too early and cannot be cut is left out.

use std::ops::Range;
use std::sync::Arc;

use super::container::AudioContainer;
use super::lengths::Lengths;
use super::packet::{AudioClock, AudioForm, AudioPacket, duration_of, samples_in};
use crate::bitstream::aac::Aac;
use crate::bitstream::mp3::Mp3;
use crate::bitstream::mp3_frame::Reservoir;
use crate::bitstream::{flac, vorbis};
use crate::event::{Tally, Warning};
use crate::ffi::{AudioParameters, AvError, Packet};
use crate::time::rescale;

/// The format that a stream's frames state in their headers; it must not change within a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Aac(Aac),
    Mp3(Mp3),
    /// Frames do not state it.
    Fixed,
}

impl Kind {
    /// Samples a second, and channels.
    fn shape(self) -> Option<(u32, u32)> {
        match self {
            Self::Aac(aac) => aac.shape(),
            Self::Mp3(mp3) => Some(mp3.shape()),
            Self::Fixed => None,
        }
    }
}

/// Copies packets.
pub(crate) struct CopyAudio<I> {
    packets: I,
    form: Arc<AudioForm>,
    lengths: Lengths,
    clock: AudioClock,
    /// The range of times to record, in nanoseconds.
    window: Range<i64>,
    kind: Option<Kind>,
    /// Headers among the packets.
    headers: vorbis::Collector,
    /// The packets have headers that cannot be recorded.
    unfit: bool,
    /// What MP3 packets leave for the next one, which may be the first that is taken.
    reservoir: Reservoir,
    /// The previous packet was taken.
    continues: bool,
    /// Samples still to be left out, of more than one packet.
    skip: u64,
    /// The end of the previous packet.
    end: Option<i64>,
    tally: Arc<Tally>,
    done: bool,
}

/// Parameters for parts of a stream.
pub(crate) fn parameters_of_parts(parameters: AudioParameters) -> Result<AudioParameters, AvError> {
    match parameters.codec().as_str() {
        "flac" => {
            let info = flac::of_a_part(parameters.extradata()).ok_or(AvError::INVALID_DATA)?;
            parameters.with_extradata(&info)
        }
        _ => Ok(parameters),
    }
}

impl<I: Iterator<Item = Packet>> CopyAudio<I> {
    pub fn new(
        packets: I,
        form: AudioForm,
        clock: AudioClock,
        window: Range<i64>,
        tally: Arc<Tally>,
    ) -> Self {
        let lengths = Lengths::of(&form.parameters);
        let form = Arc::new(form);
        Self {
            packets,
            form,
            lengths,
            clock,
            window,
            kind: None,
            headers: vorbis::Collector::default(),
            unfit: false,
            reservoir: Reservoir::default(),
            continues: false,
            skip: 0,
            end: None,
            tally,
            done: false,
        }
    }

    /// A frame that is whole, and of a kind that can be recorded.
    fn is_recordable(&mut self, packet: &Packet) -> bool {
        let own_headers = self.form.parameters.extradata().is_empty();
        let kind = match self.form.container {
            Some(AudioContainer::M4a) if own_headers => {
                Aac::of_adts(packet.data()).filter(Aac::is_plain).map(Kind::Aac)
            }
            Some(AudioContainer::Mp3) => Mp3::of_frame(packet.data()).map(Kind::Mp3),
            _ => Some(Kind::Fixed),
        };
        let Some(kind) = kind else {
            self.tally.warn(Warning::DamagedSound);
            return false;
        };
        if let Some(headers) = packet.new_extradata() {
            self.unfit = !self.take_headers(headers);
        }
        let alike = *self.kind.get_or_insert(kind) == kind;
        let continues = !self.unfit && (alike || self.change_to(kind));
        if !continues {
            let why = "sound is left out where its format changes in mid-stream".to_owned();
            self.tally.warn(Warning::SoundLeftOut(why));
        }
        continues
    }

    /// From here on, frames are of another kind. `false` if that cannot be recorded.
    fn change_to(&mut self, kind: Kind) -> bool {
        let Some((sample_rate, channels)) = kind.shape() else { return false };
        let Ok(parameters) = self.form.parameters.with_shape(sample_rate, channels) else {
            return false;
        };
        self.form = Arc::new(AudioForm { parameters, container: self.form.container });
        self.kind = Some(kind);
        true
    }

    /// From here on, packets are decoded by other headers, as in chained Ogg files. `false` if they cannot be recorded.
    fn take_headers(&mut self, headers: &[u8]) -> bool {
        let parameters = &self.form.parameters;
        let shape = match self.form.container {
            Some(AudioContainer::M4a) => Aac::of_config(headers).and_then(|aac| aac.shape()),
            Some(AudioContainer::Ogg) => vorbis::shape(headers),
            Some(AudioContainer::Flac) => {
                flac::of_a_part(headers).and_then(|info| flac::shape(&info))
            }
            _ => None,
        };
        // The times of packets count samples at the rate that the stream began with, except in MP4 and its like.
        let is_timed = |rate| {
            self.form.container == Some(AudioContainer::M4a) || rate == self.form.sample_rate()
        };
        let Some((rate, channels)) = shape.filter(|&(rate, _)| is_timed(rate)) else {
            return headers == parameters.extradata();
        };
        let changed = parameters.with_shape(rate, channels);
        let changed = changed.and_then(|parameters| parameters.with_extradata(headers));
        let Ok(parameters) = changed.and_then(parameters_of_parts) else { return false };
        // Headers in Ogg begin another stream, whose first packet does not overlap with the last one before it.
        let begins = self.form.container == Some(AudioContainer::Ogg);
        if begins || parameters.extradata() != self.form.parameters.extradata() {
            self.lengths = Lengths::of(&parameters);
            self.form = Arc::new(AudioForm { parameters, container: self.form.container });
        }
        true
    }

    /// Samples in a packet by the container, for codecs of which no clips are made.
    fn stated_samples(&self, packet: &Packet) -> Option<u32> {
        let ticks = Some(packet.duration()).filter(|_| self.form.container.is_none())?;
        let samples = rescale(ticks, self.clock.time_base, self.form.time_base());
        u32::try_from(samples).ok().filter(|&samples| samples > 0)
    }

    fn take(&mut self, packet: Packet) -> Option<AudioPacket> {
        if self.lengths.is_header(&packet) {
            if let Some(headers) = self.headers.take(packet.data()) {
                self.unfit = !self.take_headers(&headers);
            }
            return None;
        }
        let time = packet.time().map(|ticks| self.clock.nanos(ticks)).or(self.end)?;
        if time >= self.window.end {
            self.done = true;
            return None;
        }
        if !self.is_recordable(&packet) {
            return None;
        }
        let samples = self.lengths.samples(&packet, &self.form.parameters);
        let Some(samples) = samples.or_else(|| self.stated_samples(&packet)) else {
            self.tally.warn(Warning::DamagedSound);
            return None;
        };
        let rate = self.form.sample_rate();
        let end = time.saturating_add(duration_of(samples.into(), rate));
        self.end = Some(end);
        let (front, back) = packet.skipped_samples();
        let early = samples_in(self.window.start.saturating_sub(time), rate);
        let late = samples_in(end.saturating_sub(self.window.end), rate);
        let skip = self.skip.max(front.into());
        self.skip = skip.saturating_sub(samples.into());
        let front = skip.max(early);
        let back = u64::from(back).max(late);
        if packet.is_discarded() || front + back >= u64::from(samples) {
            return None;
        }
        let form = self.form.clone();
        // Ogg's muxer would begin another stream in the same clip.
        let packet = match packet.new_extradata() {
            Some(_) => Packet::from_bytes(packet.data(), 0, true).ok()?,
            None => packet,
        };
        let whole = AudioPacket { packet, time, capture_time: None, samples, form };
        match self.form.container {
            Some(AudioContainer::Wav) => cut(whole, front, back),
            // It would start before the beginning.
            _ if early > 0 => None,
            _ => Some(whole),
        }
    }
}

impl<I> CopyAudio<I> {
    /// The first packet that is taken, with all that it needs of those before it.
    fn completed(&self, first: AudioPacket, data: &[u8]) -> AudioPacket {
        let whole = self.reservoir.complete(data);
        match whole.and_then(|data| Packet::from_bytes(&data, 0, true).ok()) {
            Some(packet) => AudioPacket { packet, ..first },
            None => first,
        }
    }
}

/// Leave out samples at both ends of raw sound.
fn cut(mut whole: AudioPacket, front: u64, back: u64) -> Option<AudioPacket> {
    if front == 0 && back == 0 {
        return Some(whole);
    }
    let samples = usize::try_from(whole.samples).ok()?;
    let size = whole.packet.size() / samples.max(1);
    let (first, last) = (usize::try_from(front).ok()?, usize::try_from(back).ok()?);
    let data = whole.packet.data().get(first * size..(samples - last) * size)?;
    whole.packet = Packet::from_bytes(data, 0, true).ok()?;
    whole.time = whole.time.saturating_add(duration_of(front, whole.form.sample_rate()));
    whole.samples = u32::try_from(samples - first - last).ok()?;
    Some(whole)
}

impl<I: Iterator<Item = Packet>> Iterator for CopyAudio<I> {
    type Item = AudioPacket;

    fn next(&mut self) -> Option<AudioPacket> {
        while !self.done {
            let packet = self.packets.next()?;
            let is_mp3 = self.form.container == Some(AudioContainer::Mp3);
            let frame = is_mp3.then(|| packet.clone());
            let taken = self.take(packet);
            let continues = std::mem::replace(&mut self.continues, taken.is_some());
            let taken = match (taken, &frame) {
                (Some(taken), Some(frame)) if !continues => {
                    Some(self.completed(taken, frame.data()))
                }
                (taken, _) => taken,
            };
            if let Some(frame) = frame {
                self.reservoir.push(frame.data());
            }
            if taken.is_some() {
                return taken;
            }
        }
        None
    }
}
