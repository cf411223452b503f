//! The messages from the threads of a run to the one that logs, and sending the items of a chain as messages.
//! They are consumed in `drive`.

use crate::audio::clip::AudioClip;
use crate::audio::clips::AudioItem;
use crate::audio::packet::AudioPacket;
use crate::error::Result;
use crate::input::play::Items;
use crate::sample::Sample;
use crate::text::note::Note;
use crate::threads::caught;
use crate::threads::mailbox::{Sender, Unwanted};

/// A message from a track.
pub(crate) enum Produced {
    Sample(Result<Sample>),
    Note(Note),
    Clip(AudioClip),
    /// A packet of a stream of sound, for ordinary video files.
    Sound {
        line: usize,
        packet: Box<AudioPacket>,
    },
    /// The track has ended.
    End,
    /// The notes of the input, or one of its streams of sound, have ended.
    SideTrackEnd,
}

impl Produced {
    /// What outputs take of a stream of sound.
    pub(super) fn of_sound(line: usize, item: AudioItem) -> Self {
        match item {
            AudioItem::Clip(clip) => Self::Clip(clip),
            AudioItem::Packet(packet) => Self::Sound { line, packet: Box::new(packet) },
        }
    }

    /// Send what a track produced: samples and packets are many, and everything else is rare.
    pub(super) fn send_to(self, out: &Out, track: usize) -> Result<(), Unwanted> {
        match self {
            Self::Sample(Ok(_)) | Self::Sound { .. } => out.send_one_of_many((track, self)),
            _ => out.send((track, self)),
        }
    }
}

pub(super) type Out = Sender<(usize, Produced)>;

/// Send the items of a chain. If the chain fails to start or panics, the last item is that error: a track that broke
/// off must not look like a shorter recording.
pub(super) fn send_all<T, E>(
    chain: impl FnOnce() -> Result<Items<T>>,
    mut send: impl FnMut(Result<T>) -> Result<(), E>,
) -> Result<(), E> {
    let sent = caught("the stages of a track", || match chain() {
        Ok(mut items) => items.try_for_each(&mut send),
        Err(error) => send(Err(error)),
    });
    sent.unwrap_or_else(|panic| send(Err(panic)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};

    fn sent(chain: impl FnOnce() -> Result<Items<u8>>) -> Vec<Result<u8>> {
        let mut sent = Vec::new();
        send_all(chain, |item| {
            sent.push(item);
            Ok::<(), ()>(())
        })
        .unwrap();
        sent
    }

    #[test]
    fn a_stage_that_panics_is_an_error_and_not_an_end() {
        let items = (0..3).map(|n| if n == 2 { panic!("on purpose") } else { Ok(n) });
        let broken = || -> Result<Items<u8>> { Ok(Box::new(items)) };
        let sent = sent(broken);
        assert_eq!(sent[..2], [Ok(0), Ok(1)]);
        let error = sent[2].as_ref().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(error.cause().contains("on purpose"), "{error}");
    }

    #[test]
    fn a_chain_that_does_not_begin_is_an_error() {
        let refused = Error::new(ErrorKind::Decode, "x", "y");
        assert_eq!(sent(|| Err(refused.clone())), [Err(refused)]);
    }
}
