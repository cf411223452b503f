//! The command line and its translation to a `Config`: one file per group of options.
//! It opens nothing; what depends on files or devices is validated in the library.

mod audio;
mod batch;
mod command;
mod complaint;
mod input;
mod output;
mod program;
mod recording;
mod values;
mod video;

pub use command::{EXAMPLES, EXIT_STATUS, command};
pub use complaint::Complaint;
pub use output::Chosen;
pub use program::{Action, When};

use std::ffi::OsString;

use anyhow::{anyhow, bail};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, FromArgMatches as _, Parser, ValueHint};
use vstream::{Batch, Config, Destination, OutputConfig};

use audio::AudioArgs;
use batch::BatchArgs;
use input::InputArgs;
use output::OutputArgs;
use program::ProgramArgs;
use recording::RecordingArgs;
use video::VideoArgs;

/// Turn any video FFmpeg can open into a Rerun VideoStream.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    disable_help_flag = true,
    disable_version_flag = true,
    arg_required_else_help = true
)]
pub struct Args {
    /// A file, URL, camera:, screen:, '*.png', lavfi:GRAPH, - for stdin
    ///
    /// Any number of videos: a file or a folder of them; a URL; /dev/videoN, camera: or camera:NAME; screen:; an image
    /// sequence as a folder, a quoted glob or frames/%05d.png; - for standard input; lavfi:GRAPH for FFmpeg's synthetic
    /// sources.
    /// Or recordings whose pictures become video: .rrd of Rerun; .mcap, .db3, .bag or the folder of a ROS or Foxglove
    /// bag.
    #[arg(value_name = "INPUT", value_hint = ValueHint::FilePath)]
    inputs: Vec<OsString>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    video: VideoArgs,
    #[command(flatten)]
    audio: AudioArgs,
    #[command(flatten)]
    recording: RecordingArgs,
    #[command(flatten)]
    batch: BatchArgs,
    #[command(flatten)]
    pub program: ProgramArgs,
    /// Environment variables that affect the run, with their values.
    #[arg(skip)]
    from_env: Vec<(String, String)>,
}

/// Where values of options come from.
pub struct Sources<'a>(&'a ArgMatches);

impl Sources<'_> {
    /// It was set in the environment, not typed.
    fn is_env(&self, id: &str) -> bool {
        self.0.value_source(id) == Some(ValueSource::EnvVariable)
    }

    /// It was set on the command line.
    fn is_typed(&self, id: &str) -> bool {
        self.0.value_source(id) == Some(ValueSource::CommandLine)
    }
}

impl Args {
    /// Parse the command line, or return what is wrong with it.
    pub fn parse() -> Result<Self, Complaint> {
        let typed: Vec<OsString> = std::env::args_os().collect();
        let mut command = command(typed.len() < 2 || typed.iter().any(|word| word == "-h"));
        let json = typed.iter().any(|word| word == "--json");
        Self::parse_from(&mut command, typed).map_err(|error| Complaint::new(error, &command, json))
    }

    fn parse_from(command: &mut Command, typed: Vec<OsString>) -> Result<Self, clap::Error> {
        let matches = command.try_get_matches_from_mut(typed)?;
        let mut args = Self::from_arg_matches(&matches)?;
        let sources = Sources(&matches);
        args.video.give_way(&sources);
        if let Some([one, other]) = args.video.conflict() {
            let what = format!("the argument '{one}' cannot be used with '{other}'");
            return Err(command.error(ErrorKind::ArgumentConflict, what));
        }
        if let Some(what) = args.output.unused(|id| sources.is_typed(id)) {
            return Err(command.error(ErrorKind::ArgumentConflict, what));
        }
        if args.audio.excludes_codec() && sources.is_typed("audio_codec") {
            let what = "--audio-codec is for sound, which --no-audio leaves out";
            return Err(command.error(ErrorKind::ArgumentConflict, what));
        }
        // `--connect clip.mp4` names a video, not a viewer.
        if args.inputs.is_empty() {
            args.inputs.extend(args.output.connect.take_if(|v| !is_address(v)).map(OsString::from));
            if !args.inputs.is_empty() {
                args.output.connect = Some(String::new());
            }
        }
        if args.inputs.is_empty() && args.special().is_none_or(|s| s.wants_inputs()) {
            let what = complaint::no_input(&args.output.save);
            return Err(command.error(ErrorKind::MissingRequiredArgument, what));
        }
        for arg in command.get_arguments().filter(|arg| sources.is_env(arg.get_id().as_str())) {
            let Some(name) = arg.get_env() else { continue };
            let value = std::env::var_os(name).unwrap_or_default();
            let text = |text: &std::ffi::OsStr| text.to_string_lossy().into_owned();
            args.from_env.push((text(name), text(&value)));
        }
        if let (Some(_), (url, Some(name))) = (&args.output.connect, args.output.address()) {
            args.from_env.push((name.to_owned(), url));
        }
        Ok(args)
    }

