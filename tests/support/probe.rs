//! What FFmpeg's own programs report about a file: streams, frames, times.
//! Times are exact: integer ticks and time bases, rounded to a nanosecond once.

use std::path::Path;

use serde_json::Value;

use super::run::{Program, program};

/// FFmpeg's formats without any times.
const RAW: [&str; 6] = ["h264", "hevc", "m4v", "mjpeg", "mpegvideo", "obu"];

/// A video stream as `ffprobe` lists it, chosen as the `ffmpeg` command chooses.
#[derive(Debug)]
pub struct Source {
    pub stream: usize,
    pub codec: String,
    pub time_base: (i128, i128),
    pub average_rate: (i128, i128),
    /// The container's start in microseconds, over all its streams.
    pub start_us: Option<i128>,
    pub sample_aspect: Option<(u32, u32)>,
    pub rotation: i32,
    /// Colour tags, empty or "unknown" where the file does not say.
    pub transfer: String,
    pub matrix: String,
    /// A raw stream: whatever times its packets have are made up by FFmpeg.
    pub raw: bool,
    pub frames: Vec<Frame>,
}

#[derive(Debug, Clone)]
pub struct Frame {
    /// The container says when it is shown, not only when it is decoded.
    pub shown: bool,
    pub pts: Option<i128>,
    pub duration: Option<i128>,
    pub width: u32,
    pub height: u32,
    pub interlaced: bool,
}

/// How a test names an input: options for FFmpeg, such as `-f image2`, and the path or pattern.
pub struct Named<'a> {
    pub options: &'a str,
    pub path: &'a Path,
}

impl Named<'_> {
    fn args(&self, program: Program) -> Program {
        program.words(self.options).arg("-i").arg(self.path)
    }
}

/// The stream that `ffmpeg` maps when nobody says which; `None` where it finds no video.
pub fn chosen_stream(input: &Named) -> Option<usize> {
    let command = input.args(program("ffmpeg").words("-nostdin -hide_banner"));
    let stderr = command.words("-an -sn -dn -t 0 -f null -").run().stderr;
    let (_, mapping) = stderr.split_once("Stream mapping:\n  Stream #0:")?;
    mapping.split_whitespace().next()?.parse().ok()
}

/// The time in ticks that the `ffmpeg` command gives to each frame it shows of a stream.
pub fn shown_by_ffmpeg(path: &Path, stream: usize) -> Vec<i128> {
    // The time base of the container: a word since 6.1, and a number before.
    let in_ticks = |time_base: &str| {
        let command = program("ffmpeg").words("-nostdin -v error -copyts -i").arg(path);
        let command = command.arg("-map").arg(format!("0:{stream}"));
        let command = command.words("-fps_mode passthrough -enc_time_base").arg(time_base);
        command.words("-c:v wrapped_avframe -f framecrc -").run().stdout
    };
    let stdout = Some(in_ticks("demux")).filter(|lines| !lines.is_empty());
    let stdout = stdout.unwrap_or_else(|| in_ticks("-1"));
    let text = String::from_utf8_lossy(&stdout);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split(',').nth(2)?.trim().parse().ok()).collect()
}

/// Asks `ffprobe` for every frame of the chosen stream.
pub fn source(path: &Path) -> Option<Source> {
    source_of(&Named { options: "", path }, None)
}

/// The same for a given stream (an index in the file), with options for the demuxer.
pub fn source_of(input: &Named, stream: Option<usize>) -> Option<Source> {
    let stream = stream.or_else(|| chosen_stream(input))?;
    let entries = "frame=pts,best_effort_timestamp,pkt_duration,duration,width,height,interlaced_frame\
                   :stream=codec_name,time_base,avg_frame_rate,sample_aspect_ratio,color_transfer,color_space\
                   :stream_side_data=rotation:format=start_time,format_name";
    let command = program("ffprobe").words("-v error -of json -show_entries").arg(entries);
    let command = command.arg("-select_streams").arg(stream.to_string());
    let outcome = input.args(command).run();
    let found: Value = serde_json::from_slice(&outcome.stdout).expect("JSON from ffprobe");
    // A transport stream lists its streams twice; the list outside of the programs is complete.
    let it = &found["streams"][0];
    Some(Source {
        stream,
        codec: text(&it["codec_name"]),
        time_base: ratio(&it["time_base"]).expect("a time base"),
        average_rate: ratio(&it["avg_frame_rate"]).unwrap_or((0, 0)),
        start_us: found["format"]["start_time"].as_str().and_then(microseconds),
        sample_aspect: it["sample_aspect_ratio"].as_str().and_then(|text| {
            let (x, y) = text.split_once(':')?;
            Some((x.parse().ok()?, y.parse().ok()?)).filter(|(x, y)| *x != 0 && *y != 0)
        }),
        rotation: it["side_data_list"].as_array().map_or(0, |list| {
            list.iter().find_map(|data| data["rotation"].as_i64()).unwrap_or(0) as i32
        }),
        transfer: text(&it["color_transfer"]),
        matrix: text(&it["color_space"]),
        raw: RAW.iter().any(|raw| found["format"]["format_name"] == *raw),
        frames: found["frames"].as_array().into_iter().flatten().filter_map(frame).collect(),
    })
}

