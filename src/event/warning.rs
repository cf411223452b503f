//! Problems that did not stop a run, with their messages.
//! How often each occurred is counted in `count.rs`.

use crate::time::wall_clock::date;
use crate::time::{FrameRate, TimeFix, TimeUnit};

/// A problem that did not stop the run. `Display` gives a message for people.
///
/// ```
/// use vstream::{Summary, Warning};
///
/// fn dropped(summary: &Summary) -> u64 {
///     summary.tracks.iter().filter_map(|track| track.warnings.get(&Warning::Dropped)).sum()
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Warning {
    /// Packets that could not be decoded.
    DamagedPacket,
    /// Frames that were decoded with errors and are in the recording with their damage.
    DamagedFrame,
    /// Pictures that others refer to and that are missing, as the stream's own numbering shows.
    LostReference,
    /// Subtitles that could not be decoded.
    DamagedSubtitle,
    /// Packets of sound that are damaged.
    DamagedSound,
    /// The input broke off: reading failed before the end.
    ReadError(String),
    /// A part of a recording or bag could not be read.
    LostPart(String),
    /// Frames with the same time as the one before, moved by a nanosecond.
    DuplicateTime,
    /// Numbers are missing in an image sequence.
    MissingPictures(String),
    /// Truncated pictures; the missing part is grey.
    CutPicture,
    /// The container continues the video as this stream, and reading switched to it.
    StreamMoved(usize),
    /// Segments of a playlist that could not be opened.
    LostSegment,
    /// Sound of the input is not in the recording, because it cannot be read.
    SoundLeftOut(String),
    /// Other sound of the input is not in the recording.
    OtherSoundLeftOut(String),
    /// Other videos of the input are not in the recording.
    VideosLeftOut(String),
    /// A part of the input is not in the recording.
    LeftOut(String),
    /// The source's clock jumped back; times continue from the last one.
    TimeJumpedBack,
    /// The input's clock jumped: by how much and where. Times continue without a gap.
    ClockJumped(String),
    /// The stream states no plausible frame rate; this many frames per second are assumed.
    RateAssumed(FrameRate),
    /// The timestamps of a file are wall-clock times; when it begins. They give capture times.
    WallClock(String),
    /// The stream has no times and comes in real time: frames get the time of their arrival.
    TimedByArrival,
    /// A joined file begins some time after the one before it ends.
    JoinedWithGap(String),
    /// A list of times states no unit; this one is assumed.
    UnitGuessed(TimeUnit),
    /// The times of a live source run at another speed than that at which it arrives.
    ClockDrifts {
        /// The speed of its clock, in per cent of the right one.
        percent: u32,
        /// From then on frames have their arrival times; otherwise they keep their own, because they are reordered.
        mended: bool,
    },
    /// The source's clock differs this much from this machine's clock; capture times are arrival times instead.
    FarClock(String),
    /// The first frames are much closer together than the duration of a frame.
    TimesTooClose,
    /// Changes of size, format or orientation in mid-stream; frames are fitted into the size of the first one.
    PictureChanged(String),
    /// HDR shown without tone mapping, because this FFmpeg lacks the filter.
    NoToneMapping,
    /// The pictures use a colour matrix that cannot be converted; its name.
    MatrixIgnored(String),
    /// Dolby Vision of this profile, whose pictures have the right colours only after a conversion that FFmpeg's
    /// decoders do not make.
    DolbyVision(u8),
    /// Grey of more than 8 bits whose first frames use few of the possible values.
    DeepGrey {
        /// The lowest value in those frames.
        low: u16,
        /// The highest value in those frames.
        high: u16,
        /// The largest possible value, which is shown white.
        most: u16,
    },
    /// Grey of floats whose first frames have values that are not spread over 0 to 1; their range.
    FloatGrey(String),
    /// The container states an aspect ratio that is not plausible.
    AspectIgnored(String),
    /// [`VideoConfig::range`](crate::VideoConfig::range) is set, and the pictures are not deep grey.
    RangeIgnored,
    /// A copied stream that encoding would show better.
    Copied(String),
    /// Hardware decoding was requested, and software decodes.
    DecodedInSoftware(String),
    /// Frames before the first keyframe of a stream that was joined in mid-GOP.
    BeforeKeyframe,
    /// Live frames dropped because the machine could not keep up.
    Dropped,
    /// Packets of live sound dropped because the machine could not keep up.
    SoundDropped,
    /// A live source broke off and is being reopened.
    BrokeOff(String),
    /// A live source was reopened after it broke off.
    Reconnected,
    /// Live frames that an output missed because it is too slow; a short description of the output.
    OutputTooSlow(String),
    /// Clips of live sound that an output missed because it is too slow; a short description of the output.
    SoundLost(String),
    /// An output failed; the others continued.
    OutputFailed(String),
    /// Any other message.
    Other(String),
}

