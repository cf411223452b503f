//! Drives the real `vstream` and reads back what it made: the table of contents of these tests.
//! One crate for all of them, because each test binary links FFmpeg and Rerun anew.

// A test says what it expects by failing there.
#![allow(clippy::expect_used, clippy::unwrap_used)]

// The checkers are checked: on files made by the ffmpeg command, known to be good or bad.
mod oracles;
// Every kind of file there is, and the contract of a recording for each. The main test: a new
// kind of input is a new row here.
mod contract;
// Streams that are logged as they are, and the reasons why others are not.
mod copy;
// The pictures are as good as the ffmpeg command makes them.
mod pictures;
// Their colours: matrices, ranges, RGB, alpha, HDR.
mod colours;
// Their shape: turns and flips, square pixels, fields, a size that changes.
mod shapes;
// The Rerun Viewer's own decoder shows the right picture at every time.
mod viewer;
// What the command line offers to change: times, sizes, streams, names.
mod options;
// Files, pipes and viewers as outputs, several at once, and Rerun's own judgement of a recording.
mod outputs;
// Whatever can be wrong with an input or an output, said in one line.
mod errors;
// Ctrl-C, SIGTERM and SIGKILL in the middle of a run.
mod interrupt;

mod support;