    pub fn special(&self) -> Option<Action> {
        self.program.special()
    }

    /// It only serves, until Ctrl-C, which is then its normal end.
    pub fn only_serves(&self) -> bool {
        self.outputs().iter().all(|o| matches!(o.config, OutputConfig::Serve(_)))
    }

    pub fn outputs(&self) -> Vec<Chosen> {
        self.output.outputs()
    }

    /// One recording of all inputs.
    pub fn config(&self) -> anyhow::Result<Config> {
        let mut config = self.unexpanded()?;
        config.inputs = vstream::videos_of_folders(config.inputs)?;
        Ok(config)
    }

    /// With folders as they were given.
    fn unexpanded(&self) -> anyhow::Result<Config> {
        let mut config = Config::default();
        let inputs = self.batch.expand(&self.inputs)?;
        let audio = self.audio.choice(self.input.all_streams);
        let input = |(nth, at)| self.input.input(nth, at).with_audio(audio);
        let given = inputs.iter().enumerate().map(input).collect();
        config.inputs = self.input.joined(vstream::join_pictures(given)?);
        self.recording.choose(&mut config.inputs);
        self.video.fill(&mut config.video)?;
        config.jobs = self.program.jobs;
        config.audio = self.audio.config();
        config.strict = self.program.strict;
        self.recording.fill(&mut config.recording)?;
        if inputs.iter().filter(|i| *i == "-").count() > 1 {
            bail!("standard input can be read only once, but - is given several times");
        }
        if let Some(other) = self.output.saved_as_other() {
            bail!(
                "--save {}: vstream writes recordings (.rrd) and videos (.mp4, .mkv); \
                 for a recording, name it {}",
                other.display(),
                other.with_extension("rrd").display()
            );
        }
        if let Some(twice) = self.output.saved_twice() {
            bail!("--save {} is given twice", twice.display());
        }
        config.outputs = self.outputs().into_iter().map(|output| output.config).collect();
        Ok(config)
    }

    /// The batch, if the output is a folder or a pattern.
    pub fn batch(&self) -> Option<anyhow::Result<Batch>> {
        let destination = self.output.save.iter().find_map(|path| Destination::of_path(path));
        let is_folder = matches!(destination, Some(Destination::Folder(_)));
        if self.output.format.is_some() && !is_folder {
            return Some(Err(anyhow!(
                "--format is for --save FOLDER/, while a single file is named FILE.mp4; \
                 the format of the input is -f"
            )));
        }
        let Some(destination) = destination else {
            let option = self.batch.given()?;
            return Some(Err(anyhow!("{option} is for many files: --save FOLDER/")));
        };
        if self.outputs().len() > 1 {
            return Some(Err(anyhow!(
                "--save FOLDER/ makes a recording of each input and has to be the only output"
            )));
        }
        Some(self.unexpanded().map(|config| {
            let mut batch = Batch::new(config, destination)
                .with_skip_existing(self.batch.skip_existing())
                .with_force(self.output.force)
                .with_format(self.output.format.unwrap_or_default());
            batch.shard = self.batch.shard;
            batch
        }))
    }

    /// The environment variable that the value in `subject` comes from, if any.
    pub fn variable_of(&self, subject: &str) -> Option<&str> {
        let quoted = |value: &str| subject.contains(&format!("`{value}`"));
        let found = self.from_env.iter().find(|(_, value)| !value.is_empty() && quoted(value));
        found.map(|(name, _)| name.as_str())
    }
}

/// Whether it is the address of a viewer and not the name of a video: `host:9876`, `rerun+http://…`, or empty.
fn is_address(text: &str) -> bool {
    let host_and_port = || {
        let (host, port) = text.rsplit_once(':')?;
        (!host.contains('/') && port.parse::<u16>().is_ok()).then_some(())
    };
    text.is_empty()
        || text.starts_with("rerun") && text.contains("://")
        || host_and_port().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Args {
        let typed = ["vstream"].into_iter().chain(words.split(' ')).map(OsString::from).collect();
        Args::parse_from(&mut command(false), typed).unwrap()
    }

    #[test]
    fn the_command_line_is_consistent_and_every_option_explained() {
        for short in [true, false] {
            command(short).debug_assert();
        }
        for arg in command(false).get_arguments() {
            assert!(arg.get_help().is_some(), "{} has no help", arg.get_id());
        }
    }

    #[test]
    fn a_video_behind_connect_is_a_video() {
        let args = parsed("--connect clip.mp4");
        assert_eq!(args.inputs, ["clip.mp4"]);
        assert_eq!(args.output.connect.as_deref(), Some(""));
        let args = parsed("clip.mp4 --connect 10.0.0.7:9876");
        assert_eq!(args.output.connect.as_deref(), Some("10.0.0.7:9876"));
        assert!(is_address("rerun+http://127.0.0.1:9876/proxy") && is_address("[::1]:9876"));
        assert!(!is_address("rtsp://host:554/stream") && !is_address("/dev/video0"));
    }
}
