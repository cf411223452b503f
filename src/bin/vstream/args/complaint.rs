//! What is wrong with a command line, with what to do about it.
//! The words are clap's; it does not know which value comes from the environment.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::Command;
use clap::error::{ContextKind, ContextValue};

/// A command line that cannot be followed, or a question that clap itself has answered: help, version.
pub struct Complaint {
    error: clap::Error,
    hint: Option<String>,
    /// Lines of JSON were asked for.
    pub json: bool,
}

impl Complaint {
    pub(super) fn new(error: clap::Error, command: &Command, json: bool) -> Self {
        let hint = hint(&error, command);
        Self { error, hint, json }
    }

    /// It is an error, rather than help that was asked for.
    pub fn is_error(&self) -> bool {
        self.error.exit_code() != 0
    }

    /// The sentence that says what is wrong.
    pub fn message(&self) -> String {
        let text = self.error.to_string();
        let first = text.lines().next().unwrap_or_default();
        first.trim_start_matches("error: ").to_owned()
    }

    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Print it where it belongs, in colours where they show. A reader that has had enough is no fault.
    pub fn print(&self) -> std::io::Result<()> {
        match self.error.print() {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            printed => printed,
        }
    }
}

fn hint(error: &clap::Error, command: &Command) -> Option<String> {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (option, value) = (context(ContextKind::InvalidArg)?, context(ContextKind::InvalidValue)?);
    let arg = command.get_arguments().find(|arg| arg.to_string() == option)?;
    // The command line comes first: a value that is the variable's is from there.
    let set = |name: &&OsStr| std::env::var_os(name).is_some_and(|set| set == value);
    if let Some(name) = arg.get_env().filter(set) {
        return Some(format!("the value comes from {} in the environment", name.to_string_lossy()));
    }
    // An option that may stand alone takes the next word, which may be the input.
    let alone = arg.get_num_args().is_some_and(|range| range.min_values() == 0);
    alone.then(|| format!("write the input first, or `-- {value}`"))
}

/// What to say where no input is named.
pub(super) fn no_input(save: &[PathBuf]) -> String {
    match save.iter().find(|path| path.exists()) {
        Some(path) => format!(
            "no INPUT is named; --save {0} names the recording to write, so write `vstream {0} --save out.rrd`",
            path.display()
        ),
        None => "no INPUT is named; give a file, a URL, a camera or another source".into(),
    }
}
