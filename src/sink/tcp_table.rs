//! The TCP sockets of the whole machine, as Linux lists them for IPv4 and for IPv6.
//! What they mean for a port or for a viewer is decided by the callers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A socket, of any process.
pub(super) struct Entry {
    pub local: SocketAddr,
    pub peer: SocketAddr,
    /// It waits for connections.
    pub listens: bool,
    /// Bytes that have arrived and that its program has not read.
    pub unread: u64,
    pub inode: u64,
}

/// All sockets. None where the system shows no such table.
pub(super) fn entries() -> impl Iterator<Item = Entry> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].into_iter();
    let tables = tables.filter_map(|table| std::fs::read_to_string(table).ok());
    tables.flat_map(|table| table.lines().skip(1).filter_map(entry).collect::<Vec<_>>())
}

/// "sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …".
fn entry(line: &str) -> Option<Entry> {
    const LISTEN: &str = "0A";
    let columns: Vec<&str> = line.split_whitespace().collect();
    let (_, unread) = columns.get(4)?.split_once(':')?;
    Some(Entry {
        local: address(columns.get(1)?)?,
        peer: address(columns.get(2)?)?,
        listens: *columns.get(3)? == LISTEN,
        unread: u64::from_str_radix(unread, 16).ok()?,
        inode: columns.get(9)?.parse().ok()?,
    })
}

/// A server for both families has its IPv4 connections in the table of IPv6.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
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

    #[test]
    fn addresses_in_tcp_tables_are_parsed() {
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
