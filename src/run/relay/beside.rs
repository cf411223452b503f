//! Sound and texts of recordings on their way into video files: passed on up to the time of each sample.
//! Each of them knows its own packets or notes; here they are put in order.

use std::time::Instant;

use super::REPORT;
use super::sound::VideoSound;
use super::text::VideoText;
use crate::event::Cancel;
use crate::record::{Entry, NoteRow, SoundRow};
use crate::run::accounts::Accounts;
use crate::sink::Fan;

/// What goes into video files beside the videos.
#[derive(Default)]
pub(super) struct Beside {
    pub sounds: Vec<VideoSound>,
    pub texts: Vec<VideoText>,
}

impl Beside {
    /// Pass what lies beside a video to the outputs, up to a time.
    pub fn log(
        &mut self,
        (track, time): (usize, i64),
        accounts: &mut Accounts,
        fan: &mut Fan,
        cancel: &Cancel,
    ) {
        let push = |fan: &mut Fan, entry| {
            // Outputs that have failed need no room.
            while !fan.wait_for_room(Instant::now() + REPORT) && !cancel.is_cancelled() {}
            fan.push(entry);
        };
        for text in self.texts.iter_mut().filter(|text| text.track == track) {
            while let Some(note) = text.until(time).filter(|_| !cancel.is_cancelled()) {
                push(fan, Entry::Note(NoteRow { track, note }));
            }
        }
        for sound in self.sounds.iter_mut().filter(|sound| sound.track == track) {
            while let Some(packet) = sound.until(time).filter(|_| !cancel.is_cancelled()) {
                accounts.sound(track, &packet);
                push(fan, Entry::Sound(SoundRow { track, line: sound.line, packet }));
            }
        }
    }
}
