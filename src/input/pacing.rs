//! Detects from the arrival of the first packets whether a source sends in real time, where nothing else tells: a pipe
//! may come from a file or a camera, and a web server may send a file or a live stream.
//! The packets that it reads are read again afterwards.

use crate::ffi::{AvError, Input, Medium, Packet, Stream};
use crate::input::stated_rate::stated_rate;
use crate::time::{FrameRate, NANOS, TimeBase, rescale};

/// Packets that arrive closer together than this were waiting. The same value as in `time::arrival`.
const AT_ONCE: i64 = 3_000_000;
/// Number of consecutive waits that decides.
const WAITS: usize = 8;
/// How long times are compared with arrivals.
const COMPARED: i64 = 3 * NANOS / 2;
/// A source is taken as not live if it is undecided after this many packets.
const MOST_PACKETS: usize = 128;
/// In real time, times and arrivals differ by at most this fraction.
const ABOUT: f64 = 0.25;

/// The arrival of a packet, and its time if it has one, both in nanoseconds.
type Arrival = (i64, Option<i64>);

/// What was read of an input to see its pace.
#[derive(Default)]
struct Seen {
    packets: Vec<Packet>,
    bytes: usize,
    /// Of the packets of its video.
    arrivals: Vec<Arrival>,
}

fn video_of(input: &Input) -> Option<Stream> {
    let mut streams = (0..input.stream_count()).filter_map(|index| input.stream(index));
    streams.find(|stream| stream.medium == Medium::Video)
}

/// Read packets until `decide` has an answer; `at_end` has one where reading ends before.
fn watch(
    input: &mut Input,
    video: &Stream,
    timed: bool,
    decide: impl Fn(&Seen) -> Option<bool>,
    at_end: impl FnOnce(AvError) -> bool,
) -> bool {
    let mut seen = Seen::default();
    let answer = loop {
        let packet = match input.read() {
            Ok(packet) => packet,
            Err(error) => break at_end(error.code),
        };
        seen.bytes += packet.size();
        if packet.stream() == video.index {
            let nanos = |ticks| rescale(ticks, video.time_base, TimeBase::NANOSECONDS);
            let time = packet.decoding_time().filter(|_| timed).map(nanos);
            seen.arrivals.push((packet.arrived(), time));
        }
        seen.packets.push(packet);
        if let Some(answer) = decide(&seen) {
            break answer;
        }
    };
    input.unread(seen.packets);
    answer
}

/// Whether packets come in real time.
pub(super) fn is_real_time(input: &mut Input) -> bool {
    let Some(video) = video_of(input) else { return false };
    let timed = !input.has_no_clock();
    let rate = if timed { None } else { stated_rate(input, video.index) };
    let decide = |seen: &Seen| {
        let too_many = seen.packets.len() >= MOST_PACKETS;
        judge(&seen.arrivals, rate).or(too_many.then_some(false))
    };
    watch(input, &video, timed, decide, |_| false)
}

/// Most bytes of a response that are read to decide.
const MOST_BYTES: usize = 16 << 20;
/// A response whose content is further ahead of its arrival is a file: no server of a live stream buffers that much.
const MOST_AHEAD: i64 = 15 * NANOS;

/// Whether a response without a length is sent as a file is, rather than in real time. Its packets have times.
pub(super) fn is_download(input: &mut Input) -> bool {
    let Some(video) = video_of(input) else { return false };
    let decide = |seen: &Seen| {
        let arrivals = &seen.arrivals;
        if seen.bytes > MOST_BYTES || is_far_ahead(arrivals) {
            return Some(true);
        }
        let is_real_time = judge(arrivals, None).filter(|_| is_timed(arrivals))?;
        // What comes slower than it is shown waits for the network, or for the source.
        Some(!is_real_time && is_faster(arrivals))
    };
    // A file that is shorter than what would tell. A live source that breaks off is one, too.
    watch(input, &video, true, decide, |code| code == AvError::EOF || code == AvError::IO)
}

fn is_timed(arrivals: &[Arrival]) -> bool {
    arrivals.last().is_some_and(|last| last.1.is_some())
}

/// From the first to the last packet: how much of the content there is, and how long it took to come.
fn spans(arrivals: &[Arrival]) -> Option<(i64, i64)> {
    let (first, last) = (arrivals.first()?, arrivals.last()?);
    Some((last.1?.saturating_sub(first.1?), last.0.saturating_sub(first.0)))
}

