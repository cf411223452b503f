//! Dolby Vision, whose colours FFmpeg's decoders do not convert.
//! The test adds the Dolby Vision box to an ordinary MP4.

use crate::support::convert::convert;
use crate::support::generate::video;
use crate::support::run::{Workspace, read};
use crate::support::skip;

/// Puts a box at the end of the innermost of these boxes, which lie in each other.
fn insert_box(bytes: &mut Vec<u8>, path: &[&[u8]], new: &[u8]) {
    let mut from = 0;
    let mut sizes = Vec::new();
    for name in path {
        let found = bytes[from..].windows(name.len()).position(|window| window == *name);
        from += found.expect("a box");
        sizes.push(from - 4);
    }
    let size = |bytes: &[u8], at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    let end = sizes.last().map(|&at| at + size(bytes, at) as usize).expect("a box");
    for at in sizes {
        let longer = size(bytes, at) + new.len() as u32;
        bytes[at..at + 4].copy_from_slice(&longer.to_be_bytes());
    }
    bytes.splice(end..end, new.iter().copied());
}

#[test]
fn dolby_vision_without_a_compatible_base_layer_is_a_warning() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let plain = "{v} -c:v libx265 -x265-params log-level=error -tag:v hvc1";
    let mut bytes = read(&video("plain_hevc.mp4", plain));
    // Version 1.0, profile 5, level 3, with metadata and a base layer, and compatible with nothing.
    let mut configuration = b"\0\0\0\x20dvcC\x01\0\x0a\x1d".to_vec();
    configuration.resize(32, 0);
    let path: [&[u8]; 7] = [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"hvc1"];
    insert_box(&mut bytes, &path, &configuration);
    let workspace = Workspace::new();
    let path = workspace.path("dolby.mp4");
    std::fs::write(&path, bytes).expect("a file");
    let stderr = convert(&path, "--preset ultrafast").outcome.stderr;
    assert!(stderr.contains("Dolby Vision profile 5") && stderr.contains("libplacebo"), "{stderr}");
}
