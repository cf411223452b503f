//! Copying: what may be copied is, bit by bit, and whatever may not is refused for its own reason.
//! `auto` then encodes; what a copy lacks in looks is said. The bytes are compared with `ffmpeg -c copy`.

use std::path::{Path, PathBuf};

use rerun::components::VideoCodec;

use crate::support::check::{
    Wanted, keyframes_of_the_viewer, recording_violations, sps_of, violations,
};
use crate::support::probe::{Named, source_of};
use crate::support::recording::Recording;
use crate::support::run::{Outcome, Workspace, program, read, vstream};
use crate::support::table::check_all;
use crate::support::{generate, skip};

/// The marks of colours that the Viewer shows right, and no B-frames.
const SDR: &str = "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv";
const H264: &str = "{v} -c:v libx264 -preset ultrafast -bf 0 -g 10 {sdr}";
const H265: &str = "{v} -c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=0:open-gop=0:keyint=10 {sdr}";
const VP9: &str = "{v} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 10 {sdr}";

struct Row {
    name: &'static str,
    needs: &'static [&'static str],
    steps: &'static [&'static str],
    expect: Expect,
}

enum Expect {
    /// Copied by `copy` and `auto` alike. The filter that `ffmpeg -c copy` needs for the same bytes.
    Copied(VideoCodec, &'static str),
    /// Refused by `copy` and encoded by `auto`, with these words.
    Refused(&'static str),
    /// Copied by `copy`, encoded by `auto`, with these words.
    LooksWrong(&'static str),
}

use Expect::{Copied, LooksWrong, Refused};
use VideoCodec::{AV1, H264 as IsH264, H265 as IsH265, VP8, VP9 as IsVp9};

const BOXED: &str = "h264_mp4toannexb";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("plain.mp4", &[], &[H264], Copied(IsH264, BOXED)),
    row("plain.mov", &[], &[H264], Copied(IsH264, BOXED)),
    row("plain.mkv", &[], &[H264], Copied(IsH264, BOXED)),
    row("plain.flv", &[], &[H264], Copied(IsH264, BOXED)),
    row("plain.ts", &[], &[H264], Copied(IsH264, "null")),
    row("plain.h264", &[], &[H264], Copied(IsH264, "null")),
    row("plain.avi", &[], &[H264], Copied(IsH264, "null")),
    row("fragmented.mp4", &[], &["{v} -c:v libx264 -bf 0 -g 10 {sdr} -movflags +frag_keyframe+empty_moov"], Copied(IsH264, BOXED)),
    row("late.ts", &[], &["{v} -c:v libx264 -bf 0 -g 10 {sdr} -output_ts_offset 37.123"], Copied(IsH264, "null")),
    row("variable.mp4", &[], &["{v} -vf setpts=(N*20+N*N*3)/1000/TB -fps_mode passthrough -c:v libx264 -bf 0 -g 10 {sdr}"], Copied(IsH264, BOXED)),
    row("slices.mp4", &[], &["{v} -c:v libx264 -tune zerolatency -slices 4 -g 10 {sdr}"], Copied(IsH264, BOXED)),
    row("full_range.mp4", &[], &["{v} -vf scale=out_range=pc,format=yuvj420p -c:v libx264 -bf 0 -g 10 -colorspace bt709 -color_range pc"], Copied(IsH264, BOXED)),
    // The container alone has the headers, in Annex B: they go into every keyframe.
    row("headers_apart.nut", &[], &["{v} -c:v libx264 -bf 0 -g 10 {sdr} -flags +global_header"], Copied(IsH264, "dump_extra=freq=k")),
    row("plain_h265.mp4", &["libx265"], &[H265], Copied(IsH265, "hevc_mp4toannexb")),
    row("plain_h265.mkv", &["libx265"], &[H265], Copied(IsH265, "hevc_mp4toannexb")),
    row("plain_h265.ts", &["libx265"], &[H265], Copied(IsH265, "null")),
    row("plain_vp9.webm", &["libvpx-vp9"], &[VP9], Copied(IsVp9, "null")),
    row("plain_vp9.mp4", &["libvpx-vp9"], &[VP9], Copied(IsVp9, "null")),
    // Two passes' worth of look-ahead: hidden frames inside of packets.
    row("superframes.webm", &["libvpx-vp9"], &["{v} -c:v libvpx-vp9 -auto-alt-ref 1 -lag-in-frames 16 -cpu-used 5 -b:v 200k -g 20 {sdr}"], Copied(IsVp9, "null")),
    row("plain_vp8.webm", &["libvpx"], &["{v} -c:v libvpx -deadline realtime -cpu-used 8 -g 10 {sdr}"], Copied(VP8, "null")),
    row("plain_av1.mkv", &["libaom-av1"], &["{v} -t 0.8 -c:v libaom-av1 -usage realtime -cpu-used 8 -g 10 {sdr}"], Copied(AV1, "null")),
    row("hidden_av1.mp4", &["libaom-av1"], &["{v} -t 0.8 -c:v libaom-av1 -cpu-used 8 -lag-in-frames 10 -g 10 {sdr}"], Copied(AV1, "null")),
    row("svt_av1.webm", &["libsvtav1"], &["{v} -t 0.8 -c:v libsvtav1 -preset 12 -g 10 {sdr}"], Copied(AV1, "null")),

    row("b_frames.mp4", &[], &["{v} -c:v libx264 -bf 2 {sdr}"], Refused("B-frames")),
    row("b_frames.ts", &[], &["{v} -c:v libx264 -bf 2 {sdr}"], Refused("B-frames")),
    // Keyframes only for half of its length.
    row("late_b_frames.mp4", &[], &["{v} -c:v libx264 -bf 2 -b_strategy 0 {sdr} -force_key_frames expr:lt(t,0.8)"], Refused("B-frames (the first at 0.9")),
    row("reordered_h265.mp4", &["libx265"], &["{v} -c:v libx265 -x265-params log-level=none:bframes=3:b-adapt=0 {sdr}"], Refused("another order")),
    row("intra_refresh.mp4", &[], &["{v} -c:v libx264 -bf 0 -x264-params intra-refresh=1:keyint=10 {sdr}"], Refused("no clean starts")),
    row("edit_list.mp4", &[], &["{v} -c:v libx264 -bf 0 -g 60 {sdr} > a.mp4", "-ss 0.48 -i {prev} -c copy"], Refused("edit list")),
    row("inside_a_gop.ts", &[], &["{v} -c:v libx264 -bf 0 -g 12 {sdr} > a.ts", "drop 18800 {0}"], Refused("begin with a keyframe")),
    row("clock_restarts.ts", &[], &["{v} -c:v libx264 -bf 0 -g 12 {sdr} > a.ts", "join {0} {0}"], Refused("another order")),
    row("same_time.mkv", &[], &["-f lavfi -i testsrc2=size=64x64:rate=2000:duration=0.02 -c:v libx264 -bf 0 {sdr}"], Refused("do not increase")),
    row("size_changes.h264", &[], &["{v} -c:v libx264 -bf 0 {sdr} > a.h264", "-f lavfi -i testsrc2=size=64x64:duration=1 -c:v libx264 -bf 0 {sdr} > b.h264", "join {0} {1}"], Refused("size changes from 128x96 to 64x64")),
    row("parameters_change.h264", &[], &["{v} -c:v libx264 -bf 0 {sdr} > a.h264", "{v} -c:v libx264 -bf 0 -profile:v baseline {sdr} > b.h264", "join {0} {1}"], Refused("parameters change")),
    row("10bit.mp4", &["libx265"], &["{v} -c:v libx265 -x265-params log-level=none:bframes=0 -pix_fmt yuv420p10le {sdr}"], Refused("10 bits")),
    row("422.mp4", &[], &["{v} -c:v libx264 -bf 0 -pix_fmt yuv422p {sdr}"], Refused("4:2:2")),
    row("444.webm", &["libvpx-vp9"], &["{v} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv444p {sdr}"], Refused("4:4:4")),
    row("odd.webm", &["libvpx-vp9"], &["{v} -t 0.4 -vf scale=97:95 -c:v libvpx-vp9 -deadline realtime -cpu-used 8 {sdr}"], Refused("odd")),
    row("interlaced.mp4", &[], &["-f lavfi -i testsrc2=size=128x96:rate=50:duration=1.6 -vf interlace -c:v libx264 -bf 0 -x264-params interlaced=1 {sdr}"], Refused("interlaced")),
    row("hidden_vp8.webm", &["libvpx"], &["{v} -c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -b:v 200k -g 40 {sdr} -pass 1 -passlogfile p > a.webm", "{v} -c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -arnr-maxframes 7 -b:v 200k -g 40 {sdr} -pass 2 -passlogfile p"], Refused("shows no picture")),
    row("motion.mjpeg.avi", &[], &["{v} -c:v mjpeg"], Refused("Rerun shows no mjpeg")),

    row("turned.mp4", &[], &[H264, "-i {prev} -c copy -metadata:s:v rotate=90"], LooksWrong("turned upright")),
    row("wide_pixels.mp4", &[], &["{v} -vf setsar=16/11 -c:v libx264 -bf 0 {sdr}"], LooksWrong("not square (16:11)")),
    row("untagged.mp4", &[], &["{v} -c:v libx264 -bf 0"], LooksWrong("smpte170m")),
    row("tagged_601.mp4", &[], &["{v} -c:v libx264 -bf 0 -colorspace smpte170m"], LooksWrong("smpte170m")),
    row("pq.mp4", &[], &["{v} -vf setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc=smpte2084 -c:v libx264 -bf 0 -colorspace bt2020nc -color_primaries bt2020 -color_trc smpte2084"], LooksWrong("HDR")),
    row("seldom.mp4", &[], &["-f lavfi -i testsrc2=size=128x96:rate=1:duration=15 -c:v libx264 -bf 0 -sc_threshold 0 {sdr}"], LooksWrong("without a keyframe")),
    row("see_through.webm", &["libvpx-vp9"], &["{v} -t 0.4 -vf format=yuva420p,colorchannelmixer=aa=0.5 -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuva420p {sdr}"], LooksWrong("transparent")),
];

const fn row(
    name: &'static str,
    needs: &'static [&'static str],
    steps: &'static [&'static str],
    expect: Expect,
) -> Row {
    Row { name, needs, steps, expect }
}

