//! The contract of a recording, for every kind of file: a table of generated files, and the corpus.
//! What depends on the source (count, times, size) is compared with what FFmpeg reports about the file.

use std::path::Path;

use crate::support::check::{Wanted, recording_violations, sps_of, violations};
use crate::support::probe::{Named, Source, source_of};
use crate::support::recording::Recording;
use crate::support::run::{Outcome, Workspace, read, vstream};
use crate::support::table::check_all;
use crate::support::{generate, skip};

/// A file to make and convert.
pub struct Row {
    /// The file's name, which also says its kind.
    pub name: &'static str,
    /// Encoders that FFmpeg builds may lack.
    pub needs: &'static [&'static str],
    /// The `ffmpeg` commands that make it, as in `generate::steps`.
    pub steps: &'static [&'static str],
}

/// How FFmpeg and vstream are told to open a made file.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Path,
    Stdin,
    /// A pattern in the file's folder, and the options that FFmpeg's programs need for it.
    Pattern(&'static str, &'static str),
    /// Pictures of 128x96 in a pixel format, and nothing else in the file.
    Raw(&'static str),
}

#[test]
fn every_generated_file_becomes_a_recording() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let rows: Vec<(&Row, Way)> = ROWS
        .iter()
        .map(|row| (row, Way::Path))
        .chain(OTHER_WAYS.iter().map(|(row, way)| (row, *way)))
        .filter(|(row, _)| row.needs.iter().all(|name| skip::have_encoder(name)))
        .collect();
    check_all(&rows, |(row, _)| row.name.to_owned(), |(row, way)| convert(row, *way));
}

#[test]
fn every_file_of_the_corpus_converts_or_fails_as_expected() {
    let Some(dir) = skip::corpus().filter(|_| skip::have(&["ffmpeg", "ffprobe"])) else {
        return;
    };
    let manifest = String::from_utf8(read(&dir.join("MANIFEST.tsv"))).expect("a manifest in UTF-8");
    let mut lines = manifest.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = lines.next().expect("a head line");
    let column = |name| head.iter().position(|it| *it == name).expect("a column");
    let (path, frames, expect) = (column("path"), column("frames"), column("expect"));
    let files: Vec<Vec<&str>> = lines.filter(|line| line.len() == head.len()).collect();
    assert!(!files.is_empty(), "an empty manifest");
    check_all(
        &files,
        |file| file[path].to_owned(),
        |file| match file[expect].split_once(": ").unwrap_or((file[expect], "")) {
            ("refuse", why) => refuse(&dir.join(file[path]), why),
            (verdict, _) => {
                let listed = file[frames].parse().ok();
                let damaged = verdict.contains("warnings");
                convert_corpus_file(&dir.join(file[path]), listed, damaged)
            }
        },
    );
}

fn convert(row: &Row, way: Way) -> Vec<String> {
    let path = generate::steps(row.name, row.steps);
    let raw;
    let pattern = |pattern| path.with_file_name(pattern);
    let (options, from, run) = match way {
        Way::Path => ("", path.clone(), vstream().arg(&path)),
        Way::Stdin => ("", path.clone(), vstream().arg("-").stdin(read(&path))),
        Way::Pattern(name, options) => (options, pattern(name), vstream().arg(pattern(name))),
        Way::Raw(format) => {
            raw = format!("-f rawvideo -video_size 128x96 -pixel_format {format}");
            let run = vstream().words("-f rawvideo --input-option video_size=128x96");
            let run = run.arg("--input-option").arg(format!("pixel_format={format}"));
            (raw.as_str(), path.clone(), run.arg(&path))
        }
    };
    let Some(source) = source_of(&Named { options, path: &from }, None) else {
        return vec!["ffmpeg finds no video: the row is wrong".to_owned()];
    };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let outcome = run.words("--preset ultrafast --save").arg(&to).run();
    compare(&outcome, &to, &source)
}

