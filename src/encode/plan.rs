//! What an encoder is set up for before the first frame is there: its row of the table, options, rate, keyframes.
//! It opens nothing.

use crate::config::VideoConfig;
use crate::encode::table::{EncoderRow, Gop, Place};
use crate::error::{Error, ErrorKind, Result};
use crate::time::{FrameRate, TimeBase};

/// What the encoder is set up for before the first frame is there.
#[derive(Debug, Clone)]
pub(crate) struct EncodePlan {
    pub row: &'static EncoderRow,
    pub options: Vec<(String, String)>,
    /// Frames a second: rate control and the level in the SPS depend on it, times do not.
    pub frame_rate: FrameRate,
    /// The encoder makes a keyframe when one is requested; otherwise it counts frames.
    pub requests_keyframes: bool,
    /// Longest time between two keyframes, in nanoseconds.
    pub keyframe_interval: i64,
    /// Each frame goes out at once; otherwise one is held back to know the time of the next.
    pub live: bool,
}

impl EncodePlan {
    /// Settle everything that does not need a frame, so that a wrong setting fails before anything is opened.
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
        // Twice as many frames as an interval holds at the nominal rate, so that a variable rate seldom meets it.
        let per_interval = config.keyframe_interval.as_secs_f64() * frame_rate.as_f64();
        let most = (per_interval * 2.0).clamp(250.0, 100_000.0) as u32;
        // A frame of it may come a little late and still be in time.
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
    /// The encoder's clock ticks once a frame. It is written into the SPS, and there it must read as the frame rate:
    /// the Viewer's decoder parses what `ffmpeg` prints of it, and shows nothing at "90k fps". Only rate control uses
    /// it, so a variable rate may be rounded to it; samples keep their own times.
    pub fn tick(&self) -> TimeBase {
        let (frames, seconds) = self.frame_rate.to_ffmpeg();
        TimeBase::new(seconds, frames)
    }

    /// The same with so many threads, where that is not left to the encoder.
    pub fn with_threads(mut self, threads: Option<usize>) -> Self {
        self.options.extend(threads.map(|threads| ("threads".to_owned(), threads.to_string())));
        self
    }

    /// The kind of device whose memory the encoder takes its pictures from.
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

/// The first guess that can be true. Containers say 90000 or 1000 frames a second where they do not know, and the
/// encoder would write a level that no decoder takes.
fn sensible_rate(rates: [Option<FrameRate>; 2]) -> FrameRate {
    let sensible = |rate: &FrameRate| (1.0..=240.0).contains(&rate.as_f64());
    rates.into_iter().flatten().find(sensible).unwrap_or(FrameRate::DEFAULT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silly_rates_are_not_believed() {
        let sensible = |one, other| sensible_rate([one, other]).to_ffmpeg();
        let ntsc = FrameRate::new(30_000, 1001);
        assert_eq!(sensible(FrameRate::new(90_000, 1), ntsc), (30_000, 1001));
        assert_eq!(sensible(FrameRate::new(1000, 1), None), (30, 1));
        assert_eq!(sensible(FrameRate::new(25, 1), None), (25, 1));
    }
}
