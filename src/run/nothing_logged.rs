//! The error of a run that recorded nothing of a track: what it held, and why nothing of that was recorded.
//! Errors of stages, which say it themselves, are not made here.

use std::sync::atomic::Ordering;

use super::track_account::TrackAccount;
use crate::error::{Error, ErrorKind, Remedy};
use crate::event::Warning;
use crate::input::empty_part::{nothing_in, words};
use crate::source::{mistaken, pipe};

const CHECK: &str = "check the file with `ffplay`";
const IGNORE_EDIT_LIST: &[(&str, &str)] = &[("ignore_editlist", "1")];

/// The error of a track of which nothing was recorded.
pub(super) fn nothing_logged(track: &TrackAccount) -> Error {
    let (info, part) = (&track.info, &track.part);
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let tally = &track.tally;
    let (read, damaged, hidden) = (count(&tally.read), count(&tally.damaged), count(&tally.hidden));
    let (one, kind) = match info.sound_only {
        true => ("sound", ErrorKind::NoSound),
        false => ("frame", ErrorKind::NoPicture),
    };
    let what = format!("{} in {}", info.codec, info.container);
    let error = |kind, cause: String| Error::new(kind, &info.source, cause);
    let warnings = tally.warnings();
    let broke_off = warnings.keys().find_map(|warning| match warning {
        Warning::ReadError(cause) => Some(cause),
        _ => None,
    });
    match (damaged, broke_off) {
        _ if read > 0 && !info.sound_only => {
            let were = if read == 1 { "1 was".to_owned() } else { format!("{read} were") };
            let why = match track.filtered {
                true => "the filters let none through",
                false => "none was encoded",
            };
            let cause = format!("{were} decoded{}, and {why}", words(part));
            let left = error(ErrorKind::NoPictureLeft, cause);
            if track.filtered { left.with_remedy(Remedy::CheckFilters) } else { left }
        }
        (0, Some(cause)) => {
            error(kind, format!("{what}: {cause}")).with_remedy("check the file or the pattern")
        }
        (0, None) if hidden > 0 => {
            let cause = format!("{what}, whose edit list hides all of them{}", words(part));
            error(ErrorKind::NoPictureLeft, cause).with_remedy(Remedy::SetOptions(IGNORE_EDIT_LIST))
        }
        (0, None) if *part != (0..i64::MAX) => nothing_in(part, info),
        (0, None) => error(kind, format!("{what}, and not one {one}")).with_remedy(CHECK),
        (n, _) => {
            let packets = if n == 1 { "packet" } else { "packets" };
            let piped = info.source == pipe::NAME && info.container.contains("mp4");
            let remedy = match is_raw_photo(&info.name) {
                true => mistaken::CONVERT_RAW_PHOTO,
                false if piped => pipe::CANNOT_SEEK,
                false => CHECK,
            };
            error(kind, format!("{what}, {n} damaged {packets}")).with_remedy(remedy)
        }
    }
}

/// Its name is one that cameras give to raw photos, most of which are a kind of TIFF that FFmpeg does not decode.
fn is_raw_photo(name: &str) -> bool {
    const ENDINGS: [&str; 6] = ["arw", "cr2", "dng", "nef", "pef", "srw"];
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}