/// Whether the content is further ahead of its arrival than any live stream is.
fn is_far_ahead(arrivals: &[Arrival]) -> bool {
    spans(arrivals).is_some_and(|(content, waited)| content.saturating_sub(waited) > MOST_AHEAD)
}

fn is_faster(arrivals: &[Arrival]) -> bool {
    spans(arrivals).is_some_and(|(content, waited)| content > waited)
}

/// Whether packets come in real time; `None` until that is known.
fn judge(arrivals: &[Arrival], rate: Option<FrameRate>) -> Option<bool> {
    let (&last, before) = arrivals.split_last()?;
    let about = |content: i64, waited: i64| (content as f64 / waited as f64 - 1.0).abs() <= ABOUT;
    if let Some(now) = last.1 {
        // What was waiting came at once.
        let waited = |pair: &&[Arrival]| pair[1].0 - pair[0].0 >= AT_ONCE;
        let first = arrivals.windows(2).find(waited)?[1];
        let (content, waited) = (now - first.1?, last.0 - first.0);
        return (waited >= COMPARED).then(|| about(content, waited));
    }
    let recent = before.get(before.len().checked_sub(WAITS)?..)?;
    let arrived: Vec<i64> = recent.iter().chain([&last]).map(|arrival| arrival.0).collect();
    let mut steps: Vec<i64> = arrived.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_unstable();
    let (least, median, most) = (steps[0], steps[WAITS / 2], steps[WAITS - 1]);
    let live = least >= AT_ONCE
        && match rate.map(FrameRate::as_f64) {
            Some(rate) => about((WAITS as f64 / rate * 1e9) as i64, steps.iter().sum()),
            // A camera sends regularly.
            None => most - least <= median,
        };
    live.then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    /// When it is known, and what.
    fn judged(arrivals: &[Arrival], rate: Option<u32>) -> Option<(usize, bool)> {
        let rate = rate.and_then(|rate| FrameRate::new(rate, 1));
        let judged = (1..=arrivals.len()).map(|n| judge(&arrivals[..n], rate));
        judged.enumerate().find_map(|(at, answer)| Some((at, answer?)))
    }

    fn untimed(step: i64, waiting: i64) -> Vec<Arrival> {
        (0..100).map(|n: i64| ((n - waiting).max(0) * step, None)).collect()
    }

    #[test]
    fn regular_packets_after_a_backlog_are_real_time() {
        assert_eq!(judged(&untimed(143 * MS, 20), None), Some((28, true)));
        assert_eq!(judged(&untimed(40 * MS, 0), Some(25)), Some((8, true)));
    }

    #[test]
    fn packets_at_once_or_at_another_rate_are_not_real_time() {
        assert_eq!(judged(&untimed(0, 0), None), None);
        assert_eq!(judged(&untimed(MS, 0), None), None);
        // An encoder that is slower or faster than real time.
        assert_eq!(judged(&untimed(143 * MS, 5), Some(25)), None);
        assert_eq!(judged(&untimed(10 * MS, 5), Some(25)), None);
        // In bursts, as a network gives a download.
        let bursts = (0..100).map(|n| (n / 3 * 100 * MS, None)).collect::<Vec<_>>();
        assert_eq!(judged(&bursts, None), None);
    }

    #[test]
    fn timestamps_ahead_of_the_arrival_are_a_download() {
        let seconds = |n: i64| n * NANOS;
        assert!(is_far_ahead(&[(0, Some(0)), (MS, Some(seconds(16)))]));
        // What a server had kept, and then in real time.
        assert!(!is_far_ahead(&[
            (0, Some(0)),
            (MS, Some(seconds(9))),
            (seconds(9), Some(seconds(18)))
        ]));
        assert!(is_faster(&[(0, Some(0)), (seconds(2), Some(seconds(5)))]));
        assert!(!is_faster(&[(0, Some(0)), (seconds(2), Some(seconds(1)))]) && !is_faster(&[]));
        assert!(!is_far_ahead(&[(0, None), (MS, None)]));
    }

    #[test]
    fn times_are_compared_with_arrivals() {
        let sent = |step: i64| -> Vec<Arrival> {
            (0..100).map(|n: i64| ((n - 9).max(0) / 3 * 3 * step, Some(n * 40 * MS))).collect()
        };
        assert_eq!(judged(&sent(40 * MS), None).map(|found| found.1), Some(true));
        assert_eq!(judged(&sent(100 * MS), None).map(|found| found.1), Some(false));
        assert_eq!(judged(&sent(MS), None), None);
    }
}
