//! What the Rerun Viewer shows: its own player and decoder (`re_video`), without its window.
//! Each frame of the source carries its number as brightness, so the picture says which it is.

use std::collections::BTreeMap;
use std::path::PathBuf;

use re_video::player::{DecoderDelayState, VideoPlayer, VideoSliceSource};
use re_video::{
    DecodeSettings, GopStartDetection, SampleMetadata, SampleMetadataState, SamplesStatistics,
    Span, StableIndexDeque, Time, Timescale, VideoCodec, VideoDataDescription, VideoDeliveryMethod,
    VideoSource, detect_gop_start,
};

use rerun::components::VideoCodec as LoggedCodec;

use crate::support::convert::convert;
use crate::support::recording::Video;
use crate::support::run::wait_until;
use crate::support::{generate, skip};

const FRAMES: usize = 75;

#[test]
fn constant_rate_shows_the_right_frame() {
    let at_25 = "settb=1/1000,setpts=N*40";
    shows_the_right_frame("constant.mkv", at_25, "");
}

#[test]
fn variable_rate_shows_the_right_frame() {
    // Between 10 and 90 ms a frame, and a pause of half a second now and then.
    let irregular = "settb=1/1000,setpts=N*50+mod(N*37\\,41)+floor(N/20)*500";
    shows_the_right_frame("variable.mkv", irregular, "");
}

#[test]
fn extreme_settings_show_the_right_frame() {
    let at_25 = "settb=1/1000,setpts=N*40";
    // Every frame a keyframe at one end, the slowest search and many references at the other.
    shows_the_right_frame("constant.mkv", at_25, "--preset ultrafast --keyframe-interval 0.04");
    shows_the_right_frame("constant.mkv", at_25, "--preset veryslow --crf 12");
}

#[test]
fn h265_shows_the_right_frame() {
    if skip::have_encoder("libx265") {
        let at_25 = "settb=1/1000,setpts=N*40";
        shows_the_right_frame("constant.mkv", at_25, "--codec h265");
    }
}

fn shows_the_right_frame(name: &str, times: &str, options: &str) {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let converted = convert(&numbered(name, times), options);
    let mut viewer = Viewer::open(converted.video());
    assert_eq!(viewer.times.len(), FRAMES);

    let forward = 0..FRAMES;
    // Each step back starts the decoder anew, so there are fewer of them.
    let backward = (0..FRAMES).rev().step_by(6);
    // A fixed walk that comes by everywhere: 29 and the number of frames have no common divisor.
    let random = (0..20).map(|step| step * 29 % FRAMES);
    let wrong: Vec<String> = forward
        .chain(backward)
        .chain(random)
        .filter_map(|frame| {
            let shown = viewer.shown_during(frame);
            (shown != Some(frame)).then(|| format!("{shown:?} at the time of {frame}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{options:?} shows {wrong:?}");
}

/// A clip whose frames show their number in their upper half: the tens as brightness on the left,
/// the ones on the right, in steps that no encoder takes for noise. Below, something moves: the
/// decoder reads its input by the kilobyte, and a flat picture would take it too many frames.
fn numbered(name: &str, times: &str) -> PathBuf {
    let source = "-f lavfi -i testsrc2=size=160x120:rate=25:duration=3,format=yuv420p";
    let number = "16+20*if(lt(X\\,W/2)\\,floor(N/10)\\,mod(N\\,10))";
    let numbers = format!("geq=lum=if(lt(Y\\,H/2)\\,{number}\\,lum(X\\,Y)):cb=128:cr=128");
    let command = format!("{source},{numbers},{times} -fps_mode passthrough -c:v ffv1");
    generate::video(name, &command)
}

/// Luma in the middle of the left and of the right half.
type Digits = [u8; 2];

struct Viewer {
    player: VideoPlayer<Option<Digits>>,
    description: VideoDataDescription,
    bytes: Vec<u8>,
    times: Vec<i64>,
}

impl Viewer {
    /// Describes the samples as the viewer's cache does when it loads a recording.
    fn open(video: &Video) -> Self {
        let codec = match video.codecs[0].codec {
            LoggedCodec::H265 => VideoCodec::H265,
            _ => VideoCodec::H264,
        };
        let mut bytes = Vec::new();
        let mut samples = StableIndexDeque::new();
        let mut keyframe_indices = Vec::new();
        let mut encoding_details = None;
        for (index, sample) in video.samples.iter().enumerate() {
            let start = bytes.len() as u64;
            bytes.extend_from_slice(&sample.data);
            let detected =
                detect_gop_start(&sample.data, codec.clone()).expect("a sample to parse");
            let is_sync = detected.is_start_of_gop();
            if let GopStartDetection::StartOfGop(details) = detected {
                keyframe_indices.push(index);
                encoding_details = Some(details);
            }
            let next = video.samples.get(index + 1);
            let time = Time::new(sample.time);
            samples.push_back(SampleMetadataState::Present(SampleMetadata {
                is_sync,
                frame_nr: index as u32,
                decode_timestamp: time,
                presentation_timestamp: time,
                duration: next.map(|next| Time::new(next.time - sample.time)),
                source: VideoSource::Span(Span { start, len: sample.data.len() as u64 }),
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
        Self { player: player.expect("a player"), description, bytes, times: video.times() }
    }

    /// The number that the picture carries when the time cursor stands within a frame's time.
    fn shown_during(&mut self, frame: usize) -> Option<usize> {
        let time = match self.times.get(frame + 1) {
            Some(next) => (self.times[frame] + next) / 2,
            None => self.times[frame] + 1,
        };
        let source = VideoSliceSource(&self.bytes);
        wait_until(&format!("the viewer shows frame {frame}"), || {
            let update = &mut |shown: &mut Option<Digits>, picture: &re_video::Frame| {
                let (width, height) =
                    (picture.content.width as usize, picture.content.height as usize);
                let row = &picture.content.data[height / 4 * width..][..width];
                *shown = Some([row[width / 4], row[width * 3 / 4]]);
                Ok(())
            };
            match self.player.frame_at(Time::new(time), &self.description, update, &source) {
                Ok(status) => status.decoder_delay_state == DecoderDelayState::UpToDate,
                Err(err) => panic!("the viewer cannot show frame {frame}: {err}"),
            }
        });
        // The viewer's decoder gives full range: 0 for 16 and 255 for 235.
        let digit = |luma: u8| (f64::from(luma) * 219.0 / 255.0 / 20.0).round() as usize;
        let [tens, ones] = self.player.output().copied().flatten()?.map(digit);
        Some(10 * tens + ones)
    }
}
