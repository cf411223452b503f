//! Opens an input, and says in a user's words why one does not open.
//! It looks at no stream.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;
use crate::ffi::{AvError, Input, OpenFailure, OpenRequest, names};
use crate::source::{OpenSpec, pipe};
use crate::suggest;

/// What FFmpeg says of a protocol that an input may not use.
pub(crate) const REFUSED: &str = "not on whitelist";

/// What to do about it.
pub(crate) const MAY_OPEN: &str = "a local file or playlist may open files only, one from the network the network \
    only; give the address itself, or --input-option protocol_whitelist=LIST";

/// What raw pictures need to be told.
pub(crate) const RAW: &str =
    "raw pictures need -f rawvideo, --video-size WxH, --pixel-format NAME and --framerate RATE";

/// Open what `spec` says, or say why not.
pub(crate) fn open_input(spec: &OpenSpec, cancel: &Cancel) -> Result<Input> {
    if spec.url == "pipe:0" {
        pipe::refuse_terminal()?;
    }
    let request = OpenRequest {
        url: &spec.url,
        format: spec.format.as_deref(),
        options: &spec.options,
        non_blocking: spec.non_blocking,
        cancel: cancel.clone(),
        timeout: spec.timeout,
    };
    let mut input = Input::open(&request).map_err(|failure| open_error(spec, failure))?;
    // A glob that matches nothing opens all the same, as pictures of no size.
    let is_empty = |input: &mut Input| input.stream(0).is_none_or(|stream| stream.width == 0);
    if spec.is_glob() && is_empty(&mut input) {
        let said = crate::ffi::take_cause().unwrap_or_default();
        if said.starts_with("Could not open file") {
            return Err(Error::new(ErrorKind::Open, &spec.display, "no file matches the pattern")
                .with_hint("check the folder and the ending; `*` stands for any part of a name"));
        }
    }
    Ok(input)
}

fn open_error(spec: &OpenSpec, failure: OpenFailure) -> Error {
    let failed = |cause: String| Error::new(ErrorKind::Open, &spec.display, cause);
    let format = spec.format.as_deref().unwrap_or_default();
    match failure {
        OpenFailure::UnknownFormat => failed(format!("FFmpeg knows no input format `{format}`"))
            .with_hint(suggest::hint(
                format,
                &names::input_formats(),
                "`ffmpeg -formats` lists them",
            )),
        OpenFailure::UnknownOptions { names, known } => {
            let known = || known.iter().map(String::as_str);
            let near: Vec<&str> =
                names.iter().filter_map(|name| suggest::nearest(name, known())).collect();
            let names: Vec<_> = names.iter().map(|n| format!("`{n}`")).collect();
            let error = failed(format!("there is no input option {} for it", names.join(", ")));
            error.with_hint(match near.as_slice() {
                [] => "`ffmpeg -h full` lists the options of every format and protocol".into(),
                near => format!("did you mean `{}`?", near.join("`, `")),
            })
        }
        OpenFailure::BadUrl => failed("its name holds a NUL character".into()),
        OpenFailure::TimedOut => failed(nothing_came(spec.timeout.unwrap_or_default()))
            .with_hint("check the address, and that the source is running; --timeout waits longer"),
        OpenFailure::Refused(error) => refused(spec, error),
    }
}

/// What a timeout means.
pub(crate) fn nothing_came(timeout: Duration) -> String {
    format!("nothing came for {} s", timeout.as_secs_f64())
}

/// What to do about what FFmpeg said of a filter.
pub(crate) fn filter_hint(said: &str) -> String {
    let list = "`ffmpeg -filters` lists the filters, `ffmpeg -h filter=NAME` its options";
    match said.strip_prefix("No such filter: ") {
        Some(name) => suggest::hint(name.trim_matches('\''), &names::filters(), list),
        None => list.to_owned(),
    }
}

fn refused(spec: &OpenSpec, error: AvError) -> Error {
    // Only a network's own words help ("401 Unauthorized"); a demuxer's are about its inner parts.
    let said = crate::ffi::take_cause();
    let failed = |cause: String| Error::new(ErrorKind::Open, &spec.display, cause);
    let format = spec.format.as_deref().unwrap_or_default();
    if let Some(said) = said.as_ref().filter(|s| s.contains(REFUSED)) {
        return failed(said.trim_end_matches('!').to_owned()).with_hint(MAY_OPEN);
    }
    if format == "lavfi" {
        let said = said.unwrap_or_else(|| error.to_string());
        let hint = filter_hint(&said);
        return failed(said).with_hint(hint);
    }
    if said.as_ref().is_some_and(|s| s.contains("Picture size 0x0")) {
        return failed("raw pictures, and their size is not given".into()).with_hint(RAW);
    }
    if said.as_ref().is_some_and(|s| s.contains("No such pixel format")) {
        let given = spec.options.iter().find(|(key, _)| key == "pixel_format");
        let given = given.map_or("", |(_, value)| value);
        let hint = suggest::hint(given, &names::pixel_formats(), "`ffmpeg -pix_fmts` lists them");
        return failed(said.unwrap_or_default()).with_hint(hint);
    }
    match error {
        AvError::INVALID_DATA | AvError::EOF if spec.url == "pipe:0" => {
            failed(said.unwrap_or_else(|| error.to_string())).with_hint(pipe::CANNOT_SEEK)
        }
        AvError::INVALID_DATA | AvError::EOF => failed(match said {
            Some(said) => format!("not a video FFmpeg knows, or damaged beyond use ({said})"),
            None => "not a video FFmpeg knows".into(),
        })
        .with_hint("check the file with `ffprobe`; a raw format needs -f NAME"),
        AvError::EXIT => failed("interrupted".into()),
        AvError::PROTOCOL_NOT_FOUND => {
            let url = spec.url.to_string_lossy();
            let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
            // Some are spoken by a demuxer.
            let mut known = names::protocols();
            known.extend(["rtsp", "rtsps"].map(str::to_owned));
            let list = "`ffmpeg -protocols` lists those it does";
            failed(format!("FFmpeg does not speak `{scheme}`"))
                .with_hint(suggest::hint(scheme, &known, list))
        }
        AvError::NO_ENTRY => failed(error.to_string()).with_hint("check the name or the pattern"),
        _ => {
            let plain = error.to_string();
            failed(match said {
                Some(said) if !said.contains(&plain) => format!("{plain} ({said})"),
                Some(said) => said,
                None => plain,
            })
            .with_hint(if spec.live {
                "check that it is there and not used by another program"
            } else {
                "check it with `ffprobe`"
            })
        }
    }
}
