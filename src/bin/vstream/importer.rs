//! Called as `rerun-importer-vstream`: Rerun's importer protocol, by which `rerun clip.mkv` opens any video.
//! It only reads the protocol's words; the run itself is the library's, with standard output as its output.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

use vstream::cli::{self, ImportConfig, Moment};
use vstream::{CodecChoice, Config, ErrorKind, OutputConfig, SampleCodec, Silent};

use crate::remedies;
use crate::report;
use crate::sniff;

/// The name that Rerun looks for on PATH.
pub const NAME: &str = "rerun-importer-vstream";

/// Rerun's own: this file is for somebody else.
const NOT_MINE: u8 = 66;

/// Whether the program was called by its importer's name.
pub fn is_called(program: Option<&OsStr>) -> bool {
    let named = program.is_some_and(|name| Path::new(name).file_stem() == Some(OsStr::new(NAME)));
    // How the small program beside this one calls it where a program has but one name.
    named || cfg!(not(unix)) && std::env::var_os("VSTREAM_IMPORTER").is_some()
}

/// Answer one call. The arguments are those after the program's name.
pub fn answer(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    let Some(path) = args.next() else {
        return ExitCode::from(NOT_MINE);
    };
    // Rerun asks every importer about every file that it does not know: be quick to decline.
    if !sniff::is_video(Path::new(&path)) {
        return ExitCode::from(NOT_MINE);
    }
    let words = args.map(|arg| arg.to_string_lossy().into_owned());
    let mut config = config(path, &options(words));
    config.video.codec = codec();
    // Nothing but an error goes to stderr: Rerun reads it only at the end, and a full pipe would stop both.
    match vstream::run(&config, &mut Silent) {
        Ok(_) => ExitCode::SUCCESS,
        // Sound in a container that mostly holds video.
        Err(error) if error.kind() == ErrorKind::NoVideo => ExitCode::from(NOT_MINE),
        Err(error) => {
            let hint = error.remedy().map(remedies::words);
            report::refusal(&error, hint.as_deref()).into()
        }
    }
}

/// The viewer that called has this program's PATH. Where there is no `ffmpeg` on it, it shows nothing but AV1.
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

/// `--name value value… --flag`, whatever the names: a newer Rerun may send some that are not known here.
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
    // Named after the file, since there may be others in the recording.
    recording.entity_prefix = Some(one("entity-path-prefix").unwrap_or_default());
    config
}

/// `--static` and `--timeless` say that the file is to be there at all times. What is static in a video is static
/// already; a picture without a time cannot be shown.
fn import(options: &Options) -> ImportConfig {
    let into_open = options.get("opened-recording-id").is_some_and(|values| !values.is_empty());
    ImportConfig { into_open, also_at: moments(options) }
}

/// The times that the user has chosen, on timelines of the recording that the video goes into.
fn moments(options: &Options) -> Vec<(String, Moment)> {
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
        moments.insert(line.clone(), Moment::Sequence(*at));
    }
    for (line, at) in &durations {
        // Rerun up to 0.36 sends a timestamp as a duration and as a sequence at once.
        let both = sequences.contains_key(line);
        let moment = if both { Moment::Timestamp(*at) } else { Moment::Duration(*at) };
        moments.insert(line.clone(), moment);
    }
    for (line, at) in &timestamps {
        moments.insert(line.clone(), Moment::Timestamp(*at));
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
    fn an_open_recording_is_a_host() {
        let words = "--application-id a --recording-id r --opened-application-id A \
                     --opened-recording-id R --entity-path-prefix /cars/front";
        let (Config { recording, .. }, import) = parsed(words);
        assert_eq!(recording.application_id, "A");
        assert_eq!(recording.recording_id.as_deref(), Some("R"));
        assert_eq!(recording.entity_prefix.as_deref(), Some("/cars/front"));
        assert!(import.into_open);
    }

    #[test]
    fn times_are_told_apart() {
        let words = "--recording-id r --time_sequence step=4 --sequence step=4 \
                     --time_duration_nanos t=5 --time t=5 --time_duration_nanos wall=6 --sequence wall=6 \
                     --time_timestamp_nanos later=7";
        let expected = [
            ("later", Moment::Timestamp(7)),
            ("step", Moment::Sequence(4)),
            ("t", Moment::Duration(5)),
            ("wall", Moment::Timestamp(6)),
        ];
        assert_eq!(parsed(words).1.also_at, expected.map(|(n, m)| (n.to_owned(), m)));
    }
}
