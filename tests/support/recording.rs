//! Reads a recording: the codec, samples, chunks and keyframe column of each video entity.
//! It keeps the order of the file and checks nothing; `check` does.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Read as _};
use std::path::Path;

use rerun::components::{Blob, IsKeyframe, MediaType, VideoCodec, VideoSample};
use rerun::external::re_log_encoding::DecoderApp;
use rerun::log::{Chunk, LogMsg};
use rerun::time::TimeType;
use rerun::{ComponentIdentifier, StoreKind, TextLog, VideoStream};

#[derive(Debug, Default)]
pub struct Recording {
    pub application_id: String,
    pub recording_id: String,
    pub videos: BTreeMap<String, Video>,
    /// Entity to its text log: time, wall-clock time where there is one, and text, in the order of the file.
    pub texts: BTreeMap<String, Vec<Text>>,
    /// Entity to its sound, in the order of the file.
    pub sounds: BTreeMap<String, Vec<Clip>>,
    /// Group and component name to its value in words, of everything under `/__properties`.
    pub properties: BTreeMap<String, String>,
    /// Rows of a blueprint store, and whether it was made the default.
    pub blueprint_rows: usize,
    pub default_blueprint: bool,
}

pub type Text = (i64, Option<i64>, String);

/// A file of sound with its times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clip {
    pub time: i64,
    pub capture_time: Option<i64>,
    pub media_type: String,
    pub file: Vec<u8>,
}

/// One entity that holds a video stream.
#[derive(Debug, Default)]
pub struct Video {
    pub codecs: Vec<CodecRow>,
    pub samples: Vec<Sample>,
    pub chunks: Vec<ChunkRows>,
    /// Rows of the `is_keyframe` column: main time and value.
    pub keyframes: Vec<(i64, bool)>,
    /// All timelines that sample rows or keyframe rows have, with their types.
    pub timelines: BTreeSet<(String, TimeType)>,
}

#[derive(Debug)]
pub struct CodecRow {
    pub codec: VideoCodec,
    pub is_static: bool,
    pub before_samples: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    pub time: i64,
    pub frame: Option<i64>,
    pub capture_time: Option<i64>,
    pub data: Vec<u8>,
}

/// A chunk that holds samples: the index of its first one, and how many.
#[derive(Debug)]
pub struct ChunkRows {
    pub first: usize,
    pub rows: usize,
    pub sorted: bool,
}

impl Recording {
    #[track_caller]
    pub fn open(path: &Path) -> Self {
        Self::try_open(path).unwrap_or_else(|err| panic!("{}: {err}", path.display()))
    }

    pub fn try_open(path: &Path) -> Result<Self, String> {
        Self::try_open_on(path, "time")
    }

    pub fn try_open_on(path: &Path, timeline: &'static str) -> Result<Self, String> {
        let file = std::fs::File::open(path).map_err(|err| err.to_string())?;
        // A file that is written faster than it is read has no end.
        let length = file.metadata().map_err(|err| err.to_string())?.len();
        Self::read(std::io::BufReader::new(file.take(length)), timeline)
    }

    /// With another main timeline than `time`.
    #[track_caller]
    pub fn open_on(path: &Path, timeline: &'static str) -> Self {
        let bytes = super::run::read(path);
        Self::read(&bytes[..], timeline).unwrap_or_else(|err| panic!("{}: {err}", path.display()))
    }

    #[track_caller]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::read(bytes, "time").unwrap_or_else(|err| panic!("a recording in memory: {err}"))
    }

    /// How many samples each video of a file has that may still be written, so that its end may be half a message.
    pub fn samples_so_far(path: &Path) -> Vec<usize> {
        let recording = Self::try_open(path).unwrap_or_default();
        recording.videos.values().map(|video| video.samples.len()).collect()
    }

    fn read(source: impl BufRead, timeline: &'static str) -> Result<Self, String> {
        let mut recording = Self::default();
        for message in DecoderApp::decode_lazy(source) {
            match message.map_err(|err| err.to_string())? {
                LogMsg::SetStoreInfo(set) => {
                    let id = set.info.store_id;
                    if id.kind() == StoreKind::Recording {
                        recording.application_id = id.application_id().to_string();
                        recording.recording_id = id.recording_id().to_string();
                    }
                }
                LogMsg::ArrowMsg(id, message) => {
                    let chunk = Chunk::from_arrow_msg(&message).map_err(|err| err.to_string())?;
                    if id.kind() == StoreKind::Blueprint {
                        recording.blueprint_rows += chunk.num_rows();
                    } else {
                        recording.add(&chunk, timeline);
                    }
                }
                LogMsg::BlueprintActivationCommand(command) => {
                    recording.default_blueprint |= command.make_default;
                }
            }
        }
        Ok(recording)
    }

    fn add(&mut self, chunk: &Chunk, timeline: &'static str) {
        let entity = chunk.entity_path().to_string();
        let entity = entity.trim_start_matches('/');
        if entity.starts_with("__properties") {
            for (name, column) in chunk.components().iter() {
                // Several groups may have the same name: ours and the file's own.
                let name = match entity.trim_start_matches("__properties").trim_start_matches('/') {
                    "" => name.to_string(),
                    group => format!("{group}/{name}"),
                };
                self.properties.insert(name, format!("{:?}", column.list_array.values()));
            }
        } else if chunk.component_descriptors().any(|it| it.component.starts_with("VideoStream:")) {
            self.videos.entry(entity.to_owned()).or_default().add(chunk, timeline);
        } else if chunk.component_descriptors().any(|it| it.component.starts_with("AssetAudio:")) {
            let clips = self.sounds.entry(entity.to_owned()).or_default();
            clips.extend(sound(chunk, timeline));
        } else if chunk.component_descriptors().any(|it| it.component.starts_with("TextLog:")) {
            let text = TextLog::descriptor_text().component;
            let captured = captured(chunk, text);
            let times = chunk.iter_component_indices(timeline.into(), text);
            let rows = chunk.iter_component::<rerun::components::Text>(text);
            let log = self.texts.entry(entity.to_owned()).or_default();
            for (at, ((time, _), row)) in times.zip(rows).enumerate() {
                let words = row.as_slice().iter().map(|text| text.to_string());
                log.push((time.as_i64(), captured.get(at).copied(), words.collect()));
            }
        }
    }

    /// The video of a recording that has one.
    #[track_caller]
    pub fn only_video(&self) -> &Video {
        let names: Vec<_> = self.videos.keys().collect();
        assert_eq!(names.len(), 1, "a recording of one video holds {names:?}");
        self.videos.values().next().expect("one video")
    }
}

