//! The command line tool: arguments in, a run of the library, an exit status out.
//! All that prints, draws or exits is in this folder; how video becomes a recording is not.

mod args;
mod importer;
mod install;
mod progress;
mod report;
mod signals;
mod sniff;
mod values;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::args::{Args, Special};
use crate::progress::Display;
use crate::report::Exit;

fn main() -> ExitCode {
    vstream::quiet_encoders();
    let mut words = std::env::args_os();
    if importer::is_called(words.next().as_deref()) {
        return importer::answer(words);
    }
    let args = Args::parse();
    let exit = match args.special() {
        Some(special) => answer(special, &args),
        None => convert(&args),
    };
    exit.into()
}

/// Something other than a run was asked for.
fn answer(special: Special, args: &Args) -> Exit {
    let mut command = Args::command();
    match special {
        Special::Completions(shell) => {
            clap_complete::generate(shell, &mut command, "vstream", &mut std::io::stdout());
            Exit::Done
        }
        Special::Devices => match vstream::cameras() {
            Ok(cameras) => report::devices(&cameras),
            Err(error) => report::outcome(&Err(error), None, false, args),
        },
        Special::Encoders => {
            report::listen(args.verbose);
            report::encoders(&vstream::encoders())
        }
        Special::Man => match clap_mangen::Man::new(command).render(&mut std::io::stdout()) {
            Ok(()) => Exit::Done,
            Err(error) => report::failure(&error),
        },
        Special::InstallImporter => match install::install() {
            Ok(said) => {
                anstream::println!("{said}");
                Exit::Done
            }
            Err(error) => report::failure(&format!("{error:#}")),
        },
    }
}

fn convert(args: &Args) -> Exit {
    let cancel = vstream::Cancel::new();
    if let Err(error) = signals::watch(&cancel) {
        return report::failure(&error);
    }
    report::listen(args.verbose);
    let config = match args.config() {
        Ok(config) => config,
        Err(error) => return report::usage(&error),
    };
    let mut display = Display::new(args, cancel.clone());
    let result = vstream::run(&config, &mut display);
    display.close();
    report::outcome(&result, display.summary(), cancel.is_cancelled(), args)
}
