//! The pump with codecs that hold back, refuse, fail or end early.
//! Real codecs are tested by the stages that use them.

use std::collections::VecDeque;

use super::*;
use crate::error::ErrorKind;
use crate::ffi::AvError;

/// What the fake does with one input.
#[derive(Debug, Clone, Copy)]
enum Input {
    /// Give this many outputs, at once.
    Outputs(usize),
    /// Give nothing until the end.
    Hold,
    /// Be refused this many times.
    Refuse(u32),
    /// Fail on the way in.
    DamagedOnSend,
    /// Fail this many times on the way out.
    DamagedOnReceive(u32),
    /// End the outputs, as a filter may.
    EndHere,
    Fatal,
    FatalOnReceive,
}

/// A codec that does as its inputs say. Outputs are the numbers of the inputs they came from.
#[derive(Default)]
struct FakeCodec {
    count: usize,
    ready: VecDeque<Result<Received<usize>, Failure<Error>>>,
    held: Vec<usize>,
    refusals: u32,
    prepared: usize,
    skipped: usize,
    ends: usize,
    fails_for_ever: bool,
    /// Refuses the end once.
    refuses_end: bool,
    fails_at_end: bool,
}

fn damaged() -> Failure<Error> {
    Failure::Damaged(AvError::INVALID_DATA.into())
}

fn error(cause: &str) -> Error {
    Error::new(ErrorKind::Decode, "fake", cause)
}

impl Codec for FakeCodec {
    type Input = Input;
    type Output = usize;
    type Error = Error;

    fn prepare(&mut self, _input: &Input) {
        self.prepared += 1;
    }

    fn send(&mut self, input: Option<Input>) -> Result<Sent<Input>, Failure<Error>> {
        assert!(self.ready.is_empty(), "outputs are received before the next input");
        let Some(input) = input else {
            if std::mem::take(&mut self.refuses_end) {
                self.ready.push_back(Ok(Received::Output(100)));
                return Ok(Sent::Refused(None));
            }
            self.ends += 1;
            let held = self.held.drain(..).map(|input| Ok(Received::Output(input)));
            self.ready.extend(held.chain([Ok(Received::End)]));
            return if self.fails_at_end { Err(damaged()) } else { Ok(Sent::Taken) };
        };
        if let Input::Refuse(times) = input
            && self.refusals < times
        {
            self.refusals += 1;
            return Ok(Sent::Refused(Some(input)));
        }
        let number = self.count;
        self.count += 1;
        match input {
            Input::Outputs(count) => {
                self.ready.extend((0..count).map(|_| Ok(Received::Output(number))));
            }
            Input::Hold => self.held.push(number),
            Input::Refuse(_) => self.ready.push_back(Ok(Received::Output(number))),
            Input::DamagedOnSend => return Err(damaged()),
            Input::DamagedOnReceive(times) => {
                self.ready.extend((0..times).map(|_| Err(damaged())));
            }
            Input::EndHere => self.ready.push_back(Ok(Received::End)),
            Input::Fatal => return Err(error("sent").into()),
            Input::FatalOnReceive => self.ready.push_back(Err(error("received").into())),
        }
        Ok(Sent::Taken)
    }

    fn receive(&mut self) -> Result<Received<usize>, Failure<Error>> {
        if self.fails_for_ever {
            return Err(damaged());
        }
        self.ready.pop_front().unwrap_or(Ok(Received::NeedsInput))
    }

    fn skip(&mut self) {
        self.skipped += 1;
    }

    fn give_up(&self, last: FfmpegError) -> Error {
        error(&format!("it only fails: {last}"))
    }
}

/// All outputs, how it ended, and the codec.
fn run(
    codec: FakeCodec,
    inputs: impl IntoIterator<Item = Result<Input>>,
) -> (Vec<usize>, Option<String>, FakeCodec) {
    let mut pump = Pump::new(inputs.into_iter(), codec);
    let (mut outputs, mut end) = (Vec::new(), None);
    for item in pump.by_ref() {
        assert_eq!(end, None, "nothing comes after an error");
        match item {
            Ok(output) => outputs.push(output),
            Err(error) => end = Some(error.cause().to_owned()),
        }
    }
    assert!(pump.next().is_none() && pump.next().is_none());
    (outputs, end, pump.codec)
}

fn all(inputs: &[Input]) -> (Vec<usize>, Option<String>, FakeCodec) {
    run(FakeCodec::default(), inputs.iter().copied().map(Ok))
}

