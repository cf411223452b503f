//! The numbers in the names of pictures: which of them counts, which are missing, which pictures belong together.
//! It looks at names alone, and opens nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::event::Warning;
use crate::time::given::date_in_name;

/// A name of a file, divided into numbers and the texts around them: one more text than numbers.
struct Name<'a> {
    path: &'a Path,
    texts: Vec<&'a str>,
    numbers: Vec<&'a str>,
}

/// Where names of one numbering differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Number(usize),
    /// All numbers together are a date with a time of day.
    Date,
}

impl<'a> Name<'a> {
    fn of(path: &'a Path) -> Option<Self> {
        let mut rest = path.file_stem()?.to_str()?;
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let (text, from) = rest.split_at(start);
            let (number, behind) = from.split_at(length_of_number(from));
            texts.push(text);
            numbers.push(number);
            rest = behind;
        }
        texts.push(rest);
        Some(Self { path, texts, numbers })
    }

    fn differs_at(&self, other: &Self) -> Option<Place> {
        // With the same texts, there are as many numbers.
        if self.path.parent() != other.path.parent() || self.texts != other.texts {
            return None;
        }
        let numbers = self.numbers.iter().zip(&other.numbers).enumerate();
        let mut differ = numbers.filter(|(_, (own, its))| own != its).map(|(at, _)| at);
        let first = differ.next()?;
        let is_date = |name: &Self| name.stem().is_some_and(|stem| date_in_name(stem).is_some());
        match differ.next() {
            None => Some(Place::Number(first)),
            Some(_) => (is_date(self) && is_date(other)).then_some(Place::Date),
        }
    }

    fn stem(&self) -> Option<&str> {
        self.path.file_stem()?.to_str()
    }

    fn number(&self, place: Place) -> Option<u64> {
        match place {
            Place::Number(at) => self.numbers.get(at)?.parse().ok(),
            Place::Date => None,
        }
    }
}

/// `1305031102.175304` is one number.
fn length_of_number(text: &str) -> usize {
    let digits =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let whole = digits(text);
    let fraction = text[whole..].strip_prefix('.').map_or(0, digits);
    whole + if fraction > 0 { fraction + 1 } else { 0 }
}

/// The place where all names differ from the first one, if it is the same for all.
fn place(names: &[Name<'_>]) -> Option<Place> {
    let (first, rest) = names.split_first()?;
    let place = first.differs_at(rest.first()?)?;
    rest.iter().all(|name| joins(first, name, place)).then_some(place)
}

/// In a date, more or fewer of the numbers may differ.
fn joins(first: &Name<'_>, other: &Name<'_>, place: Place) -> bool {
    let found = first.differs_at(other);
    let is_date = || first.stem().is_some_and(|stem| date_in_name(stem).is_some());
    found == Some(place) || found.is_some() && is_date()
}

/// How many of these pictures, from the first one on, have names of one numbering and one ending.
pub(super) fn alike<'a>(paths: impl IntoIterator<Item = &'a Path>) -> usize {
    let mut paths = paths.into_iter();
    let Some(first) = paths.next() else { return 0 };
    let Some(name) = Name::of(first) else { return 1 };
    let mut place = None;
    let more = paths.take_while(|path| {
        let other = Name::of(path).filter(|_| path.extension() == first.extension());
        let Some((other, at)) = other.and_then(|other| {
            let at = name.differs_at(&other)?;
            Some((other, at))
        }) else {
            return false;
        };
        joins(&name, &other, *place.get_or_insert(at))
    });
    1 + more.count()
}

