//! From what a run is told to open inputs, each with its plan: the last step before anything is decoded.
//! It decides nothing itself: what is copied is for `copy`, what is encoded for `run::plan`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use crate::config::{CodecChoice, Config, InputConfig};
use crate::copy::examine::{Judging, examine};
use crate::copy::remux::refused;
use crate::copy::verdict::Copyable;
use crate::copy::watch::Watch;
use crate::devices;
use crate::encode::table::EncoderRow;
use crate::encode::trial;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Warning};
use crate::input::find::{find, is_live};
use crate::input::probe::{self, Opened};
use crate::picture::hardware::Devices;
use crate::run::accounts::Run;
use crate::run::plan::{Plan, Way};
use crate::run::track::Track;
use crate::source::OpenSpec;
use crate::text::beside::Beside;
use crate::threads::Spawner;

/// A track before its threads: what to read and how.
pub(crate) struct Opening {
    pub opened: Opened,
    pub spec: OpenSpec,
    pub input: InputConfig,
    pub plan: Plan,
    /// The hardware that decodes, one for all inputs.
    devices: Arc<Devices>,
    /// Chapters and subtitles, with the first stream of an input.
    pub beside: Beside,
    /// Wall-clock time of time 0.
    epoch: Option<i64>,
}

impl Opening {
    /// Time 0 of the recording, in microseconds on the input's clock.
    pub fn zero(&self, keep_timestamps: bool) -> i64 {
        if keep_timestamps { 0 } else { self.opened.input.start_time().unwrap_or(0) }
    }

    /// What the user should know before the first frame.
    fn warnings(&self) -> Vec<Warning> {
        let mut warnings = self.plan.warnings();
        warnings.extend(self.spec.warnings.iter().cloned());
        let changed = devices::changed(&self.spec, &self.opened.stream);
        warnings.extend(changed.map(Warning::Other));
        warnings
    }

    /// Close what has to wait, once as many are open `at_once` as may be.
    fn turn(self, at_once: &mut usize) -> Turn {
        if !self.waits() || !self.spec.is_file || *at_once > 0 {
            *at_once = at_once.saturating_sub(usize::from(self.waits()));
            return Turn::Now(Box::new(self));
        }
        let Self { opened, spec, input, plan, devices, beside, epoch } = self;
        let stream = opened.stream.index;
        Turn::Later(Box::new(Closed { spec, input, stream, plan, devices, beside, epoch }))
    }

    fn waits(&self) -> bool {
        !self.is_endless() && !self.input.realtime
    }

    /// It is live, or repeated until the run is ended.
    fn is_endless(&self) -> bool {
        self.opened.info.live || self.input.repeat == u32::MAX
    }

    fn track(&self, keep_timestamps: bool) -> Track {
        // The wall clock is that of the input's beginning, wherever its timestamps are.
        let begin = self.opened.input.start_time().unwrap_or(0) - self.zero(keep_timestamps);
        let epoch = self.epoch.map(|epoch| epoch.saturating_sub(begin.saturating_mul(1000)));
        let (info, lines) = (self.opened.info.clone(), self.beside.lines.clone());
        Track::new(info, self.plan.codec(), self.plan.describe(), lines, epoch)
            .with_part(&self.input.window().unwrap_or_else(|_| self.plan.window.clone()))
            .with_endless(self.is_endless())
    }
}

/// A track whose turn has come, or not yet.
pub(crate) enum Turn {
    Now(Box<Opening>),
    /// A file that is closed meanwhile: what FFmpeg read to probe it would stay in memory.
    Later(Box<Closed>),
}

impl Turn {
    /// It may wait until others are done: it is a file with an end, read as fast as it goes.
    pub fn waits(&self) -> bool {
        match self {
            Self::Now(opening) => opening.waits(),
            Self::Later(_) => true,
        }
    }

    pub fn has_notes(&self) -> bool {
        let beside = match self {
            Self::Now(opening) => &opening.beside,
            Self::Later(closed) => &closed.beside,
        };
        !beside.lines.is_empty()
    }

    /// Of a copy that is judged while it is made.
    pub fn watch(&self) -> Option<&Watch> {
        let plan = match self {
            Self::Now(opening) => &opening.plan,
            Self::Later(closed) => &closed.plan,
        };
        match &plan.way {
            Way::Copy(as_is) => as_is.watch.as_ref(),
            Way::Encode { .. } => None,
        }
    }

