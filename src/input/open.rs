//! Opens an input, and explains to the user why it cannot be opened.
//! It inspects no streams.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::Cancel;
use crate::ffi::{AvError, BriefProbe, FfmpegError, Input, OpenFailure, OpenRequest, names};
use crate::filter_chain;
use crate::input::{beginning, cause, pacing, raw_format};
use crate::source::{OpenSpec, header_rate, pipe, ros};
use crate::suggest;

/// Open `spec`, or explain why it cannot be opened.
pub(crate) fn open_input(spec: &OpenSpec, cancel: &Cancel) -> Result<Input> {
    if spec.url == "pipe:0" {
        pipe::refuse_terminal()?;
    }
    let head = beginning::of_stdin(spec);
    beginning::refuse_foreign(spec, &head)?;
    let format = spec.format.as_deref();
    let mut options = spec.options.clone();
    // Only raw formats and image sequences take a frame rate; other inputs have their own times.
    let rate = spec.frame_rate.as_ref().filter(|_| {
        !options.iter().any(|(key, _)| key == "framerate")
            && format.is_some_and(|format| names::demuxer_takes(format, "framerate"))
    });
    options.extend(rate.map(|rate| ("framerate".to_owned(), rate.fraction())));
    let request = OpenRequest {
        url: &spec.url,
        format,
        options: &options,
        non_blocking: spec.non_blocking,
        probe_briefly: match () {
            () if is_http(&spec.url) => BriefProbe::Streamed,
            () if spec.is_pipe => BriefProbe::Untimed,
            () => BriefProbe::Never,
        },
        cancel: cancel.clone(),
        timeout: spec.timeout,
    };
    let opened = match &spec.pictures {
        Some(files) => Input::open_pictures(&request, files),
        None => Input::open(&request),
    };
    let opened = opened.or_else(|failure| bare_pictures(&request, failure));
    let failed = |failure| {
        let head = match head.is_empty() {
            true => beginning::of_unopened(spec, cancel),
            false => head.clone(),
        };
        open_error(spec, failure, &head)
    };
    let input = opened.map_err(failed)?;
    let again = || Input::open(&request).map_err(failed);
    let mut input = beginning::refuse_scrambled(spec, input, cancel, again)?;
    beginning::refuse_foreign(spec, input.head())?;
    if header_rate::is_impossible(if spec.is_file { &spec.head } else { input.head() }) {
        input.ignore_times();
    }
    // No live source knows how long it will be. The pace of one that may stall for ever is not waited for.
    let is_download = |input: &mut Input| {
        input.duration().is_some() || spec.timeout.is_some() && pacing::is_download(input)
    };
    if is_endless(spec, &input) && !input.has_no_clock() && is_download(&mut input) {
        input.set_download();
    }
    let undecided = spec.may_be_live && !is_live(spec, &input);
    // Pipes that carry times, or the rate of a program, are recorded at these times, and nothing in them is late.
    let untimed = input.has_no_clock() && input.format_name() != "yuv4mpegpipe";
    if undecided && untimed && pacing::is_real_time(&mut input) {
        input.set_real_time();
    }
    if spec.by_arrival || (is_live(spec, &input) && input.has_no_clock() && !spec.is_device) {
        input.time_by_arrival();
    }
    // A network may be joined in the middle of a stream.
    if (spec.is_file || spec.is_pipe) && spec.format.is_none() {
        let format = input.format_name();
        let head = if spec.is_file { spec.head.as_slice() } else { input.head() };
        let is_known = !head.is_empty();
        if is_known && !raw_format::begins_like(&format, head, Path::new(&spec.display)) {
            return Err(misread(spec, format));
        }
    }
    Ok(input)
}

