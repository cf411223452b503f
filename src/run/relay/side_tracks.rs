//! The sound and texts of recordings on their way into video files: passed on up to the time of each sample.
//! Here they are put in order; each of them makes its own packets or notes.

use super::sound::VideoSound;
use super::text::VideoText;
use crate::record::{Entry, NoteRow, SoundRow};
use crate::run::recorder::Recorder;

/// The side tracks that go into video files.
#[derive(Default)]
pub(super) struct SideTracks {
    pub sounds: Vec<VideoSound>,
    pub texts: Vec<VideoText>,
}

impl SideTracks {
    /// Pass the sound and texts of a track to the outputs, up to a time.
    pub fn log_until(&mut self, time: i64, track: usize, recorder: &mut Recorder<'_>) {
        let cancel = recorder.cancel;
        for text in self.texts.iter_mut().filter(|text| text.track == track) {
            while let Some(note) = text.until(time).filter(|_| !cancel.is_cancelled()) {
                recorder.push_into_room(Entry::Note(NoteRow { track, note }));
            }
        }
        for sound in self.sounds.iter_mut().filter(|sound| sound.track == track) {
            while let Some(packet) = sound.until(time).filter(|_| !cancel.is_cancelled()) {
                recorder.accounts.sound(track, &packet);
                let row = SoundRow { track, line: sound.line, packet };
                recorder.push_into_room(Entry::Sound(row));
            }
        }
    }
}
