//! The manual page: clap's options, and the sections that a help text does not have.
//! It prints to standard output and opens nothing.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use crate::args::{EXAMPLES, EXIT_STATUS};

/// Write the page of `command`.
pub fn render(command: Command, out: &mut impl Write) -> io::Result<()> {
    let environment: Vec<(String, String)> = command.get_arguments().filter_map(variable).collect();
    // Examples and variables have their own sections here.
    let command = command.after_long_help("");
    let man = Man::new(command.mut_args(|arg| arg.hide_short_help(false).hide_env(true)));
    man.render_title(out)?;
    man.render_name_section(out)?;
    let mut page = Roff::new();
    page.control("SH", ["SYNOPSIS"]);
    page.text([
        bold("vstream"),
        roman(" ["),
        italic("OPTIONS"),
        roman("] "),
        italic("INPUT"),
        roman("..."),
    ]);
    page.control("SH", ["DESCRIPTION"]);
    for paragraph in DESCRIPTION {
        page.control("PP", []);
        page.text([roman(*paragraph)]);
    }
    page.to_writer(out)?;
    man.render_options_section(out)?;
    let mut page = Roff::new();
    page.control("SH", ["EXIT STATUS"]);
    for (status, meaning) in EXIT_STATUS {
        term(&mut page, status, meaning);
    }
    page.control("PP", []);
    page.text([roman(STATUS)]);
    page.control("SH", ["ENVIRONMENT"]);
    page.text([roman("What is given on the command line comes first. An empty variable is none.")]);
    for (name, meaning) in environment {
        term(&mut page, &name, &meaning);
    }
    term(&mut page, "VSTREAM_CONNECT", "The address for --connect without URL.");
    term(
        &mut page,
        "NO_COLOR, CLICOLOR_FORCE",
        "No colours at all, or colours also without a terminal.",
    );
    term(&mut page, "RERUN", "0 or off switches Rerun off, which is an error here.");
    page.control("SH", ["FILES"]);
    term(
        &mut page,
        "FILE.rrd.part",
        "A recording that is being written. A killed run leaves it, readable up to its end.",
    );
    term(
        &mut page,
        "FILE.partial.rrd",
        "What an interrupted or failed run has recorded of its files. An earlier FILE.rrd stays as it is.",
    );
    page.control("SH", ["JSON"]);
    for paragraph in JSON {
        page.control("PP", []);
        page.text([roman(*paragraph)]);
    }
    page.control("SH", ["EXAMPLES"]);
    for (line, what) in EXAMPLES {
        page.control("TP", []);
        page.text([bold(line)]);
        page.text([roman(sentence(what))]);
    }
    page.control("SH", ["SEE ALSO"]);
    page.text([
        bold("ffmpeg"),
        roman("(1), "),
        bold("ffprobe"),
        roman("(1), "),
        italic("https://rerun.io/docs"),
    ]);
    page.to_writer(out)
}

const DESCRIPTION: &[&str] = &[
    "vstream turns any video FFmpeg can open (a file, a camera, a network stream, a pipe, a screen) into a Rerun \
     VideoStream, at the right times, the right way up, in the right colours.",
    "Every INPUT becomes an entity of one recording, all in step. Outputs are given in any number; without one the \
     video is shown in a viewer, or served to browsers where there is no display.",
    "Standard output is for data only (--stdout, --json and listings); everything for people goes to standard error.",
];

const STATUS: &str = "Damaged input that still gave pictures ends with 0 and a counted warning, and so does input of which a \
    part is left out; --strict makes that 1. A live source that is ended by Ctrl-C or --duration is done. A second Ctrl-C ends the program at once, with 130.";

const JSON: &[&str] = &[
    "With --json, every line of standard output is one JSON object. \"schema\" is the version of their form, now 1: \
     a new version comes only when a field goes or changes its meaning, while new fields and new events may come at any \
     time. \"event\" is one of opened, output, progress, warning, ended, finished, serving, error and exit, or input, \
     plan and device for --probe, --dry-run and --list-devices.",
    "Times are seconds, sizes bytes, rates fractions such as \"30000/1001\". The last line is always exit, with the exit \
     status. An error has its kind, subject, cause and hint apart, and all in one as message.",
    "vstream --json-schema prints a JSON Schema of all of them.",
];

fn term(page: &mut Roff, name: &str, meaning: &str) {
    page.control("TP", []);
    page.text([bold(name)]);
    page.text([roman(meaning)]);
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// An environment variable and the option that it sets.
fn variable(arg: &clap::Arg) -> Option<(String, String)> {
    let name = arg.get_env()?.to_string_lossy().into_owned();
    Some((name, format!("The default of --{}.", arg.get_long()?)))
}
