//! Progress in a program's own way: a reporter that prints every second of video, and can end the run.
//!
//!     cargo run --example progress -- input.mp4 out.rrd

use vstream::{Cancel, Config, Event, OutputConfig, Reporter};

struct EverySecond {
    cancel: Cancel,
    shown: u64,
}

impl Reporter for EverySecond {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Opened { stream, plan, .. } => {
                println!("{}: {} -> {plan}", stream.name, stream.codec)
            }
            Event::Progress { progress, .. } if progress.time.as_secs() > self.shown => {
                self.shown = progress.time.as_secs();
                println!("{} s, {} frames", self.shown, progress.logged);
                // Ten minutes are enough for an example; what came so far is kept.
                if self.shown >= 600 {
                    self.cancel.cancel();
                }
            }
            Event::Warning { warning, .. } => println!("warning: {warning}"),
            Event::Finished(summary) => println!("done: {}", summary.outputs.join(", ")),
            _ => {}
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args_os().skip(1);
    let input = args.next().ok_or("name a video")?;
    let output = args.next().ok_or("name a recording")?;
    let cancel = Cancel::new();
    let config =
        Config::new(input).with_output(OutputConfig::save(output)).with_cancel(cancel.clone());
    vstream::run(&config, &mut EverySecond { cancel, shown: 0 })?;
    Ok(())
}
