//! How large ROS definitions of messages are once the types in them are laid out as columns, as Rerun does.
//! A kilobyte of text can state more than any memory holds, or a type that contains itself. It lays out nothing itself.

use std::collections::BTreeMap;

/// The largest message of ROS has a few hundred fields.
const MOST_FIELDS: usize = 10_000;
/// How many types may lie in each other.
const MOST_LEVELS: usize = 50;

/// Whether a definition of ROS 2, with those of the types in it, can be laid out.
pub(super) fn is_bounded(name: &str, text: &str) -> bool {
    let sections = sections(name, text);
    let places: BTreeMap<String, usize> =
        sections.iter().enumerate().rev().map(|(at, (name, _))| (plain(name), at)).collect();
    let types: Vec<Fields> = sections
        .iter()
        .map(|(owner, lines)| {
            let package = owner.split('/').next().unwrap_or_default();
            let field = |line: &&str| {
                let kind = line.split([' ', '\t', '[', '<']).next().unwrap_or_default();
                let beside = || places.get(&format!("{package}/{kind}"));
                places.get(&plain(kind)).or_else(beside).copied()
            };
            lines.iter().map(field).collect()
        })
        .collect();
    can_be_laid_out(&types)
}

/// `std_msgs/msg/Header` is also written `std_msgs/Header`.
fn plain(name: &str) -> String {
    name.replacen("/msg/", "/", 1)
}

/// The fields of a type: for each the place of its own type, if it is a message.
pub(super) type Fields = Vec<Option<usize>>;

/// Whether the first type can be laid out.
pub(super) fn can_be_laid_out(types: &[Fields]) -> bool {
    let mut known = vec![None; types.len()];
    size(0, types, &mut known, MOST_LEVELS).is_some()
}

/// Fields and levels of a type; `None` if there are too many.
fn size(
    place: usize,
    types: &[Fields],
    known: &mut [Option<(usize, usize)>],
    levels_left: usize,
) -> Option<(usize, usize)> {
    if let Some(size) = known[place] {
        return Some(size).filter(|(_, levels)| *levels <= levels_left);
    }
    let levels_left = levels_left.checked_sub(1)?;
    let (mut fields, mut levels) = (0, 0);
    for inner in &types[place] {
        fields += 1;
        if let Some(inner) = inner {
            let (more, below) = size(*inner, types, known, levels_left)?;
            fields += more;
            levels = levels.max(below);
        }
        if fields > MOST_FIELDS {
            return None;
        }
    }
    known[place] = Some((fields, levels + 1));
    known[place]
}

/// The lines of each type, without comments. The first type has no line with its name.
pub(super) fn sections<'a>(name: &'a str, text: &'a str) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut sections = vec![(name, Vec::new())];
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(name) = line.strip_prefix("MSG:") {
            sections.push((name.trim(), Vec::new()));
        } else if !line.is_empty() && !line.starts_with("====") {
            sections.last_mut().into_iter().for_each(|(_, lines)| lines.push(line));
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged_text;

    /// Each type holds the next one twice.
    fn doubled(levels: usize) -> String {
        let inner = |at| format!("====\nMSG: x/T{at}\nT{0} a\nT{0}[] b\n", at + 1);
        let parts: String = (0..levels).map(inner).collect();
        format!("T0 a\n{parts}====\nMSG: x/T{levels}\nstring<=8[<=2] a\n")
    }

    #[test]
    fn what_grows_beyond_all_bounds_is_found() {
        assert!(is_bounded("x/msg/Top", &doubled(8)));
        assert!(!is_bounded("x/msg/Top", &doubled(30)));
        let chain = |levels: usize| -> String {
            let one = |at| format!("MSG: x/T{at}\nx/msg/T{} a\n", at + 1);
            format!("T0 a\n{}", (0..levels).map(one).collect::<String>())
        };
        assert!(is_bounded("x/Top", &chain(40)));
        assert!(!is_bounded("x/Top", &chain(100_000)));
        assert!(!is_bounded("x/Top", "Top again"));
        assert!(!is_bounded("x/Top", "A a\nMSG: x/A\nB b\nMSG: x/B\nA a"));
    }

    #[test]
    fn no_text_breaks_the_reader_of_sizes() {
        damaged_text(&[&doubled(3), "Top again"], |text| {
            is_bounded("x/Top", text);
        });
    }
}
