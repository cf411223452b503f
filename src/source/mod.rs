//! Maps what a user names to what FFmpeg opens: a URL, a format and options. One file for each kind of input.
//! It opens nothing; it only looks at the file system to tell a name from a pattern.

mod appended;
pub(crate) mod bag;
pub(crate) mod boxes;
mod byte_range;
mod camera;
mod codec_change;
mod ending;
mod file;
mod folder;
pub(crate) mod foreign;
mod gif;
mod head;
pub(crate) mod header_rate;
pub(crate) mod mistaken;
mod nested;
mod numbering;
mod pages;
mod pattern;
pub(crate) mod pipe;
pub(crate) mod playlist;
mod program_map;
pub(crate) mod protected;
pub(crate) mod recording;
pub(crate) mod ros;
mod screen;
mod sequence;
pub(crate) mod signature;
mod synthetic;
mod tables;
pub(crate) mod ts;
mod url;
mod whole;

pub(crate) use codec_change::CodecChange;
pub(crate) use file::CUT;
pub(crate) use folder::videos_in;
pub use folder::videos_of_folders;
pub use sequence::join_pictures;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::config::InputConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Warning;
use crate::time::{FrameRate, Timestamps};

/// An input as FFmpeg opens it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct OpenSpec {
    pub url: OsString,
    /// FFmpeg's name of the demuxer; `None` to probe.
    pub format: Option<String>,
    pub options: Vec<(String, String)>,
    /// The input in messages and properties, without credentials.
    pub display: String,
    /// A short name for the recording and the entity.
    pub name: String,
    /// It continues whether or not it is read.
    pub live: bool,
    /// Only the arrival of its packets shows whether it is live.
    pub may_be_live: bool,
    /// A pipe, which its writer may close at any time.
    pub is_pipe: bool,
    /// A device of this machine, which stamps pictures with a clock of this machine.
    pub is_device: bool,
    /// One file whose position tells the progress.
    pub is_file: bool,
    /// The first bytes of such a file.
    pub head: Vec<u8>,
    /// A playlist that no longer grows, whether or not it states its end.
    pub at_rest: bool,
    /// Its last bytes tell that its end is missing.
    pub lacks_end: bool,
    /// The byte range of its last segment lies behind the end of the file.
    pub lacks_last_segment: bool,
    /// The parts of the file in which a stream has another codec than at the beginning.
    pub other_codec: Vec<CodecChange>,
    /// Reads must return rather than wait.
    pub non_blocking: bool,
    /// Opening it a second time gives the same data again.
    pub reopens: bool,
    /// The time of a packet is that of its arrival, whatever its own.
    pub by_arrival: bool,
    /// Frames a second to ask of the demuxer, where it can be asked. Times do not depend on it.
    pub frame_rate: Option<FrameRate>,
    /// Give up when no data arrives for this long; `None` for files and pipes, which may take any time.
    pub timeout: Option<Duration>,
    /// The files of an image sequence, in their order; `url` is then only its name.
    pub pictures: Option<Arc<[PathBuf]>>,
    /// Warnings before the first frame.
    pub warnings: Vec<Warning>,
}

/// Long enough for a slow network, short enough to wait for.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Probing of a live source stops here at the latest; FFmpeg's own limit is 5 s.
const ANALYZE_MICROS: &str = "1000000";

impl OpenSpec {
    fn option(mut self, key: &str, value: impl Into<String>) -> Self {
        self.options.push((key.to_owned(), value.into()));
        self
    }

    /// Which of FFmpeg's protocols the input, and whatever it refers to, may use.
    fn may_use(self, protocols: &str) -> Self {
        self.option("protocol_whitelist", protocols)
    }

    /// What is read while probing waits, and is late then. No `fflags=nobuffer`: it throws that away instead, and with
    /// it the first keyframe. With fewer frames than these, newer versions take the rate of fields for theirs.
    fn probed_briefly(self) -> Self {
        self.option("analyzeduration", ANALYZE_MICROS).option("fpsprobesize", "2")
    }

    /// FFmpeg looks at a mebibyte of bare JPEGs before it believes them, which are many seconds of a small camera.
    fn known_early(self) -> Self {
        self.option("formatprobesize", "262144")
    }

    fn option_if(self, key: &str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.option(key, value),
            None => self,
        }
    }

    /// What a user can ask of a raw format or a device, under the names most demuxers give it.
    fn picture_options(self, input: &InputConfig) -> Self {
        Self { frame_rate: input.frame_rate, ..self }
            .option_if("video_size", input.video_size.map(|s| s.to_string()))
            .option_if("pixel_format", input.pixel_format.clone())
    }
}

/// What to open for an input, and what a file lacks, for which much of it may be read.
pub(crate) fn resolve(input: &InputConfig) -> Result<OpenSpec> {
    let mut spec = identify(input)?;
    if spec.is_file {
        whole::look_through(file::path_of(input), &mut spec);
    }
    Ok(spec)
}

