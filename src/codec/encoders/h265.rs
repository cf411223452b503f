//! The encoders of H.265: smaller than H.264 at the same quality, slower, and not for every browser.
//! A table, and nothing else.

use super::h264::{AMF, BITS, NVENC_LIVE, NVENC_PRESETS, NVENC_TUNES, QSV_PRESETS};
use super::{EncoderRow, Keyframes, Place, Preset, Quality};
use crate::sample::SampleCodec;

pub(super) const ROWS: &[EncoderRow] = &[
    EncoderRow {
        name: "libx265",
        codec: SampleCodec::H265,
        format: "yuv420p",
        place: Place::Software,
        always: &[
            ("bf", "0"),
            ("forced-idr", "1"),
            // Open GOPs are its default. It writes to stderr by itself.
            ("x265-params", "bframes=0:open-gop=0:repeat-headers=1:info=0:log-level=none"),
        ],
        where_known: &[("a53cc", "0")],
        keyframes: Keyframes::Asked,
        preset: Some(Preset {
            option: "preset",
            file: "superfast",
            live: "ultrafast",
            names: X265_PRESETS,
        }),
        tunes: &["psnr", "ssim", "grain", "animation", "fastdecode", "zerolatency"],
        // Its own documentation: 28 looks like 23 of libx264.
        quality: Quality::Constant { options: &["crf"], default: 28, worst: 51, with: &[] },
        bitrate: BITS,
        file: &[],
        live: &[("tune", "zerolatency")],
    },
    EncoderRow {
        name: "hevc_nvenc",
        codec: SampleCodec::H265,
        format: "yuv420p",
        place: Place::Hardware,
        always: &[("bf", "0"), ("forced-idr", "1"), ("a53cc", "0"), ("rc", "vbr")],
        where_known: &[("extra_sei", "0")],
        keyframes: Keyframes::Asked,
        preset: Some(Preset { option: "preset", file: "p4", live: "p1", names: NVENC_PRESETS }),
        tunes: NVENC_TUNES,
        quality: Quality::Constant {
            options: &["cq"],

            default: 28,
            worst: 51,
            with: &[("b", "0")],
        },
        bitrate: BITS,
        file: &[],
        live: NVENC_LIVE,
    },
    EncoderRow {
        name: "hevc_videotoolbox",
        codec: SampleCodec::H265,
        format: "nv12",
        place: Place::Hardware,
        always: &[("bf", "0"), ("allow_sw", "1")],
        where_known: &[("a53cc", "0")],
        keyframes: Keyframes::Asked,
        preset: None,
        tunes: &[],
        quality: Quality::Bitrate,
        bitrate: &["b"],
        file: &[],
        live: &[("realtime", "1")],
    },
    EncoderRow {
        name: "hevc_qsv",
        codec: SampleCodec::H265,
        format: "nv12",
        place: Place::Hardware,
        // Intel counts the distance of IDR pictures from 1 here. Generalised P-frames are B slices.
        always: &[("bf", "0"), ("idr_interval", "1")],
        where_known: &[("gpb", "0")],
        // What is asked for is no IDR without an option that FFmpeg 5.1 lacks.
        keyframes: Keyframes::Counted,
        preset: Some(Preset {
            option: "preset",
            file: "veryfast",
            live: "veryfast",
            names: QSV_PRESETS,
        }),
        tunes: &[],
        quality: Quality::Constant {
            options: &["global_quality"],

            default: 26,
            worst: 51,
            with: &[],
        },
        bitrate: BITS,
        file: &[],
        live: &[("async_depth", "1")],
    },
    EncoderRow {
        name: "hevc_vaapi",
        codec: SampleCodec::H265,
        format: "nv12",
        place: Place::Device("vaapi"),
        always: &[("bf", "0"), ("idr_interval", "0")],
        where_known: &[],
        keyframes: Keyframes::Asked,
        preset: None,
        tunes: &[],
        quality: Quality::Constant {
            options: &["qp"],

            default: 26,
            worst: 51,
            with: &[("rc_mode", "CQP")],
        },
        bitrate: BITS,
        file: &[],
        live: &[("async_depth", "1")],
    },
    EncoderRow {
        name: "hevc_amf",
        codec: SampleCodec::H265,
        format: "nv12",
        place: Place::Hardware,
        always: &[("bf", "0"), ("header_insertion_mode", "idr")],
        where_known: &[],
        // As h264_amf.
        keyframes: Keyframes::Counted,
        preset: Some(AMF),
        tunes: &[],
        quality: Quality::Constant {
            options: &["qp_i", "qp_p"],

            default: 26,
            worst: 51,
            with: &[("rc", "cqp")],
        },
        bitrate: BITS,
        file: &[],
        live: &[("usage", "ultralowlatency")],
    },
    EncoderRow {
        name: "hevc_v4l2m2m",
        codec: SampleCodec::H265,
        format: "nv12",
        place: Place::Hardware,
        always: &[("bf", "0")],
        where_known: &[],
        keyframes: Keyframes::Asked,
        preset: None,
        tunes: &[],
        quality: Quality::Bitrate,
        bitrate: &["b"],
        file: &[],
        live: &[],
    },
];

const X265_PRESETS: &[&str] = &[
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
