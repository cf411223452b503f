//! Text that lies beside the pictures: subtitles and chapters.
//! How it becomes rows is for `record`.

mod ass;
pub(crate) mod beside;
pub(crate) mod note;
