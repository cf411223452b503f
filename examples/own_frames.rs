//! Pictures that a program makes itself, as video: two cameras of a robot, each with its own thread and writer, into
//! one recording.
//!
//!     cargo run --example own_frames -- out.rrd

use std::path::Path;
use std::thread;
use std::time::Duration;

use rerun::{RecordingStream, RecordingStreamBuilder};
use vstream::{FrameConfig, FrameRate, FrameWriter, PixelLayout, Progress, Result, Size};

const FRAMES: u32 = 90;
const SIZE: Size = Size::new(320, 240);

/// A moving gradient in colour, thirty times a second.
fn front(rec: &RecordingStream) -> Result<Progress> {
    let mut video =
        FrameWriter::new(rec, "robot/front", &FrameConfig::new(SIZE, PixelLayout::Rgb))?;
    for frame in 0..FRAMES {
        let place = (0..SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| (x, y)));
        let pixels: Vec<u8> =
            place.flat_map(|(x, y)| [(x + 4 * frame) as u8, y as u8, 128]).collect();
        video.write(Duration::from_secs(1) * frame / 30, &pixels)?;
    }
    video.finish()
}

/// Depth in grey, fifteen times a second, from a buffer whose rows have gaps between them.
fn depth(rec: &RecordingStream) -> Result<Progress> {
    let stride = SIZE.width as usize + 64;
    let config =
        FrameConfig::new(SIZE, PixelLayout::Gray).with_frame_rate(FrameRate::try_from(15)?);
    let mut video = FrameWriter::new(rec, "robot/depth", &config)?;
    for frame in 0..FRAMES / 2 {
        let pixels = vec![(frame * 5) as u8; stride * SIZE.height as usize];
        video.write_strided(Duration::from_secs(1) * frame / 15, &[(&pixels, stride)])?;
    }
    video.finish()
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let output = std::env::args_os().nth(1).ok_or("name a recording")?;
    let rec = RecordingStreamBuilder::new("own_frames").save(Path::new(&output))?;
    let (front, depth) = thread::scope(|scope| {
        let (front, depth) = (scope.spawn(|| front(&rec)), scope.spawn(|| depth(&rec)));
        (front.join(), depth.join())
    });
    for counts in [front, depth] {
        println!("{} frames", counts.map_err(|_| "a thread broke down")??.logged);
    }
    rec.flush_blocking()?;
    Ok(())
}