/// Some boards send JPEGs over HTTP without a boundary before the first one, which FFmpeg does not recognise. Opening
/// the stream as plain MJPEG works.
fn bare_pictures(request: &OpenRequest<'_>, failure: OpenFailure) -> Result<Input, OpenFailure> {
    let unknown = matches!(&failure, OpenFailure::Failed(error)
        if matches!(error.code, AvError::INVALID_DATA | AvError::EOF));
    if !unknown || request.format.is_some() || !is_http(request.url) {
        return Err(failure);
    }
    let request = OpenRequest { format: Some("mjpeg"), cancel: request.cancel.clone(), ..*request };
    match Input::open(&request) {
        Ok(input) if input.stream(0).is_some_and(|stream| stream.width > 0) => Ok(input),
        _ => Err(failure),
    }
}

pub(super) fn is_http(url: &OsStr) -> bool {
    let url = url.to_string_lossy();
    url.starts_with("http:") || url.starts_with("https:")
}

/// Whether the source continues whether or not it is read.
pub(crate) fn is_live(spec: &OpenSpec, input: &Input) -> bool {
    spec.live || input.is_real_time() || continues_unread(spec, input)
}

/// A playlist without an end, a session, or a response without a length, as from a camera.
fn continues_unread(spec: &OpenSpec, input: &Input) -> bool {
    let format = input.format_name();
    let is = |name| format.split(',').any(|f| f == name);
    let endless = is_endless(spec, input) && !input.is_download();
    is("sdp") || (is("hls") && input.duration().is_none() && !spec.at_rest) || endless
}

/// A response without a length.
fn is_endless(spec: &OpenSpec, input: &Input) -> bool {
    is_http(&spec.url) && !input.can_seek() && input.byte_size().is_none()
}

/// The error of a file that FFmpeg detects as the wrong format.
fn misread(spec: &OpenSpec, format: String) -> Error {
    if format == "webp_pipe" {
        let cause = "an animated WebP, which this FFmpeg cannot decode";
        return Error::new(ErrorKind::Open, &spec.display, cause)
            .with_remedy("convert it first, such as with ImageMagick: magick IN.webp OUT.gif");
    }
    let cause = format!("not a video FFmpeg knows, though something in it looks like {format}");
    Error::new(ErrorKind::Open, &spec.display, cause).with_remedy(Remedy::SetFormat(Some(format)))
}

/// `head` is what the input begins with, if that is known.
fn open_error(spec: &OpenSpec, failure: OpenFailure, head: &[u8]) -> Error {
    let failed = |cause: String| Error::new(ErrorKind::Open, &spec.display, cause);
    let format = spec.format.as_deref().unwrap_or_default();
    match failure {
        OpenFailure::UnknownFormat => failed(format!("FFmpeg knows no input format `{format}`"))
            .with_remedy(suggest::remedy(
                format,
                names::input_formats().iter().map(String::as_str),
                "`ffmpeg -formats` lists them",
            )),
        OpenFailure::UnknownOptions { names, known } => {
            let known = || known.iter().map(String::as_str);
            let near = names.iter().filter_map(|name| suggest::nearest(name, known()));
            let near: Vec<String> = near.map(str::to_owned).collect();
            let is_form = names.iter().any(|name| name == "video_size" || name == "pixel_format");
            let names: Vec<_> = names.iter().map(|n| format!("`{n}`")).collect();
            let error = failed(format!("there is no input option {} for it", names.join(", ")));
            error.with_remedy(match near.is_empty() {
                _ if is_form => Remedy::LeaveOutPictureForm,
                true => "`ffmpeg -h full` lists the options of every format and protocol".into(),
                false => Remedy::DidYouMean { names: near, otherwise: None },
            })
        }
        OpenFailure::BadUrl => failed("its name holds a NUL character".into()),
        OpenFailure::TimedOut => {
            failed(nothing_came(spec.timeout.unwrap_or_default())).with_remedy(Remedy::WaitLonger)
        }
        OpenFailure::Blocked(line) => failed(line).with_remedy(Remedy::AllowProtocols),
        OpenFailure::Failed(error) => ffmpeg_error(spec, error, head),
    }
}

