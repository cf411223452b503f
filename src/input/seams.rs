//! Where files that are joined begin: by their creation times, or each at the end of the one before it.
//! Pure; `parts` opens the files.

use crate::config::JoinTimes;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::time::NANOS;

/// Most containers store whole seconds, and a creation time may be that of the first or of the next second.
const TOLERANCE: i64 = 2 * NANOS;

/// What is known of a file before it is read.
pub(super) struct File {
    pub name: String,
    /// When it was recorded, in nanoseconds since the Unix epoch.
    pub created: Option<i64>,
    /// Its length in nanoseconds.
    pub length: Option<i64>,
}

/// Where each file begins, in nanoseconds after the first one; `None` where the one before it ends.
pub(super) fn seams(files: &[File], times: JoinTimes) -> Result<Vec<Option<i64>>> {
    let by_end = || vec![None; files.len()];
    match times {
        JoinTimes::End => Ok(by_end()),
        JoinTimes::Auto => Ok(by_creation(files).unwrap_or_else(|_| by_end())),
        JoinTimes::Created => by_creation(files),
    }
}

fn by_creation(files: &[File]) -> Result<Vec<Option<i64>>> {
    let wrong = |file: &File, cause: String| {
        Error::new(ErrorKind::Config, &file.name, cause).with_remedy(Remedy::JoinEndToEnd)
    };
    let mut begins = Vec::with_capacity(files.len());
    let (mut origin, mut end) = (None, 0_i64);
    for (nth, file) in files.iter().enumerate() {
        let missing = || wrong(file, "it holds no creation time".to_owned());
        let created = file.created.ok_or_else(missing)?;
        let begin = created.saturating_sub(*origin.get_or_insert(created));
        let gap = begin.saturating_sub(end);
        if gap < -TOLERANCE {
            let before = &files[nth.saturating_sub(1)].name;
            let cause = format!("by its creation time it begins before {before} ends");
            return Err(wrong(file, cause));
        }
        let begin = Some(begin).filter(|_| gap > TOLERANCE);
        begins.push(begin);
        let is_last = nth + 1 == files.len();
        let unknown = || wrong(file, "its length is not known".to_owned());
        let length = if is_last { 0 } else { file.length.ok_or_else(unknown)? };
        end = begin.unwrap_or(end).saturating_add(length);
    }
    Ok(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(files: &[(Option<i64>, i64)]) -> Vec<File> {
        let file = |&(created, length): &(Option<i64>, i64)| File {
            name: "x".to_owned(),
            created: created.map(|seconds| seconds * NANOS),
            length: Some(length * NANOS),
        };
        files.iter().map(file).collect()
    }

    fn auto(given: &[(Option<i64>, i64)]) -> Vec<Option<i64>> {
        let begins = seams(&files(given), JoinTimes::Auto).unwrap();
        begins.into_iter().map(|begin| begin.map(|nanos| nanos / NANOS)).collect()
    }

    #[test]
    fn chapters_follow_each_other_and_pauses_are_kept() {
        let chapters = [(Some(1000), 60), (Some(1061), 60), (Some(1119), 60), (Some(1300), 60)];
        assert_eq!(auto(&chapters), [None, None, None, Some(300)]);
        assert_eq!(seams(&files(&chapters), JoinTimes::End), Ok(vec![None; 4]));
    }

    #[test]
    fn impossible_creation_times_are_ignored() {
        // The same for all chapters; of the end of each file; missing in one.
        for chapters in [
            [(Some(1000), 60), (Some(1000), 60), (Some(1000), 60)],
            [(Some(1060), 60), (Some(1120), 60), (Some(1130), 10)],
            [(Some(1000), 60), (None, 60), (Some(1300), 60)],
        ] {
            assert_eq!(auto(&chapters), [None, None, None]);
            assert!(seams(&files(&chapters), JoinTimes::Created).is_err());
        }
    }
}
