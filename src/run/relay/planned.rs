//! A recording between its two readings: its files, where its messages go, and the jobs of its videos.
//! The plan for one video is in `plan.rs`.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rerun::Timeline;

use super::file::RecordingFile;
use super::job::{Job, Treatment};
use super::sound::{SoundRules, VideoSound, video_of};
use super::text::VideoText;
use super::{Wants, plan};
use crate::config::{AudioChoice, Config, InputConfig};
use crate::error::Result;
use crate::event::{Cancel, Warning};
use crate::relay::choice::{Handling, choose};
use crate::relay::survey::{Place, Survey};
use crate::relay::times::Start;
use crate::relay::{
    BagSpec, CollectSideTracks, Messages, Route, SideTracks, Sounds, StoredClip, StoredText, Texts,
};
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
    /// What of its sound goes into video files.
    pub sounds: Vec<PlannedSideTrack<StoredClip>>,
    /// The subtitles and chapters that go into them.
    pub texts: Vec<PlannedSideTrack<StoredText>>,
}

/// The sound or the texts of an entity, before the times of the videos are known.
pub(crate) struct PlannedSideTrack<T> {
    pub place: Place,
    pub items: Vec<T>,
    /// The index of its video's job among those of the recording.
    pub job: usize,
    /// The timeline that the times of that video are of.
    pub pace: Option<Timeline>,
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
        let with_sound = wants.samples && input.audio != AudioChoice::None;
        let bag = plan::bag_spec(config, &file.name);
        let bag = BagSpec { only_pictures: !wants.messages, ..bag };
        let pictures = BagSpec { only_pictures: true, ..bag.clone() };
        let with_texts = wants.samples && config.recording.metadata;
        let side_tracks = RefCell::new(SideTracks::default());
        let open = || {
            side_tracks.replace(SideTracks {
                sounds: with_sound.then(Sounds::default),
                texts: with_texts.then(Texts::default),
            });
            let messages = Messages::open(&file.paths, subject, kind, &pictures, cancel)?;
            Ok(CollectSideTracks { messages, side_tracks: &side_tracks })
        };
        let (survey, seen) = Survey::of(1, open, |_| !cancel.is_cancelled())?;
        let CollectSideTracks { messages, .. } = seen;
        let chosen = choose(&survey, &input.entities, config.video.range.is_some(), subject)?;
        let mut route = Route::new(input.drop_other, config.video.range);
        let (mut tracks, mut jobs): (Vec<TrackAccount>, Vec<Job>) = (Vec::new(), Vec::new());
        for (place, found, handling) in &chosen {
            if matches!(handling, Handling::Left(_)) {
                continue;
            }
            let main = found.times.main(Some(config.recording.timeline.as_str()));
            let (track, job) = plan::plan(place, found, *handling, &file, config, wants)?;
            route.add((*place).clone(), found, *handling, tracks.len(), main.as_ref());
            tracks.push(track);
            jobs.push(job);
        }
        let kept = |job: &Job| matches!(job.treatment, Treatment::Keep);
        let changes = wants.samples || input.drop_other;
        if jobs.iter().all(kept) && (jobs.is_empty() || !changes) {
            let topics = messages.topics();
            return Err(plan::nothing(&survey, &chosen, &topics, subject));
        }
        let SideTracks { sounds, texts } = side_tracks.into_inner();
        let Sounds { places: sounds, failure } = sounds.unwrap_or_default();
        if let Some(failure) = failure {
            return Err(failure);
        }
        let video = |place: &Place| {
            let job = video_of(&place.1, &jobs)?;
            let found = survey.places.get(&jobs[job].place);
            let main = found.and_then(|f| f.times.main(Some(config.recording.timeline.as_str())));
            Some((job, main.and_then(|main| found?.times.pace(&main))))
        };
        let sounds = planned(sounds, video);
        let texts = planned(texts.unwrap_or_default().places, video);
        let mut warnings = Vec::new();
        for (place, found, handling) in &chosen {
            if let (true, Handling::Left(why)) = (found.kind.is_data(), handling) {
                let text = format!("{} ({}) passes unchanged: {why}", place.1, found.kind);
                warnings.extend(wants.messages.then_some(Warning::Other(text)));
            }
        }
        if let Some(track) = tracks.first() {
            warnings.into_iter().for_each(|warning| track.tally.warn(warning));
        }
        Ok((Self { file, bag, route, first, jobs, sounds, texts }, tracks))
    }

    /// The sound for video files, now that the times of the videos are known.
    pub(super) fn take_sounds(&mut self, rules: &SoundRules) -> Vec<VideoSound> {
        let mut lines = vec![0; self.jobs.len()];
        let mut all = Vec::new();
        for PlannedSideTrack { place, items: clips, job: nth, pace } in
            std::mem::take(&mut self.sounds)
        {
            let job = &self.jobs[nth];
            let at = (self.first + nth, lines[nth]);
            match VideoSound::new(&place, clips, at, job, pace.as_ref(), rules) {
                Ok(sound) => {
                    lines[nth] += 1;
                    all.push(sound);
                }
                Err(error) => {
                    let why = format!("sound is left out of video files: {error}");
                    job.tally.warn(Warning::SoundLeftOut(why));
                }
            }
        }
        all
    }

    /// The subtitles and chapters for video files.
    pub(super) fn take_texts(&mut self) -> Vec<VideoText> {
        let mut lines = vec![0; self.jobs.len()];
        let texts = std::mem::take(&mut self.texts).into_iter().filter_map(|text| {
            let job = &self.jobs[text.job];
            let line = lines[text.job];
            let (track, pace) = (self.first + text.job, text.pace.as_ref());
            let text = VideoText::new(&text.place, text.items, (track, line), job, pace)?;
            lines[text.track - self.first] += 1;
            Some(text)
        });
        texts.collect()
    }
}

/// The side track of each place. `video` returns the number of its video, and the timeline of that video's times.
fn planned<T>(
    places: BTreeMap<Place, Vec<T>>,
    video: impl Fn(&Place) -> Option<(usize, Option<Timeline>)>,
) -> Vec<PlannedSideTrack<T>> {
    let side_track = |(place, items): (Place, Vec<T>)| {
        let (job, pace) = video(&place)?;
        Some(PlannedSideTrack { place, items, job, pace })
    };
    places.into_iter().filter_map(side_track).collect()
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
