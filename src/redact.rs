//! Takes credentials out of addresses before anyone sees them, also where they are not written as they should be.
//! It knows addresses and nothing else.
//!
//! People paste passwords as they are: `rtsp://admin:a/b?c#d@host/`. Where such an address could be read in two ways,
//! more of it is hidden than need be.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What ends an address within a text. FFmpeg is given none that holds these ([`Address::encoded`]).
fn ends(c: char) -> bool {
    matches!(c, '\'' | '"') || c.is_whitespace()
}

/// Addresses within an address that are shown.
const DEEPEST: usize = 8;

/// `text` with the user, the password and the query of every address in it removed: a query often holds a token.
pub(crate) fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        let length = tail.find(ends).unwrap_or(tail.len());
        let mut address = shown(&tail[..length]);
        // An address may be part of another's path. Where that goes deeper, all behind it is hidden.
        for _ in 0..DEEPEST {
            let Some(at) = address.find("://") else { break };
            out.push_str(&address[..at + 3]);
            address = shown(&address[at + 3..]);
        }
        out.push_str(address.split_once("://").map_or(address, |(scheme, _)| scheme));
        rest = &tail[length..];
    }
    out.push_str(rest);
    out
}

/// An input as it was typed, all of which is one address if it is one at all.
pub(crate) fn redact_location(location: &str) -> String {
    match location.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", shown(rest)),
        None => match location.rsplit_once('@') {
            // The beginning of an address was left out or misspelt.
            Some((before, host)) if before.contains(':') => shown(host).to_owned(),
            _ => location.to_owned(),
        },
    }
}

/// The host and path in the part after the scheme.
fn shown(address: &str) -> &str {
    let behind = match address.rfind('@') {
        Some(at) if only_in_query(address, at) => {
            // A user with a dot, and a slash in the password, look like a host and a path.
            let before = address.find('?').unwrap_or(at);
            address[..before].rfind('@').map_or(address, |at| &address[at + 1..])
        }
        Some(at) => &address[at + 1..],
        None => address,
    };
    let end = behind.find(['?', '#', '&']).unwrap_or(behind.len());
    let behind = &behind[..end];
    // Some cameras want `/user=admin&password=…` as a path.
    let lower = behind.to_ascii_lowercase();
    let secret = ["password=", "passwd=", "pwd=", "token="];
    let secret = secret.iter().filter_map(|key| lower.find(key).map(|at| at + key.len())).min();
    &behind[..secret.unwrap_or(end)]
}

/// The last `@` belongs to a query, since a complete host without a password precedes it.
fn only_in_query(address: &str, at: usize) -> bool {
    let host = authority(address);
    host.contains('.') && !host.contains([':', '@']) && address.find('?').is_some_and(|q| q < at)
}

fn authority(address: &str) -> &str {
    &address[..address.find(['/', '?', '#']).unwrap_or(address.len())]
}

/// An address, taken apart as its writer meant it.
#[derive(Debug, PartialEq)]
pub(crate) struct Address<'a> {
    scheme: &'a str,
    credentials: Option<&'a str>,
    /// Host, port, path and query.
    rest: &'a str,
}

impl<'a> Address<'a> {
    pub fn parse(location: &'a str) -> Option<Self> {
        let (scheme, rest) = location.split_once("://")?;
        let credentials = credentials(rest);
        let rest = &rest[credentials.map_or(0, |credentials| credentials.len() + 1)..];
        Some(Self { scheme, credentials, rest })
    }

    /// Names a user or a password.
    pub fn has_credentials(&self) -> bool {
        self.credentials.is_some()
    }

    /// User and password hold characters that mean something else in an address.
    pub fn is_ambiguous(&self) -> bool {
        let odd = |c: char| "/?#@[]'\"<>\\^`{|}".contains(c) || c.is_whitespace();
        self.credentials.is_some_and(|c| c.contains(odd) || c.matches(':').count() > 1)
    }

    /// The address with everything encoded that FFmpeg would misread, or print where it is not recognised.
    pub fn encoded(&self) -> String {
        let scheme = self.scheme;
        let rest: Cow<'_, str> = utf8_percent_encode(self.rest, BREAKS).into();
        match self.credentials {
            None if self.rest.contains('@') => format!("{scheme}://{rest}"),
            None => format!("{scheme}://{}", self.rest),
            Some(credentials) => match credentials.split_once(':') {
                Some((user, password)) => {
                    format!("{scheme}://{}:{}@{rest}", encode(user), encode(password))
                }
                None => format!("{scheme}://{}@{rest}", encode(credentials)),
            },
        }
    }
}

/// What would end an address in a line of text.
const BREAKS: &AsciiSet = &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b'\'');

/// Everything but what never needs it.
const ALL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encoded, unless it is already.
fn encode(text: &str) -> String {
    let escapes = text.split('%').skip(1);
    let hex = |escape: &str| {
        escape.len() >= 2 && escape.bytes().take(2).all(|byte| byte.is_ascii_hexdigit())
    };
    let is_encoded = text.contains('%') && escapes.clone().all(hex);
    let set: &AsciiSet = if is_encoded { const { &ALL.remove(b'%') } } else { ALL };
    utf8_percent_encode(text, set).to_string()
}

