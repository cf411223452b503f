//! Encodes the caller's pictures and returns the samples to the caller: `FrameWriter` without Rerun.
//! How they are encoded is in `feed.rs`.

use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};

use super::feed::{Feed, Outbox, Planned};
use crate::config::FrameConfig;
use crate::error::Result;
use crate::event::Progress;
use crate::sample::{Sample, SampleCodec};

/// Encodes pictures of one size and returns their samples, for programs that log or store them themselves: with another
/// version of Rerun, or in another format.
///
/// ```
/// use std::time::Duration;
/// use vstream::{FrameConfig, FrameEncoder, PixelLayout, Sample, Size};
///
/// let pictures = FrameConfig::new(Size::new(64, 48), PixelLayout::Gray);
/// let mut encoder = FrameEncoder::new(&pictures)?;
/// let mut samples: Vec<Sample> = Vec::new();
/// for i in 0..30_u8 {
///     encoder.write(Duration::from_millis(33 * u64::from(i)), &[i; 64 * 48])?;
///     samples.extend(encoder.samples());
/// }
/// samples.extend(encoder.finish()?);
/// assert_eq!(samples.len(), 30);
/// assert!(samples[0].is_keyframe());
/// # Ok::<(), vstream::Error>(())
/// ```
///
/// Threads, times, backpressure and errors work as in [`FrameWriter`](crate::FrameWriter). Samples stay in memory until
/// they are taken.
#[derive(Debug)]
pub struct FrameEncoder {
    codec: SampleCodec,
    feed: Feed,
    samples: Receiver<Sample>,
}

impl FrameEncoder {
    /// Opens the encoder. [`FrameConfig::timeline`] is not used.
    pub fn new(config: &FrameConfig) -> Result<Self> {
        const NAME: &str = "an encoder";
        let planned = Planned::new(NAME, config)?;
        let codec = planned.codec();
        let (out, samples) = unbounded();
        let feed = Feed::start(planned, NAME, config, Outbox(out))?;
        Ok(Self { codec, feed, samples })
    }

    /// The codec of the samples.
    pub fn codec(&self) -> SampleCodec {
        self.codec
    }

    /// Like [`FrameWriter::write`](crate::FrameWriter::write).
    pub fn write(&mut self, time: Duration, pixels: &[u8]) -> Result<()> {
        let planes = self.feed.planes(pixels)?;
        self.feed.write(time, &planes)
    }

    /// Like [`FrameWriter::write_strided`](crate::FrameWriter::write_strided).
    pub fn write_strided(&mut self, time: Duration, planes: &[(&[u8], usize)]) -> Result<()> {
        self.feed.write(time, planes)
    }

    /// Like [`FrameWriter::try_write`](crate::FrameWriter::try_write).
    pub fn try_write(&mut self, time: Duration, pixels: &[u8]) -> Result<bool> {
        let planes = self.feed.planes(pixels)?;
        self.feed.try_write(time, &planes)
    }

    /// Like [`FrameWriter::try_write_strided`](crate::FrameWriter::try_write_strided).
    pub fn try_write_strided(&mut self, time: Duration, planes: &[(&[u8], usize)]) -> Result<bool> {
        self.feed.try_write(time, planes)
    }

    /// The samples encoded since the last call. Does not wait, so the samples are a few pictures behind what was
    /// written.
    pub fn samples(&mut self) -> impl Iterator<Item = Sample> {
        self.samples.try_iter()
    }

    /// The counts so far; every sample counts as `logged`.
    pub fn progress(&self) -> Progress {
        self.feed.progress()
    }

    /// Encodes the remaining pictures, and returns the samples that were not taken yet.
    pub fn finish(mut self) -> Result<impl Iterator<Item = Sample>> {
        self.feed.finish()?;
        Ok(self.samples.into_iter())
    }
}
