//! Options for the program itself: its output, and actions other than a run.
//! Each action has its own file.

use std::num::NonZeroUsize;

use clap::{ArgAction, ValueEnum};

use super::values::count;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Program")]
pub struct ProgramArgs {
    /// Print the contents of the inputs, and convert nothing
    ///
    /// Container, streams, colours, chapters and metadata; which stream vstream would take and why; whether it could
    /// be copied, and if not, why.
    #[arg(long, group = "instead")]
    pub probe: bool,
    /// Print what would be done, and do nothing
    ///
    /// The inputs are opened, and everything is decided as in a run: the stream, filters, encoder or copy, entities,
    /// outputs. No file is created, no viewer started or connected to.
    #[arg(long, group = "instead")]
    pub dry_run: bool,
    /// Print progress and results as lines of JSON on standard output
    ///
    /// One object a line: opened, restarted, output, progress, warning, ended, finished, serving, error, and at last
    /// exit with the exit status; with --probe, --dry-run, --list-devices and --list-encoders, what they list. Messages
    /// for people stay on standard error. --json-schema describes every line.
    #[arg(long, conflicts_with = "stdout", hide_short_help = true)]
    pub json: bool,
    /// Print only errors
    #[arg(short, long)]
    pub quiet: bool,
    /// Show FFmpeg's log; twice for more
    #[arg(short, long, action = ArgAction::Count, hide_short_help = true)]
    pub verbose: u8,
    /// Draw progress bars
    #[arg(
        long,
        env = "VSTREAM_PROGRESS",
        value_name = "WHEN",
        default_value = "auto",
        hide_short_help = true
    )]
    pub progress: When,
    /// Fail when the input is damaged, or a part of it is left out
    #[arg(long, hide_short_help = true)]
    pub strict: bool,
    /// Files to convert at the same time [default: the number of cores]
    #[arg(long, env = "VSTREAM_JOBS", value_name = "N", value_parser = count, hide_short_help = true)]
    pub jobs: Option<NonZeroUsize>,
    /// List the encoders with their settings, and which work on this machine
    #[arg(long, group = "instead", hide_short_help = true)]
    pub list_encoders: bool,
    /// List the cameras of this machine with their modes
    #[arg(long, group = "instead", hide_short_help = true)]
    pub list_devices: bool,
    /// Make Rerun open files with vstream: by `rerun clip.mkv`, or dropped on the viewer
    #[arg(long, group = "instead", hide_short_help = true)]
    pub install_importer: bool,
    /// Print completions for a shell
    #[arg(long, group = "instead", value_name = "SHELL", hide_short_help = true)]
    pub completions: Option<clap_complete::Shell>,
    /// Print the manual page
    #[arg(long, group = "instead", hide_short_help = true)]
    pub man: bool,
    /// Print the JSON Schema of the lines of --json
    #[arg(long, group = "instead", hide_short_help = true)]
    pub json_schema: bool,
    /// Print help: -h in short, --help all options, with examples
    #[arg(short, long, action = ArgAction::Help)]
    help: Option<bool>,
    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version, hide_short_help = true)]
    version: Option<bool>,
}

/// When to draw progress bars.
#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
pub enum When {
    /// Bars on a terminal, elsewhere a line now and then
    Auto,
    /// Bars on a terminal, elsewhere a line every second
    Always,
    /// Neither
    Never,
}

/// An action other than a run.
pub enum Action {
    Completions(clap_complete::Shell),
    Man,
    Schema,
    Devices,
    Encoders,
    InstallImporter,
    Probe,
    DryRun,
}

impl ProgramArgs {
    pub fn special(&self) -> Option<Action> {
        let flags = [
            (self.man, Action::Man),
            (self.json_schema, Action::Schema),
            (self.list_devices, Action::Devices),
            (self.list_encoders, Action::Encoders),
            (self.install_importer, Action::InstallImporter),
            (self.probe, Action::Probe),
            (self.dry_run, Action::DryRun),
        ];
        let flag = flags.into_iter().find_map(|(is, special)| is.then_some(special));
        self.completions.map(Action::Completions).or(flag)
    }
}

impl Action {
    /// It needs inputs.
    pub fn wants_inputs(&self) -> bool {
        matches!(self, Self::Probe | Self::DryRun)
    }
}
