//! One machine's share of a batch.
//! Pure: it uses names and sizes only, so that every machine computes the same shards.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;

/// One of several shards of a batch, written `INDEX/COUNT` as in `3/100`.
///
/// Files are sorted by size, largest first, and distributed in turn, so that shards take about equally long. Indices
/// start at 0; `COUNT/COUNT` is the same as `0/COUNT`, so that counting from 1 works too.
///
/// ```
/// use vstream::Shard;
///
/// let shard: Shard = "3/100".parse()?;
/// assert_eq!((shard.index(), shard.count()), (3, 100));
/// assert!("3".parse::<Shard>().is_err() && "5/4".parse::<Shard>().is_err());
/// # Ok::<(), vstream::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// Shard `index` of `count`; `None` if there is no such shard.
    pub fn new(index: usize, count: usize) -> Option<Self> {
        (count > 0 && index <= count).then(|| Self { index: index % count, count })
    }

    /// Index of the shard, from 0.
    pub fn index(self) -> usize {
        self.index
    }

    /// Number of shards.
    pub fn count(self) -> usize {
        self.count
    }

    /// Keep the `items` of this shard, in their order.
    pub(super) fn select<T>(self, items: Vec<T>, size: impl Fn(&T) -> u64) -> Vec<T> {
        let mut by_size: Vec<usize> = (0..items.len()).collect();
        // A stable sort: files of equal size keep their order, which is the same on every machine.
        by_size.sort_by_key(|&at| std::cmp::Reverse(size(&items[at])));
        let mut mine = vec![false; items.len()];
        for &at in by_size.iter().skip(self.index).step_by(self.count) {
            mine[at] = true;
        }
        items.into_iter().zip(mine).filter_map(|(item, mine)| mine.then_some(item)).collect()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// `INDEX/COUNT` with an index from 0 to the count.
impl FromStr for Shard {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let shard = || {
            let (index, count) = text.split_once('/')?;
            Self::new(index.trim().parse().ok()?, count.trim().parse().ok()?)
        };
        shard().ok_or_else(|| {
            let form = "write INDEX/COUNT with an index from 0 to the count, such as 3/100";
            ParseError::new(text, "a shard", form)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::always;

    #[test]
    fn every_item_is_in_exactly_one_share_and_shares_are_balanced() {
        let sizes: Vec<u64> = (0..97).map(|n| n * 7919 % 1000).collect();
        let mut seen = Vec::new();
        let mut totals = Vec::new();
        for index in 0..5 {
            let share = Shard::new(index, 5).unwrap().select(sizes.clone(), |&size| size);
            totals.push(share.iter().sum::<u64>());
            seen.extend(share);
        }
        seen.sort_unstable();
        let mut all = sizes;
        all.sort_unstable();
        assert_eq!(seen, all);
        let (least, most) = (totals.iter().min().unwrap(), totals.iter().max().unwrap());
        assert!(most - least <= 1000, "{totals:?}");
    }

    #[test]
    fn shares_can_be_counted_from_one() {
        assert_eq!(Shard::new(4, 4), Shard::new(0, 4));
        assert_eq!(Shard::new(0, 0), None);
        assert_eq!(Shard::new(5, 4), None);
    }

    #[test]
    fn any_files_are_sharded_exactly_once_and_evenly() {
        always(|random| {
            let count = random.usize(1..12);
            let files: Vec<(usize, u64)> =
                (0..random.usize(0..60)).map(|nth| (nth, random.u64(0..1000))).collect();
            let share =
                |index| Shard::new(index, count).unwrap().select(files.clone(), |file| file.1);
            let shares: Vec<Vec<(usize, u64)>> = (0..count).map(share).collect();
            let lengths = shares.iter().map(Vec::len);
            assert!(lengths.clone().max().unwrap() - lengths.min().unwrap() <= 1);
            assert!(shares.iter().all(|share| share.is_sorted_by_key(|file| file.0)));
            let mut all = shares.concat();
            all.sort_unstable();
            assert_eq!(all, files);
        });
    }
}
