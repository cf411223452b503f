//! Filter chains as text, and the one that makes a picture progressive and upright; `fit` does the rest.
//! Pure: it decides from a frame's geometry and the settings, and runs nothing.

use crate::config::{Deinterlace, VideoConfig};
use crate::ffi::{Geometry, Stream};
use crate::picture::finish::Finish;
use crate::picture::orientation::upright;

/// A chain of filters and the picture size at its end.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Chain {
    /// Empty if the picture needs no filter.
    pub filters: Vec<String>,
    pub width: u32,
    pub height: u32,
    /// What comes after the filters.
    pub finish: Option<Finish>,
    pub note: Option<Note>,
}

impl Chain {
    /// The filters as FFmpeg takes them; empty if the picture needs none.
    pub fn text(&self) -> String {
        let last = self.finish.filter(|_| !self.filters.is_empty());
        let format = last.map(|finish| format!("format={}", finish.takes()));
        let filters: Vec<_> = self.filters.iter().cloned().chain(format).collect();
        filters.join(",")
    }
}

/// A warning about a chain.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Note {
    NoToneMapping,
    AspectIgnored(i32, i32),
    /// A range of values was requested, and the picture is not deep grey.
    RangeIgnored,
    /// The picture is shown as if it had another matrix.
    MatrixIgnored(&'static str),
}

/// Properties that the container states and frames may lack.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ContainerHints {
    pub rotation: Option<[i32; 9]>,
    /// Sample aspect ratio; overrides the frame's own, as in the ffmpeg command.
    pub aspect: (i32, i32),
}

impl ContainerHints {
    pub fn of(stream: &Stream) -> Self {
        Self { rotation: stream.rotation, aspect: stream.aspect }
    }

    /// Of pictures that are given one by one: their pixels are square, whatever their own headers say.
    pub fn of_pictures() -> Self {
        Self { rotation: None, aspect: (1, 1) }
    }
}

/// Deinterlaced and upright frames, before the user's own filters.
pub(crate) fn orient(g: &Geometry, hints: ContainerHints, config: &VideoConfig) -> Chain {
    let mut filters = Vec::new();
    if g.format_name.starts_with("bayer_") {
        // FFmpeg converts Bayer mosaics correctly only to RGB.
        filters.push("format=rgb24".to_owned());
    }
    match config.deinterlace {
        // One output frame per input frame, so times do not change; frames without the interlaced flag pass unchanged.
        Deinterlace::Auto if g.interlaced => {
            filters.push("bwdif=mode=send_frame:parity=auto:deint=interlaced".to_owned());
        }
        Deinterlace::On => filters.push("bwdif=mode=send_frame:parity=auto:deint=all".to_owned()),
        _ => {}
    }
    let (mut width, mut height) = (g.width, g.height);
    if let Some(matrix) = g.rotation.or(hints.rotation).filter(|_| config.autorotate) {
        let (turn, swapped) = upright(&matrix);
        filters.extend(turn);
        if swapped {
            std::mem::swap(&mut width, &mut height);
        }
    }
    Chain { filters, width, height, ..Chain::default() }
}
