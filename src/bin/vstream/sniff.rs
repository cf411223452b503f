//! Detects whether a file is a video that Rerun does not open itself.
//! The importer calls it before FFmpeg is loaded, which would take longer than declining a file may.

use std::path::Path;

// Included by path: a dependency on the library would load FFmpeg too.
#[path = "../../source/signature.rs"]
mod signature;

/// Extensions that Rerun opens itself.
const RERUNS_OWN: [&str; 38] = [
    "rbl", "rrd", "mcap", "urdf", "parquet", "txt", "md", "mp4", "rvl", "glb", "gltf", "obj",
    "stl", "dae", "ply", "avif", "bmp", "dds", "exr", "farbfeld", "ff", "gif", "hdr", "ico",
    "jpeg", "jpg", "pam", "pbm", "pgm", "png", "ppm", "tga", "tif", "tiff", "webp", "json", "toml",
    "yaml",
];

/// Whether to try FFmpeg.
pub fn is_video(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    !RERUNS_OWN.contains(&ending.as_str()) && signature::is_video(path)
}
