//! Remedies as advice for a Rust programmer, in terms of this library.
//! Programs name their own options; they match on `Remedy`.

use std::fmt;

use super::Remedy;

/// "`h264`, `h265` or `av1`".
fn any_of(names: impl IntoIterator<Item = impl fmt::Display>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::DidYouMean { names, otherwise } => {
                write!(f, "did you mean {}?", any_of(names))?;
                otherwise.as_ref().map_or(Ok(()), |other| write!(f, " {other}"))
            }
            Self::SetFormat(Some(format)) => {
                write!(f, "set InputConfig::format to `{format}` if that is what you want")
            }
            Self::SetFormat(None) => {
                f.write_str("check the file with `ffprobe`; a raw format needs InputConfig::format")
            }
            Self::DescribeRawPictures => f.write_str(
                "raw pictures need the format `rawvideo`, a video size, a pixel format and a frame rate",
            ),
            Self::AllowProtocols => {
                f.write_str(
                "a local file may open files only, one from the network the network only; open the address itself, or set the input option `protocol_whitelist`",
            )
            }
            Self::SetOptions(options) => {
                let options = options.iter().map(|(key, value)| format!("{key}={value}"));
                write!(f, "set the input options {}", any_of(options).replace(" or ", " and "))
            }
            Self::GivePassword => f.write_str(
                "write scheme://NAME:PASSWORD@HOST/…, with special characters percent-encoded: @ is %40, / is %2F",
            ),
            Self::ConvertAll => f.write_str("`convert_all` makes a recording of each of its videos"),
            Self::PickStream => f.write_str(
                "pick one stream with InputConfig::stream, or save the input to a file first",
            ),
            Self::StartEarlier => f.write_str("set an earlier InputConfig::start"),
            Self::CheckFilters => f.write_str(
                "check VideoConfig::filter and VideoConfig::frame_rate, which choose among its pictures",
            ),
            Self::WaitLonger => f.write_str(
                "check the address, and that the source is running; InputConfig::timeout sets how long to wait",
            ),
            Self::Reconnect => f.write_str(
                "what came before is in the recording; InputConfig::reconnect waits for the source to come back",
            ),
            Self::ProbeInput => {
                f.write_str("name an input that holds video; `probe` says what an input holds")
            }
            Self::RecordSound(None) => {
                f.write_str("it has sound only: let InputConfig::audio choose some of it")
            }
            Self::RecordSound(Some(index)) => {
                write!(f, "it has sound only, which AudioChoice::Index({index}) records")
            }
            Self::SoundOnly => {
                f.write_str("it has sound only, which `run` and `log_into` record")
            }
            Self::ListCameras => f.write_str("`cameras` lists the cameras of this machine"),
            Self::GiveStartTime => {
                f.write_str("give the time instead, such as 2024-05-01T12:00:00Z")
            }
            Self::JoinEndToEnd => f.write_str(
                "JoinTimes::End lets each file begin where the one before it ends",
            ),
            Self::LeaveOutPictureForm => {
                f.write_str("leave it out: it is for devices and raw pictures")
            }
            Self::InstallFfmpeg { encoder } => write!(
                f,
                "install an FFmpeg built with {encoder}, as Debian, Ubuntu and Homebrew ship it; `encoders` says why the others do not work"
            ),
            Self::ChooseCodec(codecs) => write!(f, "choose {}", any_of(*codecs)),
            Self::UseEncoder([]) => f.write_str("use another encoder; `encoders` lists those that work"),
            Self::UseEncoder(names) => {
                write!(f, "use the encoder {}; `encoders` lists those that work", any_of(*names))
            }
            Self::ListEncoders => f.write_str("`encoders` lists those that are supported"),
            Self::UseBitrate => f.write_str("give bits a second instead of a constant quality"),
            Self::ChangeSizeOrPreset => f.write_str("try another size, or another preset"),
            Self::DecodeInSoftware => f.write_str(
                "leave VideoConfig::hwaccel at its default to decode in software; HwAccel::Auto takes what there is",
            ),
            Self::EncodeInstead { partly_copied: false } => f.write_str(
                "CodecChoice::Auto encodes what cannot be copied, CodecChoice::Encode encodes everything",
            ),
            Self::EncodeInstead { partly_copied: true } => {
                f.write_str("what came before is in the recording; CodecChoice::Encode encodes")
            }
            Self::LeaveOutOrEncode => f.write_str(
                "leave it out, or let CodecChoice::Auto encode what cannot be copied",
            ),
            Self::Rename => f.write_str("choose another name"),
            Self::ReplaceOrRename => {
                f.write_str("choose another name, or set SaveConfig::force to replace it")
            }
            Self::SkipByName => f.write_str("SkipExisting::Name compares names only"),
            Self::SaveToRegularFile => f.write_str("name a file, or use OutputConfig::Stdout"),
            Self::RedirectOutput => f.write_str("redirect standard output to a file or a program"),
            Self::RedirectInput => f.write_str("redirect standard input from a file or a program"),
            Self::SaveAsWell => {
                f.write_str("a file saved as well keeps everything whatever the viewer does")
            }
            Self::CheckViewer { program } => write!(
                f,
                "run `{program}` by hand to see why, or save to a file"
            ),
            Self::InstallViewer => f.write_str("install it with `pip install rerun-sdk`, name it in SpawnConfig::viewer, or save to a file"),
            Self::StartViewer => {
                f.write_str("start one with `rerun`, or use OutputConfig::spawn")
            }
            Self::ChoosePort { reserved, .. } => {
                f.write_str(if *reserved { "ports below 1024 are the system's; " } else { "" })?;
                f.write_str("choose another port, or 0 for any that is free")
            }
            Self::ChooseAddress => f.write_str(
                "listen on an address of this machine, or on 0.0.0.0 for all of them",
            ),
        }
    }
}
