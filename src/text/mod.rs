//! Text that lies beside the pictures: subtitles and chapters.
//! How it becomes rows is for `record`.

mod ass;
pub(crate) mod lines;
pub(crate) mod note;
