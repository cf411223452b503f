//! What can be done about an error, as a type that programs can match on.
//! It names settings of this library; each program names its own options.

use crate::sample::SampleCodec;

/// What to do about an [`Error`](super::Error).
///
/// As text it is advice for a Rust programmer, which names fields and functions of this library. A program with its own
/// options or buttons matches on it and names those.
///
/// ```
/// use vstream::{Config, OutputConfig, Remedy, Silent};
///
/// let config = Config::new("in.mp4").with_output(OutputConfig::save("Cargo.toml"));
/// let error = vstream::run(&config, &mut Silent).unwrap_err();
/// let advice = match error.remedy() {
///     Some(Remedy::ReplaceOrRename) => "tick “replace”, or choose another name".to_owned(),
///     Some(remedy) => remedy.to_string(),
///     None => String::new(),
/// };
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Anything else, in words.
    Text(String),
    /// A name is unknown, and these are spelt similarly.
    DidYouMean {
        /// The names that may be meant, the likeliest first. At least one.
        names: Vec<String>,
        /// What to do if none of them is meant.
        otherwise: Option<Box<Remedy>>,
    },

    /// Give [`InputConfig::format`](crate::InputConfig::format): this one, if it is known which may be right.
    SetFormat(Option<String>),
    /// The input is pictures without a header: give [`format`](crate::InputConfig::format),
    /// [`video_size`](crate::InputConfig::video_size), [`pixel_format`](crate::InputConfig::pixel_format) and
    /// [`frame_rate`](crate::InputConfig::frame_rate).
    DescribeRawPictures,
    /// Open the address itself, or allow its protocol with the option `protocol_whitelist` in
    /// [`InputConfig::options`](crate::InputConfig::options).
    AllowProtocols,
    /// Add these keys and values to [`InputConfig::options`](crate::InputConfig::options). A value in capitals stands
    /// for one that the user has to give.
    SetOptions(&'static [(&'static str, &'static str)]),
    /// Give the user name and the password in the address.
    GivePassword,
    /// Convert a folder of videos, each to its own recording: [`convert_all`](crate::convert_all).
    ConvertAll,
    /// Pick one stream with [`InputConfig::stream`](crate::InputConfig::stream).
    PickStream,
    /// Begin earlier: [`InputConfig::start`](crate::InputConfig::start).
    StartEarlier,
    /// Let some of the pictures through: [`VideoConfig::filter`](crate::VideoConfig::filter) and
    /// [`VideoConfig::frame_rate`](crate::VideoConfig::frame_rate) drop pictures of the input.
    CheckFilters,
    /// Wait longer: [`InputConfig::timeout`](crate::InputConfig::timeout).
    WaitLonger,
    /// Let [`InputConfig::reconnect`](crate::InputConfig::reconnect) wait for the source. What came before is in the
    /// recording.
    Reconnect,
    /// Name an input that holds video. [`probe`](crate::probe()) reports what an input holds.
    ProbeInput,
    /// The input has sound but no video: choose its sound with [`InputConfig::audio`](crate::InputConfig::audio). The
    /// index of the stream to choose is given if the input is named like a video.
    RecordSound(Option<usize>),
    /// The input has sound only, and samples are pictures: [`run`](crate::run()) and [`log_into`](crate::log_into)
    /// record its sound.
    SoundOnly,
    /// Name a camera of this machine. [`cameras`](crate::cameras) lists them.
    ListCameras,
    /// Give [`RecordingConfig::start_time`](crate::RecordingConfig::start_time) as a date.
    GiveStartTime,
    /// Let each file begin where the one before it ends: [`JoinTimes::End`](crate::JoinTimes::End).
    JoinEndToEnd,
    /// Leave out [`video_size`](crate::InputConfig::video_size), [`pixel_format`](crate::InputConfig::pixel_format) and
    /// [`frame_rate`](crate::InputConfig::frame_rate): they are for devices and for pictures without a header, and this
    /// input is neither.
    LeaveOutPictureForm,

    /// Use an FFmpeg that is built with this encoder.
    InstallFfmpeg {
        /// FFmpeg's name of the encoder.
        encoder: &'static str,
    },
    /// Choose one of these codecs: [`VideoConfig::codec`](crate::VideoConfig::codec).
    ChooseCodec(&'static [SampleCodec]),
    /// Use another encoder: [`VideoConfig::encoder`](crate::VideoConfig::encoder). These are likely to work; if the
    /// list is empty, [`encoders`](crate::encoders) reports which do.
    UseEncoder(&'static [&'static str]),
    /// Choose from the list of [`encoders`](crate::encoders).
    ListEncoders,
    /// Give a bitrate instead of a constant quality.
    UseBitrate,
    /// Give another size of the pictures in the recording, or another
    /// [`preset`](crate::VideoConfig::preset).
    ChangeSizeOrPreset,
    /// Leave [`VideoConfig::hwaccel`](crate::VideoConfig::hwaccel) at its default, or set it to
    /// [`HwAccel::Auto`](crate::HwAccel::Auto).
    DecodeInSoftware,
    /// Encode instead of copying: [`CodecChoice::Auto`](crate::CodecChoice::Auto) does so where copying is impossible,
    /// [`CodecChoice::Encode`](crate::CodecChoice::Encode) always.
    EncodeInstead {
        /// The stream was copied up to this point, and that part is in the recording.
        partly_copied: bool,
    },
    /// A copy does not have this setting: leave it out, or use [`CodecChoice::Auto`](crate::CodecChoice::Auto), which
    /// encodes what cannot be copied.
    LeaveOutOrEncode,

    /// Choose another name for the file.
    Rename,
    /// Choose another name for the file, or set [`SaveConfig::force`](crate::SaveConfig::force) to replace what is
    /// there.
    ReplaceOrRename,
    /// Skip existing files by their names: [`SkipExisting::Name`](crate::SkipExisting::Name).
    SkipByName,
    /// Name a regular file, or write to [`OutputConfig::Stdout`](crate::OutputConfig::Stdout).
    SaveToRegularFile,
    /// Redirect standard output to a file or a program.
    RedirectOutput,
    /// Redirect standard input from a file or a program.
    RedirectInput,
    /// Save to a file as well ([`SaveConfig`](crate::SaveConfig)): it keeps everything whatever the viewer does.
    SaveAsWell,
    /// The viewer was started but does not answer: run it by hand to see why, or save to a file.
    CheckViewer {
        /// The viewer's program.
        program: String,
    },
    /// Install the viewer, name its program with [`SpawnConfig::viewer`](crate::SpawnConfig::viewer), or save to a
    /// file.
    InstallViewer,
    /// Start a viewer, or let [`SpawnConfig`](crate::SpawnConfig) do it.
    StartViewer,
    /// Listen on another port, or on port 0 for any free one.
    ChoosePort {
        /// Whose port it is.
        port: ServerPort,
        /// The port is one that only the system's own programs may listen on.
        reserved: bool,
    },
    /// Listen on an address of this machine: [`ServeConfig::bind`](crate::ServeConfig::bind).
    ChooseAddress,
}

/// The two ports of [`OutputConfig::serve`](crate::OutputConfig::serve).
///
/// ```
/// use vstream::{Remedy, ServerPort};
///
/// fn field(remedy: &Remedy) -> Option<&'static str> {
///     match remedy {
///         Remedy::ChoosePort { port: ServerPort::Grpc, .. } => Some("port"),
///         Remedy::ChoosePort { port: ServerPort::Web, .. } => Some("web port"),
///         _ => None,
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServerPort {
    /// [`ServeConfig::port`](crate::ServeConfig::port).
    Grpc,
    /// [`ServeConfig::web_port`](crate::ServeConfig::web_port).
    Web,
}

impl From<String> for Remedy {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Remedy {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
