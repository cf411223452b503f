//! Malicious inputs: playlists that reach for other files, false headers.
//! Inputs that are merely broken are in `errors`.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::vstream::{Config, OutputConfig, Silent};

use crate::support::convert::{convert, refused};
use crate::support::run::{Workspace, program, read, vstream};
use crate::support::{generate, skip};

/// Segments that may not be opened would be left out silently.
#[test]
fn a_local_playlist_with_network_addresses_is_rejected() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let segment = generate::video("segment.ts", "{v} -c:v libx264");
    let workspace = Workspace::new();
    std::fs::copy(&segment, workspace.path("a.ts")).expect("a copy");
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = server.local_addr().expect("an address");
    let list = |name: &str, lines: &str| {
        let path = workspace.path(name);
        let head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n";
        std::fs::write(&path, format!("{head}{lines}\n#EXT-X-ENDLIST\n")).expect("a playlist");
        path
    };
    let remote = format!("#EXTINF:1.6,\na.ts\n#EXTINF:1.6,\nhttp://{address}/b.ts");
    refused(vstream().arg(list("mixed.m3u8", &remote)), &["mixed.m3u8", "http://"]);
    // One level down nobody looks before FFmpeg does.
    list("inner.m3u8", &remote);
    let outer = workspace.path("outer.m3u8");
    let master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\ninner.m3u8\n";
    std::fs::write(&outer, master).expect("a playlist");
    let to = workspace.path("outer.rrd");
    let outcome = vstream().arg(outer).words("--preset ultrafast --save").arg(&to).run().expect(1);
    assert!(outcome.stderr.contains("not on whitelist"), "{}", outcome.stderr);
    server.set_nonblocking(true).expect("a socket that does not wait");
    assert!(server.accept().is_err(), "a local file made vstream call {address}");

    let local = convert(&list("local.m3u8", "#EXTINF:1.6,\na.ts"), "--preset ultrafast");
    assert_eq!(local.video().samples.len(), 40);
}

#[test]
fn a_network_playlist_reads_no_file() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let segment = generate::video("segment.ts", "{v} -c:v libx264");
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = server.local_addr().expect("an address");
    let list = format!(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.6,\nfile://{}\n#EXT-X-ENDLIST\n",
        segment.display()
    );
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\nConnection: close\r\n";
            let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{list}", list.len());
        }
    });
    refused(vstream().arg(format!("http://{address}/list.m3u8")), &["list.m3u8", "whitelist"]);
}

/// A server that answers each request by what it holds. The address, and the requests that came.
fn server(
    answer: impl Fn(&str) -> String + Send + 'static,
) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let requests = Arc::<Mutex<Vec<String>>>::default();
    let seen = requests.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let got = stream.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..got]).into_owned();
            let head = answer(&request);
            seen.lock().unwrap().push(request);
            let _ =
                write!(stream, "HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    (address, requests)
}

#[test]
fn a_redirect_does_not_receive_the_password() {
    let (other, asked) = server(|_| "404 Not Found".to_owned());
    let (address, requests) = server(move |request| match request.contains("Authorization:") {
        true => format!("302 Found\r\nLocation: http://{other}/clip.mp4"),
        false => "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"".to_owned(),
    });
    let url = format!("http://somebody:hunter2@{address}/clip.mp4");
    let workspace = Workspace::new();
    let outcome = vstream().arg(url).arg("--save").arg(workspace.path("out.rrd")).run().expect(1);
    assert!(!outcome.stderr.contains("hunter2"), "{}", outcome.stderr);
    assert!(requests.lock().unwrap().iter().any(|request| request.contains("Authorization:")));
    let asked = asked.lock().unwrap();
    assert!(!asked.is_empty(), "it did not follow: {}", outcome.stderr);
    // In Base64 too.
    for secret in ["Authorization", "hunter2", "aHVudGVyM"] {
        assert!(!asked.iter().any(|request| request.contains(secret)), "{asked:?}");
    }
}

#[test]
fn a_redirect_reads_no_file() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let local = generate::video("segment.ts", "{v} -c:v libx264");
    let to = local.display().to_string();
    let (address, _) = server(move |_| format!("302 Found\r\nLocation: file://{to}"));
    refused(vstream().arg(format!("http://{address}/clip.ts")), &["clip.ts"]);
}

/// A header of a kilobyte must not make anyone allocate half a gigabyte.
#[test]
fn a_false_size_in_a_header_allocates_nothing() {
    let workspace = Workspace::new();
    let path = workspace.path("huge.bmp");
    let mut bytes = b"BM\xe8\x03\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bytes.extend(12336_u32.to_le_bytes());
    bytes.extend(12336_u32.to_le_bytes());
    bytes.extend(b"\x01\0\x18\0");
    bytes.resize(1000, 0);
    std::fs::write(&path, bytes).expect("a picture");
    // Code and libraries of a debug build take some; the picture would take 456 MB more.
    let limited = "ulimit -v 1500000 && exec \"$0\" \"$@\"";
    let run = program("sh").arg("-c").arg(limited).arg(env!("CARGO_BIN_EXE_vstream"));
    refused(run.arg(&path), &["huge.bmp", "damaged"]);
    let outcome = vstream().arg(&path).words("-vv --save").arg(workspace.path("out.rrd")).run();
    assert!(outcome.stderr.contains("max pixel"), "{}", outcome.stderr);
}

