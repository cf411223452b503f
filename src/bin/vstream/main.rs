//! The command line tool: arguments in, a run of the library, an exit status out.
//! All code that prints, draws or exits is in this folder; the conversion is not.

mod args;
#[cfg(test)]
#[path = "../../attack.rs"]
mod attack;
mod bar_text;
mod bars;
mod batch;
mod importer;
mod install;
mod json;
mod listing;
mod man;
mod plain;
mod progress;
mod remedies;
mod report;
mod signals;
mod sniff;
mod terminal;

use std::process::ExitCode;

use vstream::{Batch, Cancel, Config, Event, Reporter};

use crate::args::{Action, Args, Complaint};
use crate::json::Lines;
use crate::progress::Display;
use crate::report::Exit;

fn main() -> ExitCode {
    vstream::cli::keep_freed_memory();
    vstream::cli::survive_file_limits();
    vstream::cli::quiet_encoders();
    let mut words = std::env::args_os();
    if importer::is_called(words.next().as_deref()) {
        return importer::answer(words);
    }
    let args = match Args::parse() {
        Ok(args) => args,
        Err(complaint) => return complain(&complaint).into(),
    };
    let mut lines = Lines::new(args.program.json);
    let exit = match args.special() {
        Some(special) => answer(&special, &args, &lines),
        None => match args.batch() {
            Some(batch) => convert_all(batch, &args, &mut lines),
            None => convert(&args, &mut lines),
        },
    };
    lines.exit(exit).into()
}

/// An invalid command line, or requested help.
fn complain(complaint: &Complaint) -> Exit {
    let printed = listing::printed(complaint.print());
    if !complaint.is_error() {
        return printed.map_or_else(|error| report::failure(&error), |()| Exit::Done);
    }
    report::hint(complaint.hint());
    let lines = Lines::new(complaint.json);
    lines.failure("usage", &complaint.message(), complaint.hint());
    lines.exit(Exit::Usage)
}

/// An action other than a run was requested.
fn answer(special: &Action, args: &Args, lines: &Lines) -> Exit {
    let mut command = args::command(false);
    let printed = match special {
        Action::Completions(shell) => {
            // Write to a buffer first: the generator panics if standard output is closed early.
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut command, "vstream", &mut script);
            listing::print(&String::from_utf8_lossy(&script))
        }
        Action::Schema => listing::print(json::SCHEMA),
        Action::Man => {
            let mut page = Vec::new();
            let rendered = man::render(command, &mut page);
            rendered
                .map_err(Into::into)
                .and_then(|()| listing::print(&String::from_utf8_lossy(&page)))
        }
        Action::Devices => return devices(args, lines),
        Action::Encoders => return encoders(args, lines),
        Action::InstallImporter => match install::install() {
            Ok(said) => listing::print(&format!("{said}\n")),
            Err(error) => return failure(&format!("{error:#}"), lines),
        },
        Action::Probe | Action::DryRun => {
            let cancel = Cancel::new();
            if let Err(error) = signals::watch(&cancel, || {}) {
                return failure(&error.to_string(), lines);
            }
            report::listen(args.program.verbose);
            return match args.config() {
                Ok(config) => {
                    let config = config.with_cancel(cancel.clone());
                    let inspect = if matches!(special, Action::Probe) { probe } else { plan };
                    inspect(&config, &cancel, args, lines)
                }
                Err(error) => usage(&error, lines),
            };
        }
    };
    printed.map_or_else(|error| failure(&error.to_string(), lines), |()| Exit::Done)
}

fn encoders(args: &Args, lines: &Lines) -> Exit {
    report::listen(args.program.verbose);
    let encoders = vstream::encoders();
    if args.program.json {
        encoders.iter().for_each(|encoder| lines.encoder(encoder));
        return Exit::Done;
    }
    report::encoders(&encoders)
}

fn devices(args: &Args, lines: &Lines) -> Exit {
    let cameras = match vstream::cameras() {
        Ok(cameras) => cameras,
        Err(error) => return library_error(&error, args, lines),
    };
    if args.program.json {
        cameras.iter().for_each(|camera| lines.device(camera));
        return Exit::Done;
    }
    report::devices(&cameras)
}

