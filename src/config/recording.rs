//! Names and times in the recording.
//! How they are written to Rerun is in `record` and `sink`.

use crate::time::wall_clock::StartTime;

/// Names and times in the recording.
///
/// ```
/// use vstream::{RecordingConfig, StartTime};
///
/// let recording = RecordingConfig::default()
///     .with_entity("robot/front_camera")
///     .with_name("Test drive 12")
///     .with_start_time(StartTime::Creation);
/// assert_eq!(recording.timeline, "time");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordingConfig {
    /// Rerun's application id: recordings of one application share viewer settings. Default: `vstream`.
    pub application_id: String,
    /// Rerun's recording id: data that several programs log under one id is one recording. Default: a random one.
    pub recording_id: Option<String>,
    /// The recording's name. Default: the input's name.
    pub name: Option<String>,
    /// Entity path of the video; with several videos, their common parent path. Default: `video_stream`, or the input's
    /// name if there are several.
    pub entity: Option<String>,
    /// Name every video after its input, below this path, even a single one. Default: none.
    pub entity_prefix: Option<String>,
    /// Name of the main timeline. Not `frame` or `capture_time`, which name other timelines. Default: `time`.
    pub timeline: String,
    /// Keep the container's own timestamps instead of counting from its start time. Default: no.
    pub keep_timestamps: bool,
    /// Make a part of an input begin at time 0, instead of at its time in the whole input. Default: no.
    pub rebase: bool,
    /// Also log metadata as recording properties, and chapters and text subtitles as `TextLog`. Default: yes.
    pub metadata: bool,
    /// Log a timeline `capture_time` of wall-clock times, with this time at the input's beginning. Live sources have a
    /// capture time of their own. Default: none.
    pub start_time: Option<StartTime>,
    /// Additional properties of the recording: group, name and text of each. Default: none.
    pub properties: Vec<(String, String, String)>,
    /// Set only by the command line tool, when Rerun calls it as an importer.
    pub(crate) import: ImportConfig,
}

impl Default for RecordingConfig {
    fn default() -> Self {
        Self {
            application_id: "vstream".into(),
            recording_id: None,
            name: None,
            entity: None,
            entity_prefix: None,
            timeline: "time".into(),
            keep_timestamps: false,
            rebase: false,
            metadata: true,
            start_time: None,
            properties: Vec::new(),
            import: ImportConfig::default(),
        }
    }
}

impl RecordingConfig {
    /// Sets [`application_id`](Self::application_id).
    pub fn with_application_id(mut self, application_id: impl Into<String>) -> Self {
        self.application_id = application_id.into();
        self
    }

    /// Sets [`recording_id`](Self::recording_id).
    pub fn with_recording_id(mut self, recording_id: impl Into<String>) -> Self {
        self.recording_id = Some(recording_id.into());
        self
    }

    /// Sets [`name`](Self::name).
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets [`entity`](Self::entity).
    pub fn with_entity(mut self, entity: impl Into<String>) -> Self {
        self.entity = Some(entity.into());
        self
    }

    /// Sets [`entity_prefix`](Self::entity_prefix).
    pub fn with_entity_prefix(mut self, entity_prefix: impl Into<String>) -> Self {
        self.entity_prefix = Some(entity_prefix.into());
        self
    }

    /// Sets [`timeline`](Self::timeline).
    pub fn with_timeline(mut self, timeline: impl Into<String>) -> Self {
        self.timeline = timeline.into();
        self
    }

    /// Sets [`rebase`](Self::rebase).
    pub fn with_rebase(mut self, rebase: bool) -> Self {
        self.rebase = rebase;
        self
    }

    /// Sets [`keep_timestamps`](Self::keep_timestamps).
    pub fn with_keep_timestamps(mut self, keep_timestamps: bool) -> Self {
        self.keep_timestamps = keep_timestamps;
        self
    }

    /// Sets [`metadata`](Self::metadata).
    pub fn with_metadata(mut self, metadata: bool) -> Self {
        self.metadata = metadata;
        self
    }

    /// Sets [`start_time`](Self::start_time).
    pub fn with_start_time(mut self, start_time: impl Into<StartTime>) -> Self {
        self.start_time = Some(start_time.into());
        self
    }

    /// Adds to [`properties`](Self::properties).
    pub fn with_property(
        mut self,
        group: impl Into<String>,
        name: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        self.properties.push((group.into(), name.into(), text.into()));
        self
    }
}

/// What Rerun tells an importer: where to log a video in a recording that may be open already.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportConfig {
    /// The recording is already open with its own name, properties and view: log only the videos.
    pub into_open: bool,
    /// Times on additional timelines, the same for every frame.
    pub also_at: Vec<(String, TimelinePoint)>,
}

/// A point on a timeline, by the timeline's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
// Only the command line tool constructs it.
#[cfg_attr(not(feature = "cli"), allow(dead_code))]
pub enum TimelinePoint {
    /// A sequence number, such as of a frame or step.
    Sequence(i64),
    /// Nanoseconds since an arbitrary origin.
    Duration(i64),
    /// Nanoseconds since 1970.
    Timestamp(i64),
}
