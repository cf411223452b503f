//! Free ports, for programs that have to be given one.
//! Pass port 0 to programs that can choose one themselves.

use std::net::{TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the ports that the kernel gives to whoever asks for any, which may be taken again before the program has them.
const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;

/// A port that is free over TCP and UDP and is given out once, an even one, as RTP wants; the next is free as well.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Other runs of the tests begin elsewhere.
    let start = (std::process::id() % u32::from((LAST - FIRST) / 2)) as u16;
    for _ in FIRST..LAST {
        let turn = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + (start.wrapping_add(turn) % ((LAST - FIRST) / 2)) * 2;
        let is_free = |port| {
            TcpListener::bind(("127.0.0.1", port)).is_ok()
                && UdpSocket::bind(("127.0.0.1", port)).is_ok()
        };
        if is_free(port) && is_free(port + 1) {
            return port;
        }
    }
    panic!("no port is free");
}

/// An address of this machine where nobody listens.
pub fn free_address() -> String {
    format!("127.0.0.1:{}", free_port())
}

pub fn port_of(address: &str) -> &str {
    address.rsplit_once(':').expect("a port").1
}
