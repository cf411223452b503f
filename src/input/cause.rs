//! Explains FFmpeg errors of an input whose own messages do not tell a user what to do.
//! Pure: maps an error code and the log line that came with it to a cause and a remedy.

use crate::error::Remedy;
use crate::ffi::AvError;
use crate::redact::Address;
use crate::source::OpenSpec;

/// Lets a playlist refer to files with any extension.
const ANY_EXTENSION: Remedy = Remedy::SetOptions(&[("allowed_extensions", "ALL")]);

/// The same, for FFmpeg versions that have three options for it.
const ANY_SEGMENT: Remedy = Remedy::SetOptions(&[
    ("allowed_extensions", "ALL"),
    ("allowed_segment_extensions", "ALL"),
    ("extension_picky", "0"),
]);

/// What FFmpeg calls the formats that segments of HLS have. It takes damage for others.
const SEGMENT_FORMATS: [&str; 8] =
    ["mpegts", "mov,", "aac", "mp3", "ac3", "eac3", "matroska,", "webvtt"];

/// Cause and remedy of an MP4 that can only be read with seeking.
pub(super) const INDEX_BEHIND: (&str, &str) = (
    "its index (moov) is at the end, and this source can only be read forward",
    "save it to a file first, or have it written with `-movflags +faststart` or as fragmented mp4",
);

/// Cause and remedy, if known.
pub(super) fn known(spec: &OpenSpec, error: AvError, line: &str) -> Option<(String, Remedy)> {
    let is_network = spec.url.to_string_lossy().contains("://");
    let cause = |text: &str, remedy: Remedy| Some((text.to_owned(), remedy));
    let logged = |remedy: Remedy| Some((line.trim_end_matches(['!', '.']).to_owned(), remedy));
    if line.contains("moov atom not found") {
        return match spec.is_file {
            true => cause(
                "its index (moov) is missing: the recorder did not finish it, or it was cut",
                "a tool such as untrunc rebuilds it with a whole file of the same recorder".into(),
            ),
            false => cause(INDEX_BEHIND.0, INDEX_BEHIND.1.into()),
        };
    }
    if let Some(format) = line.strip_prefix("detected format ")
        && !SEGMENT_FORMATS.iter().any(|known| format.starts_with(known))
    {
        return cause(
            "the first segment of its playlist is damaged or no video",
            "take it out of the playlist, or fetch it again".into(),
        );
    }
    // The message of newer versions, which check segments as well.
    if line.contains("allowed_segment_extensions") || line.contains("mismatches allowed extensions")
    {
        return logged(ANY_SEGMENT);
    }
    if line.contains("common multimedia extension") || line.contains("allowed_extensions") {
        let newer = spec.options.iter().any(|(key, _)| key == "allowed_segment_extensions");
        return logged(if newer { ANY_SEGMENT } else { ANY_EXTENSION });
    }
    if line.starts_with("Unsafe file name") {
        return Some((
            format!("{line}: a list may name only files beside or below itself"),
            Remedy::SetOptions(&[("safe", "0")]),
        ));
    }
    if line.contains("Failed to resolve hostname") {
        return logged("check the name of the host".into());
    }
    if line.starts_with("Unable to open key file") {
        return cause(
            "it is encrypted, and the key that its playlist names cannot be opened",
            "put the key where the playlist names it, with the rights to read it".into(),
        );
    }
    if ["unexpected TLS packet", "wrong version number"].iter().any(|part| line.contains(part)) {
        return cause(
            "the server does not speak TLS there",
            "write http:// for https://, or another port".into(),
        );
    }
    if line.contains("ertificate failed verification") || line.contains("certificate verify failed")
    {
        return cause(
            "the server's certificate cannot be verified",
            Remedy::SetOptions(&[("ca_file", "FILE")]),
        );
    }
    match error {
        AvError::HTTP_UNAUTHORIZED if has_credentials(spec) => {
            cause("401 Unauthorized: the user name or the password is wrong", Remedy::GivePassword)
        }
        AvError::HTTP_UNAUTHORIZED => {
            cause("401 Unauthorized: it wants a user name and a password", Remedy::GivePassword)
        }
        AvError::HTTP_FORBIDDEN => {
            cause("403 Forbidden: the server does not give it to you", Remedy::GivePassword)
        }
        AvError::HTTP_NOT_FOUND => cause(
            "404 Not Found: the server has nothing of that name",
            "check the path behind the host; cameras list theirs in their settings".into(),
        ),
        _ if line.starts_with("HTTP error ") => {
            let status = line.trim_start_matches("HTTP error ").to_owned();
            let remedy = match status.as_bytes().first() {
                Some(b'5') => "the server fails or is overloaded; try again later",
                _ => "check the address; a browser shows more of what the server says",
            };
            Some((format!("the server answers {status}"), remedy.into()))
        }
        AvError::REFUSED => {
            logged("check the host and the port, and that the source is running".into())
        }
        AvError::INVALID_DATA if is_network && is_bare(spec) => cause(
            "not a video FFmpeg knows, nor JPEG pictures sent as such",
            Remedy::SetFormat(Some("mjpeg".into())),
        ),
        _ => None,
    }
}

/// The address contains a user name.
fn has_credentials(spec: &OpenSpec) -> bool {
    Address::parse(&spec.url.to_string_lossy()).is_some_and(|address| address.has_credentials())
}

/// An HTTP address whose path has no extension, as from cameras.
fn is_bare(spec: &OpenSpec) -> bool {
    let url = spec.url.to_string_lossy();
    let last = url.split('/').skip(3).last().unwrap_or_default();
    url.starts_with("http") && !last.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(url: &str) -> OpenSpec {
        OpenSpec { url: url.into(), is_file: !url.contains("://"), ..OpenSpec::default() }
    }

    #[test]
    fn a_missing_index_is_explained_for_files_and_for_streams() {
        let line = "moov atom not found";
        let cause = |url: &str| known(&spec(url), AvError::INVALID_DATA, line).unwrap().0;
        assert!(cause("file:a.mp4").contains("did not finish"));
        assert!(cause("http://h/a.mp4").contains("read forward"));
    }

    #[test]
    fn http_responses_are_distinguished() {
        let said = |url: &str, error| known(&spec(url), error, "").unwrap();
        assert!(said("rtsp://u:p@h/", AvError::HTTP_UNAUTHORIZED).0.contains("is wrong"));
        assert!(said("rtsp://h/", AvError::HTTP_UNAUTHORIZED).0.contains("wants"));
        assert!(said("http://h/a.mp4", AvError::HTTP_NOT_FOUND).0.contains("404"));
        assert_eq!(
            said("http://h:81/stream", AvError::INVALID_DATA).1,
            Remedy::SetFormat(Some("mjpeg".into()))
        );
        assert!(known(&spec("http://h/a.mp4"), AvError::INVALID_DATA, "").is_none());
    }
}
