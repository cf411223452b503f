//! Errors about inputs that cannot be used: the right cause, and a remedy that works. One row per error.
//! Inputs that are merely damaged are in `errors`.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};

use crate::support::convert::{convert, refused};
use crate::support::ports::{free_address, free_port};
use crate::support::run::{Workspace, read, vstream};
use crate::support::{generate, skip, web};

fn clip() -> PathBuf {
    generate::video("index_at_end.mp4", "{v} -c:v libx264 -bf 0 -g 12")
}

fn write(workspace: &Workspace, name: &str, bytes: &[u8]) -> PathBuf {
    let path = workspace.path(name);
    std::fs::write(&path, bytes).expect("a file");
    path
}

/// JPEG pictures behind each other: what FFmpeg's probing finds in any file that holds some.
fn jpegs() -> Vec<u8> {
    let path = generate::video("pictures.mjpeg", "{v} -pix_fmt yuvj420p -c:v mjpeg");
    read(&path)
}

/// Sends MPEG-TS over UDP, again and again, until the test program ends: seven packets a datagram, behind what `header`
/// makes of its number. Returns the port.
fn broadcast(stream: Vec<u8>, header: fn(u16) -> Vec<u8>) -> u16 {
    let port = free_port();
    let sender = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    std::thread::spawn(move || {
        // Numbers continue where the stream starts again: receivers drop what seems to be late.
        let numbers = (0..=u16::MAX).cycle();
        for (packets, number) in stream.chunks(7 * 188).cycle().zip(numbers) {
            // Nobody may be listening yet.
            sender.send_to(&[header(number), packets.to_vec()].concat(), ("127.0.0.1", port)).ok();
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    });
    port
}

#[test]
fn protected_video_is_named() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let clear = read(&generate::video("clear.ts", "{v} -c:v libx264 -bf 0 -b:v 2M"));
    let scramble = |packet: &[u8]| {
        let mut packet = packet.to_vec();
        // The pictures, from the PID that FFmpeg gives them on.
        if packet[1] & 0x1f == 1 {
            packet[3] |= 0x80;
            packet[4..].iter_mut().for_each(|byte| *byte ^= 0x5a);
        }
        packet
    };
    let scrambled: Vec<u8> = clear.chunks(188).flat_map(scramble).collect();
    let path = write(&workspace, "pay.ts", &scrambled);
    refused(vstream().arg(&path), &["pay.ts", "scrambled MPEG-TS", "in the clear"]);
    // From a network, too: a server, a pipe and a broadcast that is joined anywhere.
    let told = ["scrambled MPEG-TS", "in the clear"];
    let address = web::serve(scrambled.clone());
    refused(vstream().arg(format!("http://{address}/pay.ts")), &told);
    refused(vstream().arg("-").stdin(scrambled.clone()), &told);
    // By themselves and with the header of RTP.
    let rtp = |number: u16| [&[0x80, 33][..], &number.to_be_bytes(), &[0; 8]].concat();
    for (scheme, header) in [("udp", (|_| Vec::new()) as fn(u16) -> Vec<u8>), ("rtp", rtp)] {
        let port = broadcast(scrambled.clone(), header);
        refused(vstream().arg(format!("{scheme}://127.0.0.1:{port}")).words("--timeout 5"), &told);
    }
    let media = read(&generate::video("media.wmv", "{v} -c:v wmv2"));
    let key = b"\xfb\xb3\x11\x22\x23\xbd\xd2\x11\xb4\xb7\x00\xa0\xc9\x55\xfc\x6e";
    let path = write(&workspace, "drm.wmv", &[&media[..30], key, &media[30..]].concat());
    refused(vstream().arg(&path), &["drm.wmv", "DRM"]);
}

