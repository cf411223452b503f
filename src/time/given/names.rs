//! Times in the names of pictures: the longest number of each name.
//! Numbers that only count the pictures are told from times; KITTI keeps its times in a file beside.

use std::path::{Path, PathBuf};

use super::number::Number;
use super::{Found, lines};

/// Where KITTI has the times of the pictures in `data/`.
const BESIDE: &str = "timestamps.txt";

pub(super) fn read(pictures: &[PathBuf]) -> Result<Found, String> {
    let mut numbers = Vec::with_capacity(pictures.len());
    for (at, path) in pictures.iter().enumerate() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(names: &[&str]) -> Result<Vec<i64>, String> {
        let paths: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
        let listed = super::super::settle(read(&paths)?, None)?;
        Ok(listed.times.to_vec())
    }

    #[test]
    fn names_of_data_sets_are_times() {
        let euroc = ["1403636579763555584.png", "1403636579813555584.png"];
        assert_eq!(nanos(&euroc), Ok(vec![1_403_636_579_763_555_584, 1_403_636_579_813_555_584]));
        let tum = ["rgb/1305031102.175304.png", "rgb/1305031102.211214.png"];
        assert_eq!(nanos(&tum), Ok(vec![1_305_031_102_175_304_000, 1_305_031_102_211_214_000]));
        assert_eq!(nanos(&["left_0.00.png", "left_0.04.png"]), Ok(vec![0, 40_000_000]));
    }

    #[test]
    fn numbers_of_pictures_are_no_times() {
        assert!(nanos(&["0000000000.png", "0000000001.png"]).unwrap_err().contains("count"));
        assert!(nanos(&["a.png"]).unwrap_err().contains("no time"));
    }
}