fn probe(config: &Config, cancel: &Cancel, args: &Args, lines: &Lines) -> Exit {
    let mut exit = Exit::Done;
    for found in vstream::probe(config) {
        match found {
            Ok(input) if args.program.json => lines.input(&input),
            Ok(input) => {
                if let Err(error) = listing::print(&listing::input(&input)) {
                    return report::failure(&error);
                }
            }
            Err(error) => {
                exit = library_error(&error, args, lines);
                // The same would be said of each input that was not opened yet.
                if cancel.is_cancelled() {
                    break;
                }
            }
        }
    }
    if cancel.is_cancelled() { Exit::Interrupted } else { exit }
}

fn plan(config: &Config, cancel: &Cancel, args: &Args, lines: &Lines) -> Exit {
    let outputs = args.outputs();
    match vstream::plan(config) {
        Ok(plan) if args.program.json => {
            lines.plan(&plan, &outputs);
            Exit::Done
        }
        Ok(plan) => match listing::print(&listing::plan(&plan, &outputs)) {
            Ok(()) => Exit::Done,
            Err(error) => report::failure(&error),
        },
        Err(error) => {
            let exit = library_error(&error, args, lines);
            if cancel.is_cancelled() { Exit::Interrupted } else { exit }
        }
    }
}

/// The library returned an error.
fn library_error(error: &vstream::Error, args: &Args, lines: &Lines) -> Exit {
    let hint = report::advice(error, args);
    lines.error(error, hint.as_deref());
    report::library_error(error, hint.as_deref())
}

/// Something outside the run failed.
fn failure(message: &str, lines: &Lines) -> Exit {
    lines.failure("program", message, None);
    report::failure(&message)
}

/// The arguments do not make sense together.
fn usage(error: &anyhow::Error, lines: &Lines) -> Exit {
    lines.failure("usage", &format!("{error:#}"), None);
    report::usage(error)
}

/// Passes a run's events to the display for people and to the JSON lines.
struct Tee<'a> {
    display: Display,
    lines: &'a mut Lines,
}

impl Reporter for Tee<'_> {
    fn event(&mut self, event: &Event<'_>) {
        self.lines.event(event);
        self.display.event(event);
    }
}

/// End the conversion in good order on the first Ctrl-C, and say so above the bars.
fn watch_signals(
    cancel: &Cancel,
    bars: Option<indicatif::MultiProgress>,
    args: &Args,
) -> Result<(), ctrlc::Error> {
    let quiet = args.program.quiet;
    signals::watch(cancel, move || {
        if !quiet {
            progress::say(bars.as_ref(), "finishing; press Ctrl-C again to stop at once");
        }
    })
}

fn convert_all(batch: anyhow::Result<Batch>, args: &Args, lines: &mut Lines) -> Exit {
    let mut batch = match batch {
        Ok(batch) => batch,
        Err(error) => return usage(&error, lines),
    };
    let cancel = Cancel::new();
    batch.config.cancel = Some(cancel.clone());
    let mut display = batch::Display::new(args, lines);
    if let Err(error) = watch_signals(&cancel, display.bars(), args) {
        return failure(&error.to_string(), lines);
    }
    report::listen(args.program.verbose);
    let result = vstream::convert_all(&batch, &mut display);
    if let Err(error) = &result {
        lines.error(error, report::advice(error, args).as_deref());
    }
    batch::outcome(&result, args)
}

fn convert(args: &Args, lines: &mut Lines) -> Exit {
    let cancel = Cancel::new();
    let display = Display::new(args);
    if let Err(error) = watch_signals(&cancel, display.bars(), args) {
        return failure(&error.to_string(), lines);
    }
    report::listen(args.program.verbose);
    let config = match args.config() {
        Ok(config) => config.with_cancel(cancel.clone()),
        Err(error) => return usage(&error, lines),
    };
    let mut both = Tee { display, lines };
    let result = vstream::run(&config, &mut both);
    let Tee { mut display, lines } = both;
    display.close();
    if let Err(error) = &result {
        lines.error(error, report::advice(error, args).as_deref());
    }
    report::outcome(&result, display.summary(), cancel.is_cancelled(), args)
}
