//! Scans a file for missing parts and for parts that FFmpeg leaves out: a missing end or fragment, a further file, a
//! change of codec. That may read much of the file.
//! Whether the file can be opened is decided in `file`.

use std::path::Path;

use super::boxes::Boxes;
use super::head::Head;
use super::mistaken::is_mp4;
use super::{OpenSpec, appended, byte_range, codec_change, ending, sequence, tables};
use crate::event::Warning;

/// Add what is found to the file's description.
pub(super) fn look_through(path: &Path, spec: &mut OpenSpec) {
    // What cannot be read is for the demuxer to report.
    let Ok(mut head) = Head::open(path) else { return };
    let is_mp4 = is_mp4(head.start());
    let boxes = is_mp4.then(|| Boxes::of(head.rewound().ok()?).ok()).flatten();
    let appended = appended::several(&mut head, boxes.as_ref()).map(|(files, kind)| {
        let what = format!(
            "it is {files} {kind} files one behind the other; only the first is read whole"
        );
        Warning::LeftOut(what)
    });
    let is_picture = sequence::is_image(path);
    let behind = is_picture.then(|| appended::video_behind_picture(&mut head)).flatten();
    let behind = behind.map(|at| {
        let at = at + 1;
        Warning::LeftOut(format!(
            "a video is behind the picture; `tail -c +{at} IN.jpg > PART.mp4` makes it a file of its own"
        ))
    });
    let parts = boxes.as_ref().map(|boxes| missing_parts(&mut head, boxes)).unwrap_or_default();
    let changes = codec_change::changes(&mut head).unwrap_or_default();
    let lack = byte_range::lack_of_last(path, &mut head, spec.at_rest);
    spec.lacks_last_segment = lack == Some(byte_range::Lack::All);
    let is_cut = boxes.is_some_and(|boxes| boxes.is_cut) || lack == Some(byte_range::Lack::Part);
    spec.lacks_end = is_cut || ending::is_missing(&mut head);
    spec.warnings.extend(appended.into_iter().chain(behind));
    let videos = changes.iter().filter(|change| !change.is_sound);
    spec.warnings.extend(videos.map(|change| Warning::LeftOut(change.to_string())));
    spec.warnings.extend(parts);
    spec.other_codec = changes;
}

/// What an MP4 lacks by its own headers.
fn missing_parts(head: &mut Head, boxes: &Boxes) -> Vec<Warning> {
    let fragments = Some(boxes.missing_fragments()).filter(|&count| count > 0);
    let fragments = fragments.map(|count| format!("{count} of its fragments are missing"));
    let broken = boxes.broken_at.map(|at| {
        format!("there is no box of MP4 at byte {at}; the fragments behind it are left out")
    });
    let file = head.rewound().ok();
    let missing = file.zip(boxes.index.clone()).and_then(|(file, at)| tables::missing(file, at));
    let missing = missing.map(|(listed, found)| {
        format!("its index lists {listed} pictures, but lets only {found} be found; the others are left out")
    });
    [fragments, broken, missing].into_iter().flatten().map(Warning::LeftOut).collect()
}
