//! The library's error: what was tried, on which thing, why it failed, and what to do.
//! It never prints and never decides an exit status.

use std::fmt;

/// What kind of thing went wrong, to match on. More kinds may come.
///
/// ```no_run
/// use vstream::{Config, ErrorKind, OutputConfig, Silent};
///
/// # fn skip(_: &vstream::Error) {}
/// let config = Config::new("upload.bin").with_output(OutputConfig::save("out.rrd"));
/// match vstream::run(&config, &mut Silent).map_err(|error| (error.kind(), error)) {
///     Ok(summary) => println!("{} frames", summary.total(|counts| counts.logged)),
///     // It is no video, or nothing that this FFmpeg can read.
///     Err((ErrorKind::Open | ErrorKind::NoVideo | ErrorKind::NoPicture, error)) => skip(&error),
///     // The disk is full, the viewer is gone: another try may do.
///     Err((ErrorKind::Output | ErrorKind::Viewer, error)) => return Err(error),
///     Err((_, error)) => return Err(error),
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting makes no sense, alone or beside another.
    Config,
    /// The input cannot be opened: missing, unreadable, refused, not a format FFmpeg knows.
    Open,
    /// The input holds no video stream.
    NoVideo,
    /// The input holds a video stream, but not one picture of it could be decoded.
    NoPicture,
    /// Reading failed in mid-stream.
    Read,
    /// The codec of the input cannot be decoded here.
    Decode,
    /// A filter could not be set up or failed.
    Filter,
    /// The encoder could not be set up or failed.
    Encode,
    /// A picture given to a [`FrameWriter`](crate::FrameWriter) does not fit: its size, its planes or its time.
    Frame,
    /// The stream is not what Rerun shows right as it is.
    Copy,
    /// An output could not be opened or written.
    Output,
    /// A server could not listen.
    Serve,
    /// A viewer could not be started, reached or kept.
    Viewer,
    /// A bug in vstream.
    Internal,
}

impl ErrorKind {
    /// A word for scripts that will not change: `no_video`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Open => "open",
            Self::NoVideo => "no_video",
            Self::NoPicture => "no_picture",
            Self::Read => "read",
            Self::Decode => "decode",
            Self::Filter => "filter",
            Self::Encode => "encode",
            Self::Frame => "frame",
            Self::Copy => "copy",
            Self::Output => "output",
            Self::Serve => "serve",
            Self::Viewer => "viewer",
            Self::Internal => "internal",
        }
    }

    fn operation(self) -> &'static str {
        match self {
            Self::Config => "cannot use",
            Self::Open => "cannot open",
            Self::NoVideo => "no video stream in",
            Self::NoPicture => "no picture could be decoded from",
            Self::Read => "cannot read on from",
            Self::Decode => "cannot decode",
            Self::Filter => "cannot filter",
            Self::Encode => "cannot encode",
            Self::Frame => "cannot take",
            Self::Copy => "cannot copy",
            Self::Output => "cannot write",
            Self::Serve => "cannot serve at",
            Self::Viewer => "cannot reach",
            Self::Internal => "internal error in",
        }
    }
}

/// An error of the library: operation, subject, cause and, where there is one, a remedy.
///
/// ```
/// use vstream::{Config, ErrorKind, OutputConfig, Silent};
///
/// let config = Config::new("missing.mp4").with_output(OutputConfig::save("out.rrd"));
/// let error = vstream::run(&config, &mut Silent).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Open);
/// assert_eq!(error.subject(), "missing.mp4");
/// assert!(error.to_string().starts_with("cannot open missing.mp4: "));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    subject: String,
    cause: String,
    hint: Option<String>,
}

/// The library's result.
///
/// ```
/// use vstream::{Config, Summary};
///
/// fn convert(config: &Config) -> vstream::Result<Summary> {
///     vstream::run(config, &mut vstream::Silent)
/// }
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` about `subject` (an input, an output, a setting), because of `cause`.
    pub fn new(kind: ErrorKind, subject: impl Into<String>, cause: impl fmt::Display) -> Self {
        Self { kind, subject: subject.into(), cause: cause.to_string(), hint: None }
    }

    /// The same error with a remedy: a sentence that says what to do.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The input, output or setting that the error is about. Never holds credentials.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Why it failed.
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operation, subject, cause) = (self.kind.operation(), &self.subject, &self.cause);
        match self.kind {
            ErrorKind::NoVideo | ErrorKind::NoPicture => {
                write!(f, "{operation} {subject} ({cause})")
            }
            _ => write!(f, "{operation} {subject}: {cause}"),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_on_which_thing_and_why() {
        let error = Error::new(ErrorKind::NoVideo, "song.mp3", "1 audio stream, mp3");
        assert_eq!(error.to_string(), "no video stream in song.mp3 (1 audio stream, mp3)");
        let error = Error::new(ErrorKind::Open, "in.mp4", "No such file").with_hint("check it");
        assert_eq!(error.to_string(), "cannot open in.mp4: No such file");
        assert_eq!(error.hint(), Some("check it"));
    }
}
