//! Decoded sound to AAC or FLAC, from the first audible sample to the last. After a gap, and where the sound changes
//! its rate or its channels, the filters and the encoder are restarted.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::container::AudioContainer;
use super::join::{Junction, Junctions};
use super::packet::{AudioForm, AudioPacket, duration_of};
use super::plan::EncodedAudio;
use crate::error::Result;
use crate::event::{Tally, Warning};
use crate::ffi::{AudioEncoder, AudioFrame, AudioGraph, AudioShape, FfmpegError, Received};
use crate::time::TimeBase;

/// Sample rates that AAC has.
const RATES_OF_AAC: [u32; 13] = [
    7350, 8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200,
    96_000,
];
const USUAL_RATE: u32 = 48_000;
/// Bits a second for each channel of AAC.
const BIT_RATE: i64 = 80_000;

/// FFmpeg's names of the layouts that FLAC has, by their number of channels.
const LAYOUTS: [&str; 8] = ["mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"];

/// The form that the encoder takes for sound like `input`.
fn wanted(codec: EncodedAudio, input: &AudioShape) -> AudioShape {
    let channels = usize::try_from(input.channels).unwrap_or(usize::MAX).max(1);
    let most = if codec == EncodedAudio::Aac { 2 } else { LAYOUTS.len() };
    let channels = channels.min(most);
    let (format, sample_rate) = match codec {
        EncodedAudio::Aac if RATES_OF_AAC.contains(&input.sample_rate) => {
            ("fltp", input.sample_rate)
        }
        EncodedAudio::Aac => ("fltp", USUAL_RATE),
        EncodedAudio::Flac if is_deep(&input.format) => ("s32", input.sample_rate),
        EncodedAudio::Flac => ("s16", input.sample_rate),
    };
    AudioShape {
        format: format.to_owned(),
        sample_rate,
        channels: u32::try_from(channels).unwrap_or(1),
        layout: LAYOUTS[channels - 1].to_owned(),
    }
}

/// Whether samples of this format have more than 16 bits because their source does: decoders of lossy codecs give
/// floating-point numbers as well, but each channel by itself.
fn is_deep(format: &str) -> bool {
    matches!(format, "s32" | "s32p" | "s64" | "s64p" | "flt" | "dbl" | "dblp")
}

/// An encoder, and the form of its packets.
fn open(codec: EncodedAudio, gives: AudioShape) -> Result<(AudioEncoder, AudioForm), String> {
    let (container, bit_rate) = match codec {
        EncodedAudio::Aac => (AudioContainer::M4a, BIT_RATE * i64::from(gives.channels)),
        EncodedAudio::Flac => (AudioContainer::Flac, 0),
    };
    let encoder = AudioEncoder::open(codec.name(), gives, bit_rate);
    let encoder = encoder.map_err(|error| format!("{} encoder: {error}", codec.name()))?;
    let parameters = encoder.parameters().map_err(|error| error.to_string())?;
    Ok((encoder, AudioForm { parameters, container: Some(container) }))
}

/// The input of the encoder for sound that decodes to `input`, and the form of its packets.
pub(crate) fn plan(
    codec: EncodedAudio,
    input: &AudioShape,
) -> Result<(AudioShape, AudioForm), String> {
    let gives = wanted(codec, input);
    let (_, form) = open(codec, gives.clone())?;
    Ok((gives, form))
}

/// Encodes frames.
pub(crate) struct EncodeAudio<I> {
    frames: I,
    codec: EncodedAudio,
    /// The range of times to record, in nanoseconds.
    window: Range<i64>,
    /// What the encoder takes, if that was decided before the first frame.
    planned: Option<AudioShape>,
    joints: Junctions,
    /// The end of the previous frame.
    end: Option<i64>,
    /// Frames whose times are off: they continue, or lie behind a gap.
    off: Vec<AudioFrame>,
    chain: Option<Chain>,
    ready: VecDeque<AudioPacket>,
    tally: Arc<Tally>,
    done: bool,
}

