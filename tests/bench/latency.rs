//! How late a live frame is: from the moment it begins to enter vstream to the moment a gRPC client of Rerun's proxy
//! has its sample. A measurement for people, not a test: nothing here passes or fails.
//!
//!     cargo bench --bench latency [-- FRAMES]
//!
//! 1280x720 at 30 frames a second over TCP, paced as a camera is. The goal is a 99th percentile below one frame
//! interval, 33 ms. Needs the `ffmpeg` command for the pictures.

#[path = "pictures.rs"]
mod pictures;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use re_log_channel::DataSourceMessage;
use rerun::components::VideoSample;
use rerun::external::{re_grpc_client, re_grpc_server};
use rerun::log::{Chunk, LogMsg};

use pictures::{HEIGHT, Pictures, WIDTH};

const RATE: u32 = 30;
/// Until everything has been used once.
const WARM_UP: usize = 30;

type Anything = Box<dyn std::error::Error>;

fn main() -> Result<(), Anything> {
    let frames = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(300);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let options = re_grpc_server::ServerOptions::default();
    let _proxy = {
        let _inside = runtime.enter();
        rerun::grpc_server::GrpcServerSink::new("127.0.0.1", port, options)?
    };
    let url = format!("rerun+http://127.0.0.1:{port}/proxy");

    let pictures = Pictures::new()?;
    let camera = TcpListener::bind("127.0.0.1:0")?;
    let mut vstream = Command::new(env!("CARGO_BIN_EXE_vstream"))
        .args(["-f", "yuv4mpegpipe", "--connect", &url])
        .arg(format!("tcp://{}", camera.local_addr()?))
        .stderr(Stdio::piped())
        .spawn()?;
    let (arrived, arrivals) = channel();
    let handle = re_async::AsyncRuntimeHandle::new_native(runtime.handle().clone());
    std::thread::spawn(move || receive(&handle, &url, &arrived));

    let (mut stream, _) = camera.accept()?;
    Pictures::begin(&mut stream, RATE)?;
    let began = Instant::now();
    let mut entered = Vec::with_capacity(frames);
    for number in 0..frames {
        let due = Duration::from_secs(number as u64) / RATE;
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        entered.push(Instant::now());
        pictures.send(&mut stream, number)?;
    }
    drop(stream);
    let said = vstream.wait_with_output_of_stderr()?;

    let mut seen = BTreeMap::new();
    while let Ok((number, at)) = arrivals.recv_timeout(Duration::from_secs(2)) {
        seen.entry(number).or_insert(at);
        if seen.len() == frames {
            break;
        }
    }
    let mut late: Vec<Duration> = seen
        .iter()
        .filter(|(number, _)| **number >= WARM_UP)
        .filter_map(|(number, at)| Some(at.duration_since(*entered.get(*number)?)))
        .collect();
    late.sort();
    if late.is_empty() {
        return Err(format!("no sample arrived; vstream said:\n{said}").into());
    }
    let at =
        |share: f64| late[((late.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1e3;
    println!(
        "{WIDTH}x{HEIGHT} at {RATE} fps, {frames} frames sent, {} samples arrived",
        seen.len()
    );
    println!(
        "p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms, worst {:.1} ms",
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    );
    Ok(())
}

trait WaitForStderr {
    fn wait_with_output_of_stderr(&mut self) -> std::io::Result<String>;
}

impl WaitForStderr for std::process::Child {
    fn wait_with_output_of_stderr(&mut self) -> std::io::Result<String> {
        let mut said = String::new();
        if let Some(pipe) = &mut self.stderr {
            std::io::Read::read_to_string(pipe, &mut said)?;
        }
        self.wait()?;
        Ok(said)
    }
}

/// Report when each sample has come out of the proxy.
fn receive(
    runtime: &re_async::AsyncRuntimeHandle,
    url: &str,
    arrived: &Sender<(usize, Instant)>,
) -> Option<()> {
    let uri = url.parse().ok()?;
    let messages = re_grpc_client::read::stream(runtime, uri);
    let sample = rerun::VideoStream::descriptor_sample().component;
    loop {
        let message = messages.recv().ok()?;
        let at = Instant::now();
        let Some(DataSourceMessage::LogMsg(LogMsg::ArrowMsg(_, message))) = message.into_data()
        else {
            continue;
        };
        let chunk = Chunk::from_arrow_msg(&message).ok()?;
        let times = chunk.iter_component_indices("time".into(), sample);
        for ((time, _), row) in times.zip(chunk.iter_component::<VideoSample>(sample)) {
            // By its time, since a frame may have been dropped.
            let number = (time.as_i64() as f64 * f64::from(RATE) / 1e9).round() as usize;
            if !row.as_slice().is_empty() {
                arrived.send((number, at)).ok()?;
            }
        }
    }
}