impl Warning {
    /// Whether the warning means that input is damaged or missing from the recording.
    pub fn is_loss(&self) -> bool {
        matches!(
            self,
            Self::DamagedPacket
                | Self::DamagedFrame
                | Self::LostReference
                | Self::DamagedSubtitle
                | Self::ReadError(_)
                | Self::LostPart(_)
                | Self::MissingPictures(_)
                | Self::CutPicture
                | Self::LostSegment
                | Self::DamagedSound
                | Self::SoundLeftOut(_)
                | Self::OtherSoundLeftOut(_)
                | Self::VideosLeftOut(_)
                | Self::LeftOut(_)
                | Self::BeforeKeyframe
        )
    }

    /// A stable identifier for scripts: `damaged_packet`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::DamagedPacket => "damaged_packet",
            Self::DamagedFrame => "damaged_frame",
            Self::LostReference => "lost_reference",
            Self::DamagedSubtitle => "damaged_subtitle",
            Self::ReadError(_) => "read_error",
            Self::LostPart(_) => "lost_part",
            Self::DuplicateTime => "duplicate_time",
            Self::MissingPictures(_) => "missing_pictures",
            Self::CutPicture => "cut_picture",
            Self::StreamMoved(_) => "stream_moved",
            Self::LostSegment => "lost_segment",
            Self::DamagedSound => "damaged_sound",
            Self::SoundLeftOut(_) => "sound_left_out",
            Self::OtherSoundLeftOut(_) => "other_sound_left_out",
            Self::VideosLeftOut(_) => "videos_left_out",
            Self::LeftOut(_) => "left_out",
            Self::TimeJumpedBack => "time_jumped_back",
            Self::ClockJumped(_) => "clock_jumped",
            Self::RateAssumed(_) => "rate_assumed",
            Self::WallClock(_) => "wall_clock",
            Self::TimedByArrival => "timed_by_arrival",
            Self::JoinedWithGap(_) => "joined_with_gap",
            Self::UnitGuessed(_) => "unit_guessed",
            Self::ClockDrifts { .. } => "clock_drifts",
            Self::FarClock(_) => "far_clock",
            Self::TimesTooClose => "times_too_close",
            Self::PictureChanged(_) => "picture_changed",
            Self::NoToneMapping => "no_tone_mapping",
            Self::MatrixIgnored(_) => "matrix_ignored",
            Self::DolbyVision(_) => "dolby_vision",
            Self::DeepGrey { .. } => "deep_grey",
            Self::FloatGrey(_) => "float_grey",
            Self::AspectIgnored(_) => "aspect_ignored",
            Self::RangeIgnored => "range_ignored",
            Self::Copied(_) => "copied",
            Self::BeforeKeyframe => "before_keyframe",
            Self::Dropped => "dropped",
            Self::SoundDropped => "sound_dropped",
            Self::BrokeOff(_) => "broke_off",
            Self::Reconnected => "reconnected",
            Self::OutputTooSlow(_) => "output_too_slow",
            Self::SoundLost(_) => "sound_lost",
            Self::OutputFailed(_) => "output_failed",
            Self::DecodedInSoftware(_) => "decoded_in_software",
            Self::Other(_) => "other",
        }
    }
}

impl Warning {
    /// Timestamps count from 1970, and begin at this number of nanoseconds.
    pub(crate) fn wall_clock(begin: i64) -> Self {
        Self::WallClock(date(begin))
    }

    /// The clock of a source is this many nanoseconds ahead of this machine's.
    pub(crate) fn far_clock(ahead: i64) -> Self {
        let seconds = ahead.unsigned_abs() as f64 / 1e9;
        let which = if ahead > 0 { "ahead of" } else { "behind" };
        Self::FarClock(format!("{seconds:.1} s {which}"))
    }
}

impl From<TimeFix> for Warning {
    fn from(fix: TimeFix) -> Self {
        match fix {
            TimeFix::Duplicate => Self::DuplicateTime,
            TimeFix::Backwards => Self::TimeJumpedBack,
            TimeFix::Assumed(rate) => Self::RateAssumed(rate),
            TimeFix::TooFast => Self::TimesTooClose,
        }
    }
}
