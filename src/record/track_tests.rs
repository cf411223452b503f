//! How samples are cut into chunks, by what a recording stream is given; and the names of entities.
//! Whole recordings are checked by the integration tests.

use rerun::RecordingStreamBuilder;
use rerun::log::{Chunk, LogMsg};

use super::*;
use crate::attack::{always, damaged_text};
use crate::sample::Sample;

/// The samples of one chunk: their times and whether a keyframe begins it, and its bytes of video.
#[derive(Debug, PartialEq)]
struct Cut {
    times: Vec<i64>,
    bytes: usize,
}

/// The chunks that become of rows: each is its time, its size and whether it is a keyframe. With the times of the
/// keyframes that are marked.
fn logged(rows: &[(i64, usize, bool)], max_bytes: usize) -> (Vec<Cut>, Vec<i64>) {
    let (recording, storage) = RecordingStreamBuilder::new("test").memory().unwrap();
    let layout = Layout::Gops { max_bytes, live: false };
    let mut log = TrackLog::new(TrackSpec::of_video("video_stream"), layout).unwrap();
    for (frame, &(time, bytes, keyframe)) in (0..).zip(rows) {
        let data = vec![0; bytes].into();
        log.push(Row::new(0, Sample { time, frame, capture_time: None, data, keyframe })).unwrap();
    }
    log.finish().unwrap();
    log.send_to(&recording);
    recording.flush_blocking().unwrap();
    let (mut cuts, mut marks) = (Vec::new(), Vec::new());
    for message in storage.take() {
        let LogMsg::ArrowMsg(_, message) = message else { continue };
        let chunk = Chunk::from_arrow_msg(&message).unwrap();
        let Some(column) = chunk.timelines().get(&TimelineName::from_static_str("time")) else {
            continue;
        };
        let times = column.times_raw().to_vec();
        let sizes = |name: &str| {
            let id = chunk.components_identifiers().find(|id| id.as_str().ends_with(name))?;
            Some(chunk.iter_slices::<&[u8]>(id).map(|blobs| blobs[0].len()).sum::<usize>())
        };
        match sizes(":sample") {
            Some(bytes) => cuts.push(Cut { times, bytes }),
            None => marks.extend(times),
        }
    }
    (cuts, marks)
}

#[test]
fn gops_are_cut_whole_and_no_sample_is_lost() {
    always(|random| {
        // Each case opens a recording.
        if random.u8(..) > 1 {
            return;
        }
        let max_bytes = random.usize(1000..20_000);
        let rare = random.u32(1..60);
        let mut time = 0;
        let rows: Vec<(i64, usize, bool)> = (0..random.usize(1..200))
            .map(|at| {
                time += random.i64(1..50);
                (time, random.usize(1..2000), at == 0 || random.u32(..rare) == 0)
            })
            .collect();
        let keyframes: Vec<i64> = rows.iter().filter(|row| row.2).map(|row| row.0).collect();
        let (cuts, marks) = logged(&rows, max_bytes);
        assert_eq!(marks, keyframes);
        let times: Vec<i64> = cuts.iter().flat_map(|cut| cut.times.clone()).collect();
        assert_eq!(times, rows.iter().map(|row| row.0).collect::<Vec<_>>());
        let total: usize = cuts.iter().map(|cut| cut.bytes).sum();
        assert_eq!(total, rows.iter().map(|row| row.1).sum::<usize>());
        for (at, cut) in cuts.iter().enumerate() {
            let gops = cut.times.iter().filter(|time| keyframes.contains(time)).count();
            let begins = keyframes.contains(&cut.times[0]);
            // Only a GOP that is too long for memory continues in another chunk.
            let long = max_bytes * (LONGEST_GOP_CHUNKS - 1);
            assert!(
                begins || cuts[at - 1].bytes > long.saturating_sub(max_bytes),
                "{at} of {cuts:?}"
            );
            assert!(cut.bytes <= max_bytes || gops <= 1, "{at} of {cuts:?}");
            assert!(cut.bytes <= max_bytes * LONGEST_GOP_CHUNKS + 2000, "{at} of {cuts:?}");
        }
    });
}

#[test]
fn names_become_single_path_parts_and_stay_distinct() {
    let seeds = ["front camera", "a/b", "..", "/", "\\", "日本.mp4", "a b (2)", "__properties"];
    assert_eq!(entity_from_name(""), "_");
    damaged_text(&seeds, |name| {
        if name.is_empty() {
            return;
        }
        let path = entity_from_name(name);
        let parsed = EntityPath::parse_forgiving(&path);
        assert_eq!(parsed, EntityPath::from(vec![EntityPathPart::new(name)]), "{path}");
        let other = format!("{name}x");
        assert_ne!(entity_from_name(&other), path);
    });
}
