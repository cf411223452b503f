//! The sound of a recording on its way into ordinary video files: its clips as packets again, at the times of their
//! video.
//! The packets are processed by the stages.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use rerun::{EntityPath, Timeline};
use tempfile::TempPath;

use super::job::Job;
use crate::audio::encode;
use crate::audio::packet::{AudioForm, AudioPacket};
use crate::audio::plan::EncodedAudio;
use crate::audio::streams::{AudioHead, AudioStreams, AudioWay};
use crate::audio::targets::AudioTargets;
use crate::config::{AudioChoice, AudioCodec, InputConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Tally, Warning};
use crate::ffi::{AudioDecoder, AudioParameters, AudioShape, Input, Packet};
use crate::input::open::open_input;
use crate::label::Label;
use crate::relay::StoredClip;
use crate::relay::survey::Place;
use crate::run::stages::as_recorded;
use crate::source;

/// What the sound of all recordings of a run is made into.
#[derive(Clone)]
pub(super) struct SoundRules {
    pub codec: AudioCodec,
    /// Of the video files alone.
    pub targets: AudioTargets,
    pub cancel: Cancel,
}

/// The sound of one entity, which accompanies one video.
pub(super) struct VideoSound {
    pub entity: String,
    pub track: usize,
    /// Which of the track's streams of sound it is.
    pub line: usize,
    pub form: Arc<AudioForm>,
    /// What all clips are encoded to, because they differ.
    encode: Option<Common>,
    /// Clips that are still to come, with their times in the video file.
    clips: VecDeque<(i64, TempPath)>,
    packets: Option<Box<dyn Iterator<Item = AudioPacket> + Send>>,
    next: Option<AudioPacket>,
    rules: SoundRules,
    tally: Arc<Tally>,
}

/// The video that sound accompanies: the one whose entity it is below of, or else the first.
pub(super) fn video_of(sound: &EntityPath, jobs: &[Job]) -> Option<usize> {
    let below = |job: &Job| sound.is_descendant_of(&job.place.1);
    let longest = |(_, job): &(usize, &Job)| job.place.1.len();
    let own = jobs.iter().enumerate().filter(|(_, job)| below(job)).max_by_key(longest);
    own.map(|(nth, _)| nth).or(if jobs.is_empty() { None } else { Some(0) })
}

/// What the name of an entity says about the sound there: nothing, if it is just `audio`.
pub(super) fn label_of(entity: &EntityPath) -> Label {
    let name = entity.last().map(|part| part.unescaped_str()).filter(|name| *name != "audio");
    name.map(Label::of_part).unwrap_or_default()
}

impl VideoSound {
    /// The clips of `place` beside the video of `job`, whose times follow `pace`.
    pub fn new(
        place: &Place,
        clips: Vec<StoredClip>,
        (track, line): (usize, usize),
        job: &Job,
        pace: Option<&Timeline>,
        rules: &SoundRules,
    ) -> Result<Self> {
        let entity = &place.1;
        let fail = |cause: &str| Error::new(ErrorKind::Read, format!("sound at {entity}"), cause);
        if job.start.is_none() {
            return Err(fail("the video beside it has no timeline of times"));
        }
        let time = |clip: &StoredClip| job.time_in_file(&clip.key, pace?);
        let timed = clips.into_iter().filter_map(|clip| Some((time(&clip)?, clip.file)));
        let mut timed: Vec<(i64, TempPath)> = timed.collect();
        timed.sort_by_key(|(time, _)| *time);
        if timed.is_empty() {
            return Err(fail("it is on no timeline of the video beside it"));
        }
        // Those that cannot be opened are counted when it is their turn.
        let form = |(_, file): &(i64, TempPath)| Clip::open(file, rules, &Tally::default());
        let forms = timed.iter().filter_map(|clip| Some(form(clip).ok()?.form));
        let forms: Vec<Arc<AudioForm>> = forms.collect();
        let Some(first) = forms.first() else {
            return Err(fail("it holds no sound that is known"));
        };
        let encode = match forms.iter().all(|form| form.is_like(first)) {
            true => None,
            false => Some(common(&forms).map_err(|cause| fail(&cause))?),
        };
        let form = encode.as_ref().map_or_else(|| first.clone(), |common| common.form.clone());
        let (clips, tally, rules) = (timed.into(), job.tally.clone(), rules.clone());
        let entity = entity.to_string();
        let (packets, next) = (None, None);
        Ok(Self { entity, track, line, form, encode, clips, packets, next, rules, tally })
    }

