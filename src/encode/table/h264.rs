//! The H.264 encoders. libx264 is the reference for the others; hardware encoders are sorted by how common they are.
//! A table only.

use super::{EncoderRow, Keyframes, Place, Preset, QualityOptions, Setting};
use crate::sample::SampleCodec;

/// Average rate, maximum rate, and a buffer of one second.
pub(crate) const BITS: &[&str] = &["b", "maxrate", "bufsize"];

pub(crate) const NVENC_PRESETS: &[&str] = &["p1", "p2", "p3", "p4", "p5", "p6", "p7"];
pub(crate) const NVENC_TUNES: &[&str] = &["hq", "ll", "ull"];
pub(crate) const NVENC_LIVE: &[Setting] = &[("tune", "ull"), ("zerolatency", "1"), ("delay", "0")];
pub(crate) const QSV_PRESETS: &[&str] =
    &["veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"];

pub(crate) const ROWS: &[EncoderRow] = &[
    EncoderRow {
        name: "libx264",
        codec: SampleCodec::H264,
        format: "yuv420p",
        place: Place::Software,
        always: &[
            ("bf", "0"),
            ("flags", "+cgop"),
            ("forced-idr", "1"),
            ("x264-params", "open-gop=0:intra-refresh=0"),
            // Captions of the source would be kept as SEI, which no viewer reads.
            ("a53cc", "0"),
        ],
        where_known: &[],
        keyframes: Keyframes::Requested,
        preset: Some(Preset {
            option: "preset",
            file: "veryfast",
            live: "ultrafast",
            names: X264_PRESETS,
        }),
        tunes: &[
            "film",
            "animation",
            "grain",
            "stillimage",
            "psnr",
            "ssim",
            "fastdecode",
            "zerolatency",
        ],
        quality: QualityOptions::Constant { options: &["crf"], default: 23, worst: 51, with: &[] },
        bitrate: BITS,
        file: &[],
        live: &[("tune", "zerolatency")],
    },
    EncoderRow {
        name: "libopenh264",
        codec: SampleCodec::H264,
        format: "yuv420p",
        place: Place::Software,
        // It has no B-frames. By default it drops frames to keep a bitrate.
        always: &[("bf", "0"), ("threads", "0")],
        where_known: &[("allow_skip_frames", "0"), ("profile", "constrained_baseline")],
        keyframes: Keyframes::Counted,
        preset: None,
        tunes: &[],
        quality: QualityOptions::Bitrate,
        bitrate: BITS,
        file: &[],
        live: &[],
    },
    EncoderRow {
        name: "h264_nvenc",
        codec: SampleCodec::H264,
        format: "yuv420p",
        place: Place::Hardware,
        always: &[("bf", "0"), ("forced-idr", "1"), ("a53cc", "0"), ("rc", "vbr")],
        where_known: &[("extra_sei", "0"), ("b_adapt", "0")],
        keyframes: Keyframes::Requested,
        preset: Some(Preset { option: "preset", file: "p4", live: "p1", names: NVENC_PRESETS }),
        tunes: NVENC_TUNES,
        quality: QualityOptions::Constant {
            options: &["cq"],
            default: 23,
            worst: 51,
            with: &[("b", "0")],
        },
        bitrate: BITS,
        file: &[],
        live: NVENC_LIVE,
    },
    EncoderRow {
        name: "h264_videotoolbox",
        codec: SampleCodec::H264,
        format: "nv12",
        place: Place::Hardware,
        always: &[("bf", "0"), ("allow_sw", "1")],
        where_known: &[("a53cc", "0")],
        keyframes: Keyframes::Requested,
        preset: None,
        tunes: &[],
        // Constant quality needs Apple silicon.
        quality: QualityOptions::Bitrate,
        bitrate: &["b"],
        file: &[],
        live: &[("realtime", "1")],
    },
    EncoderRow {
        name: "h264_qsv",
        codec: SampleCodec::H264,
        format: "nv12",
        place: Place::Hardware,
        always: &[("bf", "0"), ("forced_idr", "1"), ("idr_interval", "0")],
        where_known: &[("a53cc", "0"), ("adaptive_i", "0"), ("adaptive_b", "0")],
        keyframes: Keyframes::Requested,
        preset: Some(Preset {
            option: "preset",
            file: "veryfast",
            live: "veryfast",
            names: QSV_PRESETS,
        }),
        tunes: &[],
        quality: QualityOptions::Constant {
            options: &["global_quality"],
            default: 23,
            worst: 51,
            with: &[],
        },
        bitrate: BITS,
        file: &[],
        live: &[("async_depth", "1")],
    },
    EncoderRow {
        name: "h264_vaapi",
        codec: SampleCodec::H264,
        format: "nv12",
        place: Place::Device("vaapi"),
        always: &[("bf", "0"), ("idr_interval", "0")],
        where_known: &[],
        keyframes: Keyframes::Requested,
        preset: None,
        tunes: &[],
        quality: QualityOptions::Constant {
            options: &["qp"],
            default: 23,
            worst: 51,
            with: &[("rc_mode", "CQP")],
        },
        bitrate: BITS,
        file: &[],
        live: &[("async_depth", "1")],
    },
    EncoderRow {
        name: "h264_amf",
        codec: SampleCodec::H264,
        format: "nv12",
        place: Place::Hardware,
        // Headers before every frame cost 40 bytes; without this, some settings give keyframes without headers.
        always: &[("bf", "0"), ("header_spacing", "1")],
        where_known: &[("max_b_frames", "0")],
        // Only the newest FFmpeg versions honour keyframe requests.
        keyframes: Keyframes::Counted,
        preset: Some(AMF),
        tunes: &[],
        quality: QualityOptions::Constant {
            options: &["qp_i", "qp_p"],
            default: 23,
            worst: 51,
            with: &[("rc", "cqp")],
        },
        bitrate: BITS,
        file: &[],
        live: &[("usage", "ultralowlatency")],
    },
    EncoderRow {
        name: "h264_v4l2m2m",
        codec: SampleCodec::H264,
        format: "nv12",
        place: Place::Hardware,
        always: &[("bf", "0")],
        where_known: &[],
        keyframes: Keyframes::Requested,
        preset: None,
        tunes: &[],
        quality: QualityOptions::Bitrate,
        bitrate: &["b"],
        file: &[],
        live: &[],
    },
];

const X264_PRESETS: &[&str] = &[
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
    "placebo",
];

pub(crate) const AMF: Preset = Preset {
    option: "quality",
    file: "balanced",
    live: "speed",
    names: &["speed", "balanced", "quality"],
};
