//! Options for names in the recording: entities, timelines, ids.
//! What is logged there is decided in the library.

use anyhow::bail;
use vstream::{InputConfig, RecordingConfig, StartTime};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Recording")]
pub struct RecordingArgs {
    /// Entity path of the video [default: video_stream]; for a recording or bag, the pictures to convert
    ///
    /// From a recording or bag, only the pictures at PATH become video, including depth images. PATH/** is everything
    /// below a path. May be given several times.
    #[arg(long, value_name = "PATH", hide_short_help = true)]
    entity: Vec<String>,
    /// From a recording or bag, keep only the video
    #[arg(long, hide_short_help = true)]
    drop_other: bool,
    /// Name of the main timeline
    #[arg(long, value_name = "NAME", default_value = "time", hide_short_help = true)]
    timeline: String,
    /// Keep the file's timestamps instead of counting from its start
    #[arg(long, hide_short_help = true)]
    keep_timestamps: bool,
    /// Make the part from --start begin at time 0
    #[arg(long, hide_short_help = true)]
    rebase: bool,
    /// Rerun's application id
    #[arg(
        long,
        env = "VSTREAM_APPLICATION_ID",
        value_name = "ID",
        default_value = "vstream",
        hide_short_help = true
    )]
    application_id: String,
    /// Rerun's recording id [default: a new one]
    #[arg(long, value_name = "ID", hide_short_help = true)]
    recording_id: Option<String>,
    /// Name of the recording [default: the input's]
    #[arg(long, hide_short_help = true)]
    name: Option<String>,
    /// Add a timeline `capture_time` of wall-clock times
    ///
    /// WHEN is when the input began: a date such as 2024-05-01T12:00:00Z, seconds since 1970 (or ms, µs, ns), or the
    /// file's own `creation` time or `timecode`.
    #[arg(long, value_name = "WHEN", hide_short_help = true)]
    start_time: Option<StartTime>,
    /// Leave out metadata, chapters and text subtitles
    #[arg(long, hide_short_help = true)]
    no_metadata: bool,
}

impl RecordingArgs {
    /// What is taken of recordings among the inputs.
    pub fn choose(&self, inputs: &mut [InputConfig]) {
        for input in inputs {
            input.entities.clone_from(&self.entity);
            input.drop_other = self.drop_other;
        }
    }

    pub fn fill(&self, recording: &mut RecordingConfig) -> anyhow::Result<()> {
        if self.timeline == "frame" || self.timeline == "capture_time" {
            bail!("--timeline {0}: vstream logs {0} itself; choose another name", self.timeline);
        }
        recording.application_id.clone_from(&self.application_id);
        recording.recording_id.clone_from(&self.recording_id);
        recording.name.clone_from(&self.name);
        recording.entity = self.entity.first().cloned();
        recording.timeline.clone_from(&self.timeline);
        recording.keep_timestamps = self.keep_timestamps;
        recording.rebase = self.rebase;
        recording.metadata = !self.no_metadata;
        recording.start_time = self.start_time;
        Ok(())
    }
}