    /// The next packet that begins at `time` or earlier.
    pub fn until(&mut self, time: i64) -> Option<AudioPacket> {
        loop {
            if let Some(packet) = self.next.take() {
                if packet.time > time {
                    self.next = Some(packet);
                    return None;
                }
                return Some(packet);
            }
            if let Some(packets) = &mut self.packets {
                // Where clips overlap, the Viewer plays the later one.
                let next = self.clips.front().map(|(begin, _)| *begin);
                let is_heard = |packet: &AudioPacket| {
                    let middle = packet.time.saturating_add(packet.duration() / 2);
                    next.is_none_or(|next| middle <= next)
                };
                self.next = packets.next().filter(is_heard);
                if self.next.is_some() {
                    continue;
                }
            }
            self.packets = None;
            let (begin, file) = self.clips.pop_front_if(|(begin, _)| *begin <= time)?;
            let clip = Clip::open(&file, &self.rules, &self.tally);
            let clip = clip.and_then(|clip| match &self.encode {
                Some(common) => clip.encoded(common),
                None => Ok(clip),
            });
            match clip {
                Ok(clip) => {
                    let placed = clip.packets(self.tally.clone()).filter_map(move |packet| {
                        // The file is there until its last packet is read.
                        let _file = &file;
                        let time = packet.time.saturating_add(begin);
                        (time >= 0).then_some(AudioPacket { time, ..packet })
                    });
                    self.packets = Some(Box::new(placed));
                }
                Err(error) => {
                    let why = format!("sound is left out: {}", error.cause());
                    self.tally.warn(Warning::SoundLeftOut(why));
                }
            }
        }
    }
}

/// What a track of a file can hold of clips that differ.
struct Common {
    codec: EncodedAudio,
    gives: AudioShape,
    form: Arc<AudioForm>,
}

/// An encoding for all of these: as many samples a second and channels as the richest has, lossless if all are.
fn common(forms: &[Arc<AudioForm>]) -> Result<Common, String> {
    let most = |of: fn(&AudioParameters) -> u32| {
        forms.iter().map(|form| of(&form.parameters)).max().unwrap_or_default()
    };
    let shape = AudioShape {
        sample_rate: most(AudioParameters::sample_rate),
        channels: most(AudioParameters::channels),
        ..forms.first().map(|form| form.parameters.shape()).unwrap_or_default()
    };
    let lossless = forms.iter().all(|form| form.parameters.is_lossless());
    let codec = EncodedAudio::usual(lossless, shape.channels);
    let (gives, form) = encode::plan(codec, &shape)?;
    Ok(Common { codec, gives, form: Arc::new(form) })
}

/// One clip, open.
struct Clip {
    input: Input,
    index: usize,
    head: AudioHead,
    form: Arc<AudioForm>,
}

impl Clip {
    fn open(path: &Path, rules: &SoundRules, tally: &Tally) -> Result<Self> {
        let subject = "a clip of sound";
        let config = InputConfig::new(path);
        let mut input = open_input(&source::resolve(&config)?, &rules.cancel)
            .map_err(|error| Error::new(ErrorKind::Read, subject, error.cause()))?;
        let wanted = (rules.codec, rules.targets);
        let streams = AudioStreams::find(&mut input, subject, AudioChoice::Best, wanted, None)?;
        let stream = streams.streams.first();
        let known = stream.and_then(|stream| Some((stream.index, stream.planned.clone()?.form)));
        let head = streams.head((0, 0), &input, false, tally);
        match known.zip(head) {
            Some(((index, form), head)) => Ok(Self { input, index, head, form }),
            None => Err(Error::new(ErrorKind::Read, subject, "it holds no sound that is known")),
        }
    }

    /// The same, encoded like all others.
    fn encoded(self, common: &Common) -> Result<Self> {
        let decoder = AudioDecoder::open(&self.input, self.index)
            .map_err(|error| Error::new(ErrorKind::Decode, "a clip of sound", error))?;
        let form =
            AudioWay::Encode { decoder, codec: common.codec, gives: Some(common.gives.clone()) };
        Ok(Self { head: AudioHead { form, ..self.head }, form: common.form.clone(), ..self })
    }

    fn packets(self, tally: Arc<Tally>) -> impl Iterator<Item = AudioPacket> + Send {
        let Self { mut input, index, head, .. } = self;
        let all = std::iter::from_fn(move || input.read().ok());
        let own = all.filter(move |packet: &Packet| packet.stream() == index);
        as_recorded(own, head, 0..i64::MAX, tally)
    }
}