fn made(row: &Row) -> PathBuf {
    let steps: Vec<String> = row.steps.iter().map(|s| s.replace("{sdr}", SDR)).collect();
    generate::steps(row.name, &steps.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn every_kind_of_stream_is_copied_or_has_its_reason() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let rows: Vec<&Row> =
        ROWS.iter().filter(|r| r.needs.iter().all(|n| skip::have_encoder(n))).collect();
    check_all(
        &rows,
        |row| row.name.to_owned(),
        |row| {
            let path = made(row);
            let (copy, auto) = (Run::of(&path, "copy"), Run::of(&path, "auto"));
            let mut wrong = Vec::new();
            match row.expect {
                Copied(codec, filter) => {
                    wrong.extend(copy.is_copy(&path, codec, filter));
                    wrong.extend(auto.is_copy(&path, codec, filter));
                    let warned = copy.outcome.stderr.contains("copied as it is");
                    wrong.extend(warned.then(|| format!("warns:\n{}", copy.outcome.stderr)));
                }
                Refused(why) => {
                    wrong.extend(copy.is_refused(why));
                    wrong.extend(auto.is_encoded(why));
                }
                LooksWrong(why) => {
                    wrong.extend(copy.outcome.check(0).err());
                    let said = copy.outcome.stderr.lines().any(|l| {
                        l.contains("warning") && l.contains("copied as it is") && l.contains(why)
                    });
                    wrong.extend((!said).then(|| format!("not said:\n{}", copy.outcome.stderr)));
                    let more = copy.outcome.stderr.matches("copied as it is").count() > 1;
                    wrong.extend(more.then(|| format!("says more:\n{}", copy.outcome.stderr)));
                    wrong.extend(auto.is_encoded(why));
                }
            }
            wrong
        },
    );
}

/// What goes to files alone is judged while it is copied, since it can be taken back; all else before.
#[test]
fn a_stream_is_judged_alike_before_and_meanwhile() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let rows: Vec<&Row> =
        ROWS.iter().filter(|r| r.needs.iter().all(|n| skip::have_encoder(n))).collect();
    check_all(
        &rows,
        |row| row.name.to_owned(),
        |row| {
            let path = made(row);
            let differs = |codec: &str| {
                let meanwhile = Run::of(&path, codec);
                let run = vstream().arg("--stdout").arg("--codec").arg(codec).arg("--").arg(&path);
                let before = run.run();
                if before.code != meanwhile.outcome.code {
                    return Some(format!("{codec}:\n{}", before.stderr));
                }
                let error =
                    |said: &str| said.lines().find(|l| l.contains("error:")).map(str::to_owned);
                if error(&before.stderr) != error(&meanwhile.outcome.stderr) {
                    return Some(format!("{codec}:\n{}", before.stderr));
                }
                let same = !meanwhile.to.exists() || {
                    let meanwhile = Recording::open(&meanwhile.to);
                    let before = Recording::from_bytes(&before.stdout);
                    meanwhile.only_video().samples == before.only_video().samples
                };
                (!same).then(|| format!("{codec}: other samples"))
            };
            ["copy", "auto"].into_iter().filter_map(differs).collect()
        },
    );
}

