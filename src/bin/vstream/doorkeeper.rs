//! The program `rerun-importer-vstream`: declines what is no video, and calls vstream for the rest.
//! It links neither FFmpeg nor Rerun, whose libraries take ten times longer to load than this takes to answer.

mod sniff;

use std::path::Path;
use std::process::{Command, ExitCode};

/// Rerun's own: this file is for somebody else.
const NOT_MINE: u8 = 66;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1).peekable();
    match args.peek() {
        Some(path) if sniff::is_video(Path::new(path)) => {}
        _ => return ExitCode::from(NOT_MINE),
    }
    // Beside the real file, since this is called by a link.
    let own = std::env::current_exe().and_then(|own| own.canonicalize());
    let failed = own.and_then(|own| {
        let mut vstream = Command::new(own.with_file_name("vstream"));
        vstream.args(args);
        become_importer(&mut vstream)
    });
    match failed {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: cannot start vstream: {error}");
            eprintln!("  hint: `vstream --install-importer` makes the link anew");
            ExitCode::FAILURE
        }
    }
}

/// The name by which vstream knows that it is called as an importer.
#[cfg(unix)]
fn become_importer(vstream: &mut Command) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(vstream.arg0("rerun-importer-vstream").exec())
}

/// Only Unix can call a program by another name.
#[cfg(not(unix))]
fn become_importer(vstream: &mut Command) -> std::io::Result<ExitCode> {
    let status = vstream.env("VSTREAM_IMPORTER", "1").status()?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}
