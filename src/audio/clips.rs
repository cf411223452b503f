//! Groups packets of sound for the outputs: into clips, each a file that ends at a gap or at its longest duration, and
//! for ordinary video files as single packets.
//! It decodes nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use super::clip::AudioClip;
use super::join::{Junction, Junctions};
use super::open_clip::OpenClip;
use super::packet::{AudioForm, AudioPacket};
use super::targets::AudioTargets;
use crate::event::{Tally, Warning};
use crate::ffi::FfmpegError;
use crate::time::TimeBase;

/// Times off by no more than this are rounded.
const ROUNDING: i64 = 1_000_000;

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
    /// That of the last packet.
    form: Option<Arc<AudioForm>>,
    open: Option<OpenClip>,
    /// Packets that belong to the open clip or to the next one: their times are off.
    off: Vec<AudioPacket>,
    joints: Junctions,
    /// The last packets of the open clip, with which the next one begins if it is cut there.
    last: VecDeque<AudioPacket>,
    /// The end of the previous clip, if it was cut there.
    end: Option<i64>,
    ready: VecDeque<AudioItem>,
    done: bool,
}

impl<I: Iterator<Item = AudioPacket>> Clips<I> {
    /// `time_base` is that of the input's timestamps.
    pub fn new(packets: I, time_base: TimeBase, rules: ClipRules) -> Self {
        let joints = Junctions::new(time_base);
        let (last, ready) = Default::default();
        let (form, open, off, end, done) = (None, None, Vec::new(), None, false);
        Self { packets, rules, form, open, off, joints, last, end, ready, done }
    }

    fn take(&mut self, packet: AudioPacket) {
        if self.rules.targets.files() {
            match self.rules.stated.as_ref().is_none_or(|stated| stated.holds(&packet.form)) {
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
        if self.form.as_ref().is_some_and(|form| !Arc::ptr_eq(form, &packet.form)) {
            self.joints.reset();
            self.close();
        }
        self.form = Some(packet.form.clone());
        if let Junction::Gap(before) = self.joints.see(packet.time, packet.duration()) {
            let behind = self.off.split_off(self.off.len().saturating_sub(before));
            self.close();
            self.off = behind;
        }
        self.off.push(packet);
        if self.joints.is_sure() {
            self.write();
            if self.open.as_ref().is_some_and(|open| open.is_full(self.rules.longest)) {
                let last = std::mem::take(&mut self.last).into();
                self.end = self.close();
                self.off = last;
            }
        }
    }

    /// Write packets to the open clip.
    fn write(&mut self) {
        for packet in std::mem::take(&mut self.off) {
            if let Err(error) = self.write_one(packet) {
                self.left_out(&error);
                // What comes behind the packet has its own time.
                self.finish();
            }
        }
    }

    fn write_one(&mut self, packet: AudioPacket) -> Result<(), FfmpegError> {
        let open = match &mut self.open {
            Some(open) => open,
            none => match OpenClip::new(&packet.form)? {
                Some(open) => none.insert(open),
                None => return Ok(()),
            },
        };
        open.write(&packet)?;
        let preroll = open.preroll();
        if preroll > 0 {
            self.last.push_back(packet);
            if self.last.len() > preroll {
                self.last.pop_front();
            }
        }
        Ok(())
    }

    fn left_out(&self, error: &FfmpegError) {
        let why = format!("sound is left out: {error}");
        self.rules.tally.warn(Warning::SoundLeftOut(why));
    }

    /// Complete the open clip. Returns where it ends.
    fn close(&mut self) -> Option<i64> {
        self.write();
        self.finish()
    }

    fn finish(&mut self) -> Option<i64> {
        self.last.clear();
        let before = self.end.take();
        match self.open.take()?.finish(self.rules.line) {
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
                self.left_out(&error);
                None
            }
        }
    }
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