fn frame(value: &Value) -> Option<Frame> {
    Some(Frame {
        shown: value["pts"].is_i64(),
        pts: value["best_effort_timestamp"].as_i64().map(i128::from),
        // FFmpeg 6 renamed it.
        duration: value["pkt_duration"].as_i64().or(value["duration"].as_i64()).map(i128::from),
        width: value["width"].as_u64()? as u32,
        height: value["height"].as_u64()? as u32,
        interlaced: value["interlaced_frame"] == 1,
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn ratio(value: &Value) -> Option<(i128, i128)> {
    let (over, under) = value.as_str()?.split_once('/')?;
    Some((over.parse().ok()?, under.parse().ok()?))
}

/// "1.466667" is 1466667: ffprobe prints whole microseconds, and no float may touch them.
fn microseconds(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.')?;
    format!("{whole}{fraction:0<6}").parse().ok()
}

/// Divides and rounds to nearest, halves away from zero, as FFmpeg's `av_rescale_q` does.
pub fn divide_rounded(over: i128, under: i128) -> i128 {
    let magnitude = (over.abs() * 2 + under) / (under * 2);
    if over < 0 { -magnitude } else { magnitude }
}

impl Source {
    /// The container's start in ticks of this stream, as `ffmpeg` subtracts it.
    pub fn base(&self) -> i128 {
        let (num, den) = self.time_base;
        self.start_us.map_or(0, |us| divide_rounded(us * den, num * 1_000_000))
    }

    /// The presentation time of each frame in ticks: what the decoder says, and where it says
    /// nothing, the time before plus the frame's duration, from 0 on.
    pub fn ticks(&self) -> Vec<i128> {
        let mut ticks: Vec<i128> = Vec::new();
        let mut next = 0;
        // Where there are decoding times only, the first picture is shown at once. A raw stream has none at all.
        let decoding_only = self.frames.first().is_some_and(|frame| !frame.shown);
        let first = self.frames.first().and_then(|frame| frame.pts).unwrap_or(0);
        let late = if decoding_only { (first - self.base()).max(0) } else { 0 };
        for frame in &self.frames {
            let pts = frame.pts.filter(|_| !self.raw).map_or(next, |pts| pts - late);
            let step = ticks.last().map_or(0, |last| pts - last);
            next = pts + frame.duration.filter(|d| *d > 0).unwrap_or(self.frame_ticks(step));
            ticks.push(pts);
        }
        ticks
    }

    fn frame_ticks(&self, last_step: i128) -> i128 {
        let (num, den) = self.time_base;
        let (frames, seconds) = self.average_rate;
        let of_rate = if frames > 0 { divide_rounded(seconds * den, frames * num) } else { 0 };
        [last_step, of_rate].into_iter().find(|step| *step > 0).unwrap_or(1)
    }

    /// A time in ticks as nanoseconds.
    pub fn nanoseconds(&self, ticks: i128) -> i64 {
        let (num, den) = self.time_base;
        divide_rounded(ticks * num * 1_000_000_000, den).try_into().expect("a time within i64")
    }

    /// The time that each frame must have in a recording.
    pub fn times(&self) -> Vec<i64> {
        let base = self.base();
        self.ticks().into_iter().map(|pts| self.nanoseconds(pts - base)).collect()
    }

    /// How many times from the first one on a recording can take as they are: up to the first
    /// that is negative or does not follow the one before.
    pub fn usable_times(&self) -> usize {
        let times = self.times();
        let bad = |at: usize| times[at] < 0 || at > 0 && times[at] <= times[at - 1];
        (0..times.len()).find(|at| bad(*at)).unwrap_or(times.len())
    }

    /// The size that a recording must have, where that follows from the first frame alone:
    /// no aspect to correct, turned by right angles, and an odd last row or column cut off.
    pub fn plain_size(&self) -> Option<(u32, u32)> {
        let first = self.frames.first()?;
        let square = self.sample_aspect.is_none_or(|(x, y)| x == y);
        let even = |side: u32| (side & !1).max(2);
        let (width, height) = (even(first.width), even(first.height));
        match self.rotation.rem_euclid(180) {
            0 if square => Some((width, height)),
            90 if square => Some((height, width)),
            _ => None,
        }
    }
}
