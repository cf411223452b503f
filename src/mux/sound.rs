//! A track of sound in a video file: its times count samples, from one gap to the next.
//! It writes nothing itself.

use std::sync::Arc;

use super::order::Slot;
use crate::audio::packet::{AudioForm, AudioPacket, samples_in};
use crate::bitstream::aac;
use crate::label::Label;

/// Times that are off by no more than this part of a second are rounded, or jitter.
const ROUNDING: u32 = 100;

/// What is stated of a track.
#[derive(Debug, Clone)]
pub(crate) struct SoundSpec {
    pub form: Arc<AudioForm>,
    pub label: Label,
}

/// One track.
pub(super) struct SoundTrack {
    pub form: Arc<AudioForm>,
    /// The end of the previous packet, in samples.
    end: Option<i64>,
}

impl SoundTrack {
    pub fn new(spec: &SoundSpec) -> Self {
        Self { form: spec.form.clone(), end: None }
    }

    /// FFmpeg's name of its codec.
    pub fn codec(&self) -> String {
        self.form.parameters.codec()
    }

    /// The packet as one of the track; `None` if the track cannot hold it.
    pub fn packet<'a>(&mut self, from: &'a AudioPacket) -> Option<(Slot, &'a [u8])> {
        if !self.form.holds(&from.form) {
            return None;
        }
        let rate = self.form.sample_rate();
        let stated = i64::try_from(samples_in(from.time, rate)).ok()?;
        let jitter = u64::from(rate / ROUNDING);
        let time = self.end.filter(|end| end.abs_diff(stated) <= jitter).unwrap_or(stated);
        let duration = i64::from(from.samples);
        self.end = Some(time.saturating_add(duration));
        let data = from.packet.data();
        let is_aac = self.codec() == "aac";
        let data = if is_aac { aac::without_header(data) } else { data };
        Some((Slot { at: from.time, ticks: time, duration, keyframe: true }, data))
    }
}