/// At its own pace, so that much is recorded and told before a B-frame comes.
#[test]
fn what_turns_out_wrong_late_is_taken_back() {
    let row = ROWS.iter().find(|row| row.name == "late_b_frames.mp4").expect("the row");
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let path = made(row);
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let earlier = b"RRF2 an earlier recording";
    std::fs::write(&to, earlier).expect("a file");
    let run = |codec: &str| {
        let run = vstream().words("--realtime --json --force --codec").arg(codec).arg("--save");
        run.arg(&to).arg("--").arg(&path).run()
    };
    let events = |outcome: &Outcome| -> Vec<(String, String)> {
        let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
        let line = |line: &str| -> Option<(String, String)> {
            let line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
            let event = line["event"].as_str()?;
            let words = line["plan"].as_str().or(line["why"].as_str()).or(line["cause"].as_str());
            let told = ["opened", "restarted", "error", "finished"].contains(&event);
            told.then(|| (event.to_owned(), words.unwrap_or_default().to_owned()))
        };
        text.lines().filter_map(line).collect()
    };

    let refused = run("copy").expect(1);
    let told = events(&refused);
    assert_eq!(
        told.iter().map(|(event, _)| event.as_str()).collect::<Vec<_>>(),
        ["opened", "error"]
    );
    assert_eq!(told[0].1, "copied");
    assert!(told[1].1.contains("B-frames"), "{told:?}");
    assert_eq!(read(&to), earlier);
    assert_eq!(std::fs::read_dir(workspace.dir()).expect("a folder").count(), 1);

    let encoded = run("auto").expect(0);
    let told = events(&encoded);
    let kinds: Vec<_> = told.iter().map(|(event, _)| event.as_str()).collect();
    assert_eq!(kinds, ["opened", "restarted", "opened", "finished"]);
    assert_eq!(told[0].1, "copied");
    assert!(told[1].1.contains("B-frames"), "{told:?}");
    assert!(told[2].1.contains("not copied: it holds B-frames"), "{told:?}");
    let recording = Recording::open(&to);
    assert!(recording_violations(&recording).is_empty());
    assert!(violations(recording.only_video(), &Wanted::default()).is_empty());
    assert_eq!(recording.only_video().samples.len(), 40);
}

