//! Errors of a command line, with what to do about them.
//! Most of the text is clap's, which does not know which values come from environment variables.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::Command;
use clap::error::{ContextKind, ContextValue};

/// A command line that is invalid, or that clap answers itself: help, version.
pub struct Complaint {
    error: clap::Error,
    hint: Option<String>,
    /// JSON output was requested.
    pub json: bool,
}

impl Complaint {
    pub(super) fn new(error: clap::Error, command: &Command, json: bool) -> Self {
        let hint = hint(&error, command);
        Self { error, hint, json }
    }

    /// It is an error, not requested help.
    pub fn is_error(&self) -> bool {
        self.error.exit_code() != 0
    }

    /// The sentence that describes the error.
    pub fn message(&self) -> String {
        let text = self.error.to_string();
        let first = text.lines().next().unwrap_or_default();
        first.trim_start_matches("error: ").to_owned()
    }

    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Print it to stdout or stderr, in colours on a terminal.
    pub fn print(&self) -> std::io::Result<()> {
        self.error.print()
    }
}

fn hint(error: &clap::Error, command: &Command) -> Option<String> {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (option, value) = (context(ContextKind::InvalidArg)?, context(ContextKind::InvalidValue)?);
    let arg = command.get_arguments().find(|arg| arg.to_string() == option)?;
    // clap reads the command line first, so a value equal to the variable's normally comes from the variable.
    let set = |name: &&OsStr| std::env::var_os(name).is_some_and(|set| set == value);
    if let Some(name) = arg.get_env().filter(set) {
        return Some(format!("the value comes from {} in the environment", name.to_string_lossy()));
    }
    // An option with an optional value takes the next argument, which may have been meant as the input.
    let alone = arg.get_num_args().is_some_and(|range| range.min_values() == 0);
    (alone && !value.starts_with('-')).then(|| format!("write the input first, or `-- {value}`"))
}

/// The message if no input is given.
pub(super) fn no_input(save: &[PathBuf]) -> String {
    match save.iter().find(|path| path.exists()) {
        Some(path) => format!(
            "no INPUT is named; --save {0} names the recording to write, so write `vstream {0} --save out.rrd`",
            path.display()
        ),
        None => "no INPUT is named; give a file, a URL, a camera or another source".into(),
    }
}
