//! Checks whether a port is free, and finds out what listens there if not.
//! It only checks; Rerun's servers bind by themselves, and do not report it when they cannot.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr, TcpListener};

#[cfg(target_os = "linux")]
use super::tcp_table::{Entry, entries};
use crate::error::{Error, ErrorKind, Remedy, Result, ServerPort};

/// The error that `address` cannot be used, and why.
pub(super) fn failed(address: impl Display, cause: impl Display) -> Error {
    Error::new(ErrorKind::Serve, address.to_string(), cause)
}

/// The address to listen on, with a free port if it is 0.
pub(super) fn free(bind: IpAddr, port: u16, whose: ServerPort) -> Result<SocketAddr> {
    let wanted = SocketAddr::new(bind, port);
    let found = TcpListener::bind(wanted).and_then(|listener| listener.local_addr());
    found.map_err(|error| {
        if error.kind() == std::io::ErrorKind::AddrInUse {
            let user = user_of(port).unwrap_or_else(|| "another program".into());
            return failed(wanted, format!("{user} uses this port"))
                .with_remedy(Remedy::ChoosePort { port: whose, reserved: false });
        }
        let remedy = match error.kind() {
            std::io::ErrorKind::PermissionDenied => {
                Remedy::ChoosePort { port: whose, reserved: true }
            }
            _ => Remedy::ChooseAddress,
        };
        Error::io(ErrorKind::Serve, wanted.to_string(), error).with_remedy(remedy)
    })
}

/// "rerun (process 4711)": the process that listens on a port, if the system shows it.
#[cfg(target_os = "linux")]
fn user_of(port: u16) -> Option<String> {
    use std::fs;
    let is_user = |entry: &Entry| entry.listens && entry.local.port() == port;
    let socket = format!("socket:[{}]", entries().find(is_user)?.inode);
    // Processes of other users are not visible.
    let holders = fs::read_dir("/proc").ok()?.flatten().filter_map(|process| {
        // Skip the links `self` and `thread-self`.
        let id: u32 = process.file_name().to_str()?.parse().ok()?;
        let holds = fs::read_dir(process.path().join("fd"))
            .ok()?
            .flatten()
            .any(|fd| fs::read_link(fd.path()).is_ok_and(|to| to.to_string_lossy() == socket));
        if !holds {
            return None;
        }
        // "4711 (name) S …": the name may hold spaces and parentheses. The start is field 22.
        let stat = fs::read_to_string(process.path().join("stat")).ok()?;
        let (name, fields) = stat.split_once('(')?.1.rsplit_once(')')?;
        let start: u64 = fields.split_whitespace().nth(19)?.parse().ok()?;
        Some((start, format!("{name} (process {id})")))
    });
    // Children share the socket with the program that opened it, which is the oldest of them.
    holders.min().map(|(_, name)| name)
}

#[cfg(not(target_os = "linux"))]
fn user_of(_port: u16) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_is_found_and_a_taken_one_named() {
        let here: IpAddr = [127, 0, 0, 1].into();
        let address = free(here, 0, ServerPort::Grpc).unwrap();
        assert_ne!(address.port(), 0);
        let held = TcpListener::bind((here, 0)).unwrap();
        let port = held.local_addr().unwrap().port();
        let error = free(here, port, ServerPort::Web).unwrap_err();
        let expected = Remedy::ChoosePort { port: ServerPort::Web, reserved: false };
        assert_eq!(error.remedy(), Some(&expected), "{error:?}");
        #[cfg(target_os = "linux")]
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_port_shared_with_children_belongs_to_their_parent() {
        use std::os::fd::OwnedFd;
        use std::process::{Command, Stdio};
        let here: IpAddr = [127, 0, 0, 1].into();
        let held = TcpListener::bind((here, 0)).unwrap();
        let port = held.local_addr().unwrap().port();
        let shared = Stdio::from(OwnedFd::from(held.try_clone().unwrap()));
        // `cat` gets the socket as its error output and waits for input.
        let mut child = Command::new("cat").stdin(Stdio::piped()).stderr(shared).spawn().unwrap();
        let error = free(here, port, ServerPort::Web).unwrap_err();
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    }
}
