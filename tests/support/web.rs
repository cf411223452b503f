//! A web server on loopback that serves one file, whatever the path.
//! It has no ranges; misbehaving servers are in the tests that need them.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

/// How a client knows that a response is whole.
#[derive(Clone, Copy)]
pub enum Framing {
    Length,
    Chunks,
    /// The connection is closed behind it.
    Closed,
}

/// Serves the bytes until the test program ends, and returns `HOST:PORT`.
pub fn serve(bytes: Vec<u8>) -> String {
    serve_as(bytes, Framing::Length)
}

/// The same, with the framing that is asked for.
pub fn serve_as(bytes: Vec<u8>, framing: Framing) -> String {
    let (header, body) = match framing {
        Framing::Length => (format!("Content-Length: {}\r\n", bytes.len()), bytes),
        Framing::Closed => (String::new(), bytes),
        Framing::Chunks => {
            let chunk = |bytes: &[u8]| {
                let size = format!("{:x}\r\n", bytes.len());
                [size.as_bytes(), bytes, b"\r\n"].concat()
            };
            let mut body: Vec<u8> = bytes.chunks(10_000).flat_map(chunk).collect();
            body.extend(b"0\r\n\r\n");
            ("Transfer-Encoding: chunked\r\n".to_owned(), body)
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream): Result<TcpStream, _> = stream else { return };
            let mut request = [0; 8192];
            if stream.read(&mut request).is_ok_and(|length| length > 0) {
                let head = format!("HTTP/1.1 200 OK\r\n{header}Connection: close\r\n\r\n");
                stream.write_all(head.as_bytes()).ok();
                stream.write_all(&body).ok();
            }
        }
    });
    address
}
