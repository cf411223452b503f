//! Plain text from the events of Advanced SubStation Alpha, which is what FFmpeg makes of every text subtitle.
//! Pure; fonts, colours and positions are left out.

/// Fields before the text of an event: ReadOrder, Layer, Style, Name, three margins, Effect.
const FIELDS: usize = 8;

/// The words of one event line, such as `0,0,Default,,0,0,0,,{\i1}Hello{\i0}\Nthere`.
pub(crate) fn plain_text(event: &str) -> String {
    let text = event.splitn(FIELDS + 1, ',').nth(FIELDS).unwrap_or_default();
    let mut plain = String::with_capacity(text.len());
    let mut drawing = false;
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if next == '{'
            && let Some(end) = rest.find('}')
        {
            drawing = draws(&rest[1..end]).unwrap_or(drawing);
            rest = &rest[end + 1..];
            continue;
        }
        let (shown, length) = match (next, rest[next.len_utf8()..].chars().next()) {
            ('\\', Some('N' | 'n')) => ('\n', 2),
            ('\\', Some('h')) => (' ', 2),
            ('\\', Some(brace @ ('{' | '}'))) => (brace, 2),
            // FFmpeg joins a real backslash to the next letter so that the two mean nothing.
            ('\\', Some('\u{2060}')) => ('\\', 1 + '\u{2060}'.len_utf8()),
            ('\r', _) => ('\n', if rest.starts_with("\r\n") { 2 } else { 1 }),
            (other, _) => (other, other.len_utf8()),
        };
        if !drawing {
            plain.push(shown);
        }
        rest = &rest[length..];
    }
    let lines: Vec<&str> = plain.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// Whether what follows a block of overrides is a drawing (`\p1`) or text again (`\p0`).
fn draws(overrides: &str) -> Option<bool> {
    let mut scales =
        overrides.split('\\').filter_map(|tag| tag.trim().strip_prefix('p')?.parse().ok());
    scales.next_back().map(|scale: u32| scale > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged_text;

    fn text(words: &str) -> String {
        plain_text(&format!("0,0,Default,,0,0,0,,{words}"))
    }

    #[test]
    fn styles_are_left_out_and_lines_kept() {
        assert_eq!(text(r"{\i1}Hello{\i0} there,\Nsecond line"), "Hello there,\nsecond line");
        assert_eq!(text(r"{\an8}Top{\fad(1,2)}"), "Top");
        assert_eq!(text("one\r\ntwo"), "one\ntwo");
        assert_eq!(text(r"  a\h b \N\N"), "a  b");
    }

    #[test]
    fn commas_and_braces_of_the_text_stay() {
        assert_eq!(text("a, b, c"), "a, b, c");
        assert_eq!(text(r"\{x\} and { alone"), "{x} and { alone");
        assert_eq!(text("C:\\\u{2060}new"), r"C:\new");
        assert_eq!(text("trailing \\"), "trailing \\");
        assert_eq!(text("日本 Ü"), "日本 Ü");
    }

    #[test]
    fn drawings_are_not_text() {
        assert_eq!(text(r"{\p1}m 0 0 l 9 9{\p0}word"), "word");
        assert_eq!(text(r"{\pos(1,2)}word"), "word");
    }

    #[test]
    fn invalid_events_have_no_text() {
        assert_eq!(plain_text("0,0,Default"), "");
        assert_eq!(plain_text(""), "");
    }

    #[test]
    fn any_event_becomes_trimmed_lines() {
        let seeds = [
            r"0,0,Default,,0,0,0,,{\i1}Hello{\i0} there,\N\hsecond line",
            r"0,0,Default,,0,0,0,,{\p1}m 0 0 l 9 9{\p0}word \{x\} and { alone",
            "0,0,Default,,0,0,0,,C:\\\u{2060}new\r\ntwo 日本",
        ];
        damaged_text(&seeds, |event| {
            let text = plain_text(event);
            assert!(text.len() <= event.len());
            let bare = |line: &str| !line.is_empty() && line == line.trim();
            assert!(text.is_empty() || text.lines().all(bare), "{text:?}");
        });
    }
}
