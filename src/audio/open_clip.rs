//! A clip that is being written, packet by packet, so that its end costs little.
//! Where it ends is decided in `clips`.

use std::sync::Arc;

use bytes::Bytes;

use super::clip::AudioClip;
use super::container::AudioContainer;
use super::packet::{AudioForm, AudioPacket, duration_of};
use crate::bitstream::mp3_frame;
use crate::ffi::{BlobMuxer, FfmpegError};

/// Rerun refuses clips of more than 512 MiB of decoded samples, of 4 bytes each.
const MOST_DECODED: u64 = 448 << 20;
/// Sound is held in memory until its clip ends.
const MOST_BYTES: usize = 32 << 20;

/// A clip of packets of one form.
pub(super) struct OpenClip {
    form: Arc<AudioForm>,
    container: AudioContainer,
    file: BlobMuxer,
    /// Packets that are still to come before the first that is heard.
    preroll: usize,
    /// The time of the first packet that is heard, and of its capture.
    start: Option<(i64, Option<i64>)>,
    bytes: usize,
    packets: u32,
    samples: u64,
}

impl OpenClip {
    /// `None` if no clips are made of this form.
    pub fn new(form: &Arc<AudioForm>) -> Result<Option<Self>, FfmpegError> {
        let Some(container) = form.container else { return Ok(None) };
        let (muxer, options) = (container.muxer(), container.options());
        let time_base = form.time_base();
        let file = BlobMuxer::create(muxer, &form.parameters, time_base, options, MOST_BYTES)?;
        let (form, preroll) = (form.clone(), container.preroll());
        let (start, bytes, packets, samples) = (None, 0, 0, 0);
        Ok(Some(Self { form, container, file, preroll, start, bytes, packets, samples }))
    }

    pub fn write(&mut self, packet: &AudioPacket) -> Result<(), FfmpegError> {
        let own = match self.preroll.checked_sub(1) {
            Some(left) => {
                self.preroll = left;
                0
            }
            None => {
                self.start.get_or_insert((packet.time, packet.capture_time));
                packet.samples
            }
        };
        let time = i64::try_from(self.samples).unwrap_or(i64::MAX);
        self.file.write(&packet.packet, time, own.into())?;
        self.bytes += packet.packet.size();
        self.packets += 1;
        self.samples += u64::from(own);
        Ok(())
    }

    /// It should not get longer. `longest` is a time in nanoseconds.
    pub fn is_full(&self, longest: i64) -> bool {
        let channels = u64::from(self.form.parameters.channels().max(1));
        self.bytes >= MOST_BYTES
            || self.samples * channels * size_of::<f32>() as u64 >= MOST_DECODED
            || duration_of(self.samples, self.form.sample_rate()) >= longest
    }

    /// The last packets, which a clip that goes on has to begin with.
    pub fn preroll(&self) -> usize {
        self.container.preroll()
    }

    /// `None` if nothing is heard.
    pub fn finish(self, line: usize) -> Result<Option<AudioClip>, FfmpegError> {
        let Some((time, capture_time)) = self.start else { return Ok(None) };
        Ok(Some(AudioClip {
            line,
            time,
            capture_time,
            duration: duration_of(self.samples, self.form.sample_rate()),
            media_type: self.container.media_type(),
            file: match self.container {
                AudioContainer::Mp3 => counted(self.file.finish()?, self.packets),
                _ => self.file.finish()?,
            },
        }))
    }
}

/// MP3 frames behind one that says how many there are: the decoder of Rerun ends where it believes the last one to be.
fn counted(frames: Bytes, count: u32) -> Bytes {
    match mp3_frame::counting(&frames, count) {
        Some(first) => [&first[..], &frames[..]].concat().into(),
        None => frames,
    }
}
