//! A file on this machine.
//! Whether it holds a video is for the demuxer to say.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::head::Head;
use super::{OpenSpec, foreign, nested, pages, playlist, protected, sequence};
use crate::config::InputConfig;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::Warning;
use crate::redact::{redact, redact_location};
use crate::suggest;

/// What a local file, or a playlist in one, may open. No network: a file must not make it talk.
pub(super) const PROTOCOLS: &str = "file,crypto,data,subfile,concat";

/// What an SDP file may open besides itself: the packets that it describes.
const SESSION_PROTOCOLS: &str = "file,rtp,udp,crypto,data";

/// The warning about a file that lacks its end.
pub(crate) const CUT: &str = "it ends in the middle of its data";

/// Of a playlist whose recorder was stopped.
const UNFINISHED: &str =
    "the playlist has no end, but nothing was added to it for a minute; it is taken for whole";

/// Beginnings of addresses that people type.
const SCHEMES: [&str; 8] = ["rtsp", "rtsps", "rtmp", "http", "https", "srt", "udp", "rtp"];

/// The path of the file that an input names.
pub(super) fn path_of(input: &InputConfig) -> &Path {
    let given = Path::new(&input.location);
    match input.location.to_str().and_then(|location| location.strip_prefix("file:")) {
        Some(rest) if !given.exists() => Path::new(rest),
        _ => given,
    }
}

pub(super) fn identify(input: &InputConfig) -> Result<OpenSpec> {
    let path = path_of(input);
    let display = path.to_string_lossy().into_owned();
    let meta = fs::metadata(path).map_err(|error| {
        let remedy = match error.kind() {
            std::io::ErrorKind::NotFound => missing(path),
            std::io::ErrorKind::PermissionDenied => "check its permissions".into(),
            _ => "check the path".into(),
        };
        Error::io(ErrorKind::Open, redact_location(&display), error).with_remedy(remedy)
    })?;
    if meta.is_file() && meta.len() == 0 {
        return Err(Error::new(ErrorKind::Open, &display, "the file is empty")
            .with_remedy("check that it was copied or recorded completely"));
    }
    // A named pipe is opened once: its writer would take a second reader that goes for the end.
    let head = meta.is_file().then(|| Head::open(path)).transpose();
    let mut head = head.map_err(|error| {
        Error::io(ErrorKind::Open, redact_location(&display), error)
            .with_remedy("check its permissions")
    })?;
    if let Some((cause, remedy)) = head.as_mut().and_then(|head| objection(head, input)) {
        return Err(Error::new(ErrorKind::Open, &display, cause).with_remedy(remedy));
    }
    let contents = head.as_mut().map(|head| Contents::of(path, head)).unwrap_or_default();
    // The prefix keeps FFmpeg from taking the text before a colon for a protocol.
    let mut url = OsString::from("file:");
    url.push(path);
    let name = path.file_name().unwrap_or(path.as_os_str());
    let spec = OpenSpec {
        url,
        name: name.to_string_lossy().into_owned(),
        is_file: meta.is_file(),
        head: head.map(Head::into_start).unwrap_or_default(),
        reopens: meta.is_file(),
        may_be_live: !meta.is_file(),
        is_pipe: !meta.is_file(),
        warnings: contents.warnings,
        at_rest: contents.at_rest || contents.has_variants,
        display,
        ..OpenSpec::default()
    }
    .may_use(PROTOCOLS);
    // FFmpeg would begin near the end, and wait for more.
    let spec = match contents.at_rest {
        true => spec.option("live_start_index", "0").option("m3u8_hold_counters", "3"),
        false => spec,
    };
    if is_session(path, input) {
        return Ok(session(spec).picture_options(input));
    }
    let spec = if spec.is_pipe { spec.known_early() } else { spec };
    let spec = if super::sequence::is_image(path) && path.to_string_lossy().contains('%') {
        // One picture whose name only looks like a pattern.
        OpenSpec { format: Some("image2".into()), ..spec }.option("pattern_type", "none")
    } else {
        spec
    };
    Ok(spec.picture_options(input))
}