fn convert_corpus_file(path: &Path, listed: Option<usize>, damaged: bool) -> Vec<String> {
    let source = source_of(&Named { options: "", path }, None).expect("a video stream");
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let outcome = vstream().arg(path).words("--preset ultrafast --save").arg(&to).run();
    let mut wrong = compare(&outcome, &to, &source);
    // The manifest counts the first video stream, which is not always the one to take.
    if source.stream == 0 && listed.is_some_and(|count| count != source.frames.len()) {
        wrong
            .push(format!("the manifest lists {listed:?} frames, ffprobe {}", source.frames.len()));
    }
    if damaged && !outcome.stderr.contains("warning") {
        wrong.push(format!("no warning of damage:\n{}", outcome.stderr));
    }
    wrong
}

fn refuse(path: &Path, why: &str) -> Vec<String> {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let outcome = vstream().arg(path).arg("--save").arg(&to).run();
    let mut wrong: Vec<String> = outcome.check(1).err().into_iter().collect();
    let reason = why.split('(').next().unwrap_or_default().trim();
    if !outcome.stderr.contains(reason) {
        wrong.push(format!("does not say {reason:?}:\n{}", outcome.stderr));
    }
    if to.exists() {
        wrong.push("left a recording".to_owned());
    }
    wrong
}

/// All that is wrong with a conversion, given what FFmpeg says of its source.
fn compare(outcome: &Outcome, to: &Path, source: &Source) -> Vec<String> {
    if let Err(complaint) = outcome.check(0) {
        return vec![complaint];
    }
    let recording = match Recording::try_open(to) {
        Ok(recording) => recording,
        Err(complaint) => return vec![complaint],
    };
    let mut wrong = recording_violations(&recording);
    let Some(video) = recording.videos.get("video_stream") else {
        wrong.push(format!("no video_stream, but {:?}", recording.videos.keys()));
        return wrong;
    };
    wrong.extend(violations(video, &Wanted::default()));
    if !recording.properties.values().any(|value| value.contains(&source.codec)) {
        wrong.push(format!("the properties do not name the codec {}", source.codec));
    }
    let (count, listed) = (video.samples.len(), source.frames.len());
    if count != listed {
        wrong.push(format!("{count} samples of {listed} frames"));
    }
    for word in ["read", "logged"] {
        if outcome.summary(word) != count as u64 {
            wrong.push(format!("the summary counts {} {word}", outcome.summary(word)));
        }
    }
    wrong.extend(differing_times(&video.times(), source));
    if let (Some((width, height)), false) = (source.plain_size(), video.samples.is_empty()) {
        let sps = sps_of(video);
        if (sps.width, sps.height) != (width, height) {
            wrong.push(format!("{}x{} of a {width}x{height} source", sps.width, sps.height));
        }
    }
    wrong
}

fn differing_times(got: &[i64], source: &Source) -> Option<String> {
    let expected = source.times();
    let usable = source.usable_times();
    let differs = |at: &usize| (got[*at] - expected[*at]).abs() > 1;
    let at = (0..usable.min(got.len())).find(differs)?;
    Some(format!("frame {at} is at {} ns, not {}", got[at], expected[at]))
}

