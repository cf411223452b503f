//! The items of a track across the sessions of its input: reconnects of a live source, joined files, rounds of a
//! repeated input. The chain for one session is in `stages`.

use std::ops::Range;

use super::Shared;
use crate::config::InputConfig;
use crate::error::Result;
use crate::event::Warning;
use crate::input::live::{Live, LiveRules};
use crate::input::pace::Pace;
use crate::input::parts::Joined;
use crate::input::play::{Items, Place, Play, PlayRules};
use crate::input::session::{Feed, Subscriber};
use crate::run::heads::Head;
use crate::run::plan::Plan;
use crate::run::planned::PlannedTrack;
use crate::time::capture_clock::{Captures, Epoch};
use crate::time::{Placements, Timed};

/// A track that is about to start.
pub(crate) struct TrackStart {
    pub track: PlannedTrack,
    pub input: InputConfig,
    pub joined: Joined,
    /// The end of a live source is no failure.
    pub may_end: bool,
    pub keep_timestamps: bool,
    pub subscriber: Subscriber<Head>,
    pub epoch: Epoch,
    /// Where the times of its sessions lie, for the sound beside it.
    pub places: Placements,
    pub shared: Shared,
}

impl TrackStart {
    /// For a live source, the range of times spans reconnects, so it is not applied per session.
    pub(super) fn session_window(&self) -> Range<i64> {
        let Plan { window, .. } = &self.track.plan;
        match self.track.info().live {
            true => 0..i64::MAX,
            false if self.joined.untimed => 0..window.end,
            false => window.clone(),
        }
    }

    /// The packets of an input, across reconnects of a live source, joined, repeated, or at real-time speed, as
    /// configured.
    pub(super) fn played<T: Timed + 'static>(
        self,
        captures: &Captures,
        chain: impl Fn(Feed<Head>, Place, &Shared) -> Result<Items<T>> + Send + 'static,
    ) -> Result<Items<T>> {
        let Self { track, input, joined, may_end, keep_timestamps, .. } = self;
        let Self { mut subscriber, epoch, places, shared, .. } = self;
        let InputConfig { repeat, realtime, reconnect, .. } = input;
        let (subject, window) = (track.info().source.clone(), track.plan.window.clone());
        let (tally, cancel) = (shared.tally.clone(), shared.cancel.clone());
        let (begun, first) = (places.clone(), places.of(1).unwrap_or_default());
        let live = track.info().live;
        if reconnect && !live {
            tally.warn(Warning::Other("reconnecting is ignored: it is no live source".into()));
        }
        if repeat > 0 && live {
            tally.warn(Warning::Other("repeating is ignored: it is a live source".into()));
        }
        let mut open = move |place: Place| {
            begun.enter(subscriber.session() + 1);
            if !live {
                begun.put(first.at(place.begin, place.round));
            }
            let feed = subscriber.next_session(place.part)?;
            chain(feed, place, &shared)
        };
        let mut items = open(Place::default())?;
        if live {
            let again = move || open(Place::default());
            let rules =
                LiveRules { subject, reconnect, may_end, keep_timestamps, window, epoch, places };
            let captures = captures.clone();
            items = Box::new(Live::new(items, again, rules, captures, tally, cancel.clone()));
        } else if repeat > 0 || joined.count() > 1 {
            let rules = PlayRules { joined, again: repeat, window };
            items = Box::new(Play::new(items, open, rules, tally, cancel.clone()));
        }
        if track.shift != 0 {
            items = Box::new(items.map(move |item| item.map(|item| earlier(item, track.shift))));
        }
        if realtime {
            items = Box::new(Pace::new(items, cancel));
        }
        Ok(items)
    }
}

/// Shift a frame or sample to an earlier time.
fn earlier<T: Timed>(mut item: T, shift: i64) -> T {
    // The first frame may be slightly before a start that becomes time 0.
    item.set_time((item.time() - shift).max(0));
    item
}
