//! Rerun's importer protocol, for calls as `rerun-importer-vstream`: `rerun clip.mkv` then opens any video.
//! It only parses the protocol; the library does the run, with standard output as its output.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

use vstream::cli::{self, ImportConfig, TimelinePoint};
use vstream::{CodecChoice, Config, ErrorKind, OutputConfig, SampleCodec, Silent};

use crate::remedies;
use crate::report;
use crate::sniff;

/// The name that Rerun looks for on PATH.
pub const NAME: &str = "rerun-importer-vstream";

/// Rerun's exit status for a file that the importer does not handle.
const NOT_MINE: u8 = 66;

/// Whether the program was called as an importer.
pub fn is_called(program: Option<&OsStr>) -> bool {
    let named = program.is_some_and(|name| Path::new(name).file_stem() == Some(OsStr::new(NAME)));
    // Set by the `rerun-importer-vstream` program if it cannot call this one by another name.
    named || cfg!(not(unix)) && std::env::var_os("VSTREAM_IMPORTER").is_some()
}

/// Answer one call. The arguments are those after the program's name.
pub fn answer(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    let Some(path) = args.next() else {
        return ExitCode::from(NOT_MINE);
    };
    // Rerun calls every importer for every file that it does not know, so decline quickly.
    if !sniff::is_worth_trying(Path::new(&path)) {
        return ExitCode::from(NOT_MINE);
    }
    let words = args.map(|arg| arg.to_string_lossy().into_owned());
    let mut config = config(path, &options(words));
    config.video.codec = codec();
    // Only errors go to stderr: Rerun reads it only at the end, and a full pipe would block both processes.
    match vstream::run(&config, &mut Silent) {
        Ok(_) => ExitCode::SUCCESS,
        // Subtitles in a container that usually holds video.
        Err(error) if error.kind() == ErrorKind::NoVideo => ExitCode::from(NOT_MINE),
        Err(error) => {
            let hint = error.remedy().map(remedies::words);
            report::library_error(&error, hint.as_deref()).into()
        }
    }
}

/// The viewer that called has the same PATH. Without `ffmpeg` there, it can show only AV1.
fn codec() -> CodecChoice {
    let makes_av1 = || {
        vstream::encoders()
            .iter()
            .any(|encoder| encoder.codec == SampleCodec::Av1 && encoder.works())
    };
    if !vstream::native_viewer_decodes(SampleCodec::H264) && makes_av1() {
        return CodecChoice::Encode(SampleCodec::Av1);
    }
    CodecChoice::default()
}

/// Option name, without its dashes, to all its values.
type Options = BTreeMap<String, Vec<String>>;

/// Parses `--name value value… --flag` with any names: a newer Rerun may send options that are unknown here.
fn options(words: impl Iterator<Item = String>) -> Options {
    let mut options = Options::new();
    let mut current = String::new();
    for word in words {
        if let Some(name) = word.strip_prefix("--") {
            current = name.replace('_', "-");
            options.entry(current.clone()).or_default();
        } else {
            options.entry(current.clone()).or_default().push(word);
        }
    }
    options
}

fn config(path: OsString, options: &Options) -> Config {
    let one = |name: &str| options.get(name).and_then(|values| values.first()).cloned();
    let opened = one("opened-recording-id");
    let mut config = Config::new(path).with_output(OutputConfig::Stdout);
    let recording = &mut config.recording;
    cli::import(recording, import(options));
    recording.recording_id = opened.or_else(|| one("recording-id"));
    if let Some(id) = one("opened-application-id").or_else(|| one("application-id")) {
        recording.application_id = id;
    }
    // Named after the file, since the recording may have other entities.
    recording.entity_prefix = Some(one("entity-path-prefix").unwrap_or_default());
    config
}

/// `--static` and `--timeless` request that the file is shown at all times. The static parts of a video are static
/// anyway; a frame cannot be without a time.
fn import(options: &Options) -> ImportConfig {
    let into_open = options.get("opened-recording-id").is_some_and(|values| !values.is_empty());
    ImportConfig { into_open, also_at: moments(options) }
}

/// The times chosen by the user, on timelines of the recording that the video is added to.
fn moments(options: &Options) -> Vec<(String, TimelinePoint)> {
    let of = |names: [&str; 2]| -> BTreeMap<String, i64> {
        let values = names.iter().filter_map(|name| options.get(*name)).flatten();
        let pairs = values.filter_map(|value| value.rsplit_once('='));
        pairs.filter_map(|(line, at)| Some((line.to_owned(), at.parse().ok()?))).collect()
    };
    let sequences = of(["sequence", "time-sequence"]);
    let durations = of(["time", "time-duration-nanos"]);
    let timestamps = of(["time-timestamp-nanos", "time-timestamp-nanos"]);
    let mut moments = BTreeMap::new();
    for (line, at) in &sequences {
        moments.insert(line.clone(), TimelinePoint::Sequence(*at));
    }
    for (line, at) in &durations {
        // Rerun up to 0.36 sends a timestamp both as a duration and as a sequence.
        let both = sequences.contains_key(line);
        let moment =
            if both { TimelinePoint::Timestamp(*at) } else { TimelinePoint::Duration(*at) };
        moments.insert(line.clone(), moment);
    }
    for (line, at) in &timestamps {
        moments.insert(line.clone(), TimelinePoint::Timestamp(*at));
    }
    moments.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> (Config, ImportConfig) {
        let options = options(words.split(' ').map(str::to_owned));
        (config("clip.mkv".into(), &options), import(&options))
    }

    #[test]
    fn a_new_recording_has_the_ids_that_rerun_gives() {
        let (config, import) =
            parsed("--application-id clip.mkv --recording-id r1 --timeless --static --new x");
        let recording = &config.recording;
        assert_eq!(recording.application_id, "clip.mkv");
        assert_eq!(recording.recording_id.as_deref(), Some("r1"));
        assert_eq!(recording.entity_prefix.as_deref(), Some(""));
        assert_eq!(import, ImportConfig::default());
    }

    #[test]
    fn an_open_recording_id_selects_importing_into_it() {
        let words = "--application-id a --recording-id r --opened-application-id A \
                     --opened-recording-id R --entity-path-prefix /cars/front";
        let (Config { recording, .. }, import) = parsed(words);
        assert_eq!(recording.application_id, "A");
        assert_eq!(recording.recording_id.as_deref(), Some("R"));
        assert_eq!(recording.entity_prefix.as_deref(), Some("/cars/front"));
        assert!(import.into_open);
    }

    #[test]
    fn time_types_are_distinguished() {
        let words = "--recording-id r --time_sequence step=4 --sequence step=4 \
                     --time_duration_nanos t=5 --time t=5 --time_duration_nanos wall=6 --sequence wall=6 \
                     --time_timestamp_nanos later=7";
        let expected = [
            ("later", TimelinePoint::Timestamp(7)),
            ("step", TimelinePoint::Sequence(4)),
            ("t", TimelinePoint::Duration(5)),
            ("wall", TimelinePoint::Timestamp(6)),
        ];
        assert_eq!(parsed(words).1.also_at, expected.map(|(n, m)| (n.to_owned(), m)));
    }
}