#[test]
fn each_input_may_give_any_number_of_outputs() {
    use Input::Outputs;
    let (outputs, end, codec) = all(&[Outputs(1), Outputs(0), Outputs(3), Outputs(0), Outputs(2)]);
    assert_eq!((outputs, end), (vec![0, 2, 2, 2, 4, 4], None));
    assert_eq!((codec.prepared, codec.skipped, codec.ends), (5, 0, 1));
    let (outputs, end, codec) = all(&[]);
    assert_eq!((outputs, end, codec.ends), (vec![], None, 1));
}

#[test]
fn held_outputs_come_at_the_end() {
    let (outputs, end, _) = all(&[Input::Hold, Input::Outputs(1), Input::Hold]);
    assert_eq!((outputs, end), (vec![1, 0, 2], None));
}

#[test]
fn a_rejected_input_is_sent_again_once() {
    let (outputs, _, codec) = all(&[Input::Outputs(1), Input::Refuse(1), Input::Outputs(1)]);
    assert_eq!(outputs, [0, 1, 2]);
    assert_eq!((codec.prepared, codec.skipped, codec.refusals), (3, 0, 1));
    // Refused again though there was nothing to receive, it is given up.
    let (outputs, _, codec) = all(&[Input::Refuse(2), Input::Outputs(1)]);
    assert_eq!((outputs, codec.skipped), (vec![0], 1));
}

#[test]
fn a_rejected_end_is_sent_again() {
    let codec = FakeCodec { refuses_end: true, ..FakeCodec::default() };
    let (outputs, end, codec) = run(codec, [Ok(Input::Hold)]);
    assert_eq!((outputs, end, codec.ends), (vec![100, 0], None, 1));
}

#[test]
fn damage_is_skipped_and_counted() {
    use Input::{DamagedOnReceive, DamagedOnSend, Outputs};
    let inputs = [DamagedOnSend, Outputs(1), DamagedOnReceive(1), Outputs(1), DamagedOnReceive(3)];
    let (outputs, end, codec) = all(&inputs);
    assert_eq!((outputs, end, codec.skipped), (vec![1, 3], None, 5));
    // However many there are, as long as the codec asks for more.
    let (outputs, end, codec) = run(
        FakeCodec::default(),
        (0..5000).map(|_| Ok(DamagedOnReceive(1))).chain([Ok(Outputs(1)), Ok(DamagedOnSend)]),
    );
    assert_eq!((outputs, end, codec.skipped), (vec![5000], None, 5001));
}

#[test]
fn a_failure_at_the_end_is_about_an_input_and_loses_no_output() {
    let codec = FakeCodec { fails_at_end: true, ..FakeCodec::default() };
    let (outputs, end, codec) = run(codec, [Ok(Input::Hold)]);
    assert_eq!((outputs, end, codec.skipped), (vec![0], None, 1));
}

#[test]
fn a_codec_that_only_fails_is_an_error() {
    let codec = FakeCodec { fails_for_ever: true, ..FakeCodec::default() };
    let (outputs, end, codec) = run(codec, [Ok(Input::Outputs(1))]);
    let cause = format!("it only fails: {}", AvError::INVALID_DATA);
    assert_eq!((outputs, end), (vec![], Some(cause)));
    assert_eq!(codec.skipped, MOST_FAILURES as usize);
}

#[test]
fn nothing_follows_a_fatal_error() {
    for last in [Input::Fatal, Input::FatalOnReceive] {
        let (outputs, end, codec) = all(&[Input::Outputs(2), Input::Hold, last, Input::Outputs(1)]);
        let cause = if matches!(last, Input::Fatal) { "sent" } else { "received" };
        assert_eq!((outputs, end.as_deref(), codec.ends), (vec![0, 0], Some(cause), 0));
    }
}

#[test]
fn an_error_of_the_inputs_comes_after_all_outputs() {
    let inputs = [Ok(Input::Hold), Ok(Input::Outputs(1)), Err(error("unplugged"))];
    let (outputs, end, _) = run(FakeCodec::default(), inputs);
    assert_eq!((outputs, end.as_deref()), (vec![1, 0], Some("unplugged")));
    // The codec's own error comes later, and is the one that is reported.
    let codec = FakeCodec { fails_for_ever: true, ..FakeCodec::default() };
    let (_, end, _) = run(codec, [Err(error("unplugged"))]);
    assert!(end.is_some_and(|cause| cause.starts_with("it only fails")));
}

#[test]
fn a_codec_may_end_before_its_inputs() {
    let (outputs, end, codec) = all(&[Input::Outputs(1), Input::EndHere, Input::Outputs(1)]);
    assert_eq!((outputs, end), (vec![0], None));
    assert_eq!((codec.prepared, codec.ends), (2, 0));
}
