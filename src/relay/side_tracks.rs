//! The sound and the texts of a recording, kept for video files while it is read for its pictures.
//! Each kind is kept in `sounds` or `texts`.

use std::cell::RefCell;

use super::sounds::Sounds;
use super::texts::Texts;
use super::{Messages, Read};

/// What is kept; `None` is not wanted.
#[derive(Default)]
pub(crate) struct SideTracks {
    pub sounds: Option<Sounds>,
    pub texts: Option<Texts>,
}

/// Messages whose sound and texts are kept as they are read.
pub(crate) struct CollectSideTracks<'a> {
    pub messages: Messages,
    pub side_tracks: &'a RefCell<SideTracks>,
}

impl Iterator for CollectSideTracks<'_> {
    type Item = Read;

    fn next(&mut self) -> Option<Read> {
        let read = self.messages.next()?;
        if let Ok(message) = &read {
            let SideTracks { sounds, texts } = &mut *self.side_tracks.borrow_mut();
            sounds.iter_mut().for_each(|sounds| sounds.see(message));
            texts.iter_mut().for_each(|texts| texts.see(message));
        }
        Some(read)
    }
}
