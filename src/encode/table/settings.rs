//! Builds the options of an FFmpeg encoder from its row and the run's settings, and validates them, because encoders'
//! own errors name no remedy.
//! Pure.

use super::{EncoderRow, Keyframes, QualityOptions};
use crate::config::{Quality, VideoConfig};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::suggest;
use crate::time::FrameRate;

/// Maximum GOP length in frames.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gop {
    /// The frames of an interval at the nominal rate, for an encoder that counts.
    pub counted: u32,
    /// Large enough that an encoder with requested keyframes adds none of its own.
    pub most: u32,
}

impl EncoderRow {
    /// The options for a run.
    pub fn options(
        &self,
        config: &VideoConfig,
        live: bool,
        gop: Gop,
    ) -> Result<Vec<(String, String)>> {
        let mut options: Vec<(String, String)> = Vec::new();
        let mut set = |key: &str, value: String| options.push((key.to_owned(), value));
        for (key, value) in self.always {
            set(key, (*value).to_owned());
        }
        let requests = self.requests_keyframes(live, config);
        set("g", if requests { gop.most } else { gop.counted }.to_string());
        for (key, value) in if live { self.live } else { self.file } {
            // A tuning set by the user replaces the default one.
            if *key != "tune" || config.tune.is_none() {
                set(key, (*value).to_owned());
            }
        }
        if let (true, Keyframes::RequestedInFiles((key, value))) = (requests, self.keyframes) {
            set(key, value.to_owned());
        }
        match (&self.preset, config.preset.as_deref()) {
            (Some(preset), asked) => {
                let default = if live { preset.live } else { preset.file };
                set(preset.option, self.one_of("preset", asked.unwrap_or(default), preset.names)?);
            }
            (None, Some(asked)) => drop(self.one_of("preset", asked, &[])?),
            (None, None) => {}
        }
        if let Some(tune) = &config.tune {
            set("tune", self.one_of("tune", tune, self.tunes)?);
        }
        match config.quality {
            Some(Quality::Bitrate(bits)) => {
                // A buffer of one second: the rate holds over a GOP, and a keyframe still fits.
                self.bitrate.iter().for_each(|key| set(key, bits.to_string()));
            }
            Some(Quality::Crf(crf)) => self.constant(Some(crf), set)?,
            None => self.constant(None, set)?,
        }
        for (key, value) in [
            ("color_range", "tv"),
            ("colorspace", "bt709"),
            ("color_primaries", "bt709"),
            ("color_trc", "bt709"),
            ("chroma_sample_location", "left"),
        ] {
            options.push((key.to_owned(), value.to_owned()));
        }
        Ok(options)
    }

    fn constant(&self, crf: Option<u8>, mut set: impl FnMut(&str, String)) -> Result<()> {
        let subject = |n: u8| format!("crf `{n}`");
        match (&self.quality, crf) {
            (QualityOptions::Constant { worst, .. }, Some(n)) if !(1..=*worst).contains(&n) => {
                let cause = format!("{} takes 1 (best) to {worst}", self.name);
                Err(Error::new(ErrorKind::Config, subject(n), cause)
                    .with_remedy("each codec has its own scale; leave it out for the default"))
            }
            (QualityOptions::Constant { options, default, with, .. }, crf) => {
                with.iter().for_each(|(key, value)| set(key, (*value).to_owned()));
                let number = crf.unwrap_or(*default);
                options.iter().for_each(|key| set(key, number.to_string()));
                Ok(())
            }
            (QualityOptions::Bitrate, Some(n)) => {
                let cause = format!("{} has no constant quality", self.name);
                Err(Error::new(ErrorKind::Config, subject(n), cause)
                    .with_remedy(Remedy::UseBitrate))
            }
            (QualityOptions::Bitrate, None) => Ok(()),
        }
    }

    /// If neither quality nor bitrate is set, options for a default at pictures of this size.
    pub fn derived_bitrate(
        &self,
        options: &[(String, String)],
        size: (u32, u32),
        rate: FrameRate,
    ) -> Vec<(String, String)> {
        /// Bits per pixel that keep ordinary video clean in H.264 without B-frames: about 6 Mbit/s at 1080p30.
        const BITS_A_PIXEL: f64 = 0.1;
        if !matches!(self.quality, QualityOptions::Bitrate)
            || options.iter().any(|(key, _)| key == "b")
        {
            return Vec::new();
        }
        let pixels = f64::from(size.0) * f64::from(size.1);
        let bits = pixels * rate.as_f64() * BITS_A_PIXEL;
        let bits = bits.clamp(100e3, 100e6) as u64;
        self.bitrate.iter().map(|key| ((*key).to_owned(), bits.to_string())).collect()
    }

    /// Encoder and settings in a line: "libx264 veryfast crf 23".
    pub fn describe(&self, options: &[(String, String)]) -> String {
        let value = |key: &str| {
            let found = options.iter().rev().find(|(k, _)| k == key);
            found.map(|(_, v)| v.as_str())
        };
        let mut words = vec![self.name.to_owned()];
        if let Some((name, preset)) =
            self.preset.as_ref().and_then(|p| Some((p.option, value(p.option)?)))
        {
            // A number needs a name, a name none.
            let bare = preset.parse::<i32>().is_err();
            words.push(if bare { preset.to_owned() } else { format!("{name} {preset}") });
        }
        words.extend(value("tune").map(|tune| format!("tune {tune}")));
        if let QualityOptions::Constant { options: [key, ..], .. } = &self.quality
            && let Some(number) = value(key)
        {
            let name = if *key == "global_quality" { "quality" } else { key };
            words.push(format!("{name} {number}"));
        }
        words.extend(value("b").filter(|&b| b != "0").map(|bits| format!("bitrate {bits}")));
        words.join(" ")
    }

    fn one_of(&self, what: &str, value: &str, allowed: &[&str]) -> Result<String> {
        if allowed.contains(&value) {
            return Ok(value.to_owned());
        }
        let subject = format!("{what} `{value}`");
        if allowed.is_empty() {
            let cause = format!("{} has no {what}s", self.name);
            return Err(Error::new(ErrorKind::Config, subject, cause).with_remedy("leave it out"));
        }
        let cause = format!("{} has none of that name", self.name);
        Err(Error::new(ErrorKind::Config, subject, cause).with_remedy(suggest::remedy(
            value,
            allowed.iter().copied(),
            format!("choose one of {}", allowed.join(", ")),
        )))
    }
}
