//! Clips of sound as Rerun's `AssetAudio`, which SDKs before 0.39 do not know: its components are named here.
//! How rows become chunks is in `side_track.rs`.

use rerun::components::{Blob, MediaType};
use rerun::{ComponentBatch, ComponentDescriptor, SerializationResult, SerializedComponentColumn};

use super::row::blob;
use super::side_track::SideTrackRow;
use crate::audio::clip::AudioClip;

/// A clip as every output takes it; cloning it does not copy the sound.
#[derive(Debug, Clone)]
pub(crate) struct ClipRow {
    pub track: usize,
    pub line: usize,
    pub time: i64,
    pub capture_time: Option<i64>,
    pub bytes: usize,
    pub media_type: &'static str,
    pub file: Blob,
}

impl ClipRow {
    pub fn new(track: usize, clip: AudioClip) -> Self {
        Self {
            track,
            line: clip.line,
            time: clip.time,
            capture_time: clip.capture_time,
            bytes: clip.file.len(),
            media_type: clip.media_type,
            file: blob(clip.file).into(),
        }
    }
}

impl SideTrackRow for ClipRow {
    fn line(&self) -> usize {
        self.line
    }

    fn time(&self) -> i64 {
        self.time
    }

    fn capture_time(&self) -> Option<i64> {
        self.capture_time
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn columns(rows: Vec<Self>) -> SerializationResult<Vec<SerializedComponentColumn>> {
        let types: Vec<MediaType> = rows.iter().map(|row| row.media_type.into()).collect();
        let files: Vec<Blob> = rows.into_iter().map(|row| row.file).collect();
        let batches = [
            files.serialized(descriptor("AssetAudio:blob", "rerun.components.Blob")),
            types.serialized(descriptor("AssetAudio:media_type", "rerun.components.MediaType")),
        ];
        batches.into_iter().flatten().map(|batch| batch.column_of_unit_batches()).collect()
    }
}

fn descriptor(component: &'static str, component_type: &'static str) -> ComponentDescriptor {
    ComponentDescriptor {
        archetype: Some("rerun.archetypes.AssetAudio".into()),
        component: component.into(),
        component_type: Some(component_type.into()),
    }
}
