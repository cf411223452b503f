//! A video beside other data, in a recording that this program owns: brightness goes up while the video plays.
//!
//!     cargo run --example into_recording -- input.mp4 out.rrd

use std::time::Duration;

use vstream::{Config, RecordingConfig, Silent};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args_os().skip(1);
    let input = args.next().ok_or("name a video")?;
    let output = args.next().ok_or("name a recording")?;
    let rec =
        rerun::RecordingStreamBuilder::new("into_recording").save(std::path::Path::new(&output))?;

    // The video goes to an entity of our choice, on the timeline `time`.
    let config = Config::new(input)
        .with_recording(RecordingConfig::default().with_entity("robot/front_camera"));
    let summary = vstream::log_into(&rec, &config, &mut Silent)?;

    // Other data goes to the same timeline.
    for i in 0..20 {
        rec.set_time("time", Duration::from_millis(i * 100));
        rec.log("robot/brightness", &rerun::Scalars::single(i as f64 / 20.0))?;
    }
    rec.flush_blocking()?;
    println!("{} frames beside 20 scalars", summary.total(|progress| progress.logged));
    Ok(())
}
