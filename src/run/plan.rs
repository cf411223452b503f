//! What is done with a stream, decided once before its first frame: from what was probed, what is asked, and what
//! this FFmpeg can do. Pure; it opens nothing.

use crate::audio::streams::AudioStream;
use crate::config::{InputConfig, Quality, VideoConfig};
use crate::copy::verdict::{CopyPlan, Copyable};
use crate::encode::plan::EncodePlan;
use crate::encode::table::{self, EncoderRow, Wanted};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::Warning;
use crate::sample::{SampleCodec, StreamInfo};
use crate::time::FrameRate;

/// The plan for one stream.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub way: Way,
    /// The range of times to record, in nanoseconds.
    pub window: std::ops::Range<i64>,
}

/// What becomes of the stream's packets.
#[derive(Debug, Clone)]
pub(crate) enum Way {
    /// They are logged as they are.
    Copy(CopyPlan),
    /// They are decoded and encoded, for this reason if copying was an option.
    Encode { encode: EncodePlan, because: Option<String> },
    /// They are sound, and their input has no video.
    Sound(SoundPlan),
}

/// The plan for a stream of sound of an input without a video.
#[derive(Debug, Clone)]
pub(crate) struct SoundPlan {
    pub stream: AudioStream,
    /// `audio`, or `audio/eng` where there are several.
    pub name: String,
}

