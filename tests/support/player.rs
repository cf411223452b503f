//! The Rerun Viewer's player and decoder (`re_video`), without its window.
//! It uses nothing else from the tests, since a benchmark uses it too.

use std::collections::BTreeMap;

use re_video::player::{DecoderDelayState, VideoPlayer, VideoSliceSource};
use re_video::{
    DecodeSettings, Frame, GopStartDetection, SampleMetadata, SampleMetadataState,
    SamplesStatistics, Span, StableIndexDeque, Time, Timescale, VideoCodec, VideoDataDescription,
    VideoDeliveryMethod, VideoSource, detect_gop_start,
};

/// A player of one stream, which keeps a `T` of each picture it shows.
pub struct Player<T: Default> {
    player: VideoPlayer<T>,
    description: VideoDataDescription,
    bytes: Vec<u8>,
    /// The times of the samples in nanoseconds.
    times: Vec<i64>,
}

impl<T: Default> Player<T> {
    /// Describes the samples, each with its time, as the viewer's cache does when it loads a recording.
    pub fn open(codec: VideoCodec, stream: &[(i64, &[u8])]) -> Self {
        let mut bytes = Vec::new();
        let mut samples = StableIndexDeque::new();
        let mut keyframe_indices = Vec::new();
        let mut encoding_details = None;
        for (index, &(time, data)) in stream.iter().enumerate() {
            let start = bytes.len() as u64;
            bytes.extend_from_slice(data);
            let detected = detect_gop_start(data, codec.clone()).expect("a sample to parse");
            let is_sync = detected.is_start_of_gop();
            if let GopStartDetection::StartOfGop(details) = detected {
                keyframe_indices.push(index);
                encoding_details = Some(details);
            }
            let next = stream.get(index + 1);
            samples.push_back(SampleMetadataState::Present(SampleMetadata {
                is_sync,
                frame_nr: index as u32,
                decode_timestamp: Time::new(time),
                presentation_timestamp: Time::new(time),
                duration: next.map(|next| Time::new(next.0 - time)),
                source: VideoSource::Span(Span { start, len: data.len() as u64 }),
            }));
        }
        let description = VideoDataDescription {
            codec,
            encoding_details,
            timescale: Some(Timescale::NANOSECOND),
            delivery_method: VideoDeliveryMethod::new_stream(),
            keyframe_indices,
            samples_statistics: SamplesStatistics::new(&samples),
            samples,
            mp4_tracks: BTreeMap::new(),
        };
        let player = VideoPlayer::new("test", &description, &DecodeSettings::default());
        let times = stream.iter().map(|sample| sample.0).collect();
        Self { player: player.expect("a player"), description, bytes, times }
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Put the time cursor into the time of a frame. Returns whether that frame is shown by now; ask again if not.
    pub fn is_at(&mut self, frame: usize, keep: impl Fn(&Frame) -> T) -> bool {
        let time = match self.times.get(frame + 1) {
            Some(next) => (self.times[frame] + next) / 2,
            None => self.times[frame] + 1,
        };
        let update = &mut |shown: &mut T, picture: &Frame| {
            *shown = keep(picture);
            Ok(())
        };
        let source = VideoSliceSource(&self.bytes);
        match self.player.frame_at(Time::new(time), &self.description, update, &source) {
            Ok(status) => status.decoder_delay_state == DecoderDelayState::UpToDate,
            Err(err) => panic!("the viewer cannot show frame {frame}: {err}"),
        }
    }

    /// What was kept of the picture that is shown.
    pub fn shown(&self) -> Option<&T> {
        self.player.output()
    }
}
