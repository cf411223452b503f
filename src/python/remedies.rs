//! The library's remedies in terms of the package: the keyword argument for each setting.
//! Which remedy an error has is decided where it occurs.

use crate::error::Remedy;

/// What to do, for users of the package.
pub fn words(remedy: &Remedy) -> String {
    let fixed = match remedy {
        Remedy::DidYouMean { names, otherwise } => {
            let question = format!("did you mean {}?", any_of(names));
            return match otherwise {
                Some(other) => format!("{question} {}", words(other)),
                None => question,
            };
        }
        Remedy::SetFormat(Some(format)) => {
            return format!("give format=\"{format}\" if that is what you want");
        }
        Remedy::SetOptions(options) => {
            let options = options.iter().map(|(key, value)| format!("\"{key}\": \"{value}\""));
            return format!("give options={{{}}}", options.collect::<Vec<_>>().join(", "));
        }
        Remedy::ChooseCodec(codecs) => {
            return format!("give one of the codecs {}", any_of(codecs));
        }
        Remedy::UseEncoder(names) if !names.is_empty() => {
            return format!("give encoder={}", any_of(names));
        }
        Remedy::SetFormat(None) => "check the file with `ffprobe`; a raw format needs format=",
        Remedy::DescribeRawPictures => {
            "raw pictures need format=\"rawvideo\", video_size=, pixel_format= and rate="
        }
        Remedy::AllowProtocols => {
            "a local file or playlist may open files only, one from the network the network only; \
             give the address itself, or options={\"protocol_whitelist\": …}"
        }
        Remedy::PickStream => "pick one stream with stream=",
        Remedy::StartEarlier => "give an earlier start=",
        Remedy::WaitLonger => {
            "check the address, and that the source is running; timeout= waits longer"
        }
        Remedy::Reconnect => "reconnect=True waits for the source to come back",
        Remedy::ProbeInput => "name a file that holds video; `ffprobe` lists what is in any file",
        Remedy::SoundOnly => {
            "it has sound only, which `log_video` and the `vstream` command record"
        }
        Remedy::ListCameras => "the `vstream` command lists the cameras",
        Remedy::ListEncoders | Remedy::UseEncoder(_) => {
            "the `vstream` command lists the encoders that work"
        }
        Remedy::UseBitrate => "give bitrate= instead of crf=",
        Remedy::ChangeSizeOrPreset => "try another size with max_size=, or another preset=",
        Remedy::DecodeInSoftware => "leave hwaccel= out to decode in software",
        Remedy::EncodeInstead { .. } => {
            "codec=\"auto\" encodes what cannot be copied, codec=\"h264\" encodes everything"
        }
        Remedy::LeaveOutOrEncode => {
            "leave it out, or let codec=\"auto\" encode what cannot be copied"
        }
        // The others are about no setting of the package, or about outputs, of which it has none.
        _ => return remedy.to_string(),
    };
    fixed.to_owned()
}

/// "`a`, `b` or `c`".
fn any_of(names: &[impl std::fmt::Display]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    match names.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        names => names.concat(),
    }
}
