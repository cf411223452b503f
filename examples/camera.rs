//! A camera, live in the Rerun Viewer or into a recording, for a given time: dropped frames are counted.
//!
//!     cargo run --example camera -- [INPUT [out.rrd [SECONDS]]]
//!
//! INPUT is the first camera of this machine unless named: `/dev/video2`, `rtsp://…`, `screen:`, or any file, which
//! plays at its own speed. SECONDS is 10 unless given.

use std::time::Duration;

use vstream::{Config, InputConfig, OutputConfig, Silent};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let input = args.next().unwrap_or_else(|| "camera:".into());
    let output = args.next().map_or_else(OutputConfig::spawn, OutputConfig::save);
    let seconds = args.next().map_or(Ok(10.0), |text| text.parse())?;

    let camera = InputConfig::new(input)
        .with_duration(Duration::try_from_secs_f64(seconds)?)
        // A camera has its own pace; a file in its place is read in real time.
        .with_realtime(true)
        // Unplug the camera and plug it in again: the recording continues, with a gap.
        .with_reconnect(true);
    let summary = vstream::run(&Config::new(camera).with_output(output), &mut Silent)?;

    for track in &summary.tracks {
        let (stream, counts) = (&track.stream, &track.progress);
        println!(
            "{}, {}x{} {}: {} frames, {} dropped",
            stream.name, stream.width, stream.height, stream.codec, counts.logged, counts.dropped
        );
    }
    Ok(())
}