impl<I: Iterator<Item = Result<AudioFrame>>> EncodeAudio<I> {
    /// `time_base` is that of the input's timestamps.
    pub fn new(
        frames: I,
        time_base: TimeBase,
        codec: EncodedAudio,
        window: Range<i64>,
        tally: Arc<Tally>,
    ) -> Self {
        let (joints, ready) = (Junctions::new(time_base), VecDeque::new());
        let (end, chain, done) = (None, None, false);
        let (planned, off) = (None, Vec::new());
        Self { frames, codec, window, planned, joints, end, off, chain, ready, tally, done }
    }

    /// The times of frames follow those that were given for pictures.
    pub fn retimed(self, retimed: bool) -> Self {
        let joints = if retimed { self.joints.exact() } else { self.joints };
        Self { joints, ..self }
    }

    /// Encode everything as it was decided before the first frame, also where the sound turns out different.
    pub fn with_planned(self, planned: Option<AudioShape>) -> Self {
        Self { planned, ..self }
    }

    fn take(&mut self, frame: AudioFrame) -> Result<(), String> {
        let shape = frame.shape();
        let Some(time) = frame.time().or(self.end) else { return Ok(()) };
        let duration = duration_of(frame.samples().into(), shape.sample_rate);
        let end = time.saturating_add(duration);
        self.end = Some(end);
        if time >= self.window.end {
            self.done = true;
            return Ok(());
        }
        if end <= self.window.start {
            return Ok(());
        }
        if let Junction::Gap(before) = self.joints.see(time, duration) {
            let behind = self.off.split_off(self.off.len().saturating_sub(before));
            self.finish()?;
            self.off = behind;
        }
        self.off.push(frame);
        if self.joints.is_sure() { self.encode() } else { Ok(()) }
    }

