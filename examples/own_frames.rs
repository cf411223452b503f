//! Pictures that a program makes itself, as video: a moving gradient in RGB, thirty times a second.
//!
//!     cargo run --example own_frames -- [ignored] out.rrd

use std::time::Duration;

use vstream::{FrameWriter, PixelLayout, Size, VideoConfig};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let output = std::env::args_os().next_back().ok_or("name a recording")?;
    let rec =
        rerun::RecordingStreamBuilder::new("own_frames").save(std::path::Path::new(&output))?;

    let size = Size { width: 320, height: 240 };
    let mut video = FrameWriter::new(
        &rec,
        "video_stream",
        size,
        PixelLayout::Rgb,
        30.0,
        &VideoConfig::default(),
    )?;
    for frame in 0..90_u32 {
        let mut pixels = Vec::with_capacity((size.width * size.height * 3) as usize);
        for y in 0..size.height {
            for x in 0..size.width {
                pixels.extend([(x + frame * 4) as u8, y as u8, 128]);
            }
        }
        video.write(Duration::from_secs_f64(f64::from(frame) / 30.0), &pixels)?;
    }
    let frames = video.finish()?;
    rec.flush_blocking()?;
    println!("{frames} frames");
    Ok(())
}
