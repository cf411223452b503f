//! The threads for the side tracks of an input: its notes, and its streams of sound.
//! The order of their stages is in `stages`.

use super::produced::Produced;
use super::{Common, Job};
use crate::audio::clips::ClipRules;
use crate::event::Cancel;
use crate::input::session::Subscriber;
use crate::run::heads::Head;
use crate::run::planned::PlannedInput;
use crate::run::reading;
use crate::run::stages::{AudioStart, sound, subtitles};
use crate::threads::caught;
use crate::threads::mailbox::Unwanted;
use crate::time::{NANOS, Placements};

/// The longest time in nanoseconds that the sound of a live source waits for more. The Rerun Viewer fades in at the
/// beginning of each clip, so shorter ones sound worse.
const LONGEST_LIVE_CLIP: i64 = 2 * NANOS;
/// The number of [`Produced::EndBeside`] of an input: one for its notes, one for each stream of sound.
pub(super) fn side_track_count(input: &PlannedInput) -> usize {
    usize::from(!input.text.names.is_empty()) + input.audio.streams.len()
}

impl Job {
    /// How clips are made of a stream of sound that belongs to this track.
    pub(super) fn clip_rules(&self, track: usize, line: usize) -> ClipRules {
        let longest = if self.input.can_wait() { i64::MAX } else { LONGEST_LIVE_CLIP };
        let (targets, tally) = (self.input.audio.targets, self.tallies[track].clone());
        let stated = self.input.audio.streams.get(line).and_then(|it| it.planned.as_ref());
        let stated = stated.map(|planned| planned.form.clone());
        ClipRules { line, longest, targets, stated, tally }
    }

    /// Send what outputs take of every stream of sound, each by its own thread.
    pub(super) fn start_audio(
        &self,
        subscribers: Vec<Subscriber<Head>>,
        places: &Placements,
        cancel: &Cancel,
    ) -> Result<(), Unwanted> {
        let Common { threads, out, .. } = &self.common;
        let (input, first) = (&self.input, self.first);
        let window = input.exact_window();
        for (line, subscriber) in subscribers.into_iter().enumerate() {
            let start = AudioStart {
                subscriber,
                live: input.is_live(),
                window: window.clone(),
                places: places.clone(),
                clips: self.clip_rules(0, line),
                cancel: cancel.clone(),
            };
            let to = out.clone();
            let work = move || {
                let mut items = sound(start).map(|item| Produced::of_sound(line, item));
                // The receiver may be gone.
                let sent = caught("the sound of an input", || {
                    items.try_for_each(|item| item.send_to(&to, first))
                });
                if let Err(panic) = sent {
                    let _ = to.send((first, Produced::Sample(Err(panic))));
                }
                let _ = to.send((first, Produced::SideTrackEnd));
            };
            if let Err(error) = threads.spawn("audio", work) {
                out.send((first, Produced::Sample(Err(error))))?;
                out.send((first, Produced::SideTrackEnd))?;
            }
        }
        Ok(())
    }

    /// Send the notes, if there are any. Subtitles are sent as they are read, by their own thread.
    pub(super) fn start_notes(&self, subscriber: Option<Subscriber<Head>>) -> Result<(), Unwanted> {
        if self.input.text.names.is_empty() {
            return Ok(());
        }
        let Common { reading, threads, out, .. } = &self.common;
        let (first, times) =
            (self.first, reading::note_times(&self.input, reading.keep_timestamps));
        for note in self.input.text.chapters(&times) {
            out.send((first, Produced::Note(note)))?;
        }
        let Some(subscriber) = subscriber else {
            return out.send((first, Produced::SideTrackEnd));
        };
        let (to, cancel) = (out.clone(), threads.cancel().clone());
        let tally = self.tallies[0].clone();
        let work = move || {
            let mut notes = subtitles(subscriber, times, tally, &cancel).into_iter().flatten();
            // The receiver may be gone.
            let _ = notes.try_for_each(|note| to.send((first, Produced::Note(note))));
            let _ = to.send((first, Produced::SideTrackEnd));
        };
        match threads.spawn("text", work) {
            Ok(_) => Ok(()),
            Err(error) => {
                out.send((first, Produced::Sample(Err(error))))?;
                out.send((first, Produced::SideTrackEnd))
            }
        }
    }
}
