//! One run with a choice of codec, and how its result differs from the expected one: rejected, encoded or copied.
//! The expectations are in `rows.rs`.

use std::path::{Path, PathBuf};

use rerun::components::VideoCodec;

use super::rows::Stored;
use crate::support::check::{Wanted, keyframes_of_the_viewer, recording_violations, violations};
use crate::support::probe::{Named, source_of};
use crate::support::recording::{Recording, Sample};
use crate::support::run::{Outcome, Workspace, program, vstream};

pub struct Run {
    pub outcome: Outcome,
    pub to: PathBuf,
    _workspace: Workspace,
}

impl Run {
    pub fn of(path: &Path, codec: &str) -> Self {
        let workspace = Workspace::new();
        let to = workspace.path("out.rrd");
        let run = vstream().arg("--codec").arg(codec).arg("--save").arg(&to).arg("--").arg(path);
        Self { outcome: run.run(), to, _workspace: workspace }
    }

    pub fn is_refused(&self, why: &str) -> Vec<String> {
        let mut wrong: Vec<String> = self.outcome.check(1).err().into_iter().collect();
        let said = self.outcome.stderr.contains("cannot copy") && self.outcome.stderr.contains(why);
        wrong.extend((!said).then(|| format!("not for {why:?}:\n{}", self.outcome.stderr)));
        wrong.extend(self.to.exists().then(|| "a refusal left a recording".to_owned()));
        wrong
    }

    /// Encoded as ever, and the plan says why.
    pub fn is_encoded(&self, why: &str) -> Vec<String> {
        if let Err(complaint) = self.outcome.check(0) {
            return vec![complaint];
        }
        let said = self.outcome.stderr.lines().any(|l| l.contains("not copied") && l.contains(why));
        let mut wrong = Vec::new();
        wrong.extend((!said).then(|| format!("auto: not for {why:?}:\n{}", self.outcome.stderr)));
        let recording = Recording::open(&self.to);
        wrong.extend(recording_violations(&recording));
        wrong.extend(violations(recording.only_video(), &Wanted::default()));
        wrong
    }

    /// The packets themselves, at their times, with keyframes where the viewer finds them.
    pub fn is_copy(&self, path: &Path, codec: VideoCodec, stored: Stored) -> Vec<String> {
        if let Err(complaint) = self.outcome.check(0) {
            return vec![complaint];
        }
        let mut wrong = Vec::new();
        if !self.outcome.stderr.contains("(copied)") {
            wrong.push(format!("the plan is not to copy:\n{}", self.outcome.stderr));
        }
        let recording = Recording::open(&self.to);
        wrong.extend(recording_violations(&recording));
        let video = recording.only_video();
        if video.codecs.len() != 1 || video.codecs[0].codec != codec {
            wrong.push(format!("the codec is {:?}", video.codecs));
        }
        let source = source_of(&Named { options: "", path }, None).expect("a video stream");
        let expected = packets(path, source.stream, stored);
        let samples = &video.samples;
        let differs = |(sample, packet): (&Sample, _)| match stored {
            Stored::Filtered(_) => digest(&sample.data) != packet,
            Stored::WithLengths => [true, false]
                .into_iter()
                .all(|headers| digest(&with_lengths(&sample.data, codec, headers)) != packet),
        };
        let at = samples.iter().zip(expected.iter().copied()).position(differs);
        if at.is_some() || samples.len() != expected.len() {
            let (samples, packets) = (samples.len(), expected.len());
            wrong.push(format!("{samples} samples of {packets} packets differ from {at:?}"));
        }
        let (times, shown) = (video.times(), source.times());
        let off = times.iter().zip(&shown).position(|(a, b)| (a - b).abs() > 1);
        if off.is_some() || times.len() != shown.len() {
            wrong.push(format!("times {:?} differ from {:?} at {off:?}", times, shown));
        }
        wrong.extend(keyframes_of_the_viewer(video, codec));
        wrong
    }
}

/// Size and checksum of every packet that `ffmpeg -c copy` gives.
fn packets(path: &Path, stream: usize, stored: Stored) -> Vec<(usize, u32)> {
    let filter = match stored {
        Stored::Filtered(filter) => filter,
        Stored::WithLengths => "null",
    };
    let command = program("ffmpeg").words("-nostdin -v error -i").arg(path);
    let command = command.arg("-map").arg(format!("0:{stream}")).words("-c copy -bsf:v");
    let stdout = command.arg(filter).words("-f framecrc -").run().stdout;
    let text = String::from_utf8_lossy(&stdout);
    let line = |line: &str| {
        let mut fields = line.split(',').skip(4).map(str::trim);
        let size = fields.next()?.parse().ok()?;
        let sum = fields.next()?.strip_prefix("0x")?;
        Some((size, u32::from_str_radix(sum, 16).ok()?))
    };
    text.lines().filter(|l| !l.starts_with('#')).filter_map(line).collect()
}

/// A sample with lengths in place of start codes, with its headers or without those that were put into it.
fn with_lengths(data: &[u8], codec: VideoCodec, headers: bool) -> Vec<u8> {
    let is_header = |first: u8| match codec {
        VideoCodec::H265 => (32..=34).contains(&(first >> 1 & 63)),
        _ => matches!(first & 31, 7 | 8),
    };
    let codes = data.windows(4).enumerate().filter(|(_, bytes)| *bytes == [0, 0, 0, 1]);
    let codes: Vec<usize> = codes.map(|(at, _)| at).chain([data.len()]).collect();
    let nals = codes.windows(2).map(|at| &data[at[0] + 4..at[1]]);
    let kept = nals.filter(|nal| headers || !is_header(nal[0]));
    let length = |nal: &[u8]| u32::try_from(nal.len()).expect("a length").to_be_bytes();
    kept.flat_map(|nal| [&length(nal)[..], nal].concat()).collect()
}

/// Size and Adler-32, begun at 0 as FFmpeg does.
fn digest(data: &[u8]) -> (usize, u32) {
    let (mut a, mut b) = (0_u32, 0_u32);
    for &byte in data {
        a = (a + u32::from(byte)) % 65521;
        b = (b + a) % 65521;
    }
    (data.len(), b << 16 | a)
}
