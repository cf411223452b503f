//! Runs filter chains over frames: upright, square pixels, deinterlaced, BT.709 4:2:0, one fixed size.
//! The chains are built in `planner.rs`, `filters.rs` and `fit.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Tally, Warning};
use crate::ffi::{FfmpegError, Frame, Geometry, Graph, Received};
use crate::filter_chain::unknown_filter;
use crate::picture::filters::Note;
use crate::picture::finish::Finish;
use crate::picture::planner::Planner;
use crate::pump::{Codec, Failure, Pump, Sent};
use crate::time::{FrameRate, Timed as _};

/// Filters may make an endless number of frames of a single one. A run that is cancelled takes them for at most this long.
const PATIENCE: Duration = Duration::from_secs(3);
/// Frames that a cancelled run takes of each frame in any case.
const AT_LEAST: u32 = 100;

/// A stage that filters frames, with a new graph whenever their geometry changes.
pub(crate) struct Filter<I, P: Planner>(Pump<I, Graphs<P>>);

impl<I: Iterator<Item = Result<Frame>>, P: Planner> Filter<I, P> {
    /// `threads` filter each picture, by default one for each core.
    pub fn new(
        frames: I,
        planner: P,
        aspect: (i32, i32),
        frame_rate: Option<FrameRate>,
        threads: Option<usize>,
        subject: String,
        tally: Arc<Tally>,
    ) -> Self {
        let graphs = Graphs {
            planner,
            aspect,
            frame_rate,
            threads,
            subject,
            tally,
            current: None,
            unfiltered: None,
            state: State::Filtering,
            cancel: None,
            cancelled: None,
            made: 0,
        };
        Self(Pump::new(frames, graphs))
    }

    /// Does not make frames for ever once the run is cancelled.
    pub fn until(mut self, cancel: &Cancel) -> Self {
        self.0.codec_mut().cancel = Some(cancel.clone());
        self
    }
}

impl<I: Iterator<Item = Result<Frame>>, P: Planner> Iterator for Filter<I, P> {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

/// The graph for the current geometry, and how to build the next one.
struct Graphs<P> {
    planner: P,
    /// Sample aspect ratio from the container, which overrides the frame's own.
    aspect: (i32, i32),
    frame_rate: Option<FrameRate>,
    threads: Option<usize>,
    subject: String,
    tally: Arc<Tally>,
    current: Option<Current>,
    /// A frame that needs no graph.
    unfiltered: Option<Frame>,
    state: State,
    cancel: Option<Cancel>,
    /// When the run was seen to be cancelled.
    cancelled: Option<Instant>,
    /// Frames that were made since one was taken.
    made: u32,
}

struct Current {
    geometry: Geometry,
    /// `None`: frames pass unchanged.
    graph: Option<Graph>,
    finish: Option<Finish>,
    chain: String,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Filtering,
    /// The graph is being drained, to be replaced by one for another geometry.
    Replacing,
    /// The graph is being drained at the end of the stream.
    Ending,
}

impl<P: Planner> Graphs<P> {
    /// The frame's geometry for the planner. Once interlaced, a stream stays interlaced: mixed material switches from
    /// frame to frame, and the deinterlacer passes progressive frames unchanged.
    fn geometry(&self, frame: &Frame) -> Geometry {
        let mut geometry = frame.geometry();
        geometry.interlaced |= self.current.as_ref().is_some_and(|c| c.geometry.interlaced);
        if self.aspect.0 > 0 {
            geometry.aspect = self.aspect;
        }
        geometry
    }

    /// The run is cancelled, and there is no end to what is made of the last frame.
    fn never_ends(&mut self) -> bool {
        self.made = self.made.saturating_add(1);
        if self.made <= AT_LEAST || !self.cancel.as_ref().is_some_and(Cancel::is_cancelled) {
            return false;
        }
        self.cancelled.get_or_insert_with(Instant::now).elapsed() > PATIENCE
    }

    fn graph(&mut self) -> Option<&mut Graph> {
        self.current.as_mut().and_then(|current| current.graph.as_mut())
    }

