//! The messages of warnings, for people.
//! What a program can match on is in `warning.rs`.

use std::fmt;

use super::Warning;

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DamagedPacket => f.write_str("damaged packets that could not be decoded"),
            Self::DamagedFrame => f.write_str("frames decoded with errors, kept as they are"),
            Self::LostReference => f.write_str(
                "pictures missing in the stream, by its own numbers; those after them may look wrong",
            ),
            Self::DamagedSubtitle => f.write_str("subtitles that could not be decoded"),
            Self::DamagedSound => f.write_str("damaged packets of sound"),
            Self::ReadError(cause) => write!(f, "the input broke off: {cause}"),
            Self::LostPart(cause) => write!(f, "a part of the recording is lost: {cause}"),
            Self::DuplicateTime => f.write_str(
                "frames with the time of the one before, set a nanosecond later",
            ),
            Self::MissingPictures(what)
            | Self::SoundLeftOut(what)
            | Self::OtherSoundLeftOut(what)
            | Self::VideosLeftOut(what)
            | Self::JoinedWithGap(what)
            | Self::LeftOut(what) => f.write_str(what),
            Self::StreamMoved(stream) => write!(f, "the video continues as stream {stream}"),
            Self::LostSegment => {
                f.write_str("segments of the playlist that could not be read, left out")
            }
            Self::CutPicture => f.write_str("pictures that end early, kept as far as they go"),
            Self::TimeJumpedBack => f.write_str(
                "jumps back of the input's clock; times continue from the last frame",
            ),
            Self::ClockJumped(how) => write!(f, "the input's clock jumps {how}"),
            Self::RateAssumed(rate) => write!(
                f,
                "the stream states no frame rate, or an impossible one; {rate} fps are assumed"
            ),
            Self::WallClock(begin) => write!(
                f,
                "its timestamps are wall-clock times from {begin} on; they are on the timeline capture_time too"
            ),
            Self::TimedByArrival => f.write_str(
                "the stream has no times and comes in real time; frames get the time of their arrival",
            ),
            Self::UnitGuessed(unit) => write!(f, "the given times have no unit; they are taken for {unit}"),
            Self::ClockDrifts { percent, mended } => write!(
                f,
                "the source's times run at {percent} % of the speed at which it sends; {}",
                if *mended { "frames have the time of their arrival from now on" } else { "they are kept" }
            ),
            Self::FarClock(how) => write!(
                f,
                "the source's clock is {how} this machine's; capture times are those of the arrival"
            ),
            Self::TimesTooClose => f.write_str(
                "the times of the frames are all but equal, much closer than the frames say that they last",
            ),
            Self::PictureChanged(what) => {
                write!(f, "the picture changed to {what}; fitted into the first one")
            }
            Self::NoToneMapping => f.write_str(
                "HDR shown without tone mapping: this FFmpeg has no zscale filter (build it with libzimg)",
            ),
            Self::MatrixIgnored(name) => {
                write!(f, "its colours are {name}, which cannot be converted here; they look wrong")
            }
            Self::DolbyVision(profile) => write!(
                f,
                "Dolby Vision profile {profile}, which is not converted here; its colours look green and purple"
            ),
            Self::DeepGrey { low, high, most } => write!(
                f,
                "deep grey: the first frames have values from {low} to {high}; black is 0 and white is {most}"
            ),
            Self::FloatGrey(range) => write!(
                f,
                "float grey: the first frames have values from {range}; black is 0 and white is 1"
            ),
            Self::AspectIgnored(aspect) => {
                write!(f, "pixel aspect {aspect} makes no sense and is ignored")
            }
            Self::RangeIgnored => f.write_str(
                "the range of values is ignored: it is for deep grey, which this video is not",
            ),
            Self::Copied(why) => write!(f, "copied as it is, though {why}"),
            Self::DecodedInSoftware(why) => write!(f, "decoded in software: {why}"),
            Self::BeforeKeyframe => {
                f.write_str("pictures before the first keyframe, which nothing can decode")
            }
            Self::Dropped => f.write_str("frames dropped because encoding could not keep up"),
            Self::SoundDropped => {
                f.write_str("packets of sound dropped because the machine could not keep up")
            }
            Self::BrokeOff(cause) => write!(f, "the source broke off ({cause}); trying it again"),
            Self::Reconnected => f.write_str("the source is back; the gap stays on the timeline"),
            Self::OutputTooSlow(what) => {
                write!(f, "frames lost since the output is too slow: {what}")
            }
            Self::SoundLost(what) => {
                write!(f, "clips of sound lost since the output is too slow: {what}")
            }
            Self::OutputFailed(what) => f.write_str(what),
            Self::Other(text) => f.write_str(text),
        }
    }
}
