//! Feeds a codec, a filter graph or a bitstream filter with the items of an iterator, and drains it at the end: one
//! state machine for all of them. Each of them words its own errors.

use crate::error::{Error, Result};
use crate::ffi::{FfmpegError, Received};

/// As many failures in a row to give an output mean that none will come: some codecs report the same failure for ever.
const MOST_FAILURES: u32 = 1000;

/// What takes inputs and gives outputs, not necessarily one for one, nor at once.
pub(crate) trait Codec {
    type Input;
    type Output;
    type Error: From<Error>;

    /// Called once for each input, before it is sent.
    fn prepare(&mut self, _input: &Self::Input) {}

    /// Send an input, or `None` at the end.
    fn send(
        &mut self,
        input: Option<Self::Input>,
    ) -> Result<Sent<Self::Input>, Failure<Self::Error>>;

    /// The next output. After [`Received::NeedsInput`] an input is sent, or else nothing more is received.
    fn receive(&mut self) -> Result<Received<Self::Output>, Failure<Self::Error>>;

    /// Count an input that was damaged and is left out.
    fn skip(&mut self) {}

    /// The error of a codec that does nothing but fail.
    fn give_up(&self, last: FfmpegError) -> Self::Error;
}

/// What became of an input.
#[derive(Debug, PartialEq)]
pub(crate) enum Sent<T> {
    Taken,
    /// Outputs have to be received before it can be sent again.
    Refused(Option<T>),
}

/// Why an input was not taken, or an output not given.
#[derive(Debug, PartialEq)]
pub(crate) enum Failure<E> {
    /// One input is lost. Those that follow may be whole.
    Damaged(FfmpegError),
    /// Nothing more can be done.
    Fatal(E),
}

impl<E> From<E> for Failure<E> {
    fn from(error: E) -> Self {
        Self::Fatal(error)
    }
}

/// The outputs of a codec for the inputs of an iterator.
///
/// When the inputs end with an error, it comes after all outputs. After an error there is nothing more.
pub(crate) struct Pump<I, C: Codec> {
    inputs: I,
    codec: C,
    /// What was refused, to be sent again.
    refused: Option<Option<C::Input>>,
    /// Receives that failed, one after the other.
    failures: u32,
    state: State,
    /// Why the inputs ended.
    error: Option<Error>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Feeding,
    /// The codec is being drained.
    Draining,
    Done,
}

impl<I, C> Pump<I, C>
where
    I: Iterator<Item = Result<C::Input>>,
    C: Codec,
{
    pub fn new(inputs: I, codec: C) -> Self {
        Self { inputs, codec, refused: None, failures: 0, state: State::Feeding, error: None }
    }

    pub fn codec(&self) -> &C {
        &self.codec
    }

    pub fn codec_mut(&mut self) -> &mut C {
        &mut self.codec
    }

    /// Send the next input, or the end.
    fn feed(&mut self) -> Result<(), C::Error> {
        let again = self.refused.take();
        let is_retry = again.is_some();
        let input = again.unwrap_or_else(|| match self.inputs.next() {
            Some(Ok(input)) => {
                self.codec.prepare(&input);
                Some(input)
            }
            end => {
                self.error = end.and_then(Result::err);
                None
            }
        });
        let is_end = input.is_none();
        match self.codec.send(input) {
            Ok(Sent::Refused(input)) if !is_retry => {
                self.refused = Some(input);
                return Ok(());
            }
            Ok(Sent::Taken) => {}
            Ok(Sent::Refused(_)) if is_end => {}
            // A failure at the end is about what was sent before.
            Ok(Sent::Refused(_)) | Err(Failure::Damaged(_)) => self.codec.skip(),
            Err(Failure::Fatal(error)) => return Err(error),
        }
        if is_end {
            self.state = State::Draining;
        }
        Ok(())
    }

    /// The next output, or `None` where there is none yet or none any more.
    fn step(&mut self) -> Result<Option<C::Output>, C::Error> {
        match self.codec.receive() {
            Ok(Received::Output(output)) => {
                self.failures = 0;
                return Ok(Some(output));
            }
            Ok(Received::NeedsInput) if self.state == State::Feeding => {
                self.failures = 0;
                self.feed()?;
            }
            Ok(Received::NeedsInput | Received::End) => self.state = State::Done,
            Err(Failure::Damaged(error)) => {
                self.codec.skip();
                self.failures += 1;
                if self.failures >= MOST_FAILURES {
                    return Err(self.codec.give_up(error));
                }
            }
            Err(Failure::Fatal(error)) => return Err(error),
        }
        Ok(None)
    }
}

impl<I, C> Iterator for Pump<I, C>
where
    I: Iterator<Item = Result<C::Input>>,
    C: Codec,
{
    type Item = Result<C::Output, C::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.state != State::Done {
            match self.step() {
                Ok(Some(output)) => return Some(Ok(output)),
                Ok(None) => {}
                Err(error) => {
                    self.state = State::Done;
                    self.error = None;
                    return Some(Err(error));
                }
            }
        }
        self.error.take().map(|error| Err(error.into()))
    }
}

#[cfg(test)]
#[path = "pump_tests.rs"]
mod tests;
