//! The AV1 encoders: the smallest files, playable in every browser.
//! A table only.

use super::h264::{BITS, NVENC_LIVE, NVENC_PRESETS, NVENC_TUNES, QSV_PRESETS};
use super::{EncoderRow, Keyframes, Place, Preset, QualityOptions};
use crate::sample::SampleCodec;

pub(crate) const ROWS: &[EncoderRow] = &[
    EncoderRow {
        name: "libsvtav1",
        codec: SampleCodec::Av1,
        format: "yuv420p",
        place: Place::Software,
        always: &[],
        where_known: &[],
        // In low-delay mode or with a bitrate it places keyframes by frame count only (SVT-AV1 1.4). For files its
        // temporal units hide frames that are shown later, as AV1 allows; each unit still shows one frame, in order.
        keyframes: Keyframes::RequestedInFiles(("svtav1-params", "enable-force-key-frames=1")),
        preset: Some(Preset { option: "preset", file: "10", live: "12", names: SVT_PRESETS }),
        tunes: &[],
        quality: QualityOptions::Constant { options: &["crf"], default: 35, worst: 63, with: &[] },
        // With a maximum rate it switches to CBR, which it supports in low-delay mode only.
        bitrate: &["b"],
        file: &[],
        live: &[("svtav1-params", "pred-struct=1")],
    },
    EncoderRow {
        name: "libaom-av1",
        codec: SampleCodec::Av1,
        format: "yuv420p",
        place: Place::Software,
        // With `good` quality it makes two keyframes for each request (libaom 3.6).
        always: &[("lag-in-frames", "0"), ("usage", "realtime"), ("row-mt", "1"), ("threads", "0")],
        where_known: &[],
        keyframes: Keyframes::Requested,
        preset: Some(Preset { option: "cpu-used", file: "7", live: "8", names: AOM_PRESETS }),
        tunes: &["psnr", "ssim"],
        quality: QualityOptions::Constant {
            options: &["crf"],
            default: 35,
            worst: 63,
            with: &[("b", "0")],
        },
        bitrate: BITS,
        file: &[],
        live: &[],
    },
    EncoderRow {
        name: "librav1e",
        codec: SampleCodec::Av1,
        format: "yuv420p",
        place: Place::Software,
        always: &[("threads", "0")],
        where_known: &[],
        keyframes: Keyframes::Counted,
        preset: Some(Preset { option: "speed", file: "10", live: "10", names: RAV1E_PRESETS }),
        tunes: &[],
        quality: QualityOptions::Constant { options: &["qp"], default: 110, worst: 255, with: &[] },
        bitrate: &["b"],
        file: &[("rav1e-params", "low_latency=true")],
        live: &[("rav1e-params", "low_latency=true:rdo_lookahead_frames=1")],
    },
    EncoderRow {
        name: "av1_nvenc",
        codec: SampleCodec::Av1,
        format: "yuv420p",
        place: Place::Hardware,
        always: &[("bf", "0"), ("forced-idr", "1"), ("rc", "vbr")],
        where_known: &[("extra_sei", "0")],
        keyframes: Keyframes::Requested,
        preset: Some(Preset { option: "preset", file: "p4", live: "p1", names: NVENC_PRESETS }),
        tunes: NVENC_TUNES,
        quality: QualityOptions::Constant {
            options: &["cq"],
            default: 32,
            worst: 51,
            with: &[("b", "0")],
        },
        bitrate: BITS,
        file: &[],
        live: NVENC_LIVE,
    },
    EncoderRow {
        name: "av1_qsv",
        codec: SampleCodec::Av1,
        format: "nv12",
        place: Place::Hardware,
        always: &[("bf", "0")],
        where_known: &[("forced_idr", "1"), ("adaptive_i", "0"), ("adaptive_b", "0")],
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
            default: 32,
            worst: 51,
            with: &[],
        },
        bitrate: BITS,
        file: &[],
        live: &[("async_depth", "1")],
    },
    EncoderRow {
        name: "av1_vaapi",
        codec: SampleCodec::Av1,
        format: "nv12",
        place: Place::Device("vaapi"),
        always: &[("bf", "0"), ("idr_interval", "0")],
        where_known: &[],
        keyframes: Keyframes::Requested,
        preset: None,
        tunes: &[],
        // AV1's quantizer index, up to 255.
        quality: QualityOptions::Constant {
            options: &["global_quality"],
            default: 110,
            worst: 255,
            with: &[("rc_mode", "CQP")],
        },
        bitrate: BITS,
        file: &[],
        live: &[("async_depth", "1")],
    },
];

const SVT_PRESETS: &[&str] =
    &["13", "12", "11", "10", "9", "8", "7", "6", "5", "4", "3", "2", "1", "0"];
const AOM_PRESETS: &[&str] = &["8", "7", "6", "5", "4", "3", "2", "1", "0"];
const RAV1E_PRESETS: &[&str] = &["10", "9", "8", "7", "6", "5", "4", "3", "2", "1", "0"];
