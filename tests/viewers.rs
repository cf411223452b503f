//! Running viewers, and the server of the web viewer.
//! Hanging ones are in `hanging`, started ones in `spawn`; what they show is in `screenshots`.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;

use crate::support::annexb::inspect;
use crate::support::ports::{free_address, port_of};
use crate::support::recording::Recording;
use crate::support::run::{Running, Workspace, program, vstream, wait_until};
use crate::support::server::{Server, Serving, clip};
use crate::support::skip;

#[test]
fn spawn_uses_a_running_viewer() {
    let Some(path) = clip() else { return };
    let (nothing, server) = (Workspace::new(), Server::start());
    let run = vstream().arg(&path).arg("--spawn").arg("--port").arg(port_of(&server.address));
    run.env("PATH", nothing.dir()).run().expect(0);
    wait_until("all samples arrive", || server.has_samples(40));
}

/// A viewer that comes now, and writes what it gets to a file.
pub fn join(serving: &Serving, to: &Path) -> Running {
    let own_port = free_address();
    let viewer = program("rerun").arg("--port").arg(port_of(&own_port));
    viewer.arg("--save").arg(to).arg(&serving.source).start()
}

fn samples_in(path: &Path) -> usize {
    Recording::samples_so_far(path).iter().sum()
}

#[test]
fn a_web_viewer_stays_up_and_late_clients_get_everything() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let mut serving = Serving::start(vstream().arg(&path).arg("--serve"));
    serving.running.wait_for_line("serving until Ctrl-C");
    let mut stream = TcpStream::connect(&serving.page).expect("the web server");
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").expect("a request");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("a page");
    assert!(page.starts_with("HTTP/1.0 200") && page.contains("<canvas"), "{page}");

    let late = workspace.path("late.rrd");
    let viewer = join(&serving, &late);
    wait_until("all samples arrive", || samples_in(&late) == 40);
    viewer.signal_all("KILL");
    serving.running.signal("INT");
    serving.running.finish().expect(0);
}

#[test]
fn a_viewer_that_comes_late_begins_with_a_keyframe() {
    if !skip::have(&["rerun"]) {
        return;
    }
    let workspace = Workspace::new();
    let run = vstream().words("lavfi:testsrc2=rate=25 --realtime --preset ultrafast --serve");
    let mut serving = Serving::start(run);
    let late = workspace.path("late.rrd");
    let viewer = join(&serving, &late);
    serving.running.wait_until("samples arrive", || samples_in(&late) > 30);
    viewer.signal_all("KILL");
    let got = Recording::open(&late);
    assert!(got.default_blueprint && got.only_video().codecs.len() == 1);
    assert!(inspect(&got.only_video().samples[0].data).idr);
    serving.running.signal("INT");
    // It serves until then, so this is its proper end.
    serving.running.finish().expect(0);
}

#[test]
fn a_web_viewer_listens_on_this_machine_only() {
    let Some(path) = clip() else { return };
    let serving = Serving::start(vstream().arg(&path).arg("--serve"));
    assert!(serving.page.starts_with("127.0.0.1:"), "{}", serving.page);
    assert!(serving.source.starts_with("rerun+http://127.0.0.1:"), "{}", serving.source);
    // Connecting a datagram socket sends nothing; it tells the address that others see.
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a socket");
    let route = socket.connect("192.0.2.1:9").and_then(|()| socket.local_addr());
    let Ok(outside) = route else {
        return skip::skip("no network but the machine's own");
    };
    let ports =
        [&serving.page, serving.source.trim_end_matches("/proxy")].map(|it| port_of(it).to_owned());
    for port in ports {
        let address = format!("{}:{port}", outside.ip());
        assert!(TcpStream::connect(&address).is_err(), "{address} can be reached from elsewhere");
    }
}

#[test]
fn a_port_in_use_is_named_with_the_program_that_has_it() {
    let Some(path) = clip() else { return };
    let held = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = held.local_addr().expect("an address").port().to_string();
    for (option, other) in [("--port", "--web-port"), ("--web-port", "--port")] {
        let run = vstream().arg(&path).words("--serve --no-open").arg(option).arg(&port);
        let outcome = run.arg(other).arg("0").run().expect(1);
        let who = format!("(process {}) uses this port", std::process::id());
        outcome.says(&[&port, &format!("choose another with {option} ")]);
        if cfg!(target_os = "linux") {
            outcome.says(&[&who]);
        }
    }
}

#[test]
fn without_an_output_and_without_rerun_it_serves() {
    let Some(path) = clip() else { return };
    let nothing = Workspace::new();
    let mut serving = Serving::start(vstream().arg(&path).env("PATH", nothing.dir()));
    serving.running.wait_for_line("serving until Ctrl-C");
    serving.running.signal("INT");
    serving.running.finish().expect(0);
}