/// The error for a timeout.
pub(crate) fn nothing_came(timeout: Duration) -> String {
    format!("nothing came for {} s", timeout.as_secs_f64())
}

fn ffmpeg_error(spec: &OpenSpec, error: FfmpegError, head: &[u8]) -> Error {
    let failed =
        |cause: String| Error::new(ErrorKind::Open, &spec.display, cause).with_source(error.code);
    let option = |key| spec.options.iter().find(|(k, _)| k == key).map(|(_, value)| value);
    if spec.format.as_deref() == Some("lavfi") {
        let (cause, remedy) = filter_chain::unknown_filter(&spec.url.to_string_lossy())
            .unwrap_or_else(|| (error.to_string(), filter_chain::LISTS.into()));
        return failed(cause).with_remedy(remedy);
    }
    // FFmpeg has no error code for this, and detects some files as raw pictures by their names.
    if error.code == AvError::INVALID
        && error.logged.as_ref().is_some_and(|line| line.contains("Picture size 0x0"))
    {
        return failed("raw pictures, and their size is not given".into())
            .with_remedy(Remedy::DescribeRawPictures);
    }
    if error.code == AvError::INVALID
        && let Some(given) = option("pixel_format")
        && let known = names::pixel_formats()
        && !known.contains(given)
    {
        let known = known.iter().map(String::as_str).chain(ros::NAMES.iter().map(|(ros, _)| *ros));
        let remedy = suggest::remedy(given, known, "`ffmpeg -pix_fmts` lists them");
        return failed(format!("No such pixel format: {given}.")).with_remedy(remedy);
    }
    let FfmpegError { code, logged } = error.clone();
    if let Some(pictures) = &spec.pictures {
        let count = pictures.len();
        return failed(format!("no picture of the {count} can be read ({code})"))
            .with_remedy("check the first of them with `ffprobe`");
    }
    let needless = beginning::needs_no_index(head, &error);
    let line = logged.as_deref().filter(|_| !needless).unwrap_or_default();
    if let Some((cause, remedy)) = cause::known(spec, code, line) {
        return failed(cause).with_remedy(remedy);
    }
    if let Some(explained) = beginning::explain(spec, head, &error) {
        return explained.with_source(code);
    }
    let logged = logged.filter(|_| !needless);
    // Only messages of network protocols help ("401 Unauthorized"); a demuxer's are about its internals.
    match code {
        AvError::INVALID_DATA | AvError::EOF | AvError::IO if spec.url == "pipe:0" => {
            failed(logged.unwrap_or_else(|| code.to_string())).with_remedy(pipe::CANNOT_SEEK)
        }
        AvError::INVALID_DATA | AvError::EOF => failed(match logged {
            Some(line) => format!("not a video FFmpeg knows, or damaged beyond use ({line})"),
            None => "not a video FFmpeg knows".into(),
        })
        .with_remedy(Remedy::SetFormat(None)),
        AvError::EXIT => failed("interrupted".into()),
        AvError::PROTOCOL_NOT_FOUND => {
            let url = spec.url.to_string_lossy();
            let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
            // Some are spoken by a demuxer.
            let mut known = names::protocols();
            known.extend(["rtsp", "rtsps"].map(str::to_owned));
            let list = "`ffmpeg -protocols` lists those it does";
            failed(format!("FFmpeg does not speak `{scheme}`")).with_remedy(suggest::remedy(
                scheme,
                known.iter().map(String::as_str),
                list,
            ))
        }
        AvError::NO_ENTRY => failed(logged.unwrap_or_else(|| code.to_string()))
            .with_remedy("check the name or the pattern"),
        _ => {
            let plain = code.to_string();
            failed(match logged {
                Some(line) if !line.contains(&plain) => format!("{plain} ({line})"),
                Some(line) => line,
                None => plain,
            })
            .with_remedy(if spec.live {
                "check that it is there and not used by another program"
            } else {
                "check it with `ffprobe`"
            })
        }
    }
}
