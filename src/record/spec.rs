//! What is needed to log one video and its side tracks. Plain data.
//! The chunks are made in `track.rs`.

use std::sync::Arc;

use crate::audio::packet::AudioForm;
use crate::config::TimelinePoint;
use crate::label::Label;
use crate::sample::SampleCodec;
use crate::text::note::NoteKind;

/// What is needed to log one video.
#[derive(Debug, Clone)]
pub(crate) struct TrackSpec {
    /// Entity path in Rerun's notation.
    pub entity: String,
    /// Its display name.
    pub title: String,
    pub timeline: String,
    /// `None` if it is sound only, which has the entity for itself.
    pub codec: Option<SampleCodec>,
    /// Rows have a capture time.
    pub captured: bool,
    /// Additional timelines, on which all rows have the same time.
    pub also_at: Vec<(String, TimelinePoint)>,
    pub notes: Vec<NoteSpec>,
    pub audio: Vec<AudioSpec>,
}

/// One kind of notes that accompany a video.
#[derive(Debug, Clone)]
pub(crate) struct NoteSpec {
    /// Entity path.
    pub entity: String,
    pub kind: NoteKind,
}

/// One stream of sound that accompanies a video.
#[derive(Debug, Clone)]
pub(crate) struct AudioSpec {
    /// Entity path.
    pub entity: String,
    pub label: Label,
    /// Its form in ordinary video files, where that is known.
    pub form: Option<Arc<AudioForm>>,
}

#[cfg(test)]
impl TrackSpec {
    /// A video without side tracks.
    pub fn of_video(entity: &str) -> Self {
        Self {
            entity: entity.to_owned(),
            title: "a video".to_owned(),
            timeline: "time".to_owned(),
            codec: Some(SampleCodec::H264),
            captured: false,
            also_at: Vec::new(),
            notes: Vec::new(),
            audio: Vec::new(),
        }
    }
}
