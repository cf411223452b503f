//! Network streams: RTSP, RTMP, HTTP with HLS, SRT, UDP and what else FFmpeg speaks.
//! Their credentials go to FFmpeg and nowhere else.

use super::OpenSpec;
use crate::config::InputConfig;
use crate::event::Warning;
use crate::redact::{Address, redact_location};

/// What a network input, or a playlist from the net, may open. No files: the net must not read them.
const PROTOCOLS: &str = "http,https,httpproxy,hls,tls,tls_gnutls,tls_openssl,tcp,udp,udplite,rtp,srtp,\
    rtsp,rtmp,rtmpe,rtmps,rtmpt,rtmpte,rtmpts,srt,rist,mmsh,mmst,ftp,sftp,gopher,gophers,crypto,data,async,cache";

/// The warning about credentials that work here but may not elsewhere.
const AMBIGUOUS: &str = "the user name or the password holds characters that mean something else in an address; \
    percent-encode them (/ is %2F, @ is %40, # is %23, ? is %3F)";

pub(super) fn is_url(location: &str) -> bool {
    location.split_once("://").is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            && scheme != "file"
    })
}

pub(super) fn resolve(input: &InputConfig, location: &str) -> OpenSpec {
    let address = Address::parse(location);
    let scheme = location.split_once("://").map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
    let shown = redact_location(location);
    let name = shown.trim_end_matches('/').rsplit(['/', '@']).next();
    // A file on a web server is no live source: it waits for us.
    let is_media_file = matches!(scheme.as_str(), "http" | "https" | "ftp" | "sftp" | "gopher")
        && !location.contains(".m3u8");
    let ambiguous = address.as_ref().is_some_and(Address::is_ambiguous);
    let spec = OpenSpec {
        url: address.map_or_else(|| location.into(), |address| address.encoded().into()),
        name: name.unwrap_or(&shown).to_owned(),
        live: !is_media_file && !location.contains(".m3u8"),
        may_be_live: matches!(scheme.as_str(), "http" | "https"),
        reopens: is_media_file,
        display: shown,
        warnings: ambiguous.then(|| Warning::Other(AMBIGUOUS.into())).into_iter().collect(),
        ..OpenSpec::default()
    }
    .may_use(PROTOCOLS);
    let spec = match scheme.as_str() {
        "rtsp" | "rtsps" => spec.option("rtsp_transport", "tcp"),
        // A burst that does not fit is lost packets, not the end of the stream.
        "udp" => spec.option("overrun_nonfatal", "1").option("fifo_size", "50000"),
        _ => spec,
    };
    let spec = match () {
        () if spec.live => spec.probed_briefly(),
        () if spec.may_be_live => spec.known_early(),
        () => spec,
    };
    spec.picture_options(input)
}