    /// Encode the frames that were held back.
    fn encode(&mut self) -> Result<(), String> {
        for frame in std::mem::take(&mut self.off) {
            let shape = frame.shape();
            if self.chain.as_ref().is_some_and(|chain| chain.takes != shape) {
                self.flush()?;
            }
            let chain = match &mut self.chain {
                Some(chain) => chain,
                None => {
                    let gives = self.planned.clone().unwrap_or_else(|| wanted(self.codec, &shape));
                    let chain = Chain::new(self.codec, shape, gives, &self.window)?;
                    self.chain.insert(chain)
                }
            };
            chain.take(Some(frame), &mut self.ready).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Encode everything up to a gap or the end.
    fn finish(&mut self) -> Result<(), String> {
        self.encode()?;
        self.flush()
    }

    /// Encode what the filters and the encoder hold.
    fn flush(&mut self) -> Result<(), String> {
        match self.chain.take() {
            Some(mut chain) => chain.take(None, &mut self.ready).map_err(|error| error.to_string()),
            None => Ok(()),
        }
    }
}

impl<I: Iterator<Item = Result<AudioFrame>>> Iterator for EncodeAudio<I> {
    type Item = AudioPacket;

    fn next(&mut self) -> Option<AudioPacket> {
        loop {
            if let Some(packet) = self.ready.pop_front() {
                return Some(packet);
            }
            if self.done && self.chain.is_none() && self.off.is_empty() {
                return None;
            }
            let next = if self.done { None } else { self.frames.next() };
            let done = match next {
                Some(Ok(frame)) => self.take(frame),
                Some(Err(error)) => Err(error.cause().to_owned()),
                None => {
                    self.done = true;
                    self.finish()
                }
            };
            if let Err(why) = done {
                self.tally.warn(Warning::SoundLeftOut(format!("sound is left out: {why}")));
                (self.done, self.chain) = (true, None);
                self.off.clear();
            }
        }
    }
}

/// Filters and an encoder, from one gap to the next.
struct Chain {
    takes: AudioShape,
    graph: AudioGraph,
    encoder: AudioEncoder,
    form: Arc<AudioForm>,
    /// When the first sample is heard.
    start: Option<i64>,
    samples: i64,
}

impl Chain {
    fn new(
        codec: EncodedAudio,
        takes: AudioShape,
        gives: AudioShape,
        window: &Range<i64>,
    ) -> Result<Self, String> {
        let seconds = |nanos: i64| nanos as f64 / 1e9;
        let mut filters = String::new();
        if window.start > i64::MIN {
            filters += &format!("atrim=start={:.6},", seconds(window.start));
        }
        if window.end < i64::MAX {
            filters += &format!("atrim=end={:.6},", seconds(window.end));
        }
        let AudioShape { format, sample_rate, layout, channels } = &gives;
        if takes.channels == *channels && takes.layout != *layout {
            // As many channels of other speakers: FFmpeg would mix them.
            let channels: Vec<String> = (0..*channels).map(|nth| nth.to_string()).collect();
            filters += &format!("channelmap=map={}:channel_layout={layout},", channels.join("|"));
        }
        filters += &format!(
            "aformat=sample_fmts={format}:sample_rates={sample_rate}:channel_layouts={layout}"
        );
        let mut graph = AudioGraph::new(&takes, &filters).map_err(|error| error.to_string())?;
        let (encoder, form) = open(codec, gives)?;
        graph.set_frame_size(encoder.frame_size());
        let form = Arc::new(form);
        Ok(Self { takes, graph, encoder, form, start: None, samples: 0 })
    }

    /// Encode a frame, or the rest.
    fn take(
        &mut self,
        frame: Option<AudioFrame>,
        ready: &mut VecDeque<AudioPacket>,
    ) -> Result<(), FfmpegError> {
        let is_end = frame.is_none();
        self.graph.send(frame)?;
        while let Received::Output(frame) = self.graph.receive()? {
            self.start = self.start.or(frame.time());
            let first = self.samples;
            self.samples += i64::from(frame.samples());
            self.encoder.send(Some((frame, first)))?;
            self.receive(ready)?;
        }
        if is_end {
            self.encoder.send(None)?;
            self.receive(ready)?;
        }
        Ok(())
    }

    fn receive(&mut self, ready: &mut VecDeque<AudioPacket>) -> Result<(), FfmpegError> {
        while let Received::Output(packet) = self.encoder.receive()? {
            let first = packet.time().unwrap_or(0);
            let samples = u32::try_from(packet.duration()).ok().filter(|&samples| samples > 0);
            let samples = samples.or(self.form.parameters.samples_in(&packet)).unwrap_or(0);
            // What the encoder puts in front of the sound is not heard.
            if first < 0 {
                continue;
            }
            let after = duration_of(first.unsigned_abs(), self.form.sample_rate());
            let time = self.start.unwrap_or(0).saturating_add(after);
            let form = self.form.clone();
            ready.push_back(AudioPacket { packet, time, capture_time: None, samples, form });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gives(codec: EncodedAudio, format: &str, sample_rate: u32, channels: u32) -> AudioShape {
        let (format, layout) = (format.to_owned(), String::new());
        wanted(codec, &AudioShape { format, sample_rate, channels, layout })
    }

    #[test]
    fn sound_is_converted_to_a_form_that_its_encoder_takes() {
        let surround = gives(EncodedAudio::Aac, "fltp", 44_100, 6);
        assert_eq!((surround.layout.as_str(), surround.sample_rate), ("stereo", 44_100));
        assert_eq!(gives(EncodedAudio::Aac, "s16", 192_000, 1).sample_rate, USUAL_RATE);
        let deep = gives(EncodedAudio::Flac, "s32p", 192_000, 8);
        assert_eq!(
            (deep.format.as_str(), deep.sample_rate, deep.layout.as_str()),
            ("s32", 192_000, "7.1")
        );
        assert_eq!(gives(EncodedAudio::Flac, "fltp", 48_000, 6).format, "s16");
        assert_eq!(gives(EncodedAudio::Flac, "dbl", 48_000, 1).format, "s32");
    }
}