/// Why a file is not to be opened, and what to do about it.
fn objection(head: &mut Head, input: &InputConfig) -> Option<(String, Remedy)> {
    let foreign = Some(head.start()).filter(|_| input.format.is_none()).and_then(foreign::of);
    if let Some(foreign) = foreign {
        return Some((format!("no video: it is {}", foreign.what), foreign.remedy.into()));
    }
    if let Some(cause) = protected::of_file(head) {
        return Some((cause.to_owned(), protected::REMEDY.into()));
    }
    if nested::lead_on(path_of(input), head) {
        let cause = "a playlist that leads to more than 1000 others, or to itself";
        return Some((cause.to_owned(), "name the one that lists the segments".into()));
    }
    let allowed = input.options.iter().any(|(key, _)| key == "protocol_whitelist");
    let address = Some(head).filter(|_| !allowed).and_then(playlist::address_in)?;
    let cause = format!("a local playlist that names {}", redact(&address));
    Some((cause, Remedy::AllowProtocols))
}

/// What the beginning of a file shows before FFmpeg opens it.
#[derive(Default)]
struct Contents {
    warnings: Vec<Warning>,
    /// A playlist without an end to which nothing is added any more.
    at_rest: bool,
    /// A playlist of playlists.
    has_variants: bool,
}

impl Contents {
    fn of(path: &Path, head: &mut Head) -> Self {
        let mut warnings = Vec::new();
        let pages = Some(&mut *head).filter(|_| sequence::is_image(path)).and_then(pages::count);
        warnings.extend(pages.filter(|&n| n > 1).map(more_pages));
        let periods = playlist::periods_in(path, head);
        warnings.extend(periods.filter(|&n| n > 1).map(more_periods));
        let at_rest = playlist::is_at_rest(path, head);
        warnings.extend(at_rest.then(|| Warning::Other(UNFINISHED.into())));
        let variants = playlist::variants(path, head);
        if let Some((all, missing)) = variants.filter(|&(_, missing)| missing > 0) {
            warnings.push(Warning::LeftOut(format!(
                "{missing} of the {all} variants of the playlist cannot be opened"
            )));
        }
        Self { warnings, at_rest, has_variants: variants.is_some() }
    }
}

/// An SDP file, which describes a session on the network. It must be called one: no other file makes the network talk.
fn is_session(path: &Path, input: &InputConfig) -> bool {
    match &input.format {
        Some(format) => format == "sdp",
        None => path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("sdp")),
    }
}

/// The session is a live source. It may receive what the file describes, and open nothing else.
fn session(spec: OpenSpec) -> OpenSpec {
    let mut spec = OpenSpec { live: true, is_file: false, head: Vec::new(), ..spec };
    spec.options.retain(|(key, _)| key != "protocol_whitelist");
    spec.may_use(SESSION_PROTOCOLS).probed_briefly()
}

/// Of a picture with more than one page.
fn more_pages(pages: usize) -> Warning {
    Warning::LeftOut(format!(
        "{} of its {pages} pages are left out; only the first is read",
        pages - 1
    ))
}

/// Of a DASH manifest with more than one period.
fn more_periods(periods: usize) -> Warning {
    let rest = periods - 1;
    Warning::LeftOut(format!("{rest} of its {periods} periods are left out; the longest is read"))
}

/// What to do about a file that is not there: one beside it may be meant, or its folder is not there either.
fn missing(path: &Path) -> Remedy {
    let text = path.to_string_lossy();
    // `rtsp//host` and `http:/host`: the colon or a slash is missing.
    let scheme = text.split([':', '/']).next().unwrap_or_default();
    if SCHEMES.contains(&scheme) && text.len() > scheme.len() {
        return format!("an address is written as {scheme}://HOST/…").into();
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return format!("there is no folder {}", redact_location(&folder.to_string_lossy())).into();
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let there: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        // A folder of a million files is not worth the wait.
        .take(10_000)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    match suggest::nearest(&name, there.iter().map(String::as_str)) {
        Some(near) => {
            let near = path.with_file_name(near).display().to_string();
            Remedy::DidYouMean { names: vec![near], otherwise: None }
        }
        None if folder == Path::new("/dev") => Remedy::ListCameras,
        None => "check the path; quote names with spaces, * or %".into(),
    }
}
