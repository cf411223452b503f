//! The thread of one video of a recording: pictures in, encoded rows out.
//! The order of the stages between is in `stages.rs`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender};
use rerun::log::LogMsg;

use super::{Logged, Produced, bytes_of};
use crate::config::VideoConfig;
use crate::encode::plan::EncodePlan;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Tally;
use crate::picture::given::Given;
use crate::relay::survey::Place;
use crate::relay::{Routed, RowKey, VideoRow, VideoRows};
use crate::run::budget::Budget;
use crate::run::stages::encode_given;
use crate::sample::SampleCodec;
use crate::threads::{Spawner, caught};

/// A video before its thread is started.
pub(super) struct Job {
    pub place: Place,
    pub codec: SampleCodec,
    pub plan: EncodePlan,
    pub video: VideoConfig,
    pub max_bytes: usize,
    pub new_ids: bool,
    pub subject: String,
    pub tally: Arc<Tally>,
}

/// The rows whose pictures are being encoded, by the time that stands for each.
#[derive(Clone, Default)]
struct Keys(Arc<Mutex<BTreeMap<i64, RowKey>>>);

impl Keys {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<i64, RowKey>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Job {
    /// The body of the thread of one video.
    pub fn run(
        self,
        track: usize,
        pictures: Receiver<Routed>,
        out: &Sender<Produced>,
        budget: &Budget,
        threads: &Spawner,
    ) {
        let encode = || self.encode(track, pictures, out, budget, threads);
        if let Err(error) = caught("the stages of a track", encode).flatten() {
            let _ = out.send(Produced::Failed(track, error));
        }
        let _ = out.send(Produced::Ended(track));
    }

    fn encode(
        self,
        track: usize,
        pictures: Receiver<Routed>,
        out: &Sender<Produced>,
        budget: &Budget,
        threads: &Spawner,
    ) -> Result<()> {
        let keys = Keys::default();
        let entering = keys.clone();
        let given = pictures.into_iter().map(move |routed| -> Given {
            entering.with(|keys| keys.insert(routed.picture.time, routed.key));
            routed.picture
        });
        let marking = keys.clone();
        let mut before: Option<RowKey> = None;
        // A decoder must be able to start wherever a timeline begins, ends or goes back.
        let begins = move |time| {
            let key = marking.with(|keys| keys.get(&time).cloned());
            let breaks = before.as_ref().zip(key.as_ref()).is_some_and(|(b, k)| !k.follows(b));
            before = key.or(before.take());
            breaks
        };
        let (subject, tally) = (self.subject.clone(), self.tally.clone());
        let samples = encode_given(given, &self.video, self.plan, begins, subject, tally, threads)?;
        let (store, entity) = self.place;
        let mut rows = VideoRows::new(store, entity, self.max_bytes, self.new_ids);
        let mut logged = Logged::default();
        let send = |message: LogMsg, logged: Logged| {
            let permit = budget.take(bytes_of(&message));
            // An error means that the receiver is gone.
            out.send(Produced::Video { track, message, logged, permit }).is_ok()
        };
        let mut begun = false;
        for sample in samples {
            let sample = sample?;
            if !std::mem::replace(&mut begun, true) {
                send(rows.codec(self.codec)?, Logged::default());
            }
            // Earlier pictures that are still listed gave no sample.
            let key = keys.with(|keys| {
                let later = keys.split_off(&sample.time);
                *keys = later;
                keys.remove(&sample.time)
            });
            let Some(key) = key else {
                let cause = "a filter made a picture of its own";
                return Err(Error::new(ErrorKind::Filter, &self.subject, cause).with_remedy(
                    "a recording takes filters that leave times and numbers of pictures alone",
                ));
            };
            logged.samples += 1;
            logged.bytes += sample.data.len() as u64;
            logged.time = sample.time;
            for message in
                rows.push(VideoRow { key, data: sample.data, keyframe: sample.keyframe })?
            {
                if !send(message, std::mem::take(&mut logged)) {
                    return Ok(());
                }
            }
        }
        if begun {
            for message in rows.finish()? {
                send(message, std::mem::take(&mut logged));
            }
        }
        Ok(())
    }
}
