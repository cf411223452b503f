//! Takes credentials out of text before anyone sees it.
//! It knows URLs and nothing else.

/// `text` with the user, the password and the query of every URL in it removed: a query often holds a token.
pub(crate) fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        let ends = |c: char| matches!(c, '/' | '?' | '#' | '\'' | '"') || c.is_whitespace();
        let authority = tail.find(ends).unwrap_or(tail.len());
        let host = tail[..authority].rfind('@').map_or(0, |i| i + 1);
        let ends = |c: char| matches!(c, '\'' | '"') || c.is_whitespace();
        let url = tail.find(ends).unwrap_or(tail.len());
        let shown = tail[..url].find('?').unwrap_or(url).max(host);
        out.push_str(&redact(&tail[host..shown]));
        rest = &tail[url..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn credentials_are_removed_wherever_a_url_stands() {
        assert_eq!(redact("rtsp://u:p@host/x"), "rtsp://host/x");
        assert_eq!(
            redact("a http://me:p@ss@h:80/y?z=a@b 'ftp://q@w' end"),
            "a http://h:80/y 'ftp://w' end"
        );
        assert_eq!(redact("no url, a@b"), "no url, a@b");
    }
}
