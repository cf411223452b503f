//! How much a viewer has received, which Rerun's client does not report: Linux counts it for every connection.
//! What that means for the output is decided in `output`.

use std::net::SocketAddr;

use super::tcp_table::{Entry, canonical, entries};
use crate::ffi::system::connections_to;

/// Bytes that programs at `peers` have received from this one. `None` if there is no connection to any of them.
pub(super) fn received_by(peers: &[SocketAddr]) -> Option<u64> {
    let connections = connections_to(peers);
    let acknowledged = connections.iter().map(|it| it.acknowledged).reduce(|sum, it| sum + it)?;
    // A system acknowledges in large steps what a slow program reads in small ones. Where that runs on this machine,
    // its end of the connection is in the table, with what waits there.
    let is_theirs = |end: &Entry| {
        let ends = (end.local, end.peer);
        connections.iter().any(|it| ends == (canonical(it.peer), canonical(it.local)))
    };
    let unread: u64 = entries().filter(is_theirs).map(|end| end.unread).sum();
    Some(acknowledged.saturating_sub(unread))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn only_bytes_read_by_the_program_count_as_received() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(host) else { continue };
            let peers = [listener.local_addr().unwrap()];
            assert_eq!(received_by(&peers), None);
            let mut ours = TcpStream::connect(peers[0]).unwrap();
            let (mut theirs, _) = listener.accept().unwrap();
            ours.write_all(&[0; 1000]).unwrap();
            theirs.read_exact(&mut [0; 400]).unwrap();
            // The answer acknowledges all that came before it.
            theirs.write_all(&[0]).unwrap();
            ours.read_exact(&mut [0]).unwrap();
            let before = received_by(&peers).unwrap();
            theirs.read_exact(&mut [0; 100]).unwrap();
            assert_eq!(received_by(&peers), Some(before + 100));
        }
    }
}