/// `frames/*_left.png` for `frames/01_left.png` and another of its numbering; by its last number if it is alone.
pub(super) fn pattern_of(first: &Path, second: Option<&Path>) -> PathBuf {
    let mut file = OsString::new();
    if let Some(name) = Name::of(first) {
        let other = second.and_then(Name::of);
        let place = other.and_then(|other| name.differs_at(&other));
        let (from, to) = match (place, name.numbers.len()) {
            (_, 0) => (0, 0),
            (Some(Place::Date), count) => (0, count),
            (Some(Place::Number(at)), _) => (at, at + 1),
            (None, count) => (count - 1, count),
        };
        for at in 0..from {
            file.push(name.texts[at]);
            file.push(name.numbers[at]);
        }
        if to > 0 {
            file.push(name.texts[from]);
        }
        file.push("*");
        for at in to..name.numbers.len() {
            file.push(name.texts[at]);
            file.push(name.numbers[at]);
        }
        if to > 0 {
            file.push(name.texts[name.texts.len() - 1]);
        }
    }
    file.push(".");
    file.push(first.extension().unwrap_or_default());
    first.with_file_name(file)
}

/// What is odd about the names of pictures that were not asked for by their numbers.
pub(super) fn oddities(paths: &[PathBuf]) -> Option<Warning> {
    let names: Option<Vec<Name<'_>>> = paths.iter().map(|path| Name::of(path)).collect();
    let names = names?;
    let Some(place) = place(&names) else {
        return several_kinds(&names);
    };
    let numbers: Option<Vec<u64>> = names.iter().map(|name| name.number(place)).collect();
    gaps(&numbers?)
}

/// Pictures of several cameras, or of one in several formats, which have the same numbers.
fn several_kinds(names: &[Name<'_>]) -> Option<Warning> {
    type Kind<'a> = (Option<&'a Path>, Vec<&'a str>, Option<&'a OsStr>);
    let mut kinds: BTreeMap<Kind<'_>, (BTreeSet<&[&str]>, &Path)> = BTreeMap::new();
    for name in names {
        let kind = (name.path.parent(), name.texts.clone(), name.path.extension());
        let (numbers, _) = kinds.entry(kind).or_insert_with(|| (BTreeSet::new(), name.path));
        numbers.insert(&name.numbers);
    }
    let mut kinds = kinds.values();
    let (first, shown) = kinds.next()?;
    let same = |(numbers, _): &&(BTreeSet<&[&str]>, &Path)| first.intersection(numbers).count() > 1;
    let (_, other) = kinds.find(same)?;
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Some(Warning::Other(format!(
        "pictures of several kinds with the same numbers, such as {} and {}, are shown one after the other; a pattern \
         names one kind",
        name(shown),
        name(other)
    )))
}

