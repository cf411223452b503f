//! The encoders as a table, and the options each takes to give what a recording asks for.
//! Pure; opening one is `encode.rs`'s.

use crate::config::VideoConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::sample::SampleCodec;

/// One encoder of FFmpeg and how it is told what every recording needs.
#[derive(Debug)]
pub(crate) struct EncoderRow {
    /// FFmpeg's name.
    pub name: &'static str,
    pub codec: SampleCodec,
    /// Pixel format it is fed with.
    pub format: &'static str,
    /// Always: no B-frames, closed GOPs, IDR where a keyframe is asked for, headers in the stream.
    pub always: &'static [(&'static str, &'static str)],
    /// Speed against size: the option's name, the default for files and for live sources.
    pub preset: Option<(&'static str, &'static str, &'static str)>,
    /// The option for a constant quality, and its default.
    pub quality: (&'static str, u8),
    /// For live sources: hold back no frame.
    pub live: &'static [(&'static str, &'static str)],
    /// What `preset` and `tune` may be; empty where the encoder itself is asked.
    pub presets: &'static [&'static str],
    pub tunes: &'static [&'static str],
}

/// All of them, first choice first.
pub(crate) const ENCODERS: &[EncoderRow] = &[EncoderRow {
    name: "libx264",
    codec: SampleCodec::H264,
    format: "yuv420p",
    always: &[
        ("bf", "0"),
        ("flags", "+cgop"),
        ("forced-idr", "1"),
        ("x264-params", "open-gop=0:intra-refresh=0"),
        // Captions of the source would travel as SEI that no viewer reads.
        ("a53cc", "0"),
    ],
    preset: Some(("preset", "veryfast", "ultrafast")),
    quality: ("crf", 23),
    live: &[("tune", "zerolatency")],
    presets: &[
        "ultrafast",
        "superfast",
        "veryfast",
        "faster",
        "fast",
        "medium",
        "slow",
        "slower",
        "veryslow",
        "placebo",
    ],
    tunes: &[
        "film",
        "animation",
        "grain",
        "stillimage",
        "psnr",
        "ssim",
        "fastdecode",
        "zerolatency",
    ],
}];

/// The first encoder that this FFmpeg has.
pub(crate) fn choose(
    codec: SampleCodec,
    available: impl Fn(&str) -> bool,
) -> Result<&'static EncoderRow> {
    let rows = || ENCODERS.iter().filter(|row| row.codec == codec);
    rows().find(|row| available(row.name)).ok_or_else(|| {
        let names: Vec<_> = rows().map(|r| r.name).collect();
        Error::new(
            ErrorKind::Encode,
            codec.to_string(),
            format!("this FFmpeg has none of the encoders {}", names.join(", ")),
        )
        .with_hint("install an FFmpeg built with libx264, as Debian, Ubuntu and Homebrew ship it")
    })
}

impl EncoderRow {
    /// The options for a run, checked: an encoder's own complaint names no remedy.
    pub fn options(
        &self,
        config: &VideoConfig,
        live: bool,
        gop: u32,
    ) -> Result<Vec<(String, String)>> {
        let mut options: Vec<(String, String)> = Vec::new();
        let mut set = |key: &str, value: String| options.push((key.to_owned(), value));
        for (key, value) in self.always {
            set(key, (*value).to_owned());
        }
        // Keyframes are asked for by time; this only keeps the encoder from adding its own by count.
        set("g", gop.to_string());
        if let Some((key, file, realtime)) = self.preset {
            let default = if live { realtime } else { file };
            let preset = config.preset.as_deref().unwrap_or(default);
            set(key, one_of("preset", preset, self.presets)?);
        }
        match &config.tune {
            Some(tune) => set("tune", one_of("tune", tune, self.tunes)?),
            None if live => self.live.iter().for_each(|(k, v)| set(k, (*v).to_owned())),
            None => {}
        }
        match (config.bitrate, config.crf) {
            (Some(bits), None) => {
                set("b", bits.to_string());
                // A second's worth: the rate holds over a GOP, and a keyframe still fits.
                set("maxrate", bits.to_string());
                set("bufsize", bits.to_string());
            }
            (None, crf) => {
                let (key, default) = self.quality;
                set(key, crf.unwrap_or(default).to_string());
            }
            (Some(_), Some(_)) => {
                return Err(Error::new(ErrorKind::Config, "crf", "a bitrate is given as well")
                    .with_hint("a stream has either a constant quality or a bitrate"));
            }
        }
        for (key, value) in [
            ("color_range", "tv"),
            ("colorspace", "bt709"),
            ("color_primaries", "bt709"),
            ("color_trc", "bt709"),
            ("chroma_sample_location", "left"),
        ] {
            set(key, value.to_owned());
        }
        Ok(options)
    }
}

fn one_of(what: &str, value: &str, allowed: &[&str]) -> Result<String> {
    if allowed.is_empty() || allowed.contains(&value) {
        return Ok(value.to_owned());
    }
    Err(Error::new(ErrorKind::Config, format!("{what} `{value}`"), "there is none of that name")
        .with_hint(format!("choose one of {}", allowed.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(options: &[(String, String)], key: &str) -> Option<String> {
        options.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone())
    }

    #[test]
    fn every_row_forbids_b_frames() {
        for row in ENCODERS {
            assert!(row.always.contains(&("bf", "0")), "{}", row.name);
        }
    }

    #[test]
    fn files_and_live_sources_have_their_own_defaults() {
        let row = &ENCODERS[0];
        let file = row.options(&VideoConfig::default(), false, 250).unwrap();
        assert_eq!(value(&file, "preset").as_deref(), Some("veryfast"));
        assert_eq!(value(&file, "crf").as_deref(), Some("23"));
        assert_eq!(value(&file, "tune"), None);
        let live = row.options(&VideoConfig::default(), true, 250).unwrap();
        assert_eq!(value(&live, "preset").as_deref(), Some("ultrafast"));
        assert_eq!(value(&live, "tune").as_deref(), Some("zerolatency"));
    }

    #[test]
    fn a_wrong_preset_names_the_right_ones() {
        let config = VideoConfig { preset: Some("quick".into()), ..VideoConfig::default() };
        let error = ENCODERS[0].options(&config, false, 250).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.hint().unwrap().contains("veryfast"));
    }

    #[test]
    fn quality_or_bitrate_but_not_both() {
        let config =
            VideoConfig { crf: Some(20), bitrate: Some(1_000_000), ..VideoConfig::default() };
        assert!(ENCODERS[0].options(&config, false, 250).is_err());
    }
}
