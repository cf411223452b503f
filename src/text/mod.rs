//! The texts of an input: subtitles and chapters.
//! How they become rows is decided in `record`.

mod ass;
pub(crate) mod lines;
pub(crate) mod note;