/// One row per kind of file. Names end as people's files do, since that is what they give.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    // Containers.
    row("h264.mp4", &[], &["{v} {a} -c:v libx264 -bf 2 -c:a aac"]),
    row("h264.mov", &[], &["{v} -c:v libx264 -bf 2"]),
    row("h264.mkv", &[], &["{v} {a} -c:v libx264 -bf 3 -c:a aac"]),
    row("h264.flv", &[], &["{v} {a} -c:v libx264 -bf 2 -c:a aac"]),
    row("h264.ts", &[], &["{v} {a} -c:v libx264 -bf 2 -c:a aac"]),
    row("h264.m2ts", &[], &["{v} {a} -c:v libx264 -bf 2 -c:a ac3"]),
    row("h264.avi", &[], &["{v} -c:v libx264 -bf 0"]),
    row("h264.nut", &[], &["{v} -c:v libx264 -bf 2"]),
    row("fragmented.mp4", &[], &["{v} {a} -c:v libx264 -g 10 -c:a aac -movflags frag_keyframe+empty_moov"]),
    row("faststart.m4v", &[], &["{v} -c:v libx264 -movflags faststart"]),
    row("list.m3u8", &[], &["{v} -c:v libx264 -g 10 -hls_time 0.4 -hls_list_size 0"]),
    row("mpeg2.mpg", &[], &["{v} {a} -c:v mpeg2video -bf 2 -c:a mp2"]),
    row("mpeg1.mpg", &[], &["{v} {a} -c:v mpeg1video -bf 2 -c:a mp2"]),
    row("mpeg2.vob", &[], &["{v} {a} -c:v mpeg2video -bf 2 -c:a ac3"]),
    row("mpeg2.mxf", &[], &["{v} -c:v mpeg2video -bf 2 -pix_fmt yuv420p"]),
    row("mpeg4.avi", &[], &["{v} -c:v mpeg4 -bf 2"]),
    row("h263.3gp", &[], &["-f lavfi -i testsrc2=size=176x144:rate=25:duration=1.6 -c:v h263"]),
    row("wmv2.wmv", &[], &["{v} {a} -c:v wmv2 -c:a wmav2"]),
    row("theora.ogv", &["libtheora"], &["{v} -c:v libtheora"]),
    row("vp8.webm", &["libvpx"], &["{v} -c:v libvpx -deadline realtime"]),
    row("vp9.webm", &["libvpx-vp9"], &["{v} -c:v libvpx-vp9 -deadline realtime -cpu-used 8"]),
    row("vp8.ivf", &["libvpx"], &["{v} -c:v libvpx -deadline realtime"]),
    row("av1.mkv", &["libsvtav1"], &["{v} -c:v libsvtav1 -preset 12"]),
    row("av1.mp4", &["libaom-av1"], &["{v} -t 0.4 -c:v libaom-av1 -cpu-used 8 -usage realtime"]),
    row("av1.obu", &["libsvtav1"], &["{v} -c:v libsvtav1 -preset 12 -f obu"]),
    row("rv20.rm", &[], &["-f lavfi -i testsrc2=size=176x144:rate=25:duration=1.6 -c:v rv20"]),
    row("clip.gif", &[], &["{v}"]),
    row("clip.apng", &[], &["{v} -t 0.4"]),
    row("clip.y4m", &[], &["{v} -pix_fmt yuv420p"]),
    row("clip.dv", &[], &["{v} -t 0.4 -s 720x576 -pix_fmt yuv420p"]),
    // Elementary streams, which have no times of their own.
    row("raw.h264", &[], &["{v} -c:v libx264 -bf 2"]),
    row("raw.hevc", &["libx265"], &["{v} -c:v libx265 -x265-params log-level=none"]),
    row("raw.mjpeg", &[], &["{v} -c:v mjpeg"]),
    row("raw.m1v", &[], &["{v} -c:v mpeg1video -bf 0"]),
    row("raw.m2v", &[], &["{v} -c:v mpeg2video -bf 2"]),
    row("raw.m4v", &[], &["{v} -c:v mpeg4 -bf 0 -f m4v"]),
    row("two_sizes.h264", &[], &[
        "{v} -c:v libx264 -bf 2 > a.h264",
        "-f lavfi -i testsrc2=size=96x112:rate=25:duration=0.8 -c:v libx264 > b.h264",
        "join {0} {1}",
    ]),
    row("two_sizes.mpg", &[], &[
        "{v} -c:v mpeg2video > a.m2v",
        "-f lavfi -i testsrc2=size=160x96:rate=25:duration=0.8 -c:v mpeg2video > b.m2v",
        "join {0} {1}",
    ]),
    // Codecs that are not named above.
    row("hevc.mp4", &["libx265"], &["{v} -c:v libx265 -x265-params log-level=none"]),
    row("open_gop.mkv", &["libx265"], &["{v} -c:v libx265 -x265-params log-level=none:keyint=10:open-gop=1"]),
    row("intra_refresh.mkv", &[], &["{v} -c:v libx264 -x264-params intra-refresh=1"]),
    row("mpeg4.mp4", &[], &["{v} -c:v mpeg4 -bf 2"]),
    row("xvid.avi", &["libxvid"], &["{v} -c:v libxvid"]),
    row("msmpeg4.avi", &[], &["{v} -c:v msmpeg4"]),
    row("mjpeg.avi", &[], &["{v} -c:v mjpeg"]),
    row("prores.mov", &[], &["{v} -t 0.4 -c:v prores -pix_fmt yuv422p10le"]),
    row("prores4444.mov", &[], &["{v} -t 0.4 -c:v prores_ks -profile:v 4 -pix_fmt yuva444p10le"]),
    row("dnxhr.mov", &[], &["-f lavfi -i testsrc2=size=256x128:duration=0.4 -c:v dnxhd -profile:v dnxhr_sq -pix_fmt yuv422p"]),
    row("ffv1.mkv", &[], &["{v} -c:v ffv1"]),
    row("huffyuv.avi", &[], &["{v} -c:v huffyuv"]),
    row("utvideo.avi", &[], &["{v} -t 0.4 -c:v utvideo"]),
    row("magicyuv.avi", &[], &["{v} -t 0.4 -c:v magicyuv"]),
    row("png.mov", &[], &["{v} -t 0.4 -c:v png"]),
    row("qtrle.mov", &[], &["{v} -t 0.4 -c:v qtrle"]),
    row("svq1.mov", &[], &["{v} -t 0.4 -c:v svq1 -pix_fmt yuv410p"]),
    row("cinepak.avi", &[], &["{v} -t 0.2 -c:v cinepak"]),
    row("flashsv.flv", &[], &["{v} -t 0.4 -c:v flashsv"]),
    row("sorenson.flv", &[], &["{v} -c:v flv"]),
    row("jpeg2000.mkv", &[], &["{v} -t 0.4 -c:v jpeg2000"]),
    row("cineform.mov", &[], &["{v} -t 0.4 -c:v cfhd -pix_fmt yuv422p10le"]),
    row("dirac.mkv", &[], &["{v} -t 0.4 -c:v vc2 -strict -1"]),
    row("rawvideo.avi", &[], &["{v} -t 0.4 -c:v rawvideo -pix_fmt bgr24"]),
    row("uyvy.mov", &[], &["{v} -t 0.4 -c:v rawvideo -pix_fmt uyvy422"]),
    row("v210.mov", &[], &["{v} -t 0.4 -c:v v210 -pix_fmt yuv422p10le"]),
    row("zmbv.avi", &[], &["{v} -t 0.4 -c:v zmbv"]),
    row("snow.nut", &[], &["{v} -t 0.4 -c:v snow -strict -2"]),
    // Times.
    row("variable_rate.mkv", &[], &["{v} -vf setpts=(N*20+N*N*3)/1000/TB -fps_mode passthrough -c:v libx264 -bf 2"]),
    row("variable_rate.mp4", &[], &["{v} -vf setpts=(N*20+mod(N*7\\,5)*3)/1000/TB -fps_mode passthrough -video_track_timescale 90000 -c:v libx264"]),
    row("slides.mkv", &[], &["{v} -t 0.4 -vf setpts=N*1.7/TB -fps_mode passthrough -c:v libx264"]),
    row("ntsc.mp4", &[], &["-f lavfi -i testsrc2=size=128x96:rate=30000/1001:duration=2.2 -c:v libx264 -bf 2"]),
    row("ntsc.mkv", &[], &["-f lavfi -i testsrc2=size=128x96:rate=24000/1001:duration=2.2 -c:v libx264 -bf 2"]),
    row("240fps.mp4", &[], &["-f lavfi -i testsrc2=size=128x96:rate=240:duration=1.2 -c:v libx264 -preset ultrafast"]),
    row("half_fps.mp4", &[], &["-f lavfi -i testsrc2=size=128x96:rate=1/2:duration=10 -c:v libx264 -bf 2"]),
    row("odd_clock.mp4", &[], &["{v} -c:v libx264 -video_track_timescale 14112000"]),
    row("starts_late.ts", &[], &["{v} -c:v libx264 -bf 2 -output_ts_offset 37.123"]),
    row("starts_late.mkv", &[], &["{v} -c:v libx264 -bf 2 -output_ts_offset 5.5"]),
    row("sound_first.mkv", &[], &["-itsoffset 0.48 {v} {a} -c:v libx264 -bf 2 -c:a aac"]),
    row("sound_first.ts", &[], &["-itsoffset 0.48 {v} {a} -c:v libx264 -bf 2 -c:a aac"]),
    row("wraps_around.ts", &[], &["{v} -c:v libx264 -bf 2 -output_ts_offset 95442.3"]),
    row("edit_list.mp4", &[], &["{v} -c:v libx264 -bf 2 -g 60 > a.mp4", "-ss 0.48 -i {prev} -c copy"]),
    row("clock_restarts.ts", &[], &["{v} -c:v libx264 -bf 2 > a.ts", "join {0} {0}"]),
    row("clock_jumps.ts", &[], &[
        "{v} -c:v libx264 -bf 2 > a.ts",
        "{v} -c:v libx264 -bf 2 -output_ts_offset 8 > b.ts",
        "join {0} {1}",
    ]),
    row("opens_inside_a_gop.ts", &[], &["{v} -c:v libx264 -bf 2 -g 12 > a.ts", "drop 18800 {0}"]),
    row("telecine.mpg", &[], &["-f lavfi -i testsrc2=size=128x96:rate=24000/1001:duration=1.6 -vf telecine -c:v mpeg2video -flags +ildct+ilme"]),
    // Pixel formats.
    row("10bit.mp4", &["libx265"], &["{v} -c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le"]),
    row("12bit.mkv", &[], &["{v} -t 0.4 -c:v ffv1 -pix_fmt yuv420p12le"]),
    row("422.mp4", &[], &["{v} -c:v libx264 -pix_fmt yuv422p"]),
    row("444.mp4", &[], &["{v} -c:v libx264 -pix_fmt yuv444p"]),
    row("440.mkv", &[], &["{v} -t 0.4 -c:v ffv1 -pix_fmt yuv440p"]),
    row("411.mkv", &[], &["{v} -t 0.4 -c:v ffv1 -pix_fmt yuv411p"]),
    row("410.mkv", &[], &["{v} -t 0.4 -c:v ffv1 -pix_fmt yuv410p"]),
    row("rgb.mkv", &[], &["{v} -t 0.4 -c:v ffv1 -pix_fmt bgr0"]),
    row("rgb48.mkv", &[], &["{v} -t 0.4 -c:v ffv1 -pix_fmt rgb48"]),
    row("gbrp10.mkv", &[], &["{v} -t 0.4 -c:v ffv1 -pix_fmt gbrp10le"]),
    row("x264rgb.mkv", &["libx264rgb"], &["{v} -t 0.4 -c:v libx264rgb"]),
    row("grey.mkv", &[], &["{v} -t 0.4 -c:v ffv1 -pix_fmt gray"]),
    row("grey16.mkv", &[], &["{v} -t 0.4 -c:v ffv1 -pix_fmt gray16le"]),
    row("one_bit.avi", &[], &["{v} -t 0.4 -c:v rawvideo -pix_fmt monob"]),
    row("palette.avi", &[], &["{v} -t 0.4 -vf split[a][b];[a]palettegen[p];[b][p]paletteuse -c:v rawvideo -pix_fmt pal8"]),
    row("alpha.mov", &[], &["{v} -t 0.4 -vf format=argb,colorchannelmixer=aa=0.5 -c:v qtrle"]),
    row("full_range.mp4", &[], &["{v} -vf scale=out_range=pc,format=yuvj420p -c:v libx264"]),
    // Shapes.
    row("odd.mkv", &[], &["-f lavfi -i testsrc2=size=129x97:duration=0.4 -c:v ffv1"]),
    row("odd_width.webm", &["libvpx-vp9"], &["-f lavfi -i testsrc2=size=97x96:duration=0.4 -c:v libvpx-vp9 -deadline realtime -cpu-used 8"]),
    row("1x1.mkv", &[], &["-f lavfi -i color=red:size=1x1:duration=0.4,format=bgr0 -c:v ffv1"]),
    row("2x2.mkv", &[], &["-f lavfi -i color=red:size=2x2:duration=0.4 -c:v ffv1"]),
    row("3x1.mkv", &[], &["-f lavfi -i color=red:size=3x1:duration=0.4,format=bgr0 -c:v ffv1"]),
    row("1x200.mkv", &[], &["-f lavfi -i color=red:size=1x200:duration=0.4,format=bgr0 -c:v ffv1 -slices 1"]),
    row("wide_pixels.mp4", &[], &["{v} -vf setsar=16/11 -c:v libx264"]),
    row("tall_pixels.mp4", &[], &["{v} -vf setsar=8/9 -c:v libx264"]),
    row("turned.mp4", &[], &["{v} -c:v libx264 > a.mp4", "turn {prev}"]),
    row("interlaced.ts", &[], &["-f lavfi -i testsrc2=size=128x96:rate=50:duration=1.6 -vf interlace -c:v mpeg2video -flags +ildct+ilme"]),
    row("interlaced.mp4", &[], &["-f lavfi -i testsrc2=size=128x96:rate=50:duration=1.6 -vf interlace=scan=bff -c:v libx264 -x264-params interlaced=1:bff=1"]),
    row("pq.mp4", &["libx265"], &["{v} -c:v libx265 -pix_fmt yuv420p10le -x265-params log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"]),
    row("hlg.mkv", &[], &["{v} -t 0.4 -c:v ffv1 -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc arib-std-b67 -colorspace bt2020nc"]),
    // One picture.
    row("still.png", &[], &["{v} -frames:v 1"]),
    row("still.jpg", &[], &["{v} -frames:v 1 -pix_fmt yuvj420p"]),
    row("still.bmp", &[], &["{v} -frames:v 1"]),
    row("still.tiff", &[], &["{v} -frames:v 1"]),
    row("still.webp", &["libwebp"], &["{v} -frames:v 1 -c:v libwebp"]),
    row("one_frame.mp4", &[], &["{v} -frames:v 1 -c:v libx264"]),
    // Names.
    row("a name with spaces & 'quotes'.mp4", &[], &["{v} -t 0.4 -c:v libx264"]),
    row("ünï-日本.mp4", &[], &["{v} -t 0.4 -c:v libx264"]),
    // Several streams, of which FFmpeg takes the largest.
    row("two_videos.mkv", &[], &["{v} -f lavfi -i testsrc2=size=160x120:rate=20:duration=1 {a} -map 0 -map 1 -map 2 -c:v libx264 -disposition:v 0 -c:a aac"]),
];

/// Files that are not opened by their path alone.
#[rustfmt::skip]
const OTHER_WAYS: &[(Row, Way)] = &[
    (row("piped.mkv", &[], &["{v} -c:v libx264 -bf 2"]), Way::Stdin),
    (row("piped.ts", &[], &["{v} -c:v libx264 -bf 2"]), Way::Stdin),
    (row("piped.y4m", &[], &["{v} -pix_fmt yuv420p"]), Way::Stdin),
    (row("numbered.png", &[], &["{v} -t 0.4 > %05d.png", "-i {prev} -frames:v 1"]), Way::Pattern("0%05d.png", "-f image2")),
    (row("glob.png", &[], &["{v} -t 0.4 > %05d.png", "-i {prev} -frames:v 1"]), Way::Pattern("0*.png", "-f image2 -pattern_type glob")),
    (row("grey.raw", &[], &["{v} -pix_fmt gray -f rawvideo"]), Way::Raw("gray")),
    (row("bayer.raw", &[], &["{v} -pix_fmt gray -f rawvideo"]), Way::Raw("bayer_rggb8")),
];

const fn row(
    name: &'static str,
    needs: &'static [&'static str],
    steps: &'static [&'static str],
) -> Row {
    Row { name, needs, steps }
}
