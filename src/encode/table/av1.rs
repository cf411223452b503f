//! The encoders of AV1: the smallest files, and every browser shows them.
//! A table, and nothing else.

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
        // Its low delay structure and its bitrates know keyframes by count alone (SVT-AV1 1.4). In files it hides
        // pictures that are shown later inside of its units, as AV1 has it: each unit still shows one, in order.
        keyframes: Keyframes::RequestedInFiles(("svtav1-params", "enable-force-key-frames=1")),
        preset: Some(Preset { option: "preset", file: "10", live: "12", names: SVT_PRESETS }),
        tunes: &[],
        quality: QualityOptions::Constant { options: &["crf"], default: 35, worst: 63, with: &[] },
        // With a most it takes the rate for a constant one, which it has for low delay only.
        bitrate: &["b"],
        file: &[],
        live: &[("svtav1-params", "pred-struct=1")],
    },
    EncoderRow {
        name: "libaom-av1",
        codec: SampleCodec::Av1,
        format: "yuv420p",
        place: Place::Software,
        // For good quality it makes two keyframes of each that is asked for (libaom 3.6).
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
        // The index of the quantizer, of a codec that counts them to 255.
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
