//! The chains for side tracks: subtitles and sound.
//! The threads that they run on are in `jobs`.

use std::ops::Range;
use std::sync::Arc;

use crate::audio::catch_up::CatchUp;
use crate::audio::clips::{AudioItem, ClipRules, Clips};
use crate::audio::copy::CopyAudio;
use crate::audio::decode::DecodeAudio;
use crate::audio::encode::EncodeAudio;
use crate::audio::first_packet::FirstPacket;
use crate::audio::packet::AudioPacket;
use crate::audio::place::{PlaceAudio, PlaceRules};
use crate::audio::readable::Readable;
use crate::audio::streams::{AudioHead, AudioWay};
use crate::error::Result;
use crate::event::{Cancel, Tally};
use crate::ffi::Packet;
use crate::input::session::{Feed, Subscriber};
use crate::run::heads::{Head, wrong_head};
use crate::text::lines::{NoteTimes, Subtitles};
use crate::text::note::Note;
use crate::time::Placements;

/// The subtitles of an input.
pub(crate) fn subtitles(
    mut subscriber: Subscriber<Head>,
    times: NoteTimes,
    tally: Arc<Tally>,
    cancel: &Cancel,
) -> Result<impl Iterator<Item = Note> + use<>> {
    let Feed { head: Head::Text(decoders), packets } = subscriber.next_session(0)? else {
        return Err(wrong_head());
    };
    Ok(Subtitles::new(packets.until(cancel), decoders, times, tally))
}

/// The sound of a stream of an input, about to start.
pub(crate) struct AudioStart {
    pub subscriber: Subscriber<Head>,
    pub live: bool,
    /// The range of times of the recording, in nanoseconds.
    pub window: Range<i64>,
    pub places: Placements,
    pub clips: ClipRules,
    pub cancel: Cancel,
}

/// The chain of one stream of sound, from packets to what outputs take, across all sessions of its input.
pub(crate) fn sound(start: AudioStart) -> impl Iterator<Item = AudioItem> {
    let AudioStart { mut subscriber, live, window, places, clips, cancel } = start;
    let tally = clips.tally.clone();
    let sessions = std::iter::from_fn(move || {
        let Feed { head, packets } = subscriber.join_session(&cancel)?.ok()?;
        let Head::Audio(Some(head)) = head else { return None };
        let session = subscriber.session();
        let own = if live {
            // Where it lies is known with its first picture.
            i64::MIN..i64::MAX
        } else {
            subscriber.wait_for_video(|| places.of(session).is_some(), &cancel);
            places.of(session)?.own(&window)
        };
        let (packets, tally) =
            (Readable::new(packets.until(&cancel), tally.clone()), tally.clone());
        let time_base = head.clock.time_base;
        let packets = as_recorded(packets, head, own, tally);
        let end = if live { window.end } else { i64::MAX };
        let rules = PlaceRules { places: places.clone(), session, end };
        Some(Clips::new(PlaceAudio::new(packets, rules), time_base, clips.clone()))
    });
    sessions.flatten()
}

/// Packets of one stream as they are recorded: copied or encoded, those in the range `own` of the stream's own times.
pub(crate) fn as_recorded<I: Iterator<Item = Packet> + Send + 'static>(
    packets: I,
    AudioHead { form, clock }: AudioHead,
    own: Range<i64>,
    tally: Arc<Tally>,
) -> Box<dyn Iterator<Item = AudioPacket> + Send> {
    let heard = clock.clone();
    let packets = CatchUp::new(packets)
        .filter(move |packet| packet.time().is_none_or(|ticks| heard.is_heard(ticks)));
    match form {
        AudioWay::Copy(form) => {
            let (time_base, retimed) = (clock.time_base, clock.retiming.is_some());
            let copied = CopyAudio::new(packets, form, clock, own, tally);
            match retimed {
                true => Box::new(copied),
                false => Box::new(FirstPacket::new(copied, time_base)),
            }
        }
        AudioWay::Encode { decoder, codec, gives } => {
            let (time_base, retimed) = (clock.time_base, clock.retiming.is_some());
            let frames = DecodeAudio::frames(packets, decoder, clock, tally.clone());
            let encode = EncodeAudio::new(frames, time_base, codec, own, tally).with_planned(gives);
            Box::new(encode.retimed(retimed))
        }
    }
}