struct Run {
    outcome: Outcome,
    to: PathBuf,
    _workspace: Workspace,
}

impl Run {
    fn of(path: &Path, codec: &str) -> Self {
        let workspace = Workspace::new();
        let to = workspace.path("out.rrd");
        let run = vstream().arg("--codec").arg(codec).arg("--save").arg(&to).arg("--").arg(path);
        Self { outcome: run.run(), to, _workspace: workspace }
    }

    fn is_refused(&self, why: &str) -> Vec<String> {
        let mut wrong: Vec<String> = self.outcome.check(1).err().into_iter().collect();
        let said = self.outcome.stderr.contains("cannot copy") && self.outcome.stderr.contains(why);
        wrong.extend((!said).then(|| format!("not for {why:?}:\n{}", self.outcome.stderr)));
        wrong.extend(self.to.exists().then(|| "a refusal left a recording".to_owned()));
        wrong
    }

    /// Encoded as ever, and the plan says why.
    fn is_encoded(&self, why: &str) -> Vec<String> {
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
    fn is_copy(&self, path: &Path, codec: VideoCodec, filter: &str) -> Vec<String> {
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
        let expected = packets(path, source.stream, filter);
        let got: Vec<_> = video.samples.iter().map(|s| digest(&s.data)).collect();
        if got != expected {
            let at = got.iter().zip(&expected).position(|(a, b)| a != b);
            wrong.push(format!(
                "{} samples of {} packets differ from {at:?}",
                got.len(),
                expected.len()
            ));
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
fn packets(path: &Path, stream: usize, filter: &str) -> Vec<(usize, u32)> {
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

/// Size and Adler-32, begun at 0 as FFmpeg does.
fn digest(data: &[u8]) -> (usize, u32) {
    let (mut a, mut b) = (0_u32, 0_u32);
    for &byte in data {
        a = (a + u32::from(byte)) % 65521;
        b = (b + a) % 65521;
    }
    (data.len(), b << 16 | a)
}

#[test]
fn every_file_of_the_corpus_gets_its_verdict_on_copying() {
    let Some(dir) = skip::corpus().filter(|_| skip::have(&["ffmpeg", "ffprobe"])) else {
        return;
    };
    check_all(
        CORPUS,
        |(name, _)| (*name).to_owned(),
        |(name, expect)| {
            let path = dir.join(name);
            if !path.is_file() {
                skip::skip(&format!("no {name} in the corpus"));
                return Vec::new();
            }
            let copy = Run::of(&path, "copy");
            match expect {
                Copied(codec, filter) => copy.is_copy(&path, *codec, filter),
                Refused(why) => copy.is_refused(why),
                LooksWrong(why) => {
                    let said = copy.outcome.stderr.contains(why);
                    let silent = (!said).then(|| format!("not said:\n{}", copy.outcome.stderr));
                    copy.outcome.check(0).err().into_iter().chain(silent).collect()
                }
            }
        },
    );
}

#[rustfmt::skip]
const CORPUS: &[(&str, Expect)] = &[
    ("androidx-media/sample_no_bframes.mp4", Copied(IsH264, BOXED)),
    ("gopro-gpmf/max-heromode.mp4", Copied(IsH264, BOXED)),
    ("androidx-media/hdr10-video-with-sdr-container.mp4", Refused("10 bits")),
    ("androidx-media/sample.mp4", Refused("B-frames")),
    ("androidx-media/sample_edit_list_only_preroll_sync_sample.mp4", Refused("edit list")),
    ("androidx-media/sample_fragmented.mp4", Refused("B-frames")),
    ("androidx-media/sample_h265.ts", Refused("another order")),
    ("androidx-media/sample_rotate_and_reflect.mp4", Refused("B-frames")),
    ("debian-opencv-doc/Megamind.avi", Refused("Rerun shows no mpeg4")),
    ("decord/corrupted.mp4", Refused("B-frames")),
    ("decord/video_90.mov", LooksWrong("turned upright")),
    ("file-type/fixture-mjpeg.mov", Refused("Rerun shows no mjpeg")),
    ("file-type/fixture-raw.mts", Refused("interlaced")),
    ("file-type/fixture2.mpg", Refused("Rerun shows no mpeg1video")),
    ("moviepy/no_duration.webm", LooksWrong("transparent")),
    ("moviepy/video_with_failing_audio.mp4", Refused("B-frames")),
    ("mp4ff/av1.ivf", LooksWrong("smpte170m")),
    ("php-ffmpeg/portrait.MOV", LooksWrong("turned upright")),
    ("rails/video_with_rectangular_samples.mp4", Refused("B-frames")),
    ("serenity/animated_loop_variable_delay.gif", Refused("Rerun shows no gif")),
    ("streamio-ffmpeg/sideways movie.mov", LooksWrong("turned upright")),
    ("tika/testWMV.wmv", Refused("Rerun shows no wmv3")),
    ("torchcodec/nasa_13013.mp4", Refused("B-frames")),
    ("torchcodec/nasa_13013_hdr.mp4", Refused("10 bits")),
    ("torchcodec/test_non_zero_start.mp4", Refused("B-frames")),
    ("torchcodec/testsrc2_odd_height_and_width_vp9_10bit.mp4", Refused("10 bits")),
    ("vali/test_multires.mkv", Refused("B-frames")),
    ("vali/test_res_change.h264", Refused("do not promise")),
];

fn clip(name: &str, command: &str) -> Option<PathBuf> {
    let command = command.replace("{sdr}", SDR);
    skip::have(&["ffmpeg", "ffprobe"]).then(|| generate::video(name, &command))
}

/// Runs with options, and reads back what it made.
fn copied(options: &str, path: &Path) -> (Outcome, Recording) {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words(options).arg("--save").arg(&to).arg("--").arg(path);
    let outcome = run.run().expect(0);
    (outcome, Recording::open(&to))
}

#[test]
fn a_pipe_is_copied_where_its_headers_promise_order() {
    let Some(plain) = clip("promised.mkv", H264) else { return };
    let b_frames = clip("unpromised.mkv", "{v} -c:v libx264 -bf 2 {sdr}").expect("a clip");
    let piped = |codec: &str, path: &Path, to: &Path| {
        let run = vstream().arg("-").arg("--codec").arg(codec).arg("--save").arg(to);
        run.stdin(read(path)).run()
    };
    let workspace = Workspace::new();
    for codec in ["copy", "auto"] {
        let to = workspace.path(format!("{codec}.rrd"));
        let outcome = piped(codec, &plain, &to).expect(0);
        assert!(outcome.stderr.contains("(copied)"), "{}", outcome.stderr);
        assert_eq!(Recording::open(&to).only_video().samples.len(), 40);
    }
    let refused = piped("copy", &b_frames, &workspace.path("none.rrd")).expect(1);
    assert!(refused.stderr.contains("do not promise"), "{}", refused.stderr);
    let encoded = piped("auto", &b_frames, &workspace.path("encoded.rrd")).expect(0);
    assert!(encoded.stderr.contains("not copied"), "{}", encoded.stderr);
}

#[test]
fn a_start_between_keyframes_is_encoded_by_auto_and_earlier_in_a_copy() {
    let Some(path) = clip("keyed.mp4", H264) else { return };
    // Keyframes are 0.4 s apart.
    let (outcome, recording) = copied("--codec copy --start 1 --duration 0.4", &path);
    assert!(outcome.stderr.contains("before the start"), "{}", outcome.stderr);
    let times = recording.only_video().times();
    assert_eq!((times[0], times.len()), (800_000_000, 15), "{times:?}");
    let (outcome, recording) = copied("--codec auto --start 1 --duration 0.4", &path);
    assert!(outcome.stderr.contains("not copied"), "{}", outcome.stderr);
    let times = recording.only_video().times();
    assert_eq!((times[0], times.len()), (1_000_000_000, 10), "{times:?}");
    let (outcome, recording) = copied("--codec auto --start 0.8 --duration 0.4", &path);
    assert!(outcome.stderr.contains("(copied)"), "{}", outcome.stderr);
    let times = recording.only_video().times();
    assert_eq!((times[0], times.len()), (800_000_000, 10), "{times:?}");
}

#[test]
fn a_copy_can_be_looped() {
    let Some(path) = clip("keyed.mp4", H264) else { return };
    let (_, recording) = copied("--codec auto --loop 2", &path);
    let times = recording.only_video().times();
    assert_eq!(times.len(), 120);
    assert!(times.windows(2).all(|p| p[1] - p[0] == 40_000_000), "{times:?}");
}

#[test]
fn settings_of_an_encoder_are_no_settings_of_a_copy() {
    let Some(path) = clip("keyed.mp4", H264) else { return };
    let run = |options: &str| vstream().words(options).arg(&path).words("--save unused.rrd").run();
    let crf = run("--codec copy --crf 20").expect(2);
    assert!(crf.stderr.contains("not encoded"), "{}", crf.stderr);
    let size = run("--codec copy --size 64x64").expect(1);
    assert!(size.stderr.contains("a size needs encoding"), "{}", size.stderr);
    let (outcome, recording) = copied("--codec auto --size 64x64", &path);
    assert!(outcome.stderr.contains("not copied: a size needs encoding"), "{}", outcome.stderr);
    let sps = sps_of(recording.only_video());
    assert_eq!((sps.width, sps.height), (64, 64));
}
