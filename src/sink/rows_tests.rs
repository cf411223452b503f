//! What a slow output keeps and loses, in which order.
//! Whole outputs are tested by the integration tests.

use super::*;
use crate::audio::clip::AudioClip;
use crate::record::{ClipRow, Row};
use crate::sample::Sample;

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(3600);

/// Room for seven rows.
const ROOM: usize = 7 * (100 + size_of::<Entry>());

fn row(track: usize, frame: i64, keyframe: bool) -> Entry {
    let data = vec![0; 100].into();
    let number = frame.unsigned_abs();
    let sample = Sample { time: frame, frame: number, capture_time: None, data, keyframe };
    Entry::Sample(Row::new(track, sample))
}

fn samples(samples: u64) -> Lost {
    Lost { samples, sounds: 0 }
}

fn clip(time: i64) -> Entry {
    let (capture_time, duration, media_type) = (None, 1, "audio/mp4");
    let file = vec![0; 100].into();
    let clip = AudioClip { line: 0, time, capture_time, duration, media_type, file };
    Entry::Clip(ClipRow::new(0, clip))
}

#[test]
fn lost_clips_of_sound_are_counted() {
    let rows = Rows::new(1, ROOM, WhenFull::LoseGops);
    for frame in 0..20 {
        rows.push(row(0, frame, frame == 0));
        rows.push(clip(frame));
    }
    let lost = rows.take_lost();
    let clips = rows.lock().entries.len() as u64;
    assert_eq!(lost, [(0, Lost { samples: 20, sounds: 20 - clips })]);
    assert!(clips < 20);
}

/// Track and frame number of all queued rows.
fn waiting(rows: &Rows) -> Vec<(usize, i64)> {
    let of = |entry: &Entry| match entry {
        Entry::Sample(row) => (row.track, row.frame),
        _ => unreachable!("there are samples only"),
    };
    rows.lock().entries.iter().map(of).collect()
}

#[test]
fn a_slow_live_output_continues_with_the_newest_keyframe() {
    let rows = Rows::new(1, ROOM, WhenFull::LoseGops);
    for frame in 0..12 {
        rows.push(row(0, frame, frame % 4 == 0));
    }
    let kept = waiting(&rows);
    assert_eq!(kept.first().map(|(_, frame)| frame % 4), Some(0), "{kept:?}");
    assert_eq!(kept.last(), Some(&(0, 11)));
    let lost = rows.take_lost();
    assert_eq!(lost, [(0, samples(12 - kept.len() as u64))]);
    assert!(rows.take_lost().is_empty());
}

#[test]
fn a_gop_that_does_not_fit_is_dropped_up_to_the_next() {
    let rows = Rows::new(1, ROOM, WhenFull::LoseGops);
    for frame in 0..20 {
        rows.push(row(0, frame, frame == 0));
    }
    assert_eq!(waiting(&rows), []);
    rows.push(row(0, 20, true));
    rows.push(row(0, 21, false));
    assert_eq!(waiting(&rows), [(0, 20), (0, 21)]);
    assert_eq!(rows.take_lost(), [(0, samples(20))]);
}

#[test]
fn every_track_continues_with_its_own_keyframe() {
    let rows = Rows::new(2, ROOM, WhenFull::LoseGops);
    // The second has one keyframe, and that is taken before the queue is full.
    rows.push(row(1, 0, true));
    assert!(matches!(rows.take(Duration::ZERO), QueueItem::Entry(_)));
    for frame in 0..12 {
        rows.push(row(0, frame, frame % 3 == 0));
        rows.push(row(1, frame + 1, false));
    }
    let kept = waiting(&rows);
    assert!(kept.iter().all(|(track, _)| *track == 0), "{kept:?}");
    assert_eq!(kept.first().map(|(_, frame)| frame % 3), Some(0), "{kept:?}");
    assert_eq!(rows.take_lost().last(), Some(&(1, samples(12))));
}

#[test]
fn the_output_wakes_threads_that_wait_for_room() {
    let rows = Rows::new(1, 100, WhenFull::Wait);
    let now = Instant::now;
    assert!(rows.wait_for_room(now()));
    rows.push(row(0, 0, true));
    assert!(!rows.wait_for_room(now()));
    std::thread::scope(|scope| {
        scope.spawn(|| rows.take(Duration::ZERO));
        assert!(rows.wait_for_room(now() + Duration::from_secs(3600)));
    });
    rows.push(row(0, 1, false));
    rows.close();
    assert!(rows.wait_for_room(now()), "nobody waits for an output that has ended");
}

/// What an output that waits for an entry gets once `make` has run.
fn taken_after(when_full: WhenFull, most_bytes: usize, make: impl FnOnce(&Rows)) -> QueueItem {
    let rows = Rows::new(1, most_bytes, when_full);
    std::thread::scope(|scope| {
        let output = scope.spawn(|| rows.take(LONG));
        while rows.lock().waiting == 0 {
            std::thread::yield_now();
        }
        make(&rows);
        output.join().unwrap()
    })
}

#[test]
fn the_output_of_a_file_is_woken_for_several_entries_a_full_queue_or_the_end() {
    let push = |rows: &Rows, count: usize| {
        (0..).take(count).for_each(|frame| rows.push(row(0, frame, frame == 0)));
    };
    let several = taken_after(WhenFull::Wait, 2 * ROOM, |rows| push(rows, TOGETHER));
    let full = taken_after(WhenFull::Wait, 1, |rows| {
        push(rows, 1);
        assert!(rows.wait_for_room(Instant::now() + LONG));
    });
    let ended = taken_after(WhenFull::Wait, ROOM, |rows| {
        push(rows, 1);
        rows.end(Ending::Complete);
    });
    for taken in [several, full, ended] {
        assert!(matches!(taken, QueueItem::Entry(_)));
    }
}

#[test]
fn the_output_of_a_live_source_is_woken_for_each_entry() {
    let taken = taken_after(WhenFull::LoseGops, ROOM, |rows| rows.push(row(0, 0, true)));
    assert!(matches!(taken, QueueItem::Entry(_)));
}
