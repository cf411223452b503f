//! A camera, live in the Rerun Viewer or into a recording, for as long as is said: what it lost is counted.
//!
//!     cargo run --example camera -- [INPUT [out.rrd [SECONDS]]]
//!
//! INPUT is the first camera of this machine unless named: `/dev/video2`, `rtsp://…`, `screen:`, or any file, which
//! plays at its own speed. Ten seconds unless said otherwise.

use std::time::Duration;

use vstream::{Config, InputConfig, OutputConfig, Silent};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let input = args.next().unwrap_or_else(|| "camera:".into());
    let output = args.next().map_or_else(OutputConfig::spawn, OutputConfig::save);
    let seconds = args.next().map_or(Ok(10.0), |text| text.parse())?;

    let camera = InputConfig::new(input)
        .with_duration(Duration::try_from_secs_f64(seconds)?)
        // A camera has its own pace; this gives one to whatever stands in for it.
        .with_realtime(true)
        // Pull the plug and put it back: the recording goes on, with a gap.
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