#[test]
fn formats_of_pictures_that_are_not_video_are_named() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    let record = b"\x00\x96\0\0\0\0\0\0";
    let mut old_tar = vec![0; 512];
    old_tar[..5].copy_from_slice(b"1.jpg");
    old_tar[148..156].copy_from_slice(b"001240\0 ");
    let rows: [(&str, &[u8], [&str; 2]); 17] = [
        ("a.old.tar", &old_tar, ["tar archive", "unpack"]),
        ("a.nc", b"CDF\x01\0\0\0\0", ["NetCDF", "raw video"]),
        ("a.pkl", b"\x80\x04\x95\0\0\0\0", ["pickle", "raw video"]),
        ("a.safetensors", b"\x02\0\0\0\0\0\0\0{\"", ["safetensors", "raw video"]),
        ("a.pcap", b"\xd4\xc3\xb2\xa1\x02\0\x04\0", ["network packets", "Wireshark"]),
        ("a.pcd", b"# .PCD v0.7\n", ["point cloud", "no pictures"]),
        ("a.zip", b"PK\x03\x04\x14\0 00001.jpg", ["ZIP archive", "unpack"]),
        ("a.npz", b"PK\x03\x04\x14\0 images.npy", ["NPZ", "raw video"]),
        ("a.tar", &tar, ["tar archive", "unpack"]),
        ("a.h5", b"\x89HDF\r\n\x1a\n", ["HDF5", "raw video"]),
        ("a.parquet", b"PAR1", ["Parquet", "raw video"]),
        ("a.bag", b"#ROSBAG V1.2\n", ["bag of ROS 1", "rosbag filter"]),
        ("a.tfrecord", record, ["mjpeg", "-f mjpeg"]),
        ("a.npy", b"\x93NUMPY\x01\0", ["NumPy", "raw video"]),
        ("a.gz", b"\x1f\x8b\x08\0", ["gzip", "decompress"]),
        ("a.bin", b"a header of some kind", ["mjpeg", "-f mjpeg"]),
        ("a", b"\0\0\0\0", ["mjpeg", "-f mjpeg"]),
    ];
    for (name, head, words) in rows {
        let path = write(&workspace, name, &[head, &jpegs()].concat());
        refused(vstream().arg(&path), &[name, words[0], words[1]]);
    }
    // However they come.
    for (name, head, words) in [rows[0], rows[4], rows[6], rows[9], rows[14]] {
        let bytes = [head, &jpegs()].concat();
        refused(vstream().arg("-").stdin(bytes.clone()), &["standard input", words[0], words[1]]);
        let address = web::serve(bytes);
        refused(vstream().arg(format!("http://{address}/{name}")), &[name, words[0], words[1]]);
    }
    // The same bytes are a video where they begin, or where that is asked for.
    let plain = write(&workspace, "plain", &jpegs());
    assert_eq!(convert(&plain, "--preset ultrafast").video().samples.len(), 40);
    let asked = convert(&workspace.path("a.bin"), "--preset ultrafast -f mjpeg");
    assert_eq!(asked.video().samples.len(), 40);
}

