//! Depth in floats, as in ROS.
//! Deep grey in integers is in the module above.

use crate::support::convert::convert;
use crate::support::picture::decode_video;
use crate::support::run::Workspace;
use crate::support::skip;

#[test]
fn depth_in_metres_is_mapped_like_other_deep_grey() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    // From half a metre on the left to four on the right, and one pixel without a value.
    let row = (0..64).map(|x| if x == 30 { f32::NAN } else { 0.5 + 3.5 * x as f32 / 63.0 });
    let bytes: Vec<u8> =
        (0..64 * 10).flat_map(|_| row.clone()).flat_map(f32::to_le_bytes).collect();
    let workspace = Workspace::new();
    let path = workspace.path("depth.raw");
    std::fs::write(&path, bytes).expect("a file");
    let raw = "--preset ultrafast -f rawvideo --video-size 64x64 --framerate 10 --pixel-format";
    let whole = convert(&path, &format!("{raw} 32FC1"));
    let stderr = &whole.outcome.stderr;
    assert!(stderr.contains("from 0.5 to 4;") && stderr.contains("--range"), "{stderr}");
    let part = convert(&path, &format!("{raw} grayf32le --crf 4 --range 0:4"));
    assert!(!part.outcome.stderr.contains("values from"), "{}", part.outcome.stderr);
    let picture = decode_video(part.video(), &part.workspace).next().expect("a picture");
    let (left, right) = (picture.luma(0..2, 0..64), picture.luma(62..64, 0..64));
    assert!((left - 43.0).abs() < 5.0 && (right - 234.0).abs() < 5.0, "{left} {right}");
}
