//! How large ROS definitions of messages are once the types in them are laid out as columns, as Rerun does.
//! A kilobyte of text can state more than any memory holds, or a type that contains itself. It lays out nothing itself.

/// The largest message of ROS has a few hundred fields.
const MOST_FIELDS: usize = 10_000;
/// How many types may lie in each other.
pub(super) const MOST_LEVELS: usize = 50;

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

    #[test]
    fn exponentially_growing_definitions_are_found() {
        // Each type holds the next one twice.
        let doubled = |levels: usize| -> Vec<Fields> {
            (1..levels).map(|next| vec![Some(next); 2]).chain([vec![None]]).collect()
        };
        assert!(can_be_laid_out(&doubled(8)));
        assert!(!can_be_laid_out(&doubled(30)));
        let chain = |levels: usize| -> Vec<Fields> {
            (1..levels).map(|next| vec![Some(next)]).chain([vec![None]]).collect()
        };
        assert!(can_be_laid_out(&chain(40)));
        assert!(!can_be_laid_out(&chain(100_000)));
        assert!(!can_be_laid_out(&[vec![Some(0)]]));
        assert!(!can_be_laid_out(&[vec![Some(1)], vec![Some(0)]]));
    }
}