/// The clips of a chunk, each with both of its components.
fn sound(chunk: &Chunk, timeline: &'static str) -> Vec<Clip> {
    let (blob, kind) = ("AssetAudio:blob".into(), "AssetAudio:media_type".into());
    let captured = captured(chunk, blob);
    let times = chunk.iter_component_indices(timeline.into(), blob);
    let files = chunk.iter_component::<Blob>(blob);
    let kinds = chunk.iter_component::<MediaType>(kind);
    let mut clips = Vec::new();
    for (at, (((time, _), file), kind)) in times.zip(files).zip(kinds).enumerate() {
        let ([Blob(file)], [MediaType(kind)]) = (file.as_slice(), kind.as_slice()) else {
            panic!("a row of sound holds one file and its type");
        };
        clips.push(Clip {
            time: time.as_i64(),
            capture_time: captured.get(at).copied(),
            media_type: kind.to_string(),
            file: file.to_vec(),
        });
    }
    clips
}

/// Wall-clock times of the rows that have this component.
fn captured(chunk: &Chunk, component: ComponentIdentifier) -> Vec<i64> {
    let times = chunk.iter_component_indices("capture_time".into(), component);
    times.map(|(time, _)| time.as_i64()).collect()
}

impl Video {
    fn add(&mut self, chunk: &Chunk, timeline: &'static str) {
        let codec = VideoStream::descriptor_codec().component;
        let rows = chunk.iter_component::<VideoCodec>(codec);
        self.codecs.extend(rows.flat_map(|row| row.as_slice().to_vec()).map(|codec| CodecRow {
            codec,
            is_static: chunk.is_static(),
            before_samples: self.samples.is_empty(),
        }));

        let keyframe = VideoStream::descriptor_is_keyframe().component;
        let times = chunk.iter_component_indices(timeline.into(), keyframe);
        let rows = chunk.iter_component::<IsKeyframe>(keyframe);
        for ((time, _), row) in times.zip(rows) {
            self.keyframes.extend(row.as_slice().iter().map(|value| (time.as_i64(), value.0.0)));
        }

        let first = self.samples.len();
        let sample = VideoStream::descriptor_sample().component;
        let frames: Vec<i64> =
            chunk.iter_component_indices("frame".into(), sample).map(|(t, _)| t.as_i64()).collect();
        let captured = captured(chunk, sample);
        let times = chunk.iter_component_indices(timeline.into(), sample);
        let rows = chunk.iter_component::<VideoSample>(sample);
        for (at, ((time, _), row)) in times.zip(rows).enumerate() {
            let [VideoSample(blob)] = row.as_slice() else {
                panic!("a row holds {} samples", row.as_slice().len());
            };
            self.samples.push(Sample {
                time: time.as_i64(),
                frame: frames.get(at).copied(),
                capture_time: captured.get(at).copied(),
                data: blob.0.to_vec(),
            });
        }
        let rows = self.samples.len() - first;
        if rows > 0 {
            let mut columns = chunk.timelines().values();
            let in_row_order = chunk.row_ids_slice().is_sorted();
            let sorted = in_row_order && columns.all(|column| column.times_raw().is_sorted());
            self.chunks.push(ChunkRows { first, rows, sorted });
        }
        if !chunk.is_static() {
            let kinds = chunk.timelines().values().map(|column| *column.timeline());
            self.timelines.extend(kinds.map(|line| (line.name().to_string(), line.typ())));
        }
    }

    pub fn times(&self) -> Vec<i64> {
        self.samples.iter().map(|sample| sample.time).collect()
    }

    /// All samples behind each other: a plain H.264 file.
    pub fn annexb(&self) -> Vec<u8> {
        self.samples.iter().flat_map(|sample| &sample.data).copied().collect()
    }
}
