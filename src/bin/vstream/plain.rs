//! Shows control characters in text for a terminal as symbols: names of files and titles of streams may contain any.
//! It does not decide what is printed.

use std::io::Write as _;

use crate::report::{BOLD, RED, RESET, YELLOW};

/// The text with every control character shown as a symbol, but for line breaks, tabs and the styles used here. So are
/// the characters that reverse the order of text.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let style = [RED, YELLOW, BOLD, RESET].into_iter().find(|style| rest.starts_with(style));
        if let Some(style) = style {
            plain.push_str(style);
            rest = &rest[style.len()..];
            continue;
        }
        plain.push(symbol(first));
        rest = &rest[first.len_utf8()..];
    }
    plain
}

fn symbol(c: char) -> char {
    const PICTURES: u32 = 0x2400; // The symbols of the ASCII control characters, in their order.
    match c {
        '\n' | '\t' => c,
        '\0'..='\x1f' => char::from_u32(PICTURES + u32::from(c)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        _ => c,
    }
}

/// Print a line on standard error, in colours only on a terminal. A run does not end because nobody reads it.
pub fn say(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{}", plain(line));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_styles_pass() {
        let rows = [
            ("plain 日本語 é", "plain 日本語 é"),
            ("a\x1b]0;pwned\x07b", "a␛]0;pwned␇b"),
            ("\x1b[2J\x7f\r\u{9b}31m", "␛[2J␡␍\u{fffd}31m"),
            ("gpj.\u{202e}exe", "gpj.\u{fffd}exe"),
            ("\x1b[1;31merror:\x1b[0m two\nlines", "\x1b[1;31merror:\x1b[0m two\nlines"),
        ];
        for (text, right) in rows {
            assert_eq!(plain(text), right);
        }
    }
}
