//! Names and times in the recording.
//! How Rerun writes them is for `log` and `sink`.

use crate::wall_clock::StartTime;

/// Names and times in the recording.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RecordingConfig {
    /// Rerun's application id. Default: `vstream`.
    pub application_id: String,
    /// Rerun's recording id. Default: a random one.
    pub recording_id: Option<String>,
    /// The recording's name. Default: the input's.
    pub name: Option<String>,
    /// Entity path of the video. Default: `video_stream`, or the input's name where there are several.
    pub entity: Option<String>,
    /// Name every video after its input, under this path, also a single one.
    pub entity_prefix: Option<String>,
    /// Times on further timelines, the same for every frame.
    pub also_at: Vec<(String, Moment)>,
    /// The recording is somebody else's: log the videos, and neither name, properties nor view.
    pub guest: bool,
    /// Name of the main timeline. Default: `time`.
    pub timeline: String,
    /// Keep the container's own timestamps instead of starting at its start time.
    pub keep_timestamps: bool,
    /// Log what the file holds beside its pictures: metadata as recording properties, chapters and text subtitles as
    /// `TextLog`. Default: yes.
    pub metadata: bool,
    /// Log a timeline `capture_time` of wall-clock times, from this one on at the input's beginning. Live sources have
    /// one of their own. Default: none.
    pub start_time: Option<StartTime>,
}

impl Default for RecordingConfig {
    fn default() -> Self {
        Self {
            application_id: "vstream".into(),
            recording_id: None,
            name: None,
            entity: None,
            entity_prefix: None,
            also_at: Vec::new(),
            guest: false,
            timeline: "time".into(),
            keep_timestamps: false,
            metadata: true,
            start_time: None,
        }
    }
}

/// A point on a timeline, of the timeline's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A number, such as a frame's or a step's.
    Sequence(i64),
    /// Nanoseconds since a beginning.
    Duration(i64),
    /// Nanoseconds since 1970.
    Timestamp(i64),
}
