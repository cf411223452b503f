//! Times in the names of pictures: a date with a time of day, or the longest number of each name.
//! Numbers that only count the pictures are not times; KITTI stores the times in a file next to the pictures.

use std::path::{Path, PathBuf};

use super::number::Number;
use super::{Found, TimeUnit, lines};
use crate::time::wall_clock::nanos_of_civil;

/// Where KITTI has the times of the pictures in `data/`.
const BESIDE: &str = "timestamps.txt";

pub(super) fn read(pictures: &[PathBuf]) -> Result<Found, String> {
    let names =
        || pictures.iter().map(|path| path.file_stem().unwrap_or_default().to_string_lossy());
    let dates: Option<Vec<i64>> = names().map(|name| date_in_name(&name)).collect();
    if let Some(dates) = dates {
        let numbers = dates.into_iter().map(Number::whole).zip(1..).collect();
        return Ok(Found { numbers, unit: Some(TimeUnit::Nanos) });
    }
    let mut numbers = Vec::with_capacity(pictures.len());
    for (at, name) in names().enumerate() {
        let number = longest_number(&name).and_then(Number::parse);
        numbers.push((number.ok_or_else(|| format!("the name `{name}` holds no time"))?, at + 1));
    }
    let counted = numbers.windows(2).all(|pair| pair[1].0.as_f64() - pair[0].0.as_f64() == 1.0);
    if counted && numbers.len() > 1 {
        return match beside(pictures.first().map(PathBuf::as_path)) {
            Some(text) => lines::read(&text),
            None => Err("the names are numbers that count the pictures, not times".to_owned()),
        };
    }
    Ok(Found { numbers, unit: None })
}

fn beside(picture: Option<&Path>) -> Option<String> {
    let folder = picture?.parent()?;
    let above = folder.parent()?;
    [above, folder].into_iter().find_map(|folder| std::fs::read_to_string(folder.join(BESIDE)).ok())
}

/// `1305031102.175304` in `rgb-1305031102.175304`.
fn longest_number(name: &str) -> Option<&str> {
    let runs = name.split(|c: char| !c.is_ascii_digit() && c != '.');
    let runs = runs.map(|run| run.trim_matches('.')).filter(|run| !run.is_empty());
    runs.max_by_key(|run| run.len())
}

/// Nanoseconds since 1970 of `2023-10-05_14-22-10`, `IMG_20231005_142210_050` and the like, taken for UTC.
pub(crate) fn date_in_name(name: &str) -> Option<i64> {
    /// Digits of the year, the month, the day, the hour, the minute and the second.
    const PARTS: [usize; 6] = [4, 2, 2, 2, 2, 2];
    let runs: Vec<&str> =
        name.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).collect();
    (0..runs.len()).find_map(|first| {
        let mut runs = runs[first..].iter().copied();
        let mut rest = runs.next()?;
        let mut parts = Vec::with_capacity(PARTS.len());
        for size in PARTS {
            // A number is not spread over two runs.
            let run = if rest.is_empty() { runs.next()? } else { rest };
            let (part, behind) = run.split_at_checked(size)?;
            parts.push(part);
            rest = behind;
        }
        // What follows, directly or as a separate number, is a fraction of a second.
        let fraction = if rest.is_empty() { runs.next().unwrap_or_default() } else { rest };
        let fraction = Some(fraction).filter(|digits| (3..=9).contains(&digits.len()));
        let [year, month, day, hour, minute, second] = parts.try_into().ok()?;
        let fraction = fraction.map(|digits| format!(".{digits}")).unwrap_or_default();
        nanos_of_civil(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}{fraction}"))
            .filter(|_| PLAUSIBLE.contains(&year))
    })
}

/// Years of recordings.
const PLAUSIBLE: std::ops::RangeInclusive<&str> = "1970"..="2099";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::{always, damaged_text};

    fn nanos(names: &[&str]) -> Result<Vec<i64>, String> {
        let paths: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
        let listed = super::super::settle(read(&paths)?, None)?;
        Ok(listed.times.to_vec())
    }

    #[test]
    fn names_used_by_data_sets_give_times() {
        let euroc = ["1403636579763555584.png", "1403636579813555584.png"];
        assert_eq!(nanos(&euroc), Ok(vec![1_403_636_579_763_555_584, 1_403_636_579_813_555_584]));
        let tum = ["rgb/1305031102.175304.png", "rgb/1305031102.211214.png"];
        assert_eq!(nanos(&tum), Ok(vec![1_305_031_102_175_304_000, 1_305_031_102_211_214_000]));
        assert_eq!(nanos(&["left_0.00.png", "left_0.04.png"]), Ok(vec![0, 40_000_000]));
    }

    #[test]
    fn dates_in_names_are_times() {
        let second = 1_696_515_730 * 1_000_000_000;
        for names in [
            ["2023-10-05_14-22-10", "2023-10-05_14-22-11"],
            ["IMG_20231005_142210", "IMG_20231005_142211"],
            ["cam2-20231005142210", "cam2-20231005142211"],
            ["2023.10.05 14.22.10 (1).png", "2023.10.05 14.22.11 (1).png"],
        ] {
            assert_eq!(nanos(&names), Ok(vec![second, second + 1_000_000_000]), "{names:?}");
        }
        let millis = ["20231005_142210_050.jpg", "20231005_142210_100.jpg"];
        assert_eq!(nanos(&millis), Ok(vec![second + 50_000_000, second + 100_000_000]));
        assert_eq!(
            nanos(&["20231005142210050", "20231005142210100"]).unwrap()[0],
            second + 50_000_000
        );
        // No date: the month is 17.
        assert_eq!(nanos(&["1403171234560000", "1403171234600000"]).unwrap().len(), 2);
    }

    #[test]
    fn picture_numbers_are_not_times() {
        assert!(nanos(&["0000000000.png", "0000000001.png"]).unwrap_err().contains("count"));
        assert!(nanos(&["a.png"]).unwrap_err().contains("no time"));
    }

    #[test]
    fn a_date_is_found_anywhere_in_a_name() {
        always(|random| {
            let second = random.i64(0..4_102_444_800);
            let date = jiff::Timestamp::from_second(second).expect("a date").to_string();
            let sign = ["", "-", "_", "."][random.usize(..4)];
            let digits: Vec<&str> = date.split(['-', 'T', ':', 'Z']).collect();
            let front = ["", "IMG_", "cam7 ", "left-"][random.usize(..4)];
            let name =
                format!("{front}{}{}", digits[..6].join(sign), ["", " (1)"][random.usize(..2)]);
            assert_eq!(date_in_name(&name), Some(second * 1_000_000_000), "{name}");
        });
    }

    #[test]
    fn arbitrary_names_do_not_panic() {
        let seeds = [
            "1403636579763555584.png\n1403636579813555584.png",
            "rgb-1305031102.175304.png\nrgb-1305031102.211214.png",
            "IMG_20231005_142210_050.jpg\nIMG_20231005_142211_100.jpg",
            "left_0.00.png\nleft_0.04.png\nleft_1.2.3.png",
        ];
        damaged_text(&seeds, |text| {
            if let Ok(times) = nanos(&text.lines().collect::<Vec<_>>()) {
                assert!(times.is_sorted_by(|one, next| one < next), "{times:?}");
            }
        });
    }
}
