//! Checks that a viewer listens at an address and speaks its protocol.
//! It logs nothing. Rerun's own client would wait forever for a server that does not answer.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use rerun::external::re_uri::{ProxyUri, Scheme};

use crate::error::{Error, ErrorKind, Remedy, Result, plain};

/// How long a viewer may take to answer.
pub(super) const ANSWER: Duration = Duration::from_secs(5);

/// The HTTP/2 client preface and an empty SETTINGS frame. Any HTTP/2 server answers with its own settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// Length, type, flags and stream id of an HTTP/2 frame.
const FRAME_HEADER: usize = 9;
const SETTINGS: u8 = 4;

pub(super) fn unreachable(address: &str, cause: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Viewer, format!("a Rerun Viewer at {address}"), cause)
}

pub(super) fn no_viewer(address: &str) -> Error {
    unreachable(address, "something listens there, but it does not answer as a viewer")
        .with_remedy("check the port; another program may use it, or the viewer hangs")
}

/// The addresses of the viewer's host.
fn resolve(uri: &ProxyUri, address: &str) -> Result<Vec<SocketAddr>> {
    let host = uri.origin.format_host();
    let host = host.trim_matches(['[', ']']);
    let found = (host, uri.origin.port).to_socket_addrs().map_err(|error| {
        unreachable(address, plain(&error)).with_source(error).with_remedy("check the host's name")
    })?;
    Ok(found.collect())
}

fn connect(peers: &[SocketAddr], address: &str) -> Result<TcpStream> {
    let mut cause = "the host has no address".to_owned();
    for peer in peers {
        match TcpStream::connect_timeout(peer, ANSWER) {
            Ok(stream) => return Ok(stream),
            Err(error) => cause = plain(&error),
        }
    }
    Err(unreachable(address, cause).with_remedy(Remedy::StartViewer))
}

/// Whether anything accepts connections there.
pub(super) fn listens(uri: &ProxyUri, address: &str) -> Result<()> {
    connect(&resolve(uri, address)?, address).map(drop)
}

/// Make sure that the server there can be a viewer. The addresses of its host.
pub(super) fn answers(uri: &ProxyUri, address: &str) -> Result<Vec<SocketAddr>> {
    let peers = resolve(uri, address)?;
    let mut stream = connect(&peers, address)?;
    if uri.origin.scheme != Scheme::RerunHttp {
        // Encrypted connections are not checked; the client itself reports their errors.
        return Ok(peers);
    }
    let mut answer = [0; FRAME_HEADER];
    let asked = stream
        .set_read_timeout(Some(ANSWER))
        .and_then(|()| stream.write_all(PREFACE))
        .and_then(|()| stream.read_exact(&mut answer));
    match asked {
        Ok(()) if answer[3] == SETTINGS => Ok(peers),
        _ => Err(no_viewer(address)),
    }
}
