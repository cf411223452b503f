//! Asks the kernel about the TCP connections of this process, and how much of their data has arrived.
//! Which peers matter, and for how long they may receive nothing, is decided by the callers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::RawFd;

/// A TCP connection of this process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connection {
    pub local: SocketAddr,
    pub peer: SocketAddr,
    /// Bytes that the peer's system has acknowledged; they may still wait there for its program.
    pub acknowledged: u64,
}

/// The connections of this process to any of `peers`. None if the kernel is older than 4.1.
pub(crate) fn connections_to(peers: &[SocketAddr]) -> Vec<Connection> {
    let Ok(open) = std::fs::read_dir("/proc/self/fd") else { return Vec::new() };
    let open = open.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let connection = |fd| {
        let peer = address(fd, libc::getpeername).filter(|peer| peers.contains(peer))?;
        let local = address(fd, libc::getsockname)?;
        Some(Connection { local, peer, acknowledged: acknowledged(fd)? })
    };
    open.filter_map(connection).collect()
}

type AddressOf =
    unsafe extern "C" fn(RawFd, *mut libc::sockaddr, *mut libc::socklen_t) -> libc::c_int;

/// One end of a connection. `None` for descriptors that are no connection.
fn address(fd: RawFd, of: AddressOf) -> Option<SocketAddr> {
    // SAFETY: all fields are integers, for which zero is valid.
    let mut address: libc::sockaddr_storage = unsafe { std::mem::zeroed() };
    let mut length = size_of_val(&address) as libc::socklen_t;
    let to = (&raw mut address).cast();
    // SAFETY: the kernel writes at most `length` bytes to `address`, and rejects numbers that are no open socket.
    if unsafe { of(fd, to, &raw mut length) } != 0 {
        return None;
    }
    match i32::from(address.ss_family) {
        libc::AF_INET => {
            // SAFETY: the family says that it is one of these, and a `sockaddr_storage` is large enough for all.
            let v4 = unsafe { &*(&raw const address).cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
            Some(SocketAddr::new(IpAddr::V4(ip), u16::from_be(v4.sin_port)))
        }
        libc::AF_INET6 => {
            // SAFETY: as above.
            let v6 = unsafe { &*(&raw const address).cast::<libc::sockaddr_in6>() };
            let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            Some(SocketAddr::new(IpAddr::V6(ip), u16::from_be(v6.sin6_port)))
        }
        _ => None,
    }
}

fn acknowledged(fd: RawFd) -> Option<u64> {
    // SAFETY: all fields are integers, for which zero is valid.
    let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
    let mut length = size_of_val(&info) as libc::socklen_t;
    let to = (&raw mut info).cast();
    // SAFETY: the kernel writes at most `length` bytes to `info`, and rejects numbers that are no TCP socket.
    let code =
        unsafe { libc::getsockopt(fd, libc::IPPROTO_TCP, libc::TCP_INFO, to, &raw mut length) };
    let end = std::mem::offset_of!(libc::tcp_info, tcpi_bytes_acked) + size_of::<u64>();
    (code == 0 && length as usize >= end).then_some(info.tcpi_bytes_acked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn bytes_that_arrived_are_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert!(connections_to(&[address]).is_empty());
        let mut ours = TcpStream::connect(address).unwrap();
        let (mut theirs, _) = listener.accept().unwrap();
        let connection = || match connections_to(&[address])[..] {
            [connection] => connection,
            ref others => panic!("not one connection: {others:?}"),
        };
        let before = connection();
        assert_eq!(before.local, ours.local_addr().unwrap());
        ours.write_all(&[0; 1000]).unwrap();
        theirs.read_exact(&mut [0; 1000]).unwrap();
        // The answer acknowledges what it answers.
        theirs.write_all(&[0]).unwrap();
        ours.read_exact(&mut [0]).unwrap();
        assert_eq!(connection().acknowledged, before.acknowledged + 1000);
    }

    #[test]
    fn peers_of_both_families_are_recognised() {
        let Ok(listener) = TcpListener::bind("[::1]:0") else { return };
        let address = listener.local_addr().unwrap();
        let _ours = TcpStream::connect(address).unwrap();
        assert_eq!(connections_to(&["[::1]:9".parse().unwrap(), address]).len(), 1);
    }
}
