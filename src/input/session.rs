//! One session is an input from opening to its end. All consumers share it; repeating or reconnecting opens the next
//! one.
//! What the consumers do is decided in `run`.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::devices;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;
use crate::ffi::Packet;
use crate::input::demux::Demux;
use crate::input::parts::Part;
use crate::input::probe::{self, OpenInput};
use crate::input::reader::{self, Pace, Route};
use crate::input::rules::{DemuxRules, Wanted};
use crate::input::seek;
use crate::source;
use crate::threads::Spawner;
use crate::threads::queue::Consumer;

/// How an input is opened and read, in every session.
pub(crate) struct SessionRules {
    /// Its files; several if they are joined.
    pub parts: Vec<Part>,
    /// Where to start in the first file, if not at its beginning.
    pub start: Option<Start>,
    pub pace: Pace,
    pub demux: DemuxRules,
    /// One per consumer; those of video streams first, in the order of the input's streams. With the streams of the
    /// first file.
    pub routes: Vec<Route>,
}

impl SessionRules {
    /// The routes for one of the files.
    fn routes(&self, part: usize) -> Vec<Route> {
        let mut routes = self.routes.clone();
        for (route, taken) in routes.iter_mut().zip(&self.parts[part].streams) {
            route.streams = vec![(taken.stream.index, taken.stream.time_base)];
        }
        routes
    }
}

/// Where to start reading an input.
pub(crate) struct Start {
    pub micros: i64,
    /// A time on the input's own clock, not relative to its earliest timestamp.
    pub on_own_clock: bool,
}

/// Builds what a consumer needs from an open input besides packets, such as a decoder: by the number of the consumer,
/// and of the file of the input.
pub(crate) type Prepare<H> = dyn Fn(usize, usize, &mut OpenInput) -> Result<H> + Send + Sync;

/// What one consumer gets for one session.
pub(crate) struct Feed<H> {
    pub head: H,
    pub packets: Consumer<Packet>,
}

/// How often to look for cancellation while waiting for a session.
const LOOK: Duration = Duration::from_millis(100);

struct Sessions<H> {
    rules: SessionRules,
    prepare: Box<Prepare<H>>,
    threads: Spawner,
    state: Mutex<State<H>>,
    /// A session began, or a consumer is gone.
    changed: Condvar,
}

struct State<H> {
    /// Number of sessions so far.
    number: u64,
    /// Shares of the current session that were not yet taken.
    feeds: Vec<Option<Result<Feed<H>>>>,
    /// Consumers that are gone.
    gone: Vec<bool>,
}

/// One consumer of an input.
pub(crate) struct Subscriber<H> {
    sessions: Arc<Sessions<H>>,
    nth: usize,
    seen: u64,
}

/// Start reading an open input. Returns a subscriber for each route.
pub(crate) fn begin<H>(
    rules: SessionRules,
    input: OpenInput,
    prepare: Box<Prepare<H>>,
    threads: &Spawner,
) -> Result<Vec<Subscriber<H>>> {
    let count = rules.routes.len();
    let state = State { number: 0, feeds: Vec::new(), gone: vec![false; count] };
    let (threads, state) = (threads.clone(), Mutex::new(state));
    let changed = Condvar::new();
    let sessions = Arc::new(Sessions { rules, prepare, threads, state, changed });
    sessions.begin(&mut sessions.lock(), 0, input)?;
    let subscriber = |nth| Subscriber { sessions: sessions.clone(), nth, seen: 0 };
    Ok((0..count).map(subscriber).collect())
}

