//! The table of streams, made and real: each with its expected result, copied or the reason why not.
//! `run.rs` checks them.

use std::path::PathBuf;

use rerun::components::VideoCodec;

use crate::support::generate;

/// The marks of colours that the Viewer shows right, and no B-frames.
pub const SDR: &str = "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv";
pub const H264: &str = "{v} -c:v libx264 -preset ultrafast -bf 0 -g 10 {sdr}";
const H265: &str = "{v} -c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=0:open-gop=0:keyint=10 {sdr}";
const VP9: &str = "{v} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 10 {sdr}";

pub struct Row {
    pub name: &'static str,
    pub needs: &'static [&'static str],
    pub steps: &'static [&'static str],
    pub expect: Expect,
}

pub enum Expect {
    /// Copied by `copy` and `auto` alike.
    Copied(VideoCodec, Stored),
    /// Refused by `copy` and encoded by `auto`, with these words.
    Refused(&'static str),
    /// Copied by `copy`, encoded by `auto`, with these words.
    LooksWrong(&'static str),
}

/// How the packets lie in the file, for comparison.
#[derive(Clone, Copy)]
pub enum Stored {
    /// With the bytes that they have in a recording, or that this filter of FFmpeg's gives them.
    Filtered(&'static str),
    /// With the length of each NAL unit in front of it, in four bytes, and headers in the container.
    WithLengths,
}

use Expect::{Copied, LooksWrong, Refused};
use VideoCodec::{AV1, H264 as IsH264, H265 as IsH265, VP8, VP9 as IsVp9};

const BOXED: Stored = Stored::WithLengths;
const SAME: Stored = Stored::Filtered("null");

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    row("plain.mp4", &[], &[H264], Copied(IsH264, BOXED)),
    row("plain.mov", &[], &[H264], Copied(IsH264, BOXED)),
    row("plain.mkv", &[], &[H264], Copied(IsH264, BOXED)),
    row("plain.flv", &[], &[H264], Copied(IsH264, BOXED)),
    row("plain.ts", &[], &[H264], Copied(IsH264, SAME)),
    row("plain.h264", &[], &[H264], Copied(IsH264, SAME)),
    row("plain.avi", &[], &[H264], Copied(IsH264, SAME)),
    row("fragmented.mp4", &[], &["{v} -c:v libx264 -bf 0 -g 10 {sdr} -movflags +frag_keyframe+empty_moov"], Copied(IsH264, BOXED)),
    row("late.ts", &[], &["{v} -c:v libx264 -bf 0 -g 10 {sdr} -output_ts_offset 37.123"], Copied(IsH264, SAME)),
    // FFmpeg 7 would hide the last picture with an edit list.
    row("variable.mp4", &[], &["{v} -vf setpts=(N*20+N*N*3)/1000/TB -fps_mode passthrough -c:v libx264 -bf 0 -g 10 {sdr} -use_editlist 0"], Copied(IsH264, BOXED)),
    row("slices.mp4", &[], &["{v} -c:v libx264 -tune zerolatency -slices 4 -g 10 {sdr}"], Copied(IsH264, BOXED)),
    row("full_range.mp4", &[], &["{v} -vf scale=out_range=pc,format=yuvj420p -c:v libx264 -bf 0 -g 10 -colorspace bt709 -color_range pc"], Copied(IsH264, BOXED)),
    // The container alone has the headers, in Annex B: they go into every keyframe.
    row("headers_apart.nut", &[], &["{v} -c:v libx264 -bf 0 -g 10 {sdr} -flags +global_header"], Copied(IsH264, Stored::Filtered("dump_extra=freq=k"))),
    row("plain_h265.mp4", &["libx265"], &[H265], Copied(IsH265, BOXED)),
    row("plain_h265.mkv", &["libx265"], &[H265], Copied(IsH265, BOXED)),
    row("plain_h265.ts", &["libx265"], &[H265], Copied(IsH265, SAME)),
    row("plain_vp9.webm", &["libvpx-vp9"], &[VP9], Copied(IsVp9, SAME)),
    row("plain_vp9.mp4", &["libvpx-vp9"], &[VP9], Copied(IsVp9, SAME)),
    // Two passes' worth of look-ahead: hidden frames inside of packets.
    row("superframes.webm", &["libvpx-vp9"], &["{v} -c:v libvpx-vp9 -auto-alt-ref 1 -lag-in-frames 16 -cpu-used 5 -b:v 200k -g 20 {sdr}"], Copied(IsVp9, SAME)),
    row("plain_vp8.webm", &["libvpx"], &["{v} -c:v libvpx -deadline realtime -cpu-used 8 -g 10 {sdr}"], Copied(VP8, SAME)),
    row("plain_av1.mkv", &["libaom-av1"], &["{v} -t 0.8 -c:v libaom-av1 -usage realtime -cpu-used 8 -g 10 {sdr}"], Copied(AV1, SAME)),
    row("hidden_av1.mp4", &["libaom-av1"], &["{v} -t 0.8 -c:v libaom-av1 -cpu-used 8 -lag-in-frames 10 -g 10 {sdr}"], Copied(AV1, SAME)),
    row("svt_av1.webm", &["libsvtav1"], &["{v} -t 0.8 -c:v libsvtav1 -preset 12 -g 10 {sdr}"], Copied(AV1, SAME)),

    row("b_frames.mp4", &[], &["{v} -c:v libx264 -bf 2 {sdr}"], Refused("B-frames")),
    row("b_frames.ts", &[], &["{v} -c:v libx264 -bf 2 {sdr}"], Refused("B-frames")),
    // Keyframes only for half of its length.
    row("late_b_frames.mp4", &[], &["{v} -c:v libx264 -bf 2 -b_strategy 0 {sdr} -force_key_frames expr:lt(t,0.8)"], Refused("B-frames (the first at 0.9")),
    row("reordered_h265.mp4", &["libx265"], &["{v} -c:v libx265 -x265-params log-level=none:bframes=3:b-adapt=0 {sdr}"], Refused("another order")),
    row("intra_refresh.mp4", &[], &["{v} -c:v libx264 -bf 0 -x264-params intra-refresh=1:keyint=10 {sdr}"], Refused("not clean starts")),
    row("edit_list.mp4", &[], &["{v} -c:v libx264 -bf 0 -g 60 {sdr} > a.mp4", "-ss 0.48 -i {prev} -c copy"], Refused("edit list")),
    row("inside_a_gop.ts", &[], &["{v} -c:v libx264 -bf 0 -g 12 {sdr} > a.ts", "drop 18800 {0}"], Refused("begin with a keyframe")),
    row("same_time.mkv", &[], &["-f lavfi -i testsrc2=size=64x64:rate=2000:duration=0.02 -c:v libx264 -bf 0 {sdr}"], Refused("do not increase")),
    row("size_changes.h264", &[], &["{v} -c:v libx264 -bf 0 {sdr} > a.h264", "-f lavfi -i testsrc2=size=64x64:duration=1 -c:v libx264 -bf 0 {sdr} > b.h264", "join {0} {1}"], Refused("size changes from 128x96 to 64x64")),
    row("parameters_change.h264", &[], &["{v} -c:v libx264 -bf 0 {sdr} > a.h264", "{v} -c:v libx264 -bf 0 -profile:v baseline {sdr} > b.h264", "join {0} {1}"], Refused("parameters change")),
    row("10bit.mp4", &["libx265 yuv420p10le"], &["{v} -c:v libx265 -x265-params log-level=none:bframes=0 -pix_fmt yuv420p10le {sdr}"], Refused("10 bits")),
    row("422.mp4", &[], &["{v} -c:v libx264 -bf 0 -pix_fmt yuv422p {sdr}"], Refused("4:2:2")),
    row("444.webm", &["libvpx-vp9"], &["{v} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv444p {sdr}"], Refused("4:4:4")),
    row("odd.webm", &["libvpx-vp9"], &["{v} -t 0.4 -vf scale=97:95 -c:v libvpx-vp9 -deadline realtime -cpu-used 8 {sdr}"], Refused("odd")),
    row("interlaced.mp4", &[], &["-f lavfi -i testsrc2=size=128x96:rate=50:duration=1.6 -vf interlace -c:v libx264 -bf 0 -x264-params interlaced=1 {sdr}"], Refused("interlaced")),
    row("hidden_vp8.webm", &["libvpx"], &["{v} -c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -b:v 200k -g 40 {sdr} -pass 1 -passlogfile p > a.webm", "{v} -c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -arnr-maxframes 7 -b:v 200k -g 40 {sdr} -pass 2 -passlogfile p"], Refused("shows no picture")),
    row("motion.mjpeg.avi", &[], &["{v} -c:v mjpeg"], Refused("Rerun shows no mjpeg")),

    row("turned.mp4", &[], &["{v} -c:v libx264 -preset ultrafast -bf 0 -g 10 {sdr} > a.mp4", "turn {prev}"], LooksWrong("turned upright")),
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

pub fn made(row: &Row) -> PathBuf {
    let steps: Vec<String> = row.steps.iter().map(|s| s.replace("{sdr}", SDR)).collect();
    generate::steps(row.name, &steps.iter().map(String::as_str).collect::<Vec<_>>())
}

#[rustfmt::skip]
pub const CORPUS: &[(&str, Expect)] = &[
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
