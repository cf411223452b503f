//! A packet of sound as it is recorded, on its way into a clip.
//! It does not matter here whether it was copied or encoded.

use std::fmt;
use std::sync::Arc;

use super::container::AudioContainer;
use crate::ffi::{AudioParameters, Packet};
use crate::time::{NANOS, Retiming, TimeBase, rescale};

/// The properties that all packets of a clip, or of a track in an ordinary video file, share.
pub(crate) struct AudioForm {
    pub parameters: AudioParameters,
    /// Of clips; `None` if Rerun does not play the codec, so that none are made.
    pub container: Option<AudioContainer>,
}

impl fmt::Debug for AudioForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudioForm")
            .field("codec", &self.parameters.codec())
            .field("container", &self.container)
            .finish_non_exhaustive()
    }
}

/// How the timestamps of a stream become times.
#[derive(Debug, Clone)]
pub(crate) struct AudioClock {
    pub time_base: TimeBase,
    /// The beginning of the file, in nanoseconds on its clock.
    pub zero: i64,
    /// Where other times were given for the pictures.
    pub retiming: Option<Arc<Retiming>>,
}

impl AudioClock {
    pub fn nanos(&self, ticks: i64) -> i64 {
        self.since_zero(rescale(ticks, self.time_base, TimeBase::NANOSECONDS))
    }

    /// Whether what begins at this timestamp is heard, where other times were given for the pictures.
    pub fn is_heard(&self, ticks: i64) -> bool {
        let own = rescale(ticks, self.time_base, TimeBase::NANOSECONDS).saturating_sub(self.zero);
        self.retiming.as_ref().is_none_or(|retiming| retiming.is_heard(own))
    }

    pub fn since_zero(&self, nanos: i64) -> i64 {
        let own = nanos.saturating_sub(self.zero);
        self.retiming.as_ref().map_or(own, |retiming| retiming.of(own))
    }
}

/// One packet; a clone shares its data.
#[derive(Debug, Clone)]
pub(crate) struct AudioPacket {
    pub packet: Packet,
    /// When its first sample is heard, in nanoseconds: since the beginning of the file until it is placed in the
    /// recording.
    pub time: i64,
    /// Wall-clock time of the capture, of live sources.
    pub capture_time: Option<i64>,
    /// Samples of one channel.
    pub samples: u32,
    /// The same for all packets of a clip.
    pub form: Arc<AudioForm>,
}

impl AudioForm {
    /// Samples a second; never 0.
    pub fn sample_rate(&self) -> u32 {
        self.parameters.sample_rate().max(1)
    }

    /// Whether packets of this form, which carry their own headers, fit into a track declared with the other form.
    pub fn fits(&self, other: &Self) -> bool {
        let same = |of: fn(&AudioParameters) -> u32| of(&self.parameters) == of(&other.parameters);
        let shape = same(AudioParameters::sample_rate) && same(AudioParameters::channels);
        shape && self.parameters.codec() == other.parameters.codec()
    }

    /// Whether one track of a file can hold packets of both forms.
    pub fn is_like(&self, other: &Self) -> bool {
        self.fits(other) && self.parameters.extradata() == other.parameters.extradata()
    }

    /// Whether a track of a file that was declared with this form holds packets of the other one.
    pub fn holds(&self, other: &Self) -> bool {
        // Containers put more into their copy of the headers than the decoder needs; that is no other form.
        match other.parameters.extradata().is_empty() {
            true => other.fits(self),
            false => other.is_like(self),
        }
    }

    /// One sample a tick.
    pub fn time_base(&self) -> TimeBase {
        TimeBase::new(1, i32::try_from(self.sample_rate()).unwrap_or(i32::MAX))
    }
}

impl AudioPacket {
    /// How long it is heard, in nanoseconds.
    pub fn duration(&self) -> i64 {
        duration_of(u64::from(self.samples), self.form.sample_rate())
    }
}

/// The duration of a number of samples, in nanoseconds.
pub(crate) fn duration_of(samples: u64, sample_rate: u32) -> i64 {
    let rate = i32::try_from(sample_rate.max(1)).unwrap_or(i32::MAX);
    let samples = i64::try_from(samples).unwrap_or(i64::MAX);
    rescale(samples, TimeBase { num: 1, den: rate }, TimeBase::NANOSECONDS)
}

/// The number of samples in a duration in nanoseconds.
pub(crate) fn samples_in(nanos: i64, sample_rate: u32) -> u64 {
    let samples = i128::from(nanos.max(0)) * i128::from(sample_rate) + i128::from(NANOS / 2);
    u64::try_from(samples / i128::from(NANOS)).unwrap_or(0)
}