/// What to open for an input, of which no more than its beginning is read.
pub(crate) fn identify(input: &InputConfig) -> Result<OpenSpec> {
    let (input, translated) = ros::translate(input);
    let input = &input;
    let location = input.location.to_string_lossy();
    let mut spec = match () {
        () if location == "-" => pipe::resolve(input),
        () if !input.pictures.is_empty() => sequence::listed(input)?,
        () if camera::is_camera(&location) => camera::resolve(input, &location),
        () if Path::new(&input.location).is_dir() => sequence::folder(input)?,
        // A name that exists is a file, whatever it looks like.
        () if Path::new(&input.location).exists() => file::identify(input)?,
        () if location.starts_with("lavfi:") => synthetic::resolve(input, &location)?,
        () if location.starts_with("screen:") => screen::resolve(input, &location)?,
        () if url::is_url(&location) => url::resolve(input, &location),
        () if sequence::is_sequence(input) => sequence::resolve(input)?,
        () => file::identify(input)?,
    };
    // Frames with given times are not timed by their arrival.
    spec.may_be_live &= input.timestamps.is_none() && input.frame_rate.is_none();
    if input.timestamps == Some(Timestamps::Arrival) {
        if spec.is_file || spec.pictures.is_some() {
            let cause = "a file does not arrive; its frames are all there";
            return Err(Error::new(ErrorKind::Config, &spec.display, cause)
                .with_remedy("leave the timestamps out, or pipe the file at its own pace"));
        }
        (spec.by_arrival, spec.live) = (true, true);
    }
    if let Some(format) = &input.format {
        spec.format = Some(format.clone());
    }
    if spec.live || spec.url.to_string_lossy().contains("://") {
        spec.timeout = Some(input.timeout.unwrap_or(TIMEOUT)).filter(|t| !t.is_zero());
    }
    spec.warnings.extend(translated);
    // The user's own options come last and win.
    for (key, value) in &input.options {
        if spec.pictures.is_some() && sequence::OWN_OPTIONS.contains(&key.as_str()) {
            continue;
        }
        spec.options.retain(|(k, _)| k != key);
        spec.options.push((key.clone(), value.clone()));
    }
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(location: &str) -> OpenSpec {
        resolve(&InputConfig::new(location)).unwrap()
    }

    fn whitelist(spec: &OpenSpec) -> &str {
        let found = spec.options.iter().find(|(k, _)| k == "protocol_whitelist");
        found.map_or("", |(_, v)| v)
    }

    #[test]
    fn each_kind_of_input_is_recognised_by_its_name() {
        assert_eq!(spec("-").url, "pipe:0");
        assert_eq!(spec("lavfi:testsrc2=duration=1").url, "testsrc2=duration=1");
        assert_eq!(spec("lavfi:testsrc2").format.as_deref(), Some("lavfi"));
        assert!(spec("rtsp://h/x").live);
    }

    #[test]
    fn files_may_open_only_files_and_urls_only_the_network() {
        let file = spec(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        assert!(whitelist(&file).contains("file") && !whitelist(&file).contains("http"));
        let net = spec("https://host/list.m3u8");
        let protocols: Vec<&str> = whitelist(&net).split(',').collect();
        assert!(protocols.contains(&"https") && !protocols.contains(&"file"));
    }

    #[test]
    fn credentials_do_not_show() {
        let net = spec("rtsp://user:secret@cam.local:554/stream?token=abc");
        assert_eq!(net.display, "rtsp://cam.local:554/stream");
        assert_eq!(net.url, "rtsp://user:secret@cam.local:554/stream?token=abc");
        assert!(!net.name.contains("secret"));
    }

    #[test]
    fn networks_and_devices_time_out_and_0_waits_for_ever() {
        let timeout = |location: &str, seconds: Option<u64>| {
            let mut input = InputConfig::new(location);
            input.timeout = seconds.map(Duration::from_secs);
            resolve(&input).unwrap().timeout
        };
        assert_eq!(timeout("rtsp://h/x", None), Some(TIMEOUT));
        assert_eq!(timeout("/dev/video0", Some(3)), Some(Duration::from_secs(3)));
        assert_eq!(timeout("rtsp://h/x", Some(0)), None);
        assert_eq!(timeout("-", Some(3)), None);
    }

    #[test]
    fn the_users_options_win() {
        let mut input = InputConfig::new("rtsp://h/x");
        input.options.push(("rtsp_transport".into(), "udp".into()));
        let spec = resolve(&input).unwrap();
        let transports: Vec<_> =
            spec.options.iter().filter(|(k, _)| k == "rtsp_transport").collect();
        assert_eq!(transports, [&("rtsp_transport".to_owned(), "udp".to_owned())]);
    }
}
