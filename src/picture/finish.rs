//! The last step after a filter chain, done here rather than by FFmpeg: conversion to BT.709 4:2:0 with 8 bits.
//! Which pictures it applies to is decided in `fit`.

use crate::ffi::{AvError, Frame};
use crate::picture::from_rgb;
use crate::picture::rgb_layout::RgbLayout;
use crate::picture::tone_map::ToneMap;

/// What follows the filters of a chain. Pictures have their final size there, with even sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finish {
    ToneMap(ToneMap),
    /// Alpha goes over black.
    FromRgb(RgbLayout),
}

impl std::fmt::Display for Finish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ToneMap(tone_map) => tone_map.fmt(f),
            Self::FromRgb(layout) => write!(f, "{} to BT.709", layout.format()),
        }
    }
}

impl Finish {
    /// The pixel format of the pictures that it takes.
    pub fn takes(self) -> &'static str {
        match self {
            Self::ToneMap(_) => "yuv420p10",
            Self::FromRgb(layout) => layout.format(),
        }
    }

    /// The finished picture. Works on as many threads, or else on all cores.
    pub fn apply(self, frame: &Frame, threads: Option<usize>) -> Result<Frame, AvError> {
        match self {
            Self::ToneMap(tone_map) => tone_map.apply(frame, threads),
            Self::FromRgb(layout) => from_rgb::converted(frame, layout),
        }
    }
}
