//! A recording between its two readings: its files, where its messages go, and the jobs of its videos.
//! The plan for one video is in `plan.rs`.

use super::file::RecordingFile;
use super::job::{Job, Treatment};
use super::{Wants, plan};
use crate::config::{Config, InputConfig};
use crate::error::Result;
use crate::event::{Cancel, Warning};
use crate::relay::choice::{Fate, choose};
use crate::relay::survey::{Start, Survey};
use crate::relay::{BagSpec, Messages, Route};
use crate::run::track_account::TrackAccount;
use crate::source::recording::RecordingKind;

/// A recording that is an input.
pub(crate) struct Planned {
    pub file: RecordingFile,
    pub bag: BagSpec,
    pub route: Route,
    /// Index of its first track.
    pub first: usize,
    /// One for each of its tracks.
    pub jobs: Vec<Job>,
}

impl Planned {
    /// Read a recording for the first time. `first` is the index of its first track.
    pub(super) fn new(
        input: &InputConfig,
        kind: RecordingKind,
        config: &Config,
        wants: Wants,
        first: usize,
        cancel: &Cancel,
    ) -> Result<(Self, Vec<TrackAccount>)> {
        let file = RecordingFile::new(input, kind, cancel)?;
        let subject = &file.source;
        let bag = plan::bag_spec(config, &file.name);
        let bag = BagSpec { only_pictures: !wants.messages, ..bag };
        let pictures = BagSpec { only_pictures: true, ..bag.clone() };
        let open = || Messages::open(&file.paths, subject, kind, &pictures);
        let (survey, messages) = Survey::of(1, open, |_| !cancel.is_cancelled())?;
        let chosen = choose(&survey, &input.entities, config.video.range.is_some(), subject)?;
        let mut route = Route::new(input.drop_other, config.video.range);
        let (mut tracks, mut jobs): (Vec<TrackAccount>, Vec<Job>) = (Vec::new(), Vec::new());
        for (place, found, fate) in &chosen {
            if matches!(fate, Fate::Left(_)) {
                continue;
            }
            let main = found.times.main(Some(config.recording.timeline.as_str()));
            let (track, job) = plan::plan(place, found, *fate, &file, config, wants)?;
            route.add((*place).clone(), found, *fate, tracks.len(), main.as_ref());
            tracks.push(track);
            jobs.push(job);
        }
        let kept = |job: &Job| matches!(job.treatment, Treatment::Keep);
        let changes = wants.samples || input.drop_other;
        if jobs.iter().all(kept) && (jobs.is_empty() || !changes) {
            let topics = messages.topics();
            return Err(plan::nothing(&survey, &chosen, &topics, subject));
        }
        let mut warnings = Vec::new();
        for (place, found, fate) in &chosen {
            if let (true, Fate::Left(why)) = (found.kind.is_data(), fate) {
                let text = format!("{} ({}) passes unchanged: {why}", place.1, found.kind);
                warnings.extend(wants.messages.then_some(Warning::Other(text)));
            }
        }
        if let (damaged @ 1.., cause) = &survey.damaged {
            let warning = Warning::ReadError(cause.clone().unwrap_or_default());
            warnings.extend((0..*damaged).map(|_| warning.clone()));
        }
        if let Some(track) = tracks.first() {
            warnings.into_iter().for_each(|warning| track.tally.warn(warning));
        }
        Ok((Self { file, bag, route, first, jobs }, tracks))
    }
}

/// Align the times in video files: wall-clock times begin at the first picture of all, other times at the zero of their
/// timeline, or also at the first picture if `from_first`.
pub(super) fn align(jobs: &mut [&mut Job], from_first: bool) {
    let starts = || jobs.iter().filter_map(|job| job.start);
    let epoch = |start| if let Start::SinceEpoch(first) = start { Some(first) } else { None };
    let own = |start| if let Start::OnItsOwn(first) = start { Some(first) } else { None };
    let first_epoch = starts().filter_map(epoch).min().unwrap_or(0);
    let first_own = starts().filter_map(own).min().unwrap_or(0);
    // Players do not show pictures before 0.
    let zero = if from_first { first_own } else { first_own.min(0) };
    for job in jobs {
        job.shift = match job.start {
            Some(Start::SinceEpoch(first)) => first.saturating_sub(first_epoch),
            Some(Start::OnItsOwn(first)) => first.saturating_sub(zero),
            None => 0,
        };
    }
}
