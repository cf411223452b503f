//! The chain for a stream of sound whose input has no video: packets to what outputs take, across all sessions.
//! Where there is a video, sound follows its times: `side_tracks`.

use super::side_tracks::as_recorded;
use super::{Shared, TrackStart};
use crate::audio::alone::{SoundOnlyPacket, alone};
use crate::audio::clips::{AudioItem, ClipRules, Clips};
use crate::error::{Result, error_last};
use crate::input::play::{Items, Place};
use crate::input::session::Feed;
use crate::run::heads::{Head, SoundHead, wrong_head};
use crate::run::plan::Way;
use crate::time::capture_clock::Captures;

/// What outputs take of the sound of one track.
pub(crate) fn sound_only(start: TrackStart, clips: ClipRules) -> Result<Items<AudioItem>> {
    let live = start.track.info().live;
    // A live source may end before the run does.
    let cancel = if live { start.shared.cancel.child() } else { start.shared.cancel.clone() };
    let shared = Shared { cancel, ..start.shared.clone() };
    let start = TrackStart { shared, ..start };
    let window = start.session_window();
    let Way::Sound(plan) = &start.track.plan.way else {
        return Err(wrong_head());
    };
    let time_base = plan.stream.time_base;
    let chain = move |feed: Feed<Head>, place: Place, shared: &Shared| {
        let Head::Sound(SoundHead { audio, capture }) = feed.head else {
            return Err(wrong_head());
        };
        let own = if live { i64::MIN..i64::MAX } else { place.window(&window) };
        let (time_base, tally) = (audio.clock.time_base, shared.tally.clone());
        let packets = feed.packets.until(&shared.cancel);
        let chain = |packets| as_recorded(packets, audio, own, shared.tally.clone());
        Ok(alone(packets, capture, time_base, tally, chain))
    };
    let items = start.played(&Captures::default(), chain)?;
    // The last clip comes before the error that ended it.
    Ok(error_last(items, |items| {
        Clips::new(items.map(SoundOnlyPacket::into_packet), time_base, clips)
    }))
}