/// Numbers that are missing among these, if few are: a sequence may count in steps, or in nanoseconds.
pub(super) fn gaps(numbers: &[u64]) -> Option<Warning> {
    let (first, last) = (numbers.iter().min()?, numbers.iter().max()?);
    let there = numbers.len() as u64;
    let missing = (last - first + 1).checked_sub(there).filter(|&n| n > 0 && n < there)?;
    let steps = || numbers.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    let step = steps().next()?;
    if steps().all(|s| s == step) {
        return None;
    }
    let before = numbers.windows(2).find(|pair| pair[1] > pair[0] + 1).map_or(*first, |p| p[0]);
    Some(Warning::MissingPictures(format!(
        "{missing} of the numbers {first} to {last} are missing, the first of them {}; \
         the pictures that are there follow each other",
        before + 1
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged_text;

    fn missing(numbers: &[u64]) -> Option<String> {
        gaps(numbers).map(|warning| warning.to_string())
    }

    fn paths(names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }

    fn count(names: &[&str]) -> usize {
        alike(paths(names).iter().map(PathBuf::as_path))
    }

    fn pattern(names: [&str; 2]) -> String {
        pattern_of(Path::new(names[0]), Some(Path::new(names[1]))).display().to_string()
    }

    #[test]
    fn few_missing_numbers_are_a_gap_and_steps_are_none() {
        let said = missing(&[1, 2, 3, 6, 7]).unwrap();
        assert!(
            said.contains("2 of the numbers 1 to 7") && said.contains("first of them 4"),
            "{said}"
        );
        assert_eq!(missing(&[1, 2, 3]), None);
        assert_eq!(missing(&[0, 10, 20, 30]), None);
        assert_eq!(missing(&[1_403_636_579_763, 1_403_636_579_813, 1_403_636_579_862]), None);
        assert_eq!(missing(&[7]), None);
    }

    #[test]
    fn the_number_that_varies_is_found_anywhere_in_a_name() {
        assert_eq!(count(&["a/f_1.png", "a/f_2.png", "a/f_10.png"]), 3);
        assert_eq!(count(&["001_rgb.png", "002_rgb.png", "003_depth.png"]), 2);
        assert_eq!(count(&["f_1_cam2.jpg", "f_2_cam2.jpg", "f_3_cam2.jpg"]), 3);
        assert_eq!(count(&["cam0_1.png", "cam0_2.png", "cam1_1.png"]), 2);
        assert_eq!(count(&["cam0_1.png", "cam0_2.png", "cam1_2.png"]), 2);
        assert_eq!(count(&["1.png", "2.png", "3.jpg"]), 2);
        assert_eq!(count(&["left.png", "right.png"]), 1);
        assert_eq!(count(&["1305031102.975304.png", "1305031103.008604.png"]), 2);
        let seconds =
            ["2023-10-05_14-22-59.png", "2023-10-05_14-23-00.png", "2023-10-05_14-23-59.png"];
        assert_eq!(count(&seconds), 3);
        assert_eq!(pattern(["x/f_1.png", "x/f_2.png"]), "x/f_*.png");
        assert_eq!(pattern(["001_rgb.png", "002_rgb.png"]), "*_rgb.png");
        assert_eq!(pattern(["cam2_001.png", "cam2_002.png"]), "cam2_*.png");
        assert_eq!(pattern([seconds[0], seconds[1]]), "*.png");
        assert_eq!(pattern(["left.png", "right.png"]), "*.png");
        assert_eq!(pattern(["cam2_7.png", "other.png"]), "cam2_*.png");
    }

    #[test]
    fn irregular_names_are_reported() {
        let said = |names: &[&str]| oddities(&paths(names)).map(|warning| warning.to_string());
        assert!(said(&["1_l.png", "2_l.png", "4_l.png"]).unwrap().contains("the first of them 3"));
        let kinds = ["l_1.png", "l_2.png", "r_1.png", "r_2.png"];
        assert!(said(&kinds).unwrap().contains("such as l_1.png and r_1.png"));
        assert!(said(&["1.jpg", "2.jpg", "1.png", "2.png"]).unwrap().contains("one kind"));
        assert_eq!(said(&["1.jpg", "2.png", "3.jpg", "4.png"]), None);
        assert_eq!(said(&["a.png", "b.png", "c.png"]), None);
        assert_eq!(said(&["7.png"]), None);
        assert_eq!(said(&["1.png", "a.png", "b_2_3.png"]), None);
    }

    #[test]
    fn arbitrary_names_do_not_panic() {
        let seeds = [
            "a/f_1.png\na/f_2.png\na/f_10.png",
            "cam0_1.png\ncam0_2.png\ncam1_1.png",
            "2023-10-05_14-22-59.png\n2023-10-05_14-23-00.png",
            "99999999999999999999999.png\n日本_2.png\n\n.png",
        ];
        damaged_text(&seeds, |text| {
            let names: Vec<&str> = text.lines().collect();
            let paths = paths(&names);
            let alike = alike(paths.iter().map(PathBuf::as_path));
            assert!(alike <= names.len() && (names.is_empty() || alike > 0), "{alike}");
            let _ = oddities(&paths);
            if let [first, rest @ ..] = &paths[..] {
                let _ = pattern_of(first, rest.first().map(PathBuf::as_path));
            }
        });
    }
}
