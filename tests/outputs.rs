//! Outputs: file, pipe, viewer, several at once, and Rerun's verdict on a recording.
//! Outputs that cannot be written are in `errors`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use crate::support::check::{Wanted, assert_contract, assert_contract_as};
use crate::support::convert::convert;
use crate::support::ports::free_address;
use crate::support::recording::Recording;
use crate::support::run::{Workspace, program, vstream, wait_until};
use crate::support::server::{Server, connect};
use crate::support::table::check_all;
use crate::support::{generate, skip};

/// What hangs forever is a failure here; what ends, however slowly, is not.
const NO_HANG: Duration = Duration::from_secs(60);

fn clip() -> Option<PathBuf> {
    let make = || generate::video("clip.mp4", "{v} -c:v libx264 -bf 2");
    skip::have(&["ffmpeg"]).then(make)
}

#[test]
fn stdout_gives_what_save_gives() {
    let Some(path) = clip() else { return };
    let saved = convert(&path, "--preset ultrafast");
    let piped = vstream().words("--preset ultrafast --stdout").arg(&path).run().expect(0);
    let piped = Recording::from_bytes(&piped.stdout);
    assert_contract(&piped);
    assert_eq!(piped.only_video().samples, saved.video().samples);
}

#[test]
fn several_outputs_get_the_same() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let (first, second) = (workspace.path("a.rrd"), workspace.path("b.rrd"));
    let run = vstream().words("--preset ultrafast --stdout --save").arg(&first);
    let outcome = run.arg("--save").arg(&second).arg(&path).run().expect(0);
    let piped = Recording::from_bytes(&outcome.stdout);
    for file in [Recording::open(&first), Recording::open(&second)] {
        assert_contract(&file);
        assert_eq!(file.only_video().samples, piped.only_video().samples);
        assert_eq!(file.recording_id, piped.recording_id);
    }
}

#[test]
fn rerun_verifies_a_recording_and_optimizing_gains_nothing() {
    if !skip::have(&["ffmpeg", "rerun"]) {
        return;
    }
    // Several megabytes, so that there is a choice of how to cut it into chunks.
    let pattern = "-f lavfi -i testsrc2=size=640x480:rate=30:duration=8";
    let path = generate::video("large.mp4", &format!("{pattern} -c:v libx264 -preset ultrafast"));
    let converted = convert(&path, "--preset ultrafast");
    let (saved, optimized) =
        (converted.workspace.path("out.rrd"), converted.workspace.path("optimized.rrd"));
    program("rerun").words("rrd verify").arg(&saved).run().expect(0);
    program("rerun").words("rrd stats").arg(&saved).run().expect(0);
    program("rerun").words("rrd optimize").arg(&saved).arg("-o").arg(&optimized).run().expect(0);

    let better = Recording::open(&optimized);
    let (ours, theirs) = (converted.video(), better.only_video());
    assert_eq!(ours.samples, theirs.samples, "optimizing changes nothing in the samples");
    assert_eq!(ours.chunks.len(), theirs.chunks.len(), "chunks of samples");
    let [ours, theirs] = [saved, optimized].map(|path| std::fs::metadata(path).unwrap().len());
    assert!(ours * 100 <= theirs * 101, "{ours} bytes, and optimized {theirs}");
}

#[test]
fn connecting_to_no_viewer_is_an_error_with_a_remedy() {
    let Some(path) = clip() else { return };
    let address = free_address();
    let outcome = connect(&address).arg(&path).limit(NO_HANG).run().expect(1);
    let said = error_line(&outcome.stderr);
    assert!(said.contains(&address), "{said}");
    let remedies = ["--spawn", "--save", "start"];
    let advice = outcome.stderr.to_lowercase();
    assert!(remedies.iter().any(|word| advice.contains(word)), "{advice}");
}

#[test]
fn connecting_to_something_other_than_rerun_is_an_error() {
    let Some(path) = clip() else { return };
    let web_server = |mut stream: TcpStream| {
        // Whatever it asks, the answer is the same.
        let _asked = stream.read(&mut [0; 1024]);
        stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").ok();
    };
    // It takes the connection and never answers.
    let silent = |mut stream: TcpStream| drop(stream.read_to_end(&mut Vec::new()));
    let closing = |stream: TcpStream| drop(stream);
    type Serve = fn(TcpStream);
    let servers: [(&str, Serve); 3] =
        [("a web server", web_server), ("a silent one", silent), ("one that hangs up", closing)];
    check_all(
        &servers,
        |(name, _)| name.to_string(),
        |(_, serve)| {
            let serve = *serve;
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let address = listener.local_addr().expect("an address").to_string();
            // Ends with the test process.
            std::thread::spawn(move || listener.incoming().flatten().for_each(serve));
            let outcome = connect(&address).arg(&path).limit(NO_HANG).run().expect(1);
            let said = error_line(&outcome.stderr);
            assert!(said.contains(&address), "{said}");
            Vec::new()
        },
    );
}

