//! The encoder setup that is known before the first frame: its row of the table, options, rate, keyframes.
//! It opens nothing.

use crate::config::VideoConfig;
use crate::encode::table::{EncoderRow, Gop, Place};
use crate::error::{Error, ErrorKind, Result};
use crate::time::{FrameRate, TimeBase};

/// The encoder setup that is known before the first frame.
#[derive(Debug, Clone)]
pub(crate) struct EncodePlan {
    pub row: &'static EncoderRow,
    pub options: Vec<(String, String)>,
    /// Frames per second. Rate control and the level in the SPS depend on it; timestamps do not.
    pub frame_rate: FrameRate,
    /// The encoder makes keyframes on request; otherwise it counts frames.
    pub requests_keyframes: bool,
    /// Longest time between two keyframes, in nanoseconds.
    pub keyframe_interval: i64,
    /// Send each frame at once; otherwise hold one back until the time of the next one is known.
    pub live: bool,
}

impl EncodePlan {
    /// Decide everything that needs no frame, so that a wrong setting fails before anything is opened.
    pub fn new(
        row: &'static EncoderRow,
        config: &VideoConfig,
        rates: [Option<FrameRate>; 2],
        live: bool,
    ) -> Result<Self> {
        let interval = i64::try_from(config.keyframe_interval.as_nanos()).unwrap_or(i64::MAX);
        if interval == 0 {
            return Err(Error::new(ErrorKind::Config, "keyframe interval", "it must not be 0")
                .with_remedy("give seconds, such as 1 or 0.5"));
        }
        let frame_rate = sensible_rate(rates);
        // Twice the frames of an interval at the nominal rate, so that a variable rate rarely reaches the limit.
        let per_interval = config.keyframe_interval.as_secs_f64() * frame_rate.as_f64();
        let most = (per_interval * 2.0).clamp(250.0, 100_000.0) as u32;
        // The margin keeps rounding errors from truncating a whole number of frames.
        let counted = (per_interval + 1e-6).clamp(1.0, 100_000.0) as u32;
        Ok(Self {
            row,
            options: row.options(config, live, Gop { counted, most })?,
            requests_keyframes: row.requests_keyframes(live, config),
            frame_rate,
            keyframe_interval: interval,
            live,
        })
    }
}

impl EncodePlan {
    /// The encoder's time base: one tick per frame. It is written into the SPS and must read as the frame rate there:
    /// the Viewer's decoder parses what `ffmpeg` prints of it, and shows nothing at "90k fps". Only rate control uses
    /// it, so rounding a variable rate to it is harmless; samples keep their own times.
    pub fn tick(&self) -> TimeBase {
        let (frames, seconds) = self.frame_rate.to_ffmpeg();
        TimeBase::new(seconds, frames)
    }

    /// The same plan with this many threads, unless the encoder chooses.
    pub fn with_threads(mut self, threads: Option<usize>) -> Self {
        self.options.extend(threads.map(|threads| ("threads".to_owned(), threads.to_string())));
        self
    }

    /// The device kind whose memory the encoder takes frames from.
    pub fn device(&self) -> Option<&'static str> {
        match self.row.place {
            Place::Device(kind) => Some(kind),
            Place::Software | Place::Hardware => None,
        }
    }

    /// Encoder and settings in a line: "libx264 veryfast crf 23".
    pub fn describe(&self) -> String {
        self.row.describe(&self.options)
    }
}

/// The first plausible rate. Containers state 90000 or 1000 frames per second if they do not know it, and the encoder
/// would write a level that no decoder accepts.
fn sensible_rate(rates: [Option<FrameRate>; 2]) -> FrameRate {
    let sensible = |rate: &FrameRate| (1.0..=240.0).contains(&rate.as_f64());
    rates.into_iter().flatten().find(sensible).unwrap_or(FrameRate::DEFAULT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn implausible_rates_are_replaced() {
        let sensible = |one, other| sensible_rate([one, other]).to_ffmpeg();
        let ntsc = FrameRate::new(30_000, 1001);
        assert_eq!(sensible(FrameRate::new(90_000, 1), ntsc), (30_000, 1001));
        assert_eq!(sensible(FrameRate::new(1000, 1), None), (30, 1));
        assert_eq!(sensible(FrameRate::new(25, 1), None), (25, 1));
    }
}
