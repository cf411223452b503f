//! Runs filter chains over frames: upright, square, deinterlaced, BT.709 4:2:0, one size for good.
//! What the chains say is decided in `planner.rs` and `filters.rs`.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::event::{Tally, Warning};
use crate::ffi::{Frame, Geometry, Graph, Received};
use crate::picture::filters::Note;
use crate::picture::planner::Planner;
use crate::time::FrameRate;

/// A stage that filters frames, with a new graph whenever their geometry changes.
pub(crate) struct Filter<I, P> {
    frames: I,
    planner: P,
    /// Shape of a pixel by the container, which wins over the frame's own.
    aspect: (i32, i32),
    frame_rate: Option<FrameRate>,
    subject: String,
    tally: Arc<Tally>,
    now: Option<Current>,
    /// A frame that needs a new graph, while the old one is emptied.
    waiting: Option<Frame>,
    state: State,
    error: Option<Error>,
}

struct Current {
    geometry: Geometry,
    /// `None`: frames pass as they are.
    graph: Option<Graph>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Filtering,
    /// The graph was told the end; it gives out what it holds.
    Draining,
    Done,
}

impl<I: Iterator<Item = Result<Frame>>, P: Planner> Filter<I, P> {
    pub fn new(
        frames: I,
        planner: P,
        aspect: (i32, i32),
        frame_rate: Option<FrameRate>,
        subject: String,
        tally: Arc<Tally>,
    ) -> Self {
        Self {
            frames,
            planner,
            aspect,
            frame_rate,
            subject,
            tally,
            now: None,
            waiting: None,
            state: State::Filtering,
            error: None,
        }
    }

    /// The frame's geometry as the planner is to see it. Once interlaced, a stream stays so: mixed material switches
    /// from frame to frame, and the deinterlacer itself lets progressive frames pass.
    fn geometry(&self, frame: &Frame) -> Geometry {
        let mut geometry = frame.geometry();
        geometry.interlaced |= self.now.as_ref().is_some_and(|n| n.geometry.interlaced);
        if self.aspect.0 > 0 {
            geometry.aspect = self.aspect;
        }
        geometry
    }

    fn fail(&self, cause: impl std::fmt::Display, chain: &str) -> Error {
        let cause = cause.to_string();
        let remedy = match cause.starts_with("No such filter") {
            true => crate::input::open::filter_remedy(&cause),
            false => format!("the filter chain was `{chain}`").into(),
        };
        Error::new(ErrorKind::Filter, &self.subject, cause).with_remedy(remedy)
    }

    fn rebuild(&mut self, geometry: Geometry) -> Result<()> {
        let changed = self.now.is_some();
        let chain = self.planner.plan(&geometry);
        match chain.note {
            Some(Note::NoToneMapping) => self.tally.warn(Warning::NoToneMapping),
            Some(Note::AspectIgnored(n, d)) => {
                self.tally.warn(Warning::AspectIgnored(format!("{n}:{d}")))
            }
            None => {}
        }
        if changed && self.planner.finishes() {
            let what = format!("{}x{} {}", geometry.width, geometry.height, geometry.format_name);
            self.tally.warn(Warning::PictureChanged(what));
        }
        let graph = if chain.filters.is_empty() {
            None
        } else {
            let text = chain.filters.join(",");
            let graph = Graph::new(&geometry, geometry.matrix, self.frame_rate, &text)
                .map_err(|e| self.fail(e, &text))?;
            Some(graph)
        };
        self.now = Some(Current { geometry, graph });
        Ok(())
    }

    /// Take in a frame; what comes straight through is given back.
    fn push(&mut self, frame: Frame) -> Result<Option<Frame>> {
        let geometry = self.geometry(&frame);
        if self.now.as_ref().is_none_or(|n| n.geometry != geometry) {
            // The old graph gives out what it holds before the new one starts, so that no frame is lost.
            if let Some(graph) = self.graph() {
                graph.send(None).map_err(|e| self.fail(e, "the end"))?;
                self.waiting = Some(frame);
                self.state = State::Draining;
                return Ok(None);
            }
            self.rebuild(geometry)?;
        }
        match self.graph() {
            Some(graph) => {
                graph.send(Some(frame)).map_err(|e| self.fail(e, "a frame"))?;
                Ok(None)
            }
            None => Ok(Some(frame)),
        }
    }

    fn graph(&mut self) -> Option<&mut Graph> {
        self.now.as_mut().and_then(|n| n.graph.as_mut())
    }

    fn pull(&mut self) -> Result<Option<Frame>> {
        let Some(graph) = self.graph() else {
            return Ok(None);
        };
        match graph.receive() {
            Ok(Received::Output(frame)) => Ok(Some(frame)),
            Ok(Received::NeedsInput | Received::End) => Ok(None),
            Err(error) => Err(self.fail(error, "a frame out")),
        }
    }

    /// One step: a frame, or `None` when there is none yet.
    fn step(&mut self) -> Result<Option<Frame>> {
        if let Some(frame) = self.pull()? {
            return Ok(Some(frame));
        }
        if self.state == State::Draining {
            // Emptied. Either a frame waits for its new graph, or this is the end.
            let Some(frame) = self.waiting.take() else {
                self.state = State::Done;
                return Ok(None);
            };
            self.state = State::Filtering;
            if let Some(now) = self.now.as_mut() {
                now.graph = None;
            }
            let geometry = self.geometry(&frame);
            self.rebuild(geometry)?;
            return self.push(frame);
        }
        match self.frames.next() {
            Some(Ok(frame)) => self.push(frame),
            end => {
                self.error = end.and_then(Result::err);
                self.state = State::Draining;
                if let Some(graph) = self.graph() {
                    graph.send(None).map_err(|e| self.fail(e, "the end"))?;
                }
                Ok(None)
            }
        }
    }
}

impl<I: Iterator<Item = Result<Frame>>, P: Planner> Iterator for Filter<I, P> {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.state != State::Done {
            match self.step() {
                Ok(Some(mut frame)) => {
                    if self.planner.finishes() {
                        frame.tag_bt709();
                    }
                    return Some(Ok(frame));
                }
                Ok(None) => {}
                Err(error) => {
                    self.state = State::Done;
                    self.error = None;
                    return Some(Err(error));
                }
            }
        }
        self.error.take().map(Err)
    }
}
