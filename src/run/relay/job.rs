//! The thread of one video of a recording, which encodes or copies its pictures and sends the samples to the outputs.
//! The order of the stages between is in `stages`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender};
use rerun::Timeline;

use super::emit::Emit;
use super::{Produced, Wants};
use crate::bitstream::access_unit::{Headers, Inspector};
use crate::config::VideoConfig;
use crate::encode::plan::EncodePlan;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Tally;
use crate::ffi::Geometry;
use crate::picture::given::MemoryPicture;
use crate::relay::survey::Place;
use crate::relay::times::Start;
use crate::relay::{Routed, RowKey};
use crate::run::budget::Budget;
use crate::run::stages::encode_given;
use crate::sample::{Sample, SampleCodec};
use crate::threads::{Spawner, caught};

/// What is done with the pictures of a video.
pub(crate) enum Treatment {
    Encode(EncodePlan),
    /// Copy samples, and insert headers at keyframes that lack them.
    Repair(Headers),
    /// Copy samples; the rows pass unchanged.
    Keep,
}

/// What is known of a video before it is converted, for reports.
pub(crate) struct Outline {
    pub timelines: Vec<String>,
    /// "40 pictures as EncodedImage".
    pub what: String,
    /// Why the Viewer would show it wrong, if it is a stream.
    pub defect: Option<&'static str>,
    /// Of the first picture.
    pub geometry: Option<Geometry>,
}

/// A video before its thread is started.
pub(crate) struct Job {
    pub place: Place,
    pub codec: SampleCodec,
    pub treatment: Treatment,
    pub outline: Outline,
    pub video: VideoConfig,
    pub wants: Wants,
    pub start: Option<Start>,
    /// Added to the times of samples in a video file.
    pub shift: i64,
    pub max_bytes: usize,
    pub new_ids: bool,
    pub subject: String,
    pub tally: Arc<Tally>,
}

/// The rows of the pictures that are being encoded, by their time in the encoder.
#[derive(Clone, Default)]
struct Keys(Arc<Mutex<BTreeMap<i64, RowKey>>>);

impl Keys {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<i64, RowKey>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Job {
    /// The time in a video file of a row of a side track, whose times are of the timeline `pace`.
    pub fn time_in_file(&self, row: &RowKey, pace: &Timeline) -> Option<i64> {
        let (Start::SinceEpoch(first) | Start::OnItsOwn(first)) = self.start?;
        let (_, time) = row.times.iter().find(|(timeline, _)| timeline == pace)?;
        Some(time.saturating_sub(first).saturating_add(self.shift))
    }

    /// The body of the thread of one video.
    pub(super) fn run(
        self,
        track: usize,
        pictures: Receiver<Routed>,
        out: &Sender<Produced>,
        budget: &Budget,
        threads: &Spawner,
    ) {
        let emit = Emit::new(track, &self, out, budget);
        let work = || match self.treatment {
            Treatment::Encode(_) => self.encode(pictures, emit, threads),
            Treatment::Repair(_) | Treatment::Keep => self.copy(pictures, emit),
        };
        if let Err(error) = caught("the stages of a track", work).flatten() {
            let _ = out.send(Produced::Failed(track, error));
        }
        let _ = out.send(Produced::Ended(track));
    }

    /// Copy the samples, and insert missing headers.
    fn copy(self, pictures: Receiver<Routed>, mut emit: Emit<'_>) -> Result<()> {
        let mut inspector = Inspector::new(self.codec);
        for (Routed { key, picture, .. }, frame) in pictures.into_iter().zip(0..) {
            Tally::add(&self.tally.read, 1);
            let unit = inspector.inspect(&picture.data);
            let keyframe = unit.starts_gop;
            let data = match &self.treatment {
                Treatment::Repair(headers) if keyframe && !unit.has_headers => {
                    headers.insert(&picture.data, unit.delimiter)
                }
                _ => picture.data,
            };
            let (time, data) = (picture.time, data.into());
            let sample = Sample { frame, time, capture_time: None, data, keyframe };
            if !emit.take(key, sample)? {
                return Ok(());
            }
        }
        emit.finish()
    }

    fn encode(
        self,
        pictures: Receiver<Routed>,
        mut emit: Emit<'_>,
        threads: &Spawner,
    ) -> Result<()> {
        let Treatment::Encode(plan) = self.treatment else { return Ok(()) };
        let keys = Keys::default();
        let entering = keys.clone();
        let given = pictures.into_iter().map(move |routed| -> MemoryPicture {
            entering.with(|keys| keys.insert(routed.picture.time, routed.key));
            routed.picture
        });
        let marking = keys.clone();
        let mut before: Option<RowKey> = None;
        // A decoder must be able to start where a timeline begins, ends or goes back.
        let begins = move |time| {
            let key = marking.with(|keys| keys.get(&time).cloned());
            let breaks = before.as_ref().zip(key.as_ref()).is_some_and(|(b, k)| !k.follows(b));
            before = key.or(before.take());
            breaks
        };
        let subject = self.subject.clone();
        let samples = encode_given(given, &self.video, plan, begins, subject, self.tally, threads)?;
        for (sample, frame) in samples.zip(0..) {
            let sample = Sample { frame, ..sample? };
            // No sample came of the earlier pictures that are still listed.
            let key = keys.with(|keys| {
                let later = keys.split_off(&sample.time);
                *keys = later;
                keys.remove(&sample.time)
            });
            let Some(key) = key else {
                let cause = "a filter added a picture";
                return Err(Error::new(ErrorKind::Filter, &self.subject, cause).with_remedy(
                    "use only filters that keep the number and the times of pictures",
                ));
            };
            if !emit.take(key, sample)? {
                return Ok(());
            }
        }
        emit.finish()
    }
}
