//! A video file to the Rerun Viewer, or to a recording where one is named.
//!
//!     cargo run --example minimal -- input.mp4 [out.rrd]

use vstream::{Config, OutputConfig, Silent};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args_os().skip(1);
    let input = args.next().ok_or("name a video")?;
    let output = args.next().map_or_else(OutputConfig::spawn, OutputConfig::save);
    let summary = vstream::run(&Config::new(input).with_output(output), &mut Silent)?;
    println!("{} frames", summary.total(|progress| progress.logged));
    Ok(())
}