#[test]
fn other_content_in_place_of_a_video_is_named() {
    let workspace = Workspace::new();
    let rows: [(&str, &[u8], [&str; 2]); 7] = [
        ("page.mp4", b"<!DOCTYPE html>\n<title>404 Not Found</title>", ["web page", "login"]),
        ("error.mkv", b"<?xml version=\"1.0\"?><Error/>", ["XML", "look into it"]),
        ("answer.mp4", b"{\"error\": \"no such object\"}", ["JSON", "look into it"]),
        ("lfs.mp4", b"version https://git-lfs.github.com/spec/v1\n", ["Git LFS", "git lfs pull"]),
        ("zeros.mov", &[0; 5000], ["zeros", "copy it again"]),
        ("notes.mp4", b"Notes of the day\n", ["text", "holds video"]),
        ("list.m3u8", b"\xef\xbb\xbf#EXTM3U\n", ["byte order mark", "save it"]),
    ];
    for (name, bytes, words) in rows {
        refused(vstream().arg(write(&workspace, name, bytes)), &[name, words[0], words[1]]);
        let address = web::serve(bytes.to_vec());
        refused(vstream().arg(format!("http://{address}/{name}")), &[name, words[0], words[1]]);
    }
    let list = write(&workspace, "list.txt", b"file 'a.mp4'\n");
    refused(vstream().arg(list), &["list of files", "-f concat"]);
    // Nothing can be said of it, and not that it is an MP4 without an index.
    let noise: Vec<u8> =
        (0..5000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let noise = write(&workspace, "noise.mp4", &noise);
    refused(vstream().arg(noise), &["noise.mp4", "not a video FFmpeg knows"]);
}

#[test]
fn a_missing_index_is_distinguished_from_one_out_of_reach() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let bytes = read(&clip());
    let moov = bytes.windows(4).rposition(|word| word == b"moov").expect("an index") - 4;
    let workspace = Workspace::new();
    let unfinished = write(&workspace, "unfinished.mp4", &bytes[..moov]);
    refused(vstream().arg(&unfinished), &["did not finish it", "untrunc"]);
    // More than FFmpeg keeps of a pipe to go back in.
    let mut large = bytes[..moov].to_vec();
    large.resize(4 << 20, 0);
    let piped = vstream().arg("-").stdin(large);
    refused(piped, &["standard input", "only be read forward", "faststart"]);
    // More than FFmpeg keeps of a response to go back in.
    let padding = [&(4_u32 << 20).to_be_bytes()[..], b"free", &vec![0; (4 << 20) - 8]].concat();
    let address = web::serve([&bytes[..moov], &padding, &bytes[moov..]].concat());
    let forward = ["only be read forward", "faststart"];
    refused(vstream().arg(format!("http://{address}/whole.mp4")), &forward);
}

#[test]
fn an_error_names_the_options_that_a_playlist_needs_and_they_work() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let clip = clip();
    let list = write(&workspace, "list.txt", format!("file '{}'\n", clip.display()).as_bytes());
    let concat = "--preset ultrafast -f concat";
    refused(vstream().arg(&list).words(concat), &["Unsafe file name", "--input-option safe=0"]);
    let allowed = convert(&list, &format!("{concat} --input-option safe=0"));
    assert_eq!(allowed.video().samples.len(), 40);

    let absent = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nabsent.ts\n#EXT-X-ENDLIST\n";
    let absent = write(&workspace, "absent.m3u8", absent.as_bytes());
    refused(vstream().arg(absent), &["no segment can be opened", "are there"]);
    let key = "#EXT-X-KEY:METHOD=AES-128,URI=\"absent.key\"\n#EXTINF:1,\nabsent.ts\n";
    let locked = format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n{key}#EXT-X-ENDLIST\n");
    let locked = write(&workspace, "locked.m3u8", locked.as_bytes());
    let run = vstream().arg(locked).words("--input-option allowed_extensions=ALL");
    refused(run, &["it is encrypted, and the key", "put the key"]);

    let segments = "{v} -c:v libx264 -hls_list_size 0 -hls_segment_filename s%d.xyz";
    let playlist = generate::video("odd.m3u8", segments);
    let outcome = vstream().arg(&playlist).arg("--save").arg(workspace.path("out.rrd")).run();
    // Versions before the check take any ending.
    if outcome.code == Some(0) {
        return;
    }
    assert!(outcome.stderr.contains("xten"), "{}", outcome.stderr);
    let hint = outcome.stderr.split('`').nth(1).expect("a hint with options").to_owned();
    assert!(hint.contains("allowed_extensions=ALL"), "{hint}");
    let allowed = convert(&playlist, &format!("--preset ultrafast {hint}"));
    assert_eq!(allowed.video().samples.len(), 40);
}