/// The user and password in the part after the scheme.
fn credentials(address: &str) -> Option<&str> {
    let last = address.rfind('@')?;
    let authority = authority(address);
    match authority.rfind('@') {
        // `u:p@host/clip@2x.mp4`, rather than a password `p@ss/word`.
        Some(at) if at == last || is_host(&authority[at + 1..]) => Some(&authority[..at]),
        None if is_host(authority) || !authority.contains(':') => None,
        _ => Some(&address[..last]),
    }
}

/// `cam.local`, `10.0.0.1:554`, `nas:5000`, `localhost`, `[::1]:80`.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let bracketed = host.starts_with('[') && host.ends_with(']');
    let named = !host.is_empty() && host.chars().all(plain);
    let has_port = port.is_some_and(|port| port.parse::<u16>().is_ok());
    (bracketed || named)
        && (port.is_none() || has_port)
        && (has_port || bracketed || host.contains('.') || host == "localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged_text;

    #[test]
    fn credentials_are_removed_from_every_address_in_a_text() {
        assert_eq!(redact("rtsp://u:p@host/x"), "rtsp://host/x");
        assert_eq!(
            redact("a http://me:p@ss@h:80/y?z=1 'ftp://q@w' end"),
            "a http://h:80/y 'ftp://w' end"
        );
        assert_eq!(redact("no address, a@b"), "no address, a@b");
        assert_eq!(redact("http://h.org/a?GoogleAccessId=a@b&Signature=x"), "http://h.org/a");
        assert_eq!(redact("rtsp://h/user=admin&password=x&channel=1"), "rtsp://h/user=admin");
        assert_eq!(
            redact("rtsp://h/user=admin_password=x_channel=1"),
            "rtsp://h/user=admin_password="
        );
    }

    #[test]
    fn a_mistyped_address_is_hidden_entirely() {
        let shown = redact_location;
        assert_eq!(shown("rtsp://admin:hunt/er2@10.0.0.1:554/s"), "rtsp://10.0.0.1:554/s");
        assert_eq!(shown("rtsp://admin:a b?c#d'e\"@cam/s?t=1"), "rtsp://cam/s");
        assert_eq!(shown("rtsp://admin:12/34@cam/s"), "rtsp://cam/s");
        assert_eq!(shown("rtsp:/admin:pw@cam/s"), "cam/s");
        assert_eq!(shown("admin:pw@cam/s"), "cam/s");
        assert_eq!(shown("rtsp://us.er/x:pw@cam/s?mail=a@b"), "rtsp://cam/s");
        assert_eq!(shown("clip@2x.mp4"), "clip@2x.mp4");
    }

    #[test]
    fn passwords_are_percent_encoded_for_ffmpeg() {
        let encoded = |text: &str| Address::parse(text).unwrap().encoded();
        for plain in [
            "rtsp://cam.local:554/stream?a=b",
            "rtsp://user:secret@cam/stream",
            "rtsp://user:a%2Fb@cam/stream",
            "http://nas:5000/clip@2x.mp4",
            "srt://host:9000?mode=caller&passphrase=a b",
            "rtmp://host/app/key live=1",
        ] {
            assert_eq!(encoded(plain), plain);
        }
        assert_eq!(encoded("rtsp://u:a/b@cam:554/s"), "rtsp://u:a%2Fb@cam:554/s");
        assert_eq!(encoded("rtsp://u:p@ss/w@cam/s"), "rtsp://u:p%40ss%2Fw@cam/s");
        assert_eq!(encoded("rtsp://u:50%@cam/s"), "rtsp://u:50%25@cam/s");
        assert_eq!(encoded("rtsp://u:' \"@cam/s"), "rtsp://u:%27%20%22@cam/s");
        assert_eq!(encoded("http://u:p@h.org/a@b"), "http://u:p@h.org/a@b");
    }

    #[test]
    fn characters_to_percent_encode_are_detected() {
        let ambiguous = |text: &str| Address::parse(text).unwrap().is_ambiguous();
        assert!(ambiguous("rtsp://u:a/b@cam/s") && ambiguous("rtsp://u:a:b@cam/s"));
        assert!(!ambiguous("rtsp://u:a%2Fb@cam/s") && !ambiguous("rtsp://cam/a@b"));
    }

    #[test]
    fn redacting_is_idempotent_and_removes_the_whole_password() {
        let seeds = [
            "cannot open rtsp://admin:hunt/er2@10.0.0.1:554/s?x=1: timed out",
            "a http://me:p@ss@h:80/y?z=1 'ftp://q@w' end",
            "rtsp://h/user=admin&password=x&channel=1 srt://host:9000?passphrase=a",
            "http://h.org/a?GoogleAccessId=a@b&Signature=x",
        ];
        damaged_text(&seeds, |text| {
            let shown = redact(text);
            assert_eq!(redact(&shown), shown);
            let secret = "Zq7SECRET";
            // A fuzzer learns it, and may write it where it is no password.
            if !text.contains(secret) {
                let whole = redact(&format!("{text} rtsp://user:{secret}@cam/{text}"));
                assert!(!whole.contains(secret), "{whole}");
            }
            let _ = redact_location(text);
            if let Some(address) = Address::parse(&format!("rtsp://{text}")) {
                let encoded = address.encoded();
                assert!(
                    !encoded.contains([' ', '"', '\'']) || !address.has_credentials(),
                    "{encoded}"
                );
            }
        });
    }

    #[test]
    fn nested_addresses_do_not_overflow_the_stack() {
        let long = "a://".repeat(100_000);
        assert!(redact(&long).len() <= long.len());
    }
}