    /// The hardware that decodes.
    pub fn devices(&self) -> &Arc<Devices> {
        match self {
            Self::Now(opening) => &opening.devices,
            Self::Later(closed) => &closed.devices,
        }
    }

    pub fn take(self, cancel: &Cancel) -> Result<Opening> {
        match self {
            Self::Now(opening) => Ok(*opening),
            Self::Later(closed) => closed.open(cancel),
        }
    }
}

/// All of an [`Opening`] but the open input.
pub(crate) struct Closed {
    spec: OpenSpec,
    input: InputConfig,
    stream: usize,
    plan: Plan,
    devices: Arc<Devices>,
    beside: Beside,
    epoch: Option<i64>,
}

impl Closed {
    fn open(self, cancel: &Cancel) -> Result<Opening> {
        let Self { spec, input, stream, plan, devices, beside, epoch } = self;
        let opened = probe::again(&spec, &input, stream, cancel)?;
        Ok(Opening { opened, spec, input, plan, devices, beside, epoch })
    }
}

/// How many files are converted side by side.
pub(crate) fn side_by_side(config: &Config) -> usize {
    let cores = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    config.jobs.unwrap_or_else(cores).get()
}

/// Open every input and decide what is done with it.
pub(crate) fn open(
    config: &Config,
    judging: &Judging,
    threads: &Spawner,
) -> Result<(Run, Vec<Turn>)> {
    let cancel = threads.cancel();
    let (mut turns, mut tracks, mut absent) = (Vec::new(), Vec::new(), Vec::new());
    let several = config.inputs.len() > 1;
    let devices = Arc::new(Devices::open(&config.video.hwaccel)?);
    let tried = RefCell::new(BTreeMap::new());
    // A trial takes a while on some hardware; its answer holds for all inputs.
    let works = |row: &'static EncoderRow| {
        let mut tried = tried.borrow_mut();
        tried.entry(row.name).or_insert_with(|| trial::works(row)).clone()
    };
    let mut at_once = side_by_side(config);
    for (input, found) in config.inputs.iter().zip(find(&config.inputs, threads)) {
        let (spec, streams) = match found {
            Ok(found) => found,
            // One source that is not there does not stop the others.
            Err(error) if several && is_live(input) && !cancel.is_cancelled() => {
                absent.push(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        for (nth, mut opened) in streams.into_iter().enumerate() {
            let beside = if config.recording.metadata && nth == 0 {
                Beside::find(&mut opened.input, &spec)
            } else {
                Beside::default()
            };
            let settled = Settled { spec: &spec, input, config, judging, devices: &devices };
            let opening = plan(opened, &settled, works, beside, threads)?;
            let track = opening.track(config.recording.keep_timestamps);
            opening.warnings().into_iter().for_each(|warning| track.warn(warning));
            tracks.push(track);
            turns.push(opening.turn(&mut at_once));
        }
    }
    if turns.is_empty() {
        let none = || Error::new(ErrorKind::Config, "the inputs", "there is none");
        return Err(absent.into_iter().next().unwrap_or_else(none));
    }
    Ok((Run::new(tracks, absent, config), turns))
}

/// What is known of an input before it is planned.
struct Settled<'a> {
    spec: &'a OpenSpec,
    input: &'a InputConfig,
    config: &'a Config,
    judging: &'a Judging,
    devices: &'a Arc<Devices>,
}

fn plan(
    opened: Opened,
    &Settled { spec, input, config, judging, devices }: &Settled<'_>,
    works: impl Fn(&'static EncoderRow) -> Result<(), String>,
    beside: Beside,
    threads: &Spawner,
) -> Result<Opening> {
    let copyable = match config.video.codec {
        CodecChoice::Encode(_) => None,
        choice => {
            let keep = config.recording.keep_timestamps;
            let verdict = examine(&opened, spec, input, &config.video, keep, judging, threads)?;
            Some((choice == CodecChoice::Copy, verdict))
        }
    };
    let copyable = match copyable {
        Some((true, Err(refusal))) => return Err(refused(&opened.info.source, &refusal)),
        Some((forced, verdict)) => Some(Copyable { forced, verdict }),
        None => None,
    };
    let average = opened.stream.average_rate;
    let plan = Plan::new(&opened.info, average, input, &config.video, copyable, works)?;
    let epoch = match config.recording.start_time {
        Some(start) => Some(start.of(&opened.info)?),
        None => None,
    };
    let (spec, input, devices) = (spec.clone(), input.clone(), devices.clone());
    Ok(Opening { opened, spec, input, plan, devices, beside, epoch })
}
