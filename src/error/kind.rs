//! The kinds of errors, to match on, and how messages name the operation that failed.
//! The subject and the cause are in the error itself.

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
    /// A setting is invalid, alone or together with another one.
    Config,
    /// The input cannot be opened: it is missing, unreadable, refused, or in no format that FFmpeg knows.
    Open,
    /// The input holds no video stream.
    NoVideo,
    /// The input holds a video stream, but not one picture of it could be decoded.
    NoPicture,
    /// The input holds pictures, but none of them is recorded: filters drop them, an edit list hides them, or they are
    /// outside the requested part.
    NoPictureLeft,
    /// The input holds only sound, but none of it could be read.
    NoSound,
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
    /// The stream cannot be copied: Rerun would not show it correctly.
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
    /// A stable identifier for scripts: `no_video`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Open => "open",
            Self::NoVideo => "no_video",
            Self::NoPicture => "no_picture",
            Self::NoPictureLeft => "no_picture_left",
            Self::NoSound => "no_sound",
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

    /// What was tried.
    pub(super) fn operation(self) -> &'static str {
        match self {
            Self::Config => "cannot use",
            Self::Open => "cannot open",
            Self::NoVideo => "no video stream in",
            Self::NoPicture => "no picture could be decoded from",
            Self::NoPictureLeft => "no picture is left of",
            Self::NoSound => "no sound could be read from",
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