    /// The geometry of an input or output frame.
    fn failed(&self, error: FfmpegError) -> Failure<Error> {
        let chain = self.current.as_ref().map_or("", |current| &current.chain);
        Failure::Fatal(self.error(&error, chain))
    }

    fn error(&self, cause: &dyn std::fmt::Display, chain: &str) -> Error {
        let (cause, remedy) = unknown_filter(chain).unwrap_or_else(|| {
            (cause.to_string(), format!("the filter chain was `{chain}`").into())
        });
        Error::new(ErrorKind::Filter, &self.subject, cause).with_remedy(remedy)
    }

    fn rebuild(&mut self, geometry: Geometry) -> Result<()> {
        let changed = self.current.is_some();
        let planned = self.planner.plan(&geometry);
        match planned.note {
            Some(Note::NoToneMapping) => self.tally.warn(Warning::NoToneMapping),
            Some(Note::MatrixIgnored(name)) => {
                self.tally.warn(Warning::MatrixIgnored(name.to_owned()));
            }
            Some(Note::AspectIgnored(n, d)) => {
                self.tally.warn(Warning::AspectIgnored(format!("{n}:{d}")))
            }
            Some(Note::RangeIgnored) => self.tally.warn(Warning::RangeIgnored),
            None => {}
        }
        if changed && self.planner.finishes() {
            let what = format!("{}x{} {}", geometry.width, geometry.height, geometry.format_name);
            self.tally.warn(Warning::PictureChanged(what));
        }
        let chain = planned.text();
        let graph = if chain.is_empty() {
            None
        } else {
            let built =
                Graph::new(&geometry, geometry.matrix, self.frame_rate, &chain, self.threads);
            Some(built.map_err(|error| self.error(&error, &chain))?)
        };
        self.current = Some(Current { geometry, graph, finish: planned.finish, chain });
        Ok(())
    }
}

impl<P: Planner> Codec for Graphs<P> {
    type Input = Frame;
    type Output = Frame;
    type Error = Error;

    fn prepare(&mut self, _frame: &Frame) {
        self.made = 0;
    }

    fn send(&mut self, frame: Option<Frame>) -> Result<Sent<Frame>, Failure<Error>> {
        let Some(frame) = frame else {
            self.state = State::Ending;
            let ended = self.graph().map_or(Ok(()), |graph| graph.end(None));
            ended.map_err(|error| self.failed(error))?;
            return Ok(Sent::Taken);
        };
        let geometry = self.geometry(&frame);
        if self.current.as_ref().is_none_or(|current| current.geometry != geometry) {
            // Drain the old graph before the new one starts, so that no frame is lost.
            if let Some(graph) = self.graph() {
                graph.end(Some(frame.time())).map_err(|error| self.failed(error))?;
                self.state = State::Replacing;
                return Ok(Sent::Refused(Some(frame)));
            }
            self.rebuild(geometry)?;
        }
        match self.graph() {
            Some(graph) => graph.send(frame).map_err(|error| self.failed(error))?,
            None => self.unfiltered = Some(frame),
        }
        Ok(Sent::Taken)
    }

    fn receive(&mut self) -> Result<Received<Frame>, Failure<Error>> {
        let mut received = match (self.unfiltered.take(), self.graph()) {
            (Some(frame), _) => Received::Output(frame),
            (None, Some(graph)) => graph.receive().map_err(|error| self.failed(error))?,
            (None, None) => Received::NeedsInput,
        };
        if matches!(received, Received::Output(_)) && self.never_ends() {
            return Ok(Received::End);
        }
        match &mut received {
            Received::Output(frame) if self.planner.finishes() => {
                if let Some(finish) = self.current.as_ref().and_then(|current| current.finish) {
                    *frame = finish
                        .apply(frame, self.threads)
                        .map_err(|error| self.failed(error.into()))?;
                }
                frame.tag_bt709();
            }
            Received::NeedsInput | Received::End if self.state == State::Replacing => {
                self.state = State::Filtering;
                if let Some(current) = &mut self.current {
                    current.graph = None;
                }
                return Ok(Received::NeedsInput);
            }
            _ => {}
        }
        Ok(received)
    }

    fn give_up(&self, last: FfmpegError) -> Error {
        self.error(&last, "")
    }
}
