//! Detects whether a file is a video, sound or a bag that Rerun does not open itself.
//! The importer calls it before FFmpeg is loaded: loading takes longer than declining a file may take.

use std::path::Path;

// Included by path: a dependency on the library would load FFmpeg too.
#[path = "../../source/signature.rs"]
mod signature;

/// Extensions that Rerun opens itself, in some version.
const RERUNS_OWN: [&str; 46] = [
    "rbl", "rrd", "mcap", "urdf", "parquet", "txt", "md", "mp4", "rvl", "glb", "gltf", "obj",
    "stl", "dae", "ply", "avif", "bmp", "dds", "exr", "farbfeld", "ff", "gif", "hdr", "ico",
    "jpeg", "jpg", "pam", "pbm", "pgm", "png", "ppm", "tga", "tif", "tiff", "webp", "json", "toml",
    "yaml", "aac", "flac", "m4a", "mp3", "oga", "ogg", "opus", "wav",
];

/// Bags of ROS that Rerun does not open itself.
const BAGS: [&str; 2] = ["bag", "db3"];

/// Whether to try to open it.
pub fn is_worth_trying(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    !RERUNS_OWN.contains(&ending.as_str())
        && (signature::is_video(path)
            || signature::is_sound(path)
            || BAGS.contains(&ending.as_str()) && path.is_file())
}
