//! The library's error: what was tried, on which thing, why it failed, and what to do.
//! It never prints and never decides an exit status.

mod kind;
mod last;
mod parse;
mod remedy;
mod remedy_text;

pub use kind::ErrorKind;
pub(crate) use last::error_last;
pub use parse::ParseError;
pub use remedy::{Remedy, ServerPort};

use std::fmt;
use std::sync::Arc;

use crate::event::Summary;

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
///
/// [`source`](std::error::Error::source) is the underlying error of the operating system, FFmpeg or Rerun, if there is
/// one. Its text is already part of [`cause`](Self::cause).
///
/// Two errors are equal if their kind, subject, cause and remedy are.
#[derive(Clone)]
pub struct Error(Box<Parts>);

#[derive(Clone)]
struct Parts {
    kind: ErrorKind,
    subject: String,
    cause: String,
    remedy: Option<Remedy>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
    summary: Option<Summary>,
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
        let (subject, cause) = (subject.into(), plain(&cause));
        Self(Box::new(Parts { kind, subject, cause, remedy: None, source: None, summary: None }))
    }

    /// Like [`new`](Self::new), because the operating system refused.
    pub(crate) fn io(kind: ErrorKind, subject: impl Into<String>, error: std::io::Error) -> Self {
        Self::new(kind, subject, &error).with_source(error)
    }

    /// A temporary file for this could not be made, written or read.
    pub(crate) fn temporary_file(what: &str, error: std::io::Error) -> Self {
        Self::io(ErrorKind::Read, format!("a temporary file for {what}"), error).with_remedy(
            "make room in the folder for temporary files, or name another one with TMPDIR",
        )
    }

    /// The same error with what to do about it.
    pub fn with_remedy(mut self, remedy: impl Into<Remedy>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// The same error with the one it comes from.
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into().into());
        self
    }

    /// The same error with what the run had done until it failed.
    pub(crate) fn with_summary(mut self, summary: Summary) -> Self {
        self.0.summary = Some(summary);
        self
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The input, output or setting that the error is about. Never holds credentials.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Why it failed.
    pub fn cause(&self) -> &str {
        &self.0.cause
    }

    /// What to do about it.
    pub fn remedy(&self) -> Option<&Remedy> {
        self.0.remedy.as_ref()
    }

    /// What a run had done when it failed: every frame that was read is counted here, too. `None` where it failed
    /// before its inputs were open, and for an error of something other than a run.
    ///
    /// ```no_run
    /// use vstream::{Config, OutputConfig, Silent};
    ///
    /// let config = Config::new("camera:").with_output(OutputConfig::save("out.rrd"));
    /// if let Err(error) = vstream::run(&config, &mut Silent) {
    ///     let frames = error.summary().map_or(0, |summary| summary.total(|counts| counts.logged));
    ///     println!("{error}, after {frames} frames");
    /// }
    /// ```
    pub fn summary(&self) -> Option<&Summary> {
        self.0.summary.as_ref()
    }
}

/// The words of an error, without the numbers that Rust adds to those of the operating system, as in "No such file or
/// directory (os error 2)".
pub fn plain(error: &impl fmt::Display) -> String {
    let text = error.to_string();
    let mut parts = text.split(" (os error ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once(')').map_or("", |(_, rest)| rest))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { kind, subject, cause, .. } = &*self.0;
        let operation = kind.operation();
        match kind {
            ErrorKind::NoVideo
            | ErrorKind::NoPicture
            | ErrorKind::NoPictureLeft
            | ErrorKind::NoSound => write!(f, "{operation} {subject} ({cause})"),
            _ => write!(f, "{operation} {subject}: {cause}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { kind, subject, cause, remedy, source, summary: _ } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("subject", subject)
            .field("cause", cause)
            .field("remedy", remedy)
            .field("source", source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        fn parts(error: &Error) -> (ErrorKind, &str, &str, Option<&Remedy>) {
            (error.kind(), error.subject(), error.cause(), error.remedy())
        }
        parts(self) == parts(other)
    }
}

impl Eq for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[test]
    fn an_error_states_operation_subject_and_cause() {
        let error = Error::new(ErrorKind::NoVideo, "song.mp3", "1 audio stream, mp3");
        assert_eq!(error.to_string(), "no video stream in song.mp3 (1 audio stream, mp3)");
        let error = Error::new(ErrorKind::Open, "in.mp4", "No such file").with_remedy("check it");
        assert_eq!(error.to_string(), "cannot open in.mp4: No such file");
        assert_eq!(error.remedy(), Some(&Remedy::Text("check it".to_owned())));
        assert!(error.source().is_none());
    }

    #[test]
    fn os_error_numbers_are_left_out() {
        assert_eq!(plain(&"it is full"), "it is full");
        assert_eq!(plain(&"No such file (os error 2)"), "No such file");
        let nested = "a.rrd: No space left on device (os error 28), behind byte 7 (os error 5)";
        assert_eq!(plain(&nested), "a.rrd: No space left on device, behind byte 7");
    }

    #[test]
    fn an_io_error_is_the_source() {
        let found = std::fs::File::open("no/such/file").unwrap_err();
        let error = Error::io(ErrorKind::Open, "no/such/file", found);
        assert_eq!(error.cause(), "No such file or directory");
        let source = error.source().and_then(|e| e.downcast_ref::<std::io::Error>()).unwrap();
        assert_eq!(source.kind(), std::io::ErrorKind::NotFound);
    }
}