/// Answers every request with one status.
fn server(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 4096];
            // A client may ask again with what it has learned.
            while let Ok(length @ 1..) = stream.read(&mut request) {
                let request = String::from_utf8_lossy(&request[..length]);
                let sequence = request.lines().find(|line| line.starts_with("CSeq"));
                let protocol = if sequence.is_some() { "RTSP/1.0" } else { "HTTP/1.1" };
                let header = sequence.unwrap_or("Content-Length: 0");
                let basic = "WWW-Authenticate: Basic realm=\"camera\"";
                let answer = format!("{protocol} {status}\r\n{header}\r\n{basic}\r\n\r\n");
                stream.write_all(answer.as_bytes()).ok();
            }
        }
    });
    address.to_string()
}

#[test]
fn an_error_status_of_a_server_is_named() {
    let wants = server("401 Unauthorized");
    let url = |scheme: &str, user: &str| format!("{scheme}://{user}{wants}/stream");
    refused(vstream().arg(url("rtsp", "")), &["401", "wants a user name", "NAME:PASSWORD@"]);
    refused(vstream().arg(url("rtsp", "u:pw@")), &["401", "is wrong", "percent-encoded"]);
    refused(vstream().arg(url("http", "")), &["401", "wants a user name", "NAME:PASSWORD@"]);
    let busy = server("503 Service Unavailable");
    refused(
        vstream().arg(format!("http://{busy}/a.mp4")),
        &["answers 503 Serv", "try again later"],
    );
    let gone = server("410 Gone");
    refused(vstream().arg(format!("http://{gone}/a.mp4")), &["answers 410 Gone", "browser"]);
    let nothing = web::serve(Vec::new());
    refused(vstream().arg(format!("http://{nothing}/a.ts")), &["sends nothing", "browser"]);
    refused(vstream().arg(format!("rtsp://{nothing}/a")), &["does not speak RTSP", "port"]);
    let missing = server("404 Not Found");
    refused(vstream().arg(format!("http://{missing}/a.mp4")), &["404", "nothing of that name"]);
    let free = free_address();
    refused(
        vstream().arg(format!("http://{free}/a.mp4")),
        &["refused", "check the host and the port"],
    );
}

#[test]
fn a_codec_that_this_ffmpeg_does_not_know_has_a_name() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let mut bytes = read(&clip());
    let workspace = Workspace::new();
    let mut rename = |from: &[u8; 4], to: &[u8; 4]| {
        let at = bytes.windows(4).rposition(|word| word == from).expect("a sample entry");
        bytes[at..at + 4].copy_from_slice(to);
        write(&workspace, "new.mp4", &bytes)
    };
    let none = |path: &Path, name: &str| refused(vstream().arg(path), &["no decoder for", name]);
    none(&rename(b"avc1", b"zzz9"), "`zzz9`");
    none(&rename(b"zzz9", b"av02"), "AV2 (av02)");
}

#[test]
fn an_animated_webp_is_read_or_named() {
    if !skip::have(&["ffmpeg"]) || !skip::have_encoder("libwebp_anim") {
        return;
    }
    let path = generate::video("moving.webp", "{v} -c:v libwebp_anim -loop 0");
    if skip::has_demuxer("webp_anim") {
        assert_eq!(convert(&path, "--preset ultrafast").video().samples.len(), 40);
    } else {
        refused(vstream().arg(&path), &["animated WebP", "magick"]);
    }
}

#[test]
fn a_photo_that_ffmpeg_does_not_read_is_named() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    for (name, start) in
        [("a.cr3", &b"\0\0\0\x18ftypcrx \0\0\0\x01"[..]), ("a.raf", b"FUJIFILMCCD-RAW")]
    {
        let mut bytes = start.to_vec();
        bytes.resize(2000, 0);
        refused(vstream().arg(write(&workspace, name, &bytes)), &["a raw photo", "darktable-cli"]);
    }
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    tiff.resize(2000, 0);
    let told = ["1 damaged packet)", "darktable-cli"];
    refused(vstream().arg(write(&workspace, "a.nef", &tiff)), &told);
}