#[test]
fn a_viewer_gets_every_sample() {
    let Some(path) = clip().filter(|_| skip::have(&["rerun"])) else {
        return;
    };
    let saved = convert(&path, "--preset ultrafast");
    let viewer = Server::start();
    connect(&viewer.address).words("--preset ultrafast").arg(&path).run().expect(0);
    // vstream has ended, so all there will ever be is on its way to the viewer's file.
    wait_until("all samples arrive", || viewer.has_samples(saved.video().samples.len()));
    let arrived = viewer.recording();
    assert_contract_as(&arrived, &Wanted { file_layout: false, ..Wanted::default() });
    assert_eq!(arrived.only_video().samples, saved.video().samples);
}

#[test]
fn a_viewer_that_goes_away_is_an_error() {
    // Without an end, so that the viewer goes away before it.
    const ENDLESS: &str = "lavfi:testsrc2=size=64x48";
    let mut viewer = Server::start();
    let mut running = connect(&viewer.address).arg(ENDLESS).start();
    running.wait_until("100 samples arrive", || viewer.has_samples(100));
    viewer.kill();
    let outcome = running.finish().expect(1);
    let said = error_line(&outcome.stderr);
    assert!(said.contains(&viewer.address), "{said}");
}

#[test]
fn a_file_continues_when_the_viewer_beside_it_quits() {
    let Some(path) = long_clip() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let mut viewer = Server::start();
    let mut running = connect(&viewer.address).arg("--save").arg(&to).arg(&path).start();
    running.wait_until("100 samples arrive", || viewer.has_samples(100));
    viewer.kill();
    let outcome = running.finish().expect(1);
    assert!(outcome.stderr.contains(&viewer.address), "{}", outcome.stderr);
    let recording = Recording::open(&to);
    assert_contract(&recording);
    assert_eq!(recording.only_video().samples.len(), 5400);
}

#[test]
fn spawn_without_rerun_says_what_to_do() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let port = free_address().split_once(':').expect("a port").1.to_owned();
    let run = vstream().arg("--spawn").arg("--port").arg(port).arg(&path);
    // A folder without programs is all there is on this PATH.
    let outcome = run.env("PATH", workspace.dir()).limit(NO_HANG).run().expect(1);
    let said = &outcome.stderr;
    assert!(error_line(said).contains("rerun") && said.contains("--save"), "{said}");
}

#[test]
fn a_disabled_rerun_is_an_error() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let run = vstream().arg(&path).arg("--save").arg(workspace.path("out.rrd"));
    let outcome = run.env("RERUN", "0").run();
    // Whether that counts as a wrong command line does not matter; silently continuing would.
    assert!(matches!(outcome.code, Some(1 | 2)), "{outcome:?}");
    assert!(error_line(&outcome.stderr).contains("RERUN"), "{}", outcome.stderr);
}

/// `/dev/stdout` is such a link, and a regular file where the output of the program is one.
#[cfg(target_os = "linux")]
#[test]
fn a_link_to_an_open_file_keeps_its_place() {
    let workspace = Workspace::new();
    let (link, file) = (workspace.path("stdout"), workspace.path("file"));
    std::os::unix::fs::symlink("/proc/self/fd/1", &link).expect("a link");
    let run = vstream().words("lavfi:testsrc2=duration=0.2 --save").arg(&link);
    let run = run.stdout(std::fs::File::create(&file).expect("a file")).run().expect(1);
    assert!(error_line(&run.stderr).contains("it is not a regular file"), "{}", run.stderr);
    assert!(run.stderr.contains("--stdout"), "{}", run.stderr);
    assert!(link.is_symlink());
}

/// Long enough to pull the viewer away in the middle, with time to notice.
fn long_clip() -> Option<PathBuf> {
    let clip =
        "-f lavfi -i testsrc2=size=640x480:rate=30:duration=10 -c:v libx264 -preset ultrafast";
    let steps = [&format!("{clip} > a.mp4"), "-stream_loop 17 -i {prev} -c copy"];
    let make = || generate::steps("long.mp4", &steps);
    skip::have(&["ffmpeg", "rerun"]).then(make)
}

/// The one line that says what went wrong.
#[track_caller]
fn error_line(stderr: &str) -> &str {
    let lines: Vec<_> = stderr.lines().filter(|line| line.starts_with("error:")).collect();
    assert_eq!(lines.len(), 1, "lines that begin with error:\n{stderr}");
    lines[0]
}
