//! Whether an input was read up to the end that its headers state.
//! It reads no packet; files that state their size in bytes are checked in `source`.

use crate::ffi::{Input, Packet, Stream};
use crate::input::rules::Wanted;
use crate::time::{NANOS, TimeBase, rescale};

/// Headers may count two frames more than there are, which may be of unequal length.
const TENTHS_OF_FRAMES: i64 = 25;
/// The stated length may be wrong by this fraction (1/50), but by no more than `MOST_INEXACT`.
const INEXACT: i64 = 50;
const MOST_INEXACT: i64 = NANOS;

/// Fragmented MP4 states this where it does not know.
const UNKNOWN: i64 = u32::MAX as i64;

/// Their stated lengths are those of the longest stream, or include how long the last picture is shown.
/// Where their end is missing, the demuxer or the sizes in the file show it.
const OTHERWISE: [&str; 4] = ["matroska", "asf", "avi", "mp3"];

/// What the headers state about the streams that are read, and how far those were read.
#[derive(Default)]
pub(super) struct StatedEnd {
    streams: Vec<ReadStream>,
    /// Where the headers of the container let all of its streams end, in nanoseconds.
    whole: Option<i64>,
    /// It is a playlist.
    segments: Option<Segments>,
}

struct ReadStream {
    index: usize,
    time_base: TimeBase,
    /// From one frame to the next, in nanoseconds; 0 where unknown.
    frame: i64,
    /// Where its own header lets it end, in nanoseconds.
    stated: Option<i64>,
    /// The beginning of its last packet, in nanoseconds.
    began: Option<i64>,
    /// The end of its latest packet, in nanoseconds.
    read: Option<i64>,
}

#[derive(Default)]
struct Segments {
    begun: i64,
    /// How far the streams were read when the last one began.
    before: i64,
    /// The earliest time that was read since then.
    earliest: Option<i64>,
}

impl StatedEnd {
    pub fn of(input: &Input, wanted: &Wanted) -> Self {
        let format = input.format_name();
        let is = |name: &str| format.split(',').any(|f| f == name);
        if !input.states_its_duration()
            || input.is_timed_by_arrival()
            || OTHERWISE.into_iter().any(is)
        {
            return Self::default();
        }
        let nanos = |ticks: i64, from: TimeBase| rescale(ticks, from, TimeBase::NANOSECONDS);
        let end = |start: Option<i64>, length: i64, time_base: TimeBase| {
            let start = start.unwrap_or(0);
            // Headers of files may state the time of the end instead of the length.
            let zero = if is("hls") { start } else { start.min(0) };
            nanos(zero.saturating_add(length), time_base)
        };
        let stream = |stream: Stream| {
            let rate = stream.average_rate.or(stream.guessed_rate);
            let own = stream.duration.filter(|_| wanted.is_measured(stream.index));
            let own = own.filter(|&ticks| ticks != UNKNOWN);
            ReadStream {
                index: stream.index,
                time_base: stream.time_base,
                frame: rate.map_or(0, |rate| (NANOS as f64 / rate.as_f64()) as i64),
                stated: own.map(|ticks| end(input.start_of(stream.index), ticks, stream.time_base)),
                began: None,
                read: None,
            }
        };
        let streams = || wanted.streams.iter().filter_map(|&index| input.stream(index));
        let only_whole = wanted.streams.len() == input.stream_count()
            && streams().all(|stream| stream.duration.is_none());
        let whole = input.duration().filter(|_| only_whole);
        Self {
            streams: streams().map(stream).collect(),
            whole: whole.map(|micros| end(input.start_time(), micros, TimeBase::MICROSECONDS)),
            segments: is("hls").then(Segments::default),
        }
    }

    /// A packet was read, whose times are still its own.
    pub fn see(&mut self, packet: &Packet) {
        let stream = self.streams.iter_mut().find(|stream| stream.index == packet.stream());
        let Some(stream) = stream else { return };
        let nanos = |ticks| rescale(ticks, stream.time_base, TimeBase::NANOSECONDS);
        let length = Some(packet.duration()).filter(|&d| d > 0).map_or(stream.frame, nanos);
        let begin = packet.time().map(nanos).or(stream.read).unwrap_or(0);
        let before = stream.began.replace(begin);
        if let Some(segments) = &mut self.segments {
            segments.earliest = Some(segments.earliest.map_or(begin, |at| at.min(begin)));
        }
        // Where nothing states it, it is as long as the one before.
        let length = if length > 0 { length } else { before.map_or(0, |at| (begin - at).max(0)) };
        stream.read = stream.read.max(Some(begin.saturating_add(length)));
    }

    /// Segments of a playlist begin with the packet that was read last, or with the next one.
    pub fn segments_begin(&mut self, count: u64) {
        let before = self.read().unwrap_or(0);
        if let Some(segments) = self.segments.as_mut().filter(|_| count > 0) {
            segments.begun += i64::try_from(count).unwrap_or(i64::MAX);
            segments.before = before;
            segments.earliest = None;
        }
    }

    fn read(&self) -> Option<i64> {
        self.streams.iter().filter_map(|stream| stream.read).max()
    }

    fn frame(&self) -> i64 {
        self.streams.iter().map(|stream| stream.frame).max().unwrap_or(0)
    }

    /// At the end: the last segment of a playlist gave nothing.
    pub fn lacks_last_segment(&self) -> bool {
        let (Some(segments), Some(stated), Some(read)) = (&self.segments, self.whole, self.read())
        else {
            return false;
        };
        // What was still to come of the segment before it may come behind its beginning.
        let is_empty = (read - segments.before) * 10 <= self.frame() * TENTHS_OF_FRAMES;
        let half = stated / segments.begun.max(1) / 2;
        // Times that begin anew are of another segment, though the streams were read further before.
        let begins_anew = segments.earliest.is_some_and(|at| segments.before - at > half);
        is_empty && !begins_anew && segments.begun > 1 && stated - read > half
    }

    /// At the end: where it ends, and where it should.
    pub fn missing(&self) -> Option<String> {
        if self.segments.is_some() {
            return None;
        }
        let of_stream = |stream: &ReadStream| Some((stream.stated?, stream.read?, stream.frame));
        let mut ends: Vec<_> = self.streams.iter().filter_map(of_stream).collect();
        ends.extend(self.whole.zip(self.read()).map(|(stated, read)| (stated, read, self.frame())));
        let (stated, read, _) = ends.into_iter().find(|&(stated, read, frame)| {
            let inexact = (stated / INEXACT).clamp(0, MOST_INEXACT);
            stated - read > inexact.max(frame * TENTHS_OF_FRAMES / 10)
        })?;
        let seconds = |nanos: i64| nanos as f64 / NANOS as f64;
        Some(format!("it ends at {:.2} of {:.2} s", seconds(read), seconds(stated)))
    }
}