/// FFmpeg opens whatever playlists name, and what those name, and keeps a few kilobytes for each.
#[test]
fn playlists_that_include_each_other_are_rejected() {
    let workspace = Workspace::new();
    let master = |name: &str, named: &str, times: usize| {
        let variant = format!("#EXT-X-STREAM-INF:BANDWIDTH=1\n{named}\n");
        let path = workspace.path(name);
        std::fs::write(&path, format!("#EXTM3U\n{}", variant.repeat(times))).expect("a playlist");
        path
    };
    master("back.m3u8", "there.m3u8", 1);
    master("few.m3u8", "absent.m3u8", 40);
    for path in [
        master("itself.m3u8", "itself.m3u8", 1),
        master("there.m3u8", "back.m3u8", 1),
        master("many.m3u8", "few.m3u8", 40),
    ] {
        refused(vstream().arg(path), &["leads to more than 1000 others, or to itself"]);
    }
    // Neither is read for ever.
    let limited = "ulimit -v 1500000 && exec \"$0\" \"$@\"";
    let run = program("sh").arg("-c").arg(limited).arg(env!("CARGO_BIN_EXE_vstream"));
    refused(run.arg(master("zeros.m3u8", "/dev/zero", 1)), &["cannot open", "zeros.m3u8"]);
}

/// Records of a bag that say they are longer than any memory, and than this machine's.
#[test]
fn a_false_record_length_in_a_bag_allocates_nothing() {
    let workspace = Workspace::new();
    let path = workspace.path("lies.mcap");
    for length in [1_u64 << 60, 3 << 30] {
        let mut bytes = b"\x89MCAP0\r\n\x01\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05".to_vec();
        bytes.extend(length.to_le_bytes());
        bytes.extend(b"message");
        std::fs::write(&path, bytes).expect("a bag");
        let limited = "ulimit -v 2500000 && exec \"$0\" \"$@\"";
        let run = program("sh").arg("-c").arg(limited).arg(env!("CARGO_BIN_EXE_vstream"));
        refused(run.arg(&path), &["lies.mcap"]);
    }
}

/// One second whose header says 20 hours: progress follows what is read.
#[test]
fn a_false_duration_does_not_affect_progress() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let honest = generate::video("honest.avi", "{v} -c:v mpeg4");
    let path = generate::made("lies.avi", &"20 hours", |to| {
        let mut bytes = read(&honest);
        let frames = (25_u32 * 72_000).to_le_bytes();
        for (name, offset) in [(b"avih", 24), (b"strh", 40)] {
            let at = bytes.windows(4).position(|w| w == name).expect("a header") + offset;
            bytes[at..at + 4].copy_from_slice(&frames);
        }
        std::fs::write(to, bytes).expect("a file");
    });
    let end = |start: Option<u64>| {
        let workspace = Workspace::new();
        let save = OutputConfig::save(workspace.path("out.rrd"));
        let mut config = Config::new(&path).with_output(save);
        config.video.preset = Some("ultrafast".into());
        config.inputs[0].start = start.map(Duration::from_millis);
        config.inputs[0].duration = start.map(|_| Duration::from_millis(400));
        let summary = ::vstream::run(&config, &mut Silent).expect("a recording");
        let track = &summary.tracks[0];
        assert_eq!(track.stream.duration, Some(Duration::from_secs(72_000)), "it does not lie");
        (track.progress.logged, track.progress.fraction.expect("a fraction"))
    };
    let (logged, whole) = end(None);
    assert!(logged == 40 && whole > 0.9, "{logged} frames, {whole}");
    // A part is done when its last frame is, wherever in the file that is.
    let (logged, part) = end(Some(800));
    assert!(logged == 10 && part > 0.85, "{logged} frames, {part}");
}

/// A title is whatever the maker of a file wrote, and a name whatever a server called it.
#[test]
fn titles_and_names_cannot_control_the_terminal() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let evil = "x\x1b]0;title\x07\x1b[2Jy";
    let titled = generate::steps(
        "titled.mkv",
        &[&format!("{{v}} -map 0 -map 0 -c:v libx264 -metadata:s:v:1 title={evil}")],
    );
    let workspace = Workspace::new();
    let named = workspace.path(format!("{evil}.mkv"));
    std::fs::copy(&titled, &named).expect("a copy");
    let broken = workspace.path(format!("broken {evil}.mkv"));
    std::fs::write(&broken, b"nothing").expect("a file");
    for (path, words, code) in [
        (&named, "--preset ultrafast --force --save out.rrd", 0),
        (&named, "--probe", 0),
        (&named, "--all-streams --dry-run", 0),
        (&broken, "--save out.rrd", 1),
    ] {
        let program = vstream().current_dir(workspace.dir()).env("CLICOLOR_FORCE", "1");
        let outcome = program.arg(path).words(words).run().expect(code);
        let said = String::from_utf8_lossy(&outcome.stdout).into_owned() + &outcome.stderr;
        assert!(said.contains("\u{241b}[2J") || said.contains("title"), "{said}");
        for sequence in ["\x07", "\x1b]", "\x1b[2J"] {
            assert!(!said.contains(sequence), "{words}: {said:?}");
        }
    }
}
