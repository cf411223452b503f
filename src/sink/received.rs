//! How much a viewer has received, which Rerun's client does not report: Linux knows it of every connection.
//! What that means for the output is decided in `output`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::ffi::{Connection, connections_to};

/// Bytes that programs at `peers` have received from this one. `None` if there is no connection to any of them.
pub(super) fn received_by(peers: &[SocketAddr]) -> Option<u64> {
    let connections = connections_to(peers);
    let acknowledged = connections.iter().map(|it| it.acknowledged).reduce(|sum, it| sum + it)?;
    let unread = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| {
        std::fs::read_to_string(table).map_or(0, |table| unread(&table, &connections))
    });
    // A system acknowledges in large steps what a slow program reads in small ones. Those of programs on this machine
    // can be seen.
    Some(acknowledged.saturating_sub(unread.iter().sum()))
}

/// Bytes that wait at the other ends of `connections`, as far as those ends are in a table of the kernel's:
/// "sl local_address rem_address st tx_queue:rx_queue …".
fn unread(table: &str, connections: &[Connection]) -> u64 {
    let waiting = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        let ends = (address(words.next()?)?, address(words.next()?)?);
        let (_, received) = words.nth(1)?.split_once(':')?;
        let is_theirs = |it: &Connection| ends == (canonical(it.peer), canonical(it.local));
        connections.iter().any(is_theirs).then(|| u64::from_str_radix(received, 16).ok())?
    };
    table.lines().skip(1).filter_map(waiting).sum()
}

/// A server for both families has its IPv4 connections in the table of IPv6.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// "0100007F:2694": words of the address in the machine's byte order, and the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let word =
        |at: usize| u32::from_str_radix(ip.get(8 * at..8 * at + 8)?, 16).map(u32::to_ne_bytes).ok();
    let ip = match ip.len() {
        8 => IpAddr::from(Ipv4Addr::from(word(0)?)),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(words.as_flattened()).ok()?))
        }
        _ => return None,
    };
    Some(canonical(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn only_what_a_program_has_read_is_received() {
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

    #[test]
    fn addresses_of_the_tables() {
        if cfg!(target_endian = "big") {
            return;
        }
        let of = |text| address(text).map(|it| it.to_string());
        assert_eq!(of("0100007F:2694").as_deref(), Some("127.0.0.1:9876"));
        let mapped = "0000000000000000FFFF00000100007F:2694";
        assert_eq!(of(mapped).as_deref(), Some("127.0.0.1:9876"));
        let v6 = "00000000000000000000000001000000:0001";
        assert_eq!(of(v6).as_deref(), Some("[::1]:1"));
        assert_eq!(of("local_address"), None);
        assert_eq!(of("01:02"), None);
    }
}
