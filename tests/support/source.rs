//! Live sources for tests: scripted bytes over TCP, and unused ports.
//! Real servers are started by the tests that use them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

/// One connection of a TCP source: what it sends, and whether it then stays open.
pub struct Connection {
    pub bytes: Vec<u8>,
    pub holds: bool,
}

/// Serves one connection after the other, and ends with the value that is dropped.
pub struct TcpSource {
    pub url: String,
    _until: Sender<()>,
}

pub fn tcp(connections: Vec<Connection>) -> TcpSource {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("tcp://{}", listener.local_addr().expect("an address"));
    let (until, dropped) = channel();
    std::thread::spawn(move || {
        for connection in connections {
            let Ok((mut stream, _)) = listener.accept() else { return };
            stream.write_all(&connection.bytes).ok();
            if connection.holds {
                dropped.recv().ok();
            }
        }
    });
    TcpSource { url, _until: until }
}

/// Bytes in equal parts, one every `interval`, over one TCP connection; then the end.
pub fn paced(parts: Vec<Vec<u8>>, interval: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("tcp://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else { return };
        let began = Instant::now();
        for (part, at) in parts.iter().zip(0..) {
            std::thread::sleep((interval * at).saturating_sub(began.elapsed()));
            if stream.write_all(part).is_err() {
                return;
            }
        }
    });
    url
}

/// The same as the answer to each HTTP request, behind `head`; then the connection stays open.
pub fn pushed(head: &str, parts: Vec<Vec<u8>>, interval: Duration) -> String {
    push_to_all(head, parts, interval, true)
}

/// The same; then the connection is closed.
pub fn pushed_and_closed(head: &str, parts: Vec<Vec<u8>>, interval: Duration) -> String {
    push_to_all(head, parts, interval, false)
}

fn push_to_all(head: &str, parts: Vec<Vec<u8>>, interval: Duration, stays: bool) -> String {
    let head = head.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            if push(&mut stream, &head, &parts, interval).is_ok() && stays {
                // Until the other side closes it.
                let _ended = stream.read(&mut [0]);
            }
        }
    });
    url
}

fn push(
    stream: &mut TcpStream,
    head: &str,
    parts: &[Vec<u8>],
    interval: Duration,
) -> std::io::Result<()> {
    let mut request = [0; 4096];
    let _asked = stream.read(&mut request)?;
    let began = Instant::now();
    stream.write_all(format!("HTTP/1.0 200 OK\r\n{head}\r\n\r\n").as_bytes())?;
    for (part, at) in parts.iter().zip(0..) {
        std::thread::sleep((interval * at).saturating_sub(began.elapsed()));
        stream.write_all(part)?;
    }
    Ok(())
}

/// Passes datagrams on to `to`, all but every n-th, until the test ends. Returns the port to send to.
pub fn lossy(to: u16, every: usize) -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let port = socket.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        let mut buffer = [0; 65536];
        for count in 1.. {
            let Ok(length) = socket.recv(&mut buffer) else { return };
            if count % every != 0 {
                socket.send_to(&buffer[..length], ("127.0.0.1", to)).ok();
            }
        }
    });
    port
}
