//! A track of sound in a video file: its times count samples, from one gap to the next.
//! It writes nothing itself.

use std::sync::Arc;

use crate::audio::packet::{AudioForm, AudioPacket, samples_in};
use crate::bitstream::aac;
use crate::ffi::{MuxedPacket, MuxedStream};

/// Times that are off by no more than this part of a second are rounded, or jitter.
const ROUNDING: u32 = 100;

/// What is stated of a track.
#[derive(Debug, Clone)]
pub(crate) struct SoundSpec {
    pub form: Arc<AudioForm>,
    /// What tells it from others: a language in three letters, or a title.
    pub name: Option<String>,
}

impl SoundSpec {
    fn metadata(&self) -> Vec<(&'static str, String)> {
        let is_language =
            |name: &str| name.len() == 3 && name.bytes().all(|b| b.is_ascii_lowercase());
        let key = |name: &String| if is_language(name) { "language" } else { "title" };
        self.name.iter().map(|name| (key(name), name.clone())).collect()
    }
}

/// One track.
pub(super) struct SoundTrack {
    form: Arc<AudioForm>,
    metadata: Vec<(&'static str, String)>,
    /// The end of the previous packet, in samples.
    end: Option<i64>,
}

impl SoundTrack {
    pub fn new(spec: &SoundSpec) -> Self {
        Self { form: spec.form.clone(), metadata: spec.metadata(), end: None }
    }

    /// FFmpeg's name of its codec.
    pub fn codec(&self) -> String {
        self.form.parameters.codec()
    }

    pub fn stream(&self) -> MuxedStream<'_> {
        MuxedStream::Sound(&self.form.parameters, self.form.time_base(), &self.metadata)
    }

    /// The packet as one of the stream of this number; `None` if the track cannot hold it.
    pub fn packet<'a>(&mut self, stream: usize, from: &'a AudioPacket) -> Option<MuxedPacket<'a>> {
        // Containers put more into their copy of the headers than the decoder needs; that is no other form.
        let own_headers = from.form.parameters.extradata().is_empty();
        let fits = match own_headers {
            true => from.form.fits(&self.form),
            false => from.form.is_like(&self.form),
        };
        if !fits {
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
        Some(MuxedPacket { stream, data, time, duration, keyframe: true })
    }
}