impl Plan {
    /// Make the plan. `works` returns why an encoder does not work, if it does not.
    pub fn new(
        stream: &StreamInfo,
        average_rate: Option<FrameRate>,
        input: &InputConfig,
        video: &VideoConfig,
        copyable: Option<Copyable>,
        works: impl Fn(&'static EncoderRow) -> std::result::Result<(), String>,
    ) -> Result<Self> {
        let window = input.window_of_frames(stream)?;
        let because = match copyable.map(|c| (c.forced, c.verdict)) {
            Some((true, Ok(copy_plan))) => {
                setting_of_an_encoder(video)?;
                return Ok(Self { way: Way::Copy(copy_plan), window });
            }
            Some((false, Ok(copy_plan))) => match copy_plan.caveats.first() {
                Some(caveat) => Some(caveat.to_string()),
                None => return Ok(Self { way: Way::Copy(copy_plan), window }),
            },
            Some((_, Err(reason))) => Some(reason.to_string()),
            None => None,
        };
        let row = table::choose(&Wanted { video, live: stream.live }, works)?;
        let rates = match video.frame_rate {
            Some(rate) => [Some(rate), None],
            None => [stream.frame_rate, average_rate],
        };
        let encode = EncodePlan::new(row, video, rates, stream.live)?;
        Ok(Self { way: Way::Encode { encode, because }, window })
    }

    /// The plan for sound.
    pub fn of_sound(sound: SoundPlan, input: &InputConfig) -> Result<Self> {
        Ok(Self { way: Way::Sound(sound), window: input.window()? })
    }

    /// The codec of the pictures; `None` if there are none.
    pub fn codec(&self) -> Option<SampleCodec> {
        match &self.way {
            Way::Copy(copy_plan) => Some(copy_plan.codec),
            Way::Encode { encode, .. } => Some(encode.row.codec),
            Way::Sound(_) => None,
        }
    }

    /// The plan in one line: "libx264 veryfast crf 23", "copied".
    pub fn describe(&self) -> String {
        let (encode, because) = match &self.way {
            Way::Copy(_) => return "copied".to_owned(),
            Way::Sound(sound) => return sound.stream.describe(),
            Way::Encode { encode, because } => (encode, because),
        };
        let mut line = encode.describe();
        if let Some(because) = because {
            line += &format!("; not copied: {because}");
        }
        line
    }

    /// Warnings to report before the first frame.
    pub fn warnings(&self) -> Vec<Warning> {
        match &self.way {
            Way::Copy(copy_plan) => {
                copy_plan.caveats.iter().map(|l| Warning::Copied(l.to_string())).collect()
            }
            Way::Encode { .. } | Way::Sound(_) => Vec::new(),
        }
    }
}

/// Quality settings have no effect on a copy, so the result would not be what the user asked for.
fn setting_of_an_encoder(video: &VideoConfig) -> Result<()> {
    let given = [
        (video.encoder.is_some(), "encoder"),
        (video.preset.is_some(), "preset"),
        (video.tune.is_some(), "tune"),
        (matches!(video.quality, Some(Quality::Crf(_))), "crf"),
        (matches!(video.quality, Some(Quality::Bitrate(_))), "bitrate"),
    ];
    match given.into_iter().find(|(is, _)| *is) {
        Some((_, name)) => {
            Err(Error::new(ErrorKind::Config, name, "a copied stream is not encoded")
                .with_remedy(Remedy::LeaveOutOrEncode))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CodecChoice;
    use crate::copy::copied::CopyFrom;
    use crate::copy::reason::{Caveat, Reason};

    fn only_libx264(row: &EncoderRow) -> std::result::Result<(), String> {
        if row.name == "libx264" { Ok(()) } else { Err("absent".to_owned()) }
    }

    #[test]
    fn no_encoder_is_an_error_with_a_remedy() {
        let none = |_: &'static EncoderRow| Err("absent".to_owned());
        let error = Plan::new(
            &StreamInfo::default(),
            None,
            &InputConfig::default(),
            &VideoConfig::default(),
            None,
            none,
        )
        .unwrap_err();
        assert_eq!(error.remedy(), Some(&Remedy::InstallFfmpeg { encoder: "libx264" }));
    }

    #[test]
    fn a_plan_describes_its_encoder_settings() {
        let plan = Plan::new(
            &StreamInfo::default(),
            None,
            &InputConfig::default(),
            &VideoConfig::default(),
            None,
            only_libx264,
        )
        .unwrap();
        assert_eq!(plan.describe(), "libx264 veryfast crf 23");
    }

    fn plan(copyable: Copyable, video: &VideoConfig) -> Result<Plan> {
        let (stream, input) = (StreamInfo::default(), InputConfig::default());
        Plan::new(&stream, None, &input, video, Some(copyable), only_libx264)
    }

    #[test]
    fn copyable_streams_are_copied_and_others_have_a_reason() {
        let video = VideoConfig { codec: CodecChoice::Auto, ..VideoConfig::default() };
        let with = |forced, caveats| {
            let (codec, begin) = (SampleCodec::Vp9, CopyFrom::First);
            let verdict = Ok(CopyPlan { codec, begin, caveats, observer: None });
            plan(Copyable { forced, verdict }, &video).unwrap()
        };
        let copied = with(false, vec![]);
        assert_eq!(
            (copied.codec(), copied.describe().as_str()),
            (Some(SampleCodec::Vp9), "copied")
        );
        let turned = with(false, vec![Caveat::Rotated]);
        assert!(turned.describe().ends_with("; not copied: it has to be turned upright"));
        assert_eq!(turned.codec(), Some(SampleCodec::H264));
        let forced = with(true, vec![Caveat::Rotated]);
        assert_eq!((forced.codec(), forced.warnings().len()), (Some(SampleCodec::Vp9), 1));
        let refused = Copyable { forced: false, verdict: Err(Reason::EditList) };
        assert!(plan(refused, &video).unwrap().describe().contains("edit list"));
    }

    #[test]
    fn a_copy_has_no_quality() {
        let video = VideoConfig::default().with_crf(20);
        let (codec, begin) = (SampleCodec::H264, CopyFrom::First);
        let verdict = Ok(CopyPlan { codec, begin, caveats: vec![], observer: None });
        let error = plan(Copyable { forced: true, verdict }, &video).unwrap_err();
        assert_eq!((error.kind(), error.subject()), (ErrorKind::Config, "crf"));
    }
}
