//! Several cameras in one recording, in step, each at its own entity: all of this machine, or those named.
//!
//!     cargo run --example several_cameras -- out.rrd [INPUT...]
//!
//! For five seconds. A camera that is not there does not stop the others; files play at their own speed.

use std::time::Duration;

use vstream::{Config, InputConfig, OutputConfig, RecordingConfig, Silent};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let output = args.next().ok_or("name a recording")?;
    let mut inputs: Vec<String> = args.collect();
    if inputs.is_empty() {
        inputs = vstream::cameras()?.into_iter().map(|camera| camera.path).collect();
    }

    let mut config = Config::default()
        .with_recording(RecordingConfig::default().with_entity("cameras"))
        .with_output(OutputConfig::save(output));
    for input in inputs {
        let camera = InputConfig::new(input)
            .with_duration(Duration::from_secs(5))
            .with_timeout(Duration::from_secs(3))
            .with_realtime(true);
        config = config.with_input(camera);
    }

    let summary = vstream::run(&config, &mut Silent)?;
    for track in &summary.tracks {
        println!("{}: {} frames at {}", track.stream.name, track.progress.logged, track.entity);
    }
    Ok(())
}
