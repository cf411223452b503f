//! Everything in an input with one video, or with sound alone: samples, subtitles, chapters and sound, as they become
//! ready. For callers who record them themselves.
//! The samples alone are in `samples`.

use super::accounts::Accounts;
use super::jobs::{self, Produced};
use super::names::path_from_names;
use super::samples::{OpenOne, failure, open_one};
use crate::audio::clip::AudioClip;
use crate::config::Config;
use crate::copy::examine::CopyCheck;
use crate::error::{Error, Result};
use crate::event::{Cancel, Warning};
use crate::sample::{Sample, SampleCodec, StreamInfo};
use crate::text::note::Note;
use crate::threads::Threads;
use crate::threads::mailbox::{Received, Receiver, mailbox};

/// Capacity of the queue of what was produced.
const PRODUCED: usize = 16;

/// Part of the contents of an input.
pub(crate) enum Content {
    Sample(Sample),
    Note(Note),
    Clip(AudioClip),
}

/// Iterates over the contents of an input; ends after the first error. Dropping it ends its threads.
pub(crate) struct Contents {
    pub stream: StreamInfo,
    /// `None` if it is sound alone.
    pub codec: Option<SampleCodec>,
    /// How the samples are made.
    pub encoding: String,
    /// A name, as an entity path, for each line of notes.
    pub notes: Vec<String>,
    /// A name, as an entity path, for each stream of sound.
    pub audio: Vec<String>,
    accounts: Accounts,
    cancel: Cancel,
    /// The video, or the sound without one, has not ended.
    active: bool,
    /// The number of side tracks that have not ended.
    side_tracks: usize,
    /// Declared before the threads, so that they find it gone. `None` after the end.
    running: Option<(Receiver<(usize, Produced)>, Threads)>,
}

impl Contents {
    /// Open the only input of `config`.
    pub fn open(config: &Config) -> Result<Self> {
        let cancel = config.switch();
        let threads = Threads::new(&cancel);
        let one = open_one(config, &CopyCheck::Before, threads.spawner())?;
        let OpenOne { input, track, accounts, reading } = one;
        let paths = |names: &[String]| names.iter().map(|name| path_from_names(name)).collect();
        let notes = paths(&input.text.names);
        let audio = match track.sound() {
            Some(sound) => vec![path_from_names(&sound.name)],
            None => paths(&input.audio.names),
        };
        let (stream, encoding) = (track.info().clone(), track.plan.describe());
        let codec = track.codec();
        let (out, produced) = mailbox(PRODUCED, 1);
        let inputs = vec![input];
        let side_tracks = jobs::start(inputs, &accounts, config, reading, threads.spawner(), &out)?;
        let running = Some((produced, threads));
        let active = true;
        Ok(Self {
            stream,
            codec,
            encoding,
            notes,
            audio,
            accounts,
            cancel,
            active,
            side_tracks,
            running,
        })
    }

    /// The warnings so far, with how often each occurred.
    pub fn warnings(&self) -> impl Iterator<Item = (Warning, u64)> + use<> {
        self.accounts.tally(0).warnings().into_iter()
    }

    /// Whether more is to come. The side tracks of a video without a picture are not waited for.
    fn has_more(&self) -> bool {
        self.active || self.side_tracks > 0 && self.accounts.is_anything_logged()
    }

    fn end(&mut self) -> Option<Error> {
        let (produced, threads) = self.running.take()?;
        // They stop at the next send.
        drop(produced);
        failure(threads, &self.accounts, &self.cancel)
    }
}

impl Iterator for Contents {
    type Item = Result<Content>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.has_more() {
            let (produced, _) = self.running.as_ref()?;
            let Received::Message((_, item)) = produced.receive(None) else { break };
            let content = match item {
                Produced::Sample(Ok(sample)) => Content::Sample(self.accounts.count(0, sample)),
                Produced::Note(note) => Content::Note(self.accounts.note(0, note)),
                Produced::Clip(clip) => Content::Clip(self.accounts.clip(0, clip)),
                Produced::Sample(Err(error)) => {
                    // Errors of threads that fail because of this one add nothing.
                    self.end();
                    return Some(Err(error));
                }
                Produced::End => {
                    self.active = false;
                    continue;
                }
                // Of ordinary video files.
                Produced::Sound { .. } => continue,
                Produced::SideTrackEnd => {
                    self.side_tracks -= 1;
                    continue;
                }
            };
            return Some(Ok(content));
        }
        self.end().map(Err)
    }
}
