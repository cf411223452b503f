//! The start and the items of a copy: plain data.
//! The copying itself is in `remux.rs`.

use crate::sample::Sample;
use crate::time::capture_clock::CaptureClock;
use crate::time::{Capture, FrameClock, FrameRate, Timed};

/// Where copying begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum CopyFrom {
    /// With the first packet, which has to be a keyframe.
    First,
    /// With the first keyframe: a live source is joined in mid-stream.
    Keyframe,
    /// With the first keyframe at or after this time.
    At(i64),
}

/// The clocks of one stream.
pub(crate) struct Clocks {
    /// For its times; and whether its container stores timestamps, or the demuxer makes them up.
    pub frames: (FrameClock, bool),
    /// Frames per second by the stream's own headers, if its container stores no timestamps.
    pub stated_rate: Option<FrameRate>,
    /// For live sources.
    pub capture: Option<CaptureClock>,
}

/// A sample that is a packet, and when the packet was captured.
pub(crate) struct Copied {
    pub sample: Sample,
    pub capture: Option<Capture>,
}

impl From<Copied> for Sample {
    fn from(copied: Copied) -> Self {
        Self { capture_time: copied.capture.map(|c| c.captured), ..copied.sample }
    }
}

impl Timed for Copied {
    fn time(&self) -> i64 {
        self.sample.time
    }

    fn set_time(&mut self, nanos: i64) {
        self.sample.time = nanos;
    }

    fn capture(&self) -> Option<Capture> {
        self.capture
    }
}
