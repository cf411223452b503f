//! Packets of sound to what outputs take: clips, each a file that ends at a gap or where it is long enough, and for
//! ordinary video files the packets themselves.
//! It decodes nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use super::clip::AudioClip;
use super::container::AudioContainer;
use super::join::{Joint, Joints};
use super::packet::{AudioForm, AudioPacket, duration_of};
use super::targets::AudioTargets;
use crate::event::{Tally, Warning};
use crate::ffi::{BlobMuxer, FfmpegError};

/// Times off by no more than this are rounded.
const ROUNDING: i64 = 1_000_000;
/// Rerun refuses clips of more than 512 MiB of decoded samples, of 4 bytes each.
const MOST_DECODED: u64 = 448 << 20;
/// Sound is held in memory until its clip ends.
const MOST_BYTES: usize = 32 << 20;

/// How clips are made.
#[derive(Clone)]
pub(crate) struct ClipRules {
    /// Which of the input's streams of sound it is.
    pub line: usize,
    /// The longest time in nanoseconds that sound waits for more.
    pub longest: i64,
    pub targets: AudioTargets,
    /// The form of the stream in ordinary video files.
    pub stated: Option<Arc<AudioForm>>,
    pub tally: Arc<Tally>,
}

/// Sound for outputs.
pub(crate) enum AudioItem {
    Clip(AudioClip),
    Packet(AudioPacket),
}

/// Makes clips.
pub(crate) struct Clips<I> {
    packets: I,
    rules: ClipRules,
    open: Open,
    joints: Joints,
    /// The end of the previous clip, if it was cut there.
    end: Option<i64>,
    ready: VecDeque<AudioItem>,
    done: bool,
}

/// The clip that is being filled.
#[derive(Default)]
struct Open {
    packets: Vec<AudioPacket>,
    bytes: usize,
    samples: u64,
}

impl Open {
    fn push(&mut self, packet: AudioPacket) {
        self.bytes += packet.packet.size();
        self.samples += u64::from(packet.samples);
        self.packets.push(packet);
    }

    fn is_full(&self, longest: i64) -> bool {
        self.packets.first().is_some_and(|first| {
            let channels = u64::from(first.form.parameters.channels().max(1));
            self.bytes >= MOST_BYTES
                || self.samples * channels * size_of::<f32>() as u64 >= MOST_DECODED
                || duration_of(self.samples, first.form.sample_rate()) >= longest
        })
    }
}

impl<I: Iterator<Item = AudioPacket>> Clips<I> {
    pub fn new(packets: I, rules: ClipRules) -> Self {
        let (open, joints, ready) = Default::default();
        Self { packets, rules, open, joints, end: None, ready, done: false }
    }

    fn take(&mut self, packet: AudioPacket) {
        if self.rules.targets.files() {
            match self.rules.stated.as_ref().is_none_or(|stated| packet.form.fits(stated)) {
                true => self.ready.push_back(AudioItem::Packet(packet.clone())),
                false => {
                    let why = "packets of sound left out of video files, since their format changes in mid-stream";
                    self.rules.tally.warn(Warning::SoundLeftOut(why.to_owned()));
                }
            }
        }
        if self.rules.targets.recording {
            self.fill(packet);
        }
    }

    /// Add a packet to the open clip, or begin a new one with it.
    fn fill(&mut self, packet: AudioPacket) {
        let first = self.open.packets.first();
        if first.is_some_and(|first| !Arc::ptr_eq(&first.form, &packet.form)) {
            self.joints = Joints::default();
            self.close();
        }
        if let Joint::Gap(before) = self.joints.see(packet.time, packet.duration()) {
            let at = self.open.packets.len().saturating_sub(before);
            let behind = self.open.packets.split_off(at);
            self.close();
            behind.into_iter().for_each(|packet| self.open.push(packet));
        }
        self.open.push(packet);
        if self.open.is_full(self.rules.longest) {
            let container = self.open.packets.first().and_then(|first| first.form.container);
            let preroll = container.map_or(0, AudioContainer::preroll);
            let last: Vec<_> = self.open.packets.iter().rev().take(preroll).cloned().collect();
            self.end = self.close();
            last.into_iter().rev().for_each(|packet| self.open.push(packet));
        }
    }

    /// Complete the open clip. Returns where it ends.
    fn close(&mut self) -> Option<i64> {
        let Open { packets, .. } = std::mem::take(&mut self.open);
        let before = self.end.take();
        match clip(&packets, self.rules.line) {
            Ok(Some(mut clip)) => {
                // To the sample, where clips touch.
                let touches = |end: &i64| clip.time.abs_diff(*end) <= ROUNDING.unsigned_abs();
                clip.time = before.filter(touches).unwrap_or(clip.time);
                let end = clip.time.saturating_add(clip.duration);
                self.ready.push_back(AudioItem::Clip(clip));
                Some(end)
            }
            Ok(None) => None,
            Err(error) => {
                let why = format!("sound is left out: {error}");
                self.rules.tally.warn(Warning::SoundLeftOut(why));
                None
            }
        }
    }
}

/// The clip of some packets; `None` if they give no sound.
fn clip(packets: &[AudioPacket], line: usize) -> Result<Option<AudioClip>, FfmpegError> {
    let Some(AudioPacket { form, .. }) = packets.first() else { return Ok(None) };
    let Some(container) = form.container else { return Ok(None) };
    let preroll = container.preroll();
    let Some(heard) = packets.get(preroll) else { return Ok(None) };
    let (muxer, options) = (container.muxer(), container.options());
    let mut file = BlobMuxer::create(muxer, &form.parameters, form.time_base(), options)?;
    let mut samples = 0;
    for (nth, packet) in packets.iter().enumerate() {
        let own = if nth < preroll { 0 } else { i64::from(packet.samples) };
        file.write(&packet.packet, samples, own)?;
        samples += own;
    }
    Ok(Some(AudioClip {
        line,
        time: heard.time,
        capture_time: heard.capture_time,
        duration: duration_of(samples.unsigned_abs(), form.sample_rate()),
        media_type: container.media_type(),
        file: file.finish()?,
    }))
}

impl<I: Iterator<Item = AudioPacket>> Iterator for Clips<I> {
    type Item = AudioItem;

    fn next(&mut self) -> Option<AudioItem> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(item);
            }
            if self.done {
                return None;
            }
            match self.packets.next() {
                Some(packet) => self.take(packet),
                None => {
                    self.done = true;
                    self.close();
                }
            }
        }
    }
}
