//! Sets up the reading of one input: which consumer gets which streams, from what position, and what each needs to
//! start.
//! How packets are read is in `input`.

use std::sync::Arc;

use crate::error::Result;
use crate::event::Tally;
use crate::input::parts::Part;
use crate::input::probe::{self, OpenInput, SelectedStream};
use crate::input::reader::{Pace, Route};
use crate::input::rules::DemuxRules;
use crate::input::session::{self, Prepare, SessionRules, Start, Subscriber};
use crate::run::heads::{Head, Preparation, wrong_head};
use crate::run::plan::Way;
use crate::run::planned::PlannedInput;
use crate::text::lines::NoteTimes;
use crate::threads::Spawner;
use crate::time::{TimeBase, rescale};

/// The consumers of an input.
pub(crate) struct Subscribers {
    /// One per track.
    pub tracks: Vec<Subscriber<Head>>,
    /// Present if it has text subtitles.
    pub text: Option<Subscriber<Head>>,
    /// One per stream of sound.
    pub audio: Vec<Subscriber<Head>>,
}

/// How the times of the input's notes map to times of the recording.
pub(crate) fn note_times(input: &PlannedInput, keep_timestamps: bool) -> NoteTimes {
    let (shift, window) = (input.shift(), input.window());
    let shifted = |time: i64| if time == i64::MAX { time } else { (time - shift).max(0) };
    // What is before the beginning of the input belongs to it; what is before a start is left out.
    let start = if window.start == 0 { i64::MIN } else { shifted(window.start) };
    // Chapters and subtitles are those of the first file.
    let retiming = input.audio.retimings.first().cloned().flatten();
    let (zero, begin) = match retiming {
        Some(_) => (input.zero(false), input.begins_at(keep_timestamps).saturating_sub(shift)),
        None => (input.zero(keep_timestamps).saturating_add(shift / 1000), 0),
    };
    NoteTimes { zero, begin, retiming, window: start..shifted(window.end) }
}

/// Settings that are the same for all inputs of a run.
#[derive(Clone, Copy)]
pub(crate) struct ReadingRules {
    pub keep_timestamps: bool,
    /// Threads per decoder; `None` leaves the number to the decoder.
    pub codec_threads: Option<usize>,
}

/// Start reading an input, reopening it if it was closed. `tallies` are those of its tracks.
pub(crate) fn begin(
    input: &mut PlannedInput,
    tallies: &[Arc<Tally>],
    reading: ReadingRules,
    threads: &Spawner,
) -> Result<Subscribers> {
    let taken = || input.tracks.iter().map(|track| &track.taken);
    let open = match input.open.take() {
        Some(open) => OpenInput { input: open, streams: taken().cloned().collect() },
        None => {
            let taken: Vec<SelectedStream> = taken().cloned().collect();
            probe::reopen(&input.spec, &input.config, &taken, threads.cancel())?
        }
    };
    let rules = rules(input, tallies, reading.keep_timestamps);
    let prepare = prepare(input, tallies, reading);
    let mut tracks = session::begin(rules, open, prepare, threads)?;
    let mut side_tracks = tracks.split_off(input.tracks.len());
    let audio = side_tracks.split_off(side_tracks.len() - input.audio.streams.len());
    Ok(Subscribers { tracks, text: side_tracks.pop(), audio })
}

fn rules(input: &PlannedInput, tallies: &[Arc<Tally>], keep_timestamps: bool) -> SessionRules {
    let live = input.is_live();
    let window = input.window();
    let start = Start {
        micros: rescale(window.start, TimeBase::NANOSECONDS, TimeBase::MICROSECONDS),
        on_own_clock: keep_timestamps,
    };
    let first = Part {
        spec: input.spec.clone(),
        config: input.config.clone(),
        streams: input.tracks.iter().map(|track| track.taken.clone()).collect(),
        has_text: !input.text.names.is_empty(),
    };
    SessionRules {
        parts: std::iter::once(first).chain(input.joined.parts.iter().cloned()).collect(),
        start: (window.start > 0).then_some(start),
        pace: Pace {
            live,
            is_file: input.spec.is_file,
            copies: input.tracks.iter().any(|track| matches!(track.plan.way, Way::Copy(_))),
            end: note_times(input, keep_timestamps).read_until(),
        },
        demux: DemuxRules {
            subject: input.spec.display.clone(),
            live,
            is_device: input.spec.is_device,
            timeout: input.spec.timeout,
            // The rest depends on the file.
            ..DemuxRules::default()
        },
        routes: routes(input, tallies),
    }
}

fn routes(input: &PlannedInput, tallies: &[Arc<Tally>]) -> Vec<Route> {
    let videos = input.tracks.iter().zip(tallies).map(|(track, tally)| {
        let stream = &track.taken.stream;
        Route {
            streams: vec![(stream.index, stream.time_base)],
            // A copy must have every packet.
            droppable: stream.intra_only && matches!(track.plan.way, Way::Encode { .. }),
            sparse: false,
            once: false,
            tally: tally.clone(),
        }
    });
    let mut routes: Vec<Route> = videos.collect();
    let subtitles = &input.text.subtitles;
    if !subtitles.is_empty() {
        routes.push(Route {
            streams: subtitles.iter().map(|stream| (stream.index, stream.time_base)).collect(),
            droppable: false,
            sparse: true,
            once: true,
            tally: tallies.first().cloned().unwrap_or_default(),
        });
    }
    routes.extend(input.audio.streams.iter().map(|stream| Route {
        streams: vec![(stream.index, stream.time_base)],
        droppable: false,
        sparse: true,
        once: false,
        tally: tallies.first().cloned().unwrap_or_default(),
    }));
    routes
}

/// What makes the heads: one of each track, then that of the subtitles, if there are any, then those of the sound.
fn prepare(
    input: &PlannedInput,
    tallies: &[Arc<Tally>],
    ReadingRules { keep_timestamps, codec_threads }: ReadingRules,
) -> Box<Prepare<Head>> {
    let tracks = input.tracks.iter().map(|track| Preparation {
        way: track.plan.way.clone(),
        devices: input.devices.clone(),
        codec_threads,
        keep_timestamps,
        spec: input.spec.clone(),
    });
    let tracks: Vec<Preparation> = tracks.collect();
    let (text, audio) = (input.text.clone(), input.audio.clone());
    let tally = tallies.first().cloned().unwrap_or_default();
    let live = input.is_live();
    let first_audio = tracks.len() + usize::from(!text.subtitles.is_empty());
    Box::new(move |nth, part, input| match tracks.get(nth) {
        Some(track) => track.head(input.stream(nth).ok_or_else(wrong_head)?),
        None => Ok(match nth.checked_sub(first_audio) {
            Some(nth) => Head::Audio(audio.head((nth, part), &input.input, live, &tally)),
            None => Head::Text(text.decoders(&mut input.input, &tally)),
        }),
    })
}