impl<H> Sessions<H> {
    fn lock(&self) -> MutexGuard<'_, State<H>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, state: &mut State<H>, part: usize, mut input: OpenInput) -> Result<()> {
        let SessionRules { parts, start, demux, pace, .. } = &self.rules;
        let (Part { spec, config, .. }, routes) = (&parts[part], self.rules.routes(part));
        let wanted = |nth: usize| {
            let again = state.number > 0 && routes[nth].once;
            !state.gone[nth] && !again
        };
        let streams = routes.iter().enumerate().filter(|(nth, _)| wanted(*nth));
        let streams: Vec<usize> =
            streams.flat_map(|(_, route)| route.streams.iter().map(|s| s.0)).collect();
        input.input.keep_only(&streams);
        // If frames get times by number, counting must start at the first frame.
        let first = match start.as_ref().filter(|_| part == 0 && !input.counts_frames()) {
            Some(start) => {
                let zero = input.input.start_time().filter(|_| !start.on_own_clock).unwrap_or(0);
                let micros = zero.saturating_add(start.micros);
                seek::go_to(&mut input, spec, &streams, micros, self.threads.cancel())?
            }
            None => Vec::new(),
        };
        // The search for a keyframe may have reopened the input.
        probe::keep(&mut input.input, &streams, config.stream);
        let heads: Vec<_> = (0..routes.len())
            .map(|nth| wanted(nth).then(|| (self.prepare)(nth, part, &mut input)))
            .collect();
        let cancel = self.threads.cancel().child();
        let tally = routes.first().map(|route| route.tally.clone()).unwrap_or_default();
        let subject = spec.display.clone();
        let demux = DemuxRules {
            subject,
            lacks_end: spec.lacks_end,
            lacks_last_segment: spec.lacks_last_segment,
            other_codec: spec.other_codec.clone(),
            ..demux.clone()
        };
        let videos = routes.iter().filter(|route| !route.sparse);
        let videos = videos.flat_map(|route| route.streams.iter().map(|s| s.0)).collect();
        let wanted = Wanted { streams, videos };
        let demux = Demux::new(input.input, wanted, demux, tally, cancel.clone());
        let consumers = reader::read(&self.threads, first, demux, &routes, *pace, cancel)?;
        let feed = |(head, packets): (Option<Result<H>>, _)| {
            Some(head?.map(|head| Feed { head, packets }))
        };
        state.feeds = heads.into_iter().zip(consumers).map(feed).collect();
        state.number += 1;
        self.changed.notify_all();
        Ok(())
    }
}

impl<H> Sessions<H> {
    fn take(&self, state: &mut State<H>, nth: usize) -> Result<Feed<H>> {
        let feed = state.feeds.get_mut(nth).and_then(Option::take);
        let none =
            || Err(Error::new(ErrorKind::Internal, &self.rules.demux.subject, "taken twice"));
        feed.unwrap_or_else(none)
    }
}

impl<H> Subscriber<H> {
    /// This consumer's share of the next session, which reads this file of the input. The first consumer to ask opens
    /// it.
    pub fn next_session(&mut self, part: usize) -> Result<Feed<H>> {
        let sessions = &self.sessions;
        let mut state = sessions.lock();
        if state.number == self.seen {
            let Part { spec, config, streams, .. } = &sessions.rules.parts[part];
            // A camera that was unplugged may come back as another device.
            let spec = &match spec.is_device {
                true => devices::settle(source::resolve(config)?, config)?,
                false => spec.clone(),
            };
            let input = probe::reopen(spec, config, streams, sessions.threads.cancel())?;
            sessions.begin(&mut state, part, input)?;
        }
        self.seen = state.number;
        sessions.take(&mut state, self.nth)
    }

    /// This consumer's share of the next session, once a video has opened it. `None` if there will be none.
    pub fn join_session(&mut self, cancel: &Cancel) -> Option<Result<Feed<H>>> {
        let sessions = &self.sessions;
        let routes = &sessions.rules.routes;
        let mut state = sessions.lock();
        while state.number == self.seen {
            let mut videos = routes.iter().zip(&state.gone).filter(|(route, _)| !route.sparse);
            if cancel.is_cancelled() || videos.all(|(_, gone)| *gone) {
                return None;
            }
            let waited = sessions.changed.wait_timeout(state, LOOK);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        self.seen = state.number;
        Some(sessions.take(&mut state, self.nth))
    }

    /// Wait until `ready`. `false` if the first video is gone before, or the run was cancelled.
    pub fn wait_for_video(&self, ready: impl Fn() -> bool, cancel: &Cancel) -> bool {
        let sessions = &self.sessions;
        let mut state = sessions.lock();
        while !ready() {
            if cancel.is_cancelled() || state.gone.first() == Some(&true) {
                return false;
            }
            let waited = sessions.changed.wait_timeout(state, LOOK);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// The number of the session that was taken last, from 1.
    pub fn session(&self) -> u64 {
        self.seen
    }
}

impl<H> Drop for Subscriber<H> {
    fn drop(&mut self) {
        // Drop the queue, so that the others do not wait for it.
        let mut state = self.sessions.lock();
        state.gone[self.nth] = true;
        if let Some(feed) = state.feeds.get_mut(self.nth) {
            feed.take();
        }
        self.sessions.changed.notify_all();
    }
}
