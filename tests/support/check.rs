//! The contract of a recording, as one function that lists violations.
//! It needs no source; what depends on the source is compared in `contract`.

use re_video::{VideoCodec, detect_gop_start};
use rerun::components::VideoCodec as LoggedCodec;
use rerun::time::TimeType;

use super::annexb::inspect;
use super::recording::{Recording, Video};
use super::sps::{Colour, Sps, parse};

pub const SECOND: i64 = 1_000_000_000;

/// What a caller may have asked to be otherwise.
pub struct Wanted {
    pub timeline: &'static str,
    pub keyframe_interval: i64,
    /// Chunks of whole GOPs, which a file has and a live viewer does not get.
    pub file_layout: bool,
    /// A timeline of wall-clock times, as live sources have.
    pub wall_clock: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { timeline: "time", keyframe_interval: SECOND, file_layout: true, wall_clock: false }
    }
}

/// Fails with all that is wrong with a recording of one video.
#[track_caller]
pub fn assert_contract(recording: &Recording) {
    assert_contract_as(recording, &Wanted::default());
}

#[track_caller]
pub fn assert_contract_as(recording: &Recording, wanted: &Wanted) {
    let mut broken = recording_violations(recording);
    broken.extend(violations(recording.only_video(), wanted));
    assert!(broken.is_empty(), "the contract is broken:\n  {}", broken.join("\n  "));
}

/// What is wrong with the recording around its videos.
pub fn recording_violations(recording: &Recording) -> Vec<String> {
    let mut broken = Vec::new();
    if recording.application_id != "vstream" {
        broken.push(format!("application id {:?}", recording.application_id));
    }
    if recording.blueprint_rows == 0 || !recording.default_blueprint {
        broken.push("no default blueprint".to_owned());
    }
    broken
}

/// What is wrong with one video.
pub fn violations(video: &Video, wanted: &Wanted) -> Vec<String> {
    let mut broken = Vec::new();
    codec_row(video, &mut broken);
    timelines(video, wanted, &mut broken);
    times(video, &mut broken);
    bitstream(video, &mut broken);
    keyframes(video, wanted, &mut broken);
    if wanted.file_layout {
        layout(video, &mut broken);
    }
    broken
}

/// Fails with all that is wrong with a video whose times and timelines are those of other rows.
#[track_caller]
pub fn assert_contract_of_rows(video: &Video) {
    let mut broken = Vec::new();
    codec_row(video, &mut broken);
    bitstream(video, &mut broken);
    keyframes(video, &Wanted::default(), &mut broken);
    layout(video, &mut broken);
    assert!(broken.is_empty(), "the contract is broken:\n  {}", broken.join("\n  "));
}

fn codec_row(video: &Video, broken: &mut Vec<String>) {
    match &video.codecs[..] {
        [row] => {
            if row.codec != LoggedCodec::H264 || !row.is_static || !row.before_samples {
                broken.push(format!("codec is not H264, static and first: {row:?}"));
            }
        }
        rows => broken.push(format!("codec logged {} times", rows.len())),
    }
}

fn timelines(video: &Video, wanted: &Wanted, broken: &mut Vec<String>) {
    let got: Vec<_> = video.timelines.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
    let mut expected = vec![("frame", TimeType::Sequence), (wanted.timeline, TimeType::DurationNs)];
    if wanted.wall_clock {
        expected.push(("capture_time", TimeType::TimestampNs));
    }
    expected.sort();
    if got != expected {
        broken.push(format!("timelines are {got:?}"));
    }
}

fn times(video: &Video, broken: &mut Vec<String>) {
    let times = video.times();
    if let Some(first) = times.iter().find(|time| **time < 0) {
        broken.push(format!("a time is negative: {first}"));
    }
    if let Some(at) = times.windows(2).position(|pair| pair[0] >= pair[1]) {
        broken.push(format!("time {} does not follow {}", times[at + 1], times[at]));
    }
    let counted = video.samples.iter().enumerate().all(|(at, s)| s.frame == Some(at as i64));
    if !counted {
        broken.push("the timeline `frame` does not count 0, 1, 2…".to_owned());
    }
}

fn bitstream(video: &Video, broken: &mut Vec<String>) {
    let mut parameters = None;
    for (at, sample) in video.samples.iter().enumerate() {
        let unit = inspect(&sample.data);
        let mut say = |what: &str| broken.push(format!("sample {at}: {what}"));
        if !unit.annexb {
            say("does not open with a start code");
        }
        if unit.pictures != 1 {
            say(&format!("holds {} pictures", unit.pictures));
        }
        if unit.b_slices > 0 {
            say(&format!("holds {} B slices", unit.b_slices));
        }
        if at == 0 && !unit.idr {
            say("is the first and no IDR");
        }
        if unit.idr && (unit.sps.is_empty() || unit.pps.is_empty()) {
            say("is an IDR without SPS or PPS");
        }
        let viewer = detect_gop_start(&sample.data, VideoCodec::H264);
        if viewer.as_ref().map_or(true, |start| start.is_start_of_gop() != unit.idr) {
            say(&format!("is IDR: {}, and the viewer says {viewer:?}", unit.idr));
        }
        if unit.sps.is_empty() && unit.pps.is_empty() {
            continue;
        }
        let found = (unit.sps, unit.pps);
        let first = parameters.get_or_insert_with(|| found.clone());
        if *first != found || first.0.len() != 1 || first.1.len() != 1 {
            say("has other parameter sets than the first, or several");
        }
    }
    match parameters.as_ref().and_then(|(sps, _)| sps.first()) {
        Some(nal) => picture_format(&parse(nal), broken),
        None => broken.push("there is no SPS".to_owned()),
    }
    // A run of bad samples says nothing that the first few do not.
    broken.truncate(12);
}

