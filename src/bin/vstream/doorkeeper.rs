//! The program `rerun-importer-vstream`: declines files that are not videos, and calls vstream for the rest.
//! It links neither FFmpeg nor Rerun: loading their libraries takes ten times longer than its answer.

mod sniff;

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, ExitCode};

/// Rerun's exit status for a file that the importer does not handle.
const NOT_MINE: u8 = 66;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1).peekable();
    match args.peek() {
        Some(path) if sniff::is_worth_trying(Path::new(path)) => {}
        _ => return ExitCode::from(NOT_MINE),
    }
    // Resolve the link, since this program is called by one and vstream is next to the real file.
    let own = std::env::current_exe().and_then(|own| own.canonicalize());
    let failed = own.and_then(|own| {
        let mut vstream = Command::new(own.with_file_name("vstream"));
        vstream.args(args);
        become_importer(&mut vstream)
    });
    match failed {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(
                io::stderr(),
                "error: cannot start vstream: {error}\n  hint: `vstream --install-importer` makes the link anew"
            );
            ExitCode::FAILURE
        }
    }
}

/// Run vstream in a way that tells it that it is called as an importer.
#[cfg(unix)]
fn become_importer(vstream: &mut Command) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(vstream.arg0("rerun-importer-vstream").exec())
}

/// Only Unix can set the name that a program is called by.
#[cfg(not(unix))]
fn become_importer(vstream: &mut Command) -> std::io::Result<ExitCode> {
    let status = vstream.env("VSTREAM_IMPORTER", "1").status()?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}
