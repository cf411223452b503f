//! Sends the samples of a video from its thread to the outputs: as messages to recordings, as they are to video files.
//! It makes no samples.

use crossbeam_channel::Sender;
use rerun::log::LogMsg;

use super::job::{Job, Treatment};
use super::{Produced, bytes_of};
use crate::error::Result;
use crate::record::{Entry, Row};
use crate::relay::{RowKey, VideoRow, VideoRows};
use crate::run::budget::Budget;
use crate::sample::{Sample, SampleCodec};

/// What an entry adds to the counts of its track.
#[derive(Default, Clone, Copy)]
pub(super) struct Logged {
    pub samples: u64,
    pub bytes: u64,
    pub time: i64,
}

/// Sends the samples of one track.
pub(super) struct Emit<'a> {
    track: usize,
    codec: SampleCodec,
    /// `None` if no recording is written or the rows pass unchanged.
    rows: Option<VideoRows>,
    to_video_file: bool,
    shift: i64,
    begun: bool,
    logged: Logged,
    out: &'a Sender<Produced>,
    budget: &'a Budget,
}

impl<'a> Emit<'a> {
    pub fn new(track: usize, job: &Job, out: &'a Sender<Produced>, budget: &'a Budget) -> Self {
        let rows = job.wants.messages && !matches!(job.treatment, Treatment::Keep);
        let (store, entity) = job.place.clone();
        Self {
            track,
            codec: job.codec,
            rows: rows.then(|| VideoRows::new(store, entity, job.max_bytes, job.new_ids)),
            to_video_file: job.wants.samples,
            shift: job.shift,
            begun: false,
            logged: Logged::default(),
            out,
            budget,
        }
    }

    /// Send a sample. Returns false if the receiver is gone.
    pub fn take(&mut self, key: RowKey, sample: Sample) -> Result<bool> {
        self.logged.samples += 1;
        self.logged.bytes += sample.data.len() as u64;
        self.logged.time = sample.time;
        let Some(rows) = &mut self.rows else {
            let entry = self.to_video_file.then(|| self.entry(sample));
            return Ok(self.send(entry));
        };
        let mut messages = Vec::new();
        if !std::mem::replace(&mut self.begun, true) {
            messages.push(rows.codec(self.codec)?);
        }
        let copy = self.to_video_file.then(|| sample.clone());
        let row = VideoRow { key, data: sample.data, keyframe: sample.keyframe };
        messages.extend(rows.push(row)?);
        if let Some(copy) = copy {
            let entry = self.entry(copy);
            self.send(Some(entry));
        }
        Ok(self.send_all(messages))
    }

    /// Send the last rows.
    pub fn finish(mut self) -> Result<()> {
        let messages = match self.rows.take() {
            Some(rows) if self.begun => rows.finish()?,
            _ => Vec::new(),
        };
        self.send_all(messages);
        Ok(())
    }

    fn entry(&self, sample: Sample) -> Entry {
        let time = sample.time.saturating_add(self.shift);
        Entry::Sample(Row::new(self.track, Sample { time, ..sample }))
    }

    fn send_all(&mut self, messages: Vec<LogMsg>) -> bool {
        messages.into_iter().all(|message| {
            let permit = self.budget.take(bytes_of(&message));
            let bytes = permit.bytes();
            self.send(Some(Entry::message(message, bytes, permit)))
        })
    }

    /// Send an entry, or only the counts. Returns false if the receiver is gone.
    fn send(&mut self, entry: Option<Entry>) -> bool {
        let logged = std::mem::take(&mut self.logged);
        self.out.send(Produced::Video { track: self.track, entry, logged }).is_ok()
    }
}
