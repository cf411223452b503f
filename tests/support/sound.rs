//! Decodes audio: clips with the Viewer's decoder, inputs with FFmpeg.
//! The tests decide what it should be.

use std::io::Cursor;
use std::path::Path;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;

use super::recording::Clip;
use super::run::program;

/// Samples of the channels in turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    pub sample_rate: u32,
    pub channels: usize,
    pub samples: Vec<f32>,
}

impl Sound {
    /// Samples of one channel.
    pub fn len(&self) -> usize {
        self.samples.len() / self.channels
    }

    pub fn seconds(&self) -> f64 {
        self.len() as f64 / f64::from(self.sample_rate)
    }

    /// One channel.
    pub fn channel(&self, nth: usize) -> Vec<f32> {
        self.samples.iter().skip(nth).step_by(self.channels).copied().collect()
    }

    /// The channel that is the loudest: encoders put sound of one channel into the middle of six.
    pub fn loudest(&self) -> usize {
        let power = |nth: &usize| self.channel(*nth).iter().map(|s| s.powi(2)).sum::<f32>();
        (0..self.channels).max_by(|a, b| power(a).total_cmp(&power(b))).expect("a channel")
    }
}

/// Decodes a clip as the viewer does: all of it, and without regard to times in the container.
pub fn decode(clip: &Clip) -> Result<Sound, String> {
    let mut hint = Hint::new();
    hint.mime_type(&clip.media_type);
    hint.with_extension(match clip.media_type.as_str() {
        "audio/mp4" => "m4a",
        "audio/mpeg" => "mp3",
        "audio/flac" => "flac",
        "audio/ogg" => "ogg",
        "audio/wav" => "wav",
        other => return Err(format!("{other} is no type of the viewer's")),
    });
    let source =
        MediaSourceStream::new(Box::new(Cursor::new(clip.file.clone())), Default::default());
    let probe = symphonia::default::get_probe();
    let opened = probe.probe(&hint, source, Default::default(), Default::default());
    let mut format = opened.map_err(|error| format!("not opened: {error}"))?;
    let (track, mut decoder) = decoder(format.as_ref())?;
    let mut sound: Option<Sound> = None;
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => return sound.ok_or_else(|| "empty".into()),
            Err(error) => return Err(format!("not read: {error}")),
        };
        if packet.track_id != track {
            continue;
        }
        let decoded = match decoder.decode(&packet) {
            Ok(decoded) => decoded,
            // The viewer continues after it.
            Err(Error::DecodeError(_)) => continue,
            Err(error) => return Err(format!("not decoded: {error}")),
        };
        let (sample_rate, channels) = (decoded.spec().rate(), decoded.spec().channels().count());
        let new = Sound { sample_rate, channels, samples: Vec::new() };
        let sound = sound.get_or_insert(new);
        if (sound.sample_rate, sound.channels) != (sample_rate, channels) {
            return Err("the rate or the channels change in mid-stream".into());
        }
        let start = sound.samples.len();
        sound.samples.resize(start + decoded.samples_interleaved(), 0.0);
        decoded.copy_to_slice_interleaved(&mut sound.samples[start..]);
    }
}

fn decoder(format: &dyn FormatReader) -> Result<(u32, Box<dyn AudioDecoder>), String> {
    let track = format.default_track(TrackType::Audio).ok_or("no track")?;
    let parameters = track.codec_params.as_ref().and_then(|p| p.audio()).ok_or("no sound")?;
    let codecs = symphonia::default::get_codecs();
    let decoder = codecs.make_audio_decoder(parameters, &AudioDecoderOptions::default());
    Ok((track.id, decoder.map_err(|error| format!("no decoder: {error}"))?))
}

/// All clips of an entity where they are heard, from time 0 on, with silence between them.
#[track_caller]
pub fn heard(clips: &[Clip]) -> Sound {
    let mut whole: Option<Sound> = None;
    for clip in clips {
        let sound = decode(clip).unwrap_or_else(|error| panic!("a {}: {error}", clip.media_type));
        let (sample_rate, channels) = (sound.sample_rate, sound.channels);
        let whole = whole.get_or_insert(Sound { sample_rate, channels, samples: Vec::new() });
        assert_eq!((whole.sample_rate, whole.channels), (sample_rate, channels));
        let at = (clip.time as f64 / 1e9 * f64::from(sample_rate)).round() as usize * channels;
        // A clip that begins before the end of the one before replaces it, as in the viewer.
        whole.samples.resize(at, 0.0);
        whole.samples.extend(&sound.samples);
    }
    whole.expect("there is sound")
}

/// A stream of sound as FFmpeg decodes it, from the beginning of the input on, with silence in gaps.
#[track_caller]
pub fn by_ffmpeg(path: &Path, stream: usize, options: &str) -> Sound {
    let probe = "-v error -show_entries stream=sample_rate,channels -of csv=p=0 -select_streams";
    let probe =
        program("ffprobe").words(probe).arg(format!("a:{stream}")).arg(path).run().expect(0);
    let text = String::from_utf8_lossy(&probe.stdout).into_owned();
    // A transport stream is listed with its programs as well.
    let first = text.lines().next().expect("a stream");
    let mut numbers = first
        .trim_end_matches(',')
        .split(',')
        .map(|number| number.parse::<u32>().expect("a number"));
    let (sample_rate, channels) = (numbers.next().unwrap(), numbers.next().unwrap() as usize);
    let decode = program("ffmpeg").words("-v error").words(options).words("-i").arg(path);
    let decode = decode.words("-map").arg(format!("0:a:{stream}"));
    let decode = decode.words("-af aresample=async=1:first_pts=0 -f f32le -").run().expect(0);
    let samples = decode.stdout.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    Sound { sample_rate, channels, samples: samples.collect() }
}

/// How far `sound` lies behind `wanted`, in samples, and how like it is then, as a ratio of signal to noise in
/// decibels. Both ends are left out: codecs fade in and pad.
pub fn compare(sound: &[f32], wanted: &[f32]) -> (i64, f64) {
    const SEARCH: i64 = 1200;
    let edge = SEARCH + 2400;
    let length = sound.len().min(wanted.len()) as i64;
    assert!(length > 3 * edge, "{length} samples are too few");
    let ratio = |lag: i64, step: usize| {
        let (mut signal, mut noise) = (0.0, 1e-12);
        for at in (edge..length - edge).step_by(step) {
            let (own, other) = (sound[at as usize], wanted[(at - lag) as usize]);
            signal += f64::from(other).powi(2);
            noise += f64::from(own - other).powi(2);
        }
        10.0 * (signal / noise).log10()
    };
    let best = (-SEARCH..=SEARCH).max_by(|a, b| ratio(*a, 41).total_cmp(&ratio(*b, 41)));
    let lag = best.expect("a lag");
    (lag, ratio(lag, 1))
}
