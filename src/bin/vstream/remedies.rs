//! The library's remedies in terms of this program: the options for each setting.
//! The errors themselves come from the library.

use vstream::{Remedy, ServerPort};

/// What to do, for users of the command line.
pub fn words(remedy: &Remedy) -> String {
    let fixed = match remedy {
        Remedy::DidYouMean { names, otherwise } => {
            let question = format!("did you mean `{}`?", names.join("`, `"));
            return match otherwise {
                Some(other) => format!("{question} {}", words(other)),
                None => question,
            };
        }
        Remedy::SetFormat(Some(format)) => {
            return format!("give `-f {format}` if that is what you want");
        }
        Remedy::SetOptions(options) => {
            let options =
                options.iter().map(|(key, value)| format!("--input-option {key}={value}"));
            return format!("give `{}`", options.collect::<Vec<_>>().join(" "));
        }
        Remedy::ChooseCodec(codecs) => {
            let codecs: Vec<String> = codecs.iter().map(|c| format!("`--codec {c}`")).collect();
            return format!("use {}; --list-encoders says why others do not work", any_of(&codecs));
        }
        Remedy::UseEncoder(names) if !names.is_empty() => {
            let names: Vec<String> = names.iter().map(|n| format!("`--encoder {n}`")).collect();
            return format!("use {}; --list-encoders shows those that work", any_of(&names));
        }
        Remedy::InstallFfmpeg { encoder } => {
            return format!(
                "install an FFmpeg built with {encoder}, as Debian, Ubuntu and Homebrew ship it; \
                 --list-encoders says why the others do not work"
            );
        }
        Remedy::CheckViewer { program } => {
            return format!("run `{program}` by hand to see why, or use --save FILE.rrd");
        }
        Remedy::InstallViewer => {
            "install it with `pip install rerun-sdk`, name it with --viewer-path, or save to a file with --save FILE.rrd"
        }
        Remedy::RecordSound(Some(index)) => {
            return format!("--audio-stream {index} records its sound alone");
        }
        Remedy::ChoosePort { port, reserved } => {
            let option = match port {
                ServerPort::Web => "--web-port",
                _ => "--port",
            };
            return match reserved {
                true => {
                    format!("ports below 1024 are the system's; choose another with {option} PORT")
                }
                false => format!("choose another with {option} PORT; 0 takes any that is free"),
            };
        }

        Remedy::SetFormat(None) => "check the file with `ffprobe`; a raw format needs -f NAME",
        Remedy::DescribeRawPictures => {
            "raw pictures need -f rawvideo, --video-size WxH, --pixel-format NAME and --framerate RATE"
        }
        Remedy::AllowProtocols => {
            "a local file or playlist may open files only, one from the network the network only; \
             give the address itself, or --input-option protocol_whitelist=LIST"
        }
        Remedy::ConvertAll => "`--save FOLDER/` makes a recording of each of its videos",
        Remedy::PickStream => "pick one stream with --stream N, or save the input to a file first",
        Remedy::StartEarlier => "give an earlier --start",
        Remedy::CheckFilters => "check --filter and --fps, which choose among its pictures",
        Remedy::WaitLonger => {
            "check the address, and that the source is running; --timeout waits longer"
        }
        Remedy::Reconnect => {
            "what came before is in the recording; --reconnect waits for the source to come back"
        }
        Remedy::ProbeInput => "name a file that holds video; --probe lists what is in any file",
        Remedy::RecordSound(None) | Remedy::SoundOnly => "leave --no-audio out to record its sound",
        Remedy::ListCameras => "`vstream --list-devices` lists the cameras",
        Remedy::GiveStartTime => "give the time instead: --start-time 2024-05-01T12:00:00Z",
        Remedy::JoinEndToEnd => "--join=end lets each file begin where the one before it ends",
        Remedy::LeaveOutPictureForm => {
            "leave out --video-size and --pixel-format, which are for devices and raw pictures"
        }
        Remedy::UseEncoder(_) => "use another one; --list-encoders shows those that work",
        Remedy::ListEncoders => "--list-encoders shows those that vstream can drive",
        Remedy::UseBitrate => "give bits a second instead, such as --bitrate 4M",
        Remedy::ChangeSizeOrPreset => "try another size with --max-size, or another --preset",
        Remedy::DecodeInSoftware => {
            "leave --hwaccel out to decode in software; `auto` takes what there is"
        }
        Remedy::EncodeInstead { partly_copied: false } => {
            "--codec auto encodes what cannot be copied, --codec h264 encodes everything"
        }
        Remedy::EncodeInstead { partly_copied: true } => {
            "what came before is in the recording; --codec h264 encodes"
        }
        Remedy::LeaveOutOrEncode => {
            "leave it out, or let --codec auto encode what cannot be copied"
        }
        Remedy::ReplaceOrRename => "choose another name, or --force to replace it",
        Remedy::SkipByName => "`--skip-existing=name` compares names only",
        Remedy::SaveToRegularFile => "name a file, or use --stdout and redirect it",
        Remedy::RedirectOutput => "pipe it: vstream … --stdout | rerun -",
        Remedy::RedirectInput => "pipe a video into it: some-program | vstream -",
        Remedy::SaveAsWell => {
            "a --save FILE.rrd beside it keeps everything whatever the viewer does"
        }
        Remedy::StartViewer => "start one with `rerun`, or let vstream do it: --spawn",
        Remedy::ChooseAddress => {
            "give --bind an address of this machine, or 0.0.0.0 for all of them"
        }
        // `Remedy::Text`, `Remedy::Rename` and `Remedy::GivePassword` name no option of this program.
        _ => return remedy.to_string(),
    };
    fixed.to_owned()
}

/// "a, b or c".
fn any_of(names: &[String]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        names => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The compiler cannot check this, since the library may add remedies.
    #[test]
    fn every_remedy_has_its_own_text() {
        let enumeration = include_str!("../../error/remedy.rs");
        let begin = enumeration.find("pub enum Remedy {").unwrap();
        let body = &enumeration[begin..begin + enumeration[begin..].find("\n}").unwrap()];
        let variants = body.lines().filter_map(|line| {
            let name: String =
                line.strip_prefix("    ")?.chars().take_while(|c| c.is_alphanumeric()).collect();
            name.starts_with(|c: char| c.is_uppercase()).then_some(name)
        });
        let (own, mut count) = (include_str!("remedies.rs"), 0);
        for variant in variants {
            count += 1;
            assert!(own.contains(&format!("Remedy::{variant}")), "no words for {variant}");
        }
        assert!(count > 20, "only {count} remedies found");
    }

    #[test]
    fn remedies_name_command_line_options() {
        let encoder = Remedy::UseEncoder(&["libx265", "libx264"]);
        assert_eq!(
            words(&encoder),
            "use `--encoder libx265` or `--encoder libx264`; --list-encoders shows those that work"
        );
        let near = Remedy::DidYouMean {
            names: vec!["h264_nvenc".into()],
            otherwise: Some(Box::new(Remedy::ListEncoders)),
        };
        assert_eq!(
            words(&near),
            "did you mean `h264_nvenc`? --list-encoders shows those that vstream can drive"
        );
        let port = Remedy::ChoosePort { port: ServerPort::Web, reserved: false };
        assert!(words(&port).contains("--web-port"));
    }
}