fn picture_format(sps: &Sps, broken: &mut Vec<String>) {
    if sps.width % 2 + sps.height % 2 != 0 || sps.width == 0 || sps.height == 0 {
        broken.push(format!("the size is {}x{}", sps.width, sps.height));
    }
    if (sps.chroma_format, sps.bit_depth, sps.interlaced) != (1, 8, false) {
        broken.push(format!("the pictures are not progressive 8-bit 4:2:0: {sps:?}"));
    }
    if sps.colour != Colour::BT709_LIMITED {
        broken.push(format!("the colours are tagged {:?}", sps.colour));
    }
    if sps.stretched {
        broken.push("the pixels are not square".to_owned());
    }
    if sps.reorder_frames.is_some_and(|count| count > 0) {
        broken.push(format!("the stream announces reordering: {:?}", sps.reorder_frames));
    }
    // The viewer's decoder reads the rate from what ffmpeg prints, and ffmpeg prints a time base of
    // 1/90000 as "90k fps": it understands no such number and shows nothing at all.
    if sps.rate.is_some_and(|(pictures, seconds)| pictures / seconds.max(1) >= 1000) {
        broken.push(format!("the stream says {:?} pictures per second", sps.rate));
    }
    // An encoder that was not told the frame rate claims level 6.2 for a thumbnail, and browsers
    // choose or refuse a decoder by that number.
    // A level limits each side too, so it may be high for a long strip.
    if sps.width.max(sps.height) <= 1280 && sps.width * sps.height <= 1280 * 720 && sps.level > 42 {
        broken.push(format!("level {} for {}x{}", sps.level, sps.width, sps.height));
    }
}

fn keyframes(video: &Video, wanted: &Wanted, broken: &mut Vec<String>) {
    let mut starts = Vec::new();
    for sample in &video.samples {
        if inspect(&sample.data).idr {
            starts.push(sample.time);
        } else if let Some(start) = starts.last() {
            let into = sample.time - start;
            // So a GOP ends within the interval, or at the first frame after it where no frame
            // falls on its end.
            if into >= wanted.keyframe_interval {
                broken.push(format!("no keyframe at {}, {into} ns into a GOP", sample.time));
                break;
            }
        }
    }
    if let Some(no) = video.keyframes.iter().find(|(_, value)| !value) {
        broken.push(format!("the keyframe column says false at {}", no.0));
    }
    let marked: Vec<i64> = video.keyframes.iter().map(|(time, _)| *time).collect();
    if marked != starts {
        let counts = (marked.len(), starts.len());
        broken.push(format!("the keyframe column and the IDR samples differ: {counts:?}"));
    }
}

fn layout(video: &Video, broken: &mut Vec<String>) {
    for chunk in &video.chunks {
        let first = &video.samples[chunk.first];
        if !inspect(&first.data).idr {
            broken
                .push(format!("a chunk of {} begins inside a GOP, at {}", chunk.rows, first.time));
        }
        if !chunk.sorted {
            broken.push(format!("a chunk of {} rows is not sorted", chunk.rows));
        }
    }
}

/// The one SPS of a video.
#[track_caller]
pub fn sps_of(video: &Video) -> Sps {
    let unit = inspect(&video.samples.first().expect("a sample").data);
    parse(unit.sps.first().expect("an SPS in the first sample"))
}

/// The keyframe column against the viewer's own test of every sample.
pub fn keyframes_of_the_viewer(video: &Video, codec: LoggedCodec) -> Option<String> {
    let codec = match codec {
        LoggedCodec::H264 => VideoCodec::H264,
        LoggedCodec::H265 => VideoCodec::H265,
        LoggedCodec::AV1 => VideoCodec::AV1,
        LoggedCodec::VP8 => VideoCodec::VP8,
        LoggedCodec::VP9 => VideoCodec::VP9,
    };
    let starts =
        |data: &[u8]| detect_gop_start(data, codec.clone()).is_ok_and(|d| d.is_start_of_gop());
    let found: Vec<(i64, bool)> =
        video.samples.iter().filter(|s| starts(&s.data)).map(|s| (s.time, true)).collect();
    let first = video.samples.first().map(|s| s.time);
    let right = found == video.keyframes && found.first().map(|f| f.0) == first;
    (!right).then(|| format!("keyframes {:?}, the viewer finds {found:?}", video.keyframes))
}
