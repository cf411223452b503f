//! Divides the cores among the videos that are converted at the same time.
//! Pure.

use std::num::NonZeroUsize;

use super::planned::{PlannedInput, PlannedInputs};
use crate::config::Config;
use crate::threads;

/// How many files are converted at the same time.
pub(crate) fn side_by_side(config: &Config) -> usize {
    config.jobs.unwrap_or_else(|| cores(config)).get()
}

fn cores(config: &Config) -> NonZeroUsize {
    config.cores.unwrap_or_else(threads::cores)
}

/// How many threads each decoder and each encoder gets. `None`: its own default, because it has the whole machine.
pub(crate) fn codec_threads(planned: &PlannedInputs, config: &Config) -> Option<usize> {
    let tracks = |input: &PlannedInput| input.tracks.len();
    let (files, timed): (Vec<_>, Vec<_>) = planned.inputs.iter().partition(|i| i.can_wait());
    let mut files: Vec<usize> = files.into_iter().map(tracks).collect();
    files.sort_unstable();
    let at_once: usize = files.iter().rev().take(side_by_side(config)).sum();
    let at_once = at_once + timed.into_iter().map(tracks).sum::<usize>();
    share(cores(config).get(), at_once, config.cores.is_some())
}

/// Round up: one thread too many is better than an idle core.
fn share(cores: usize, videos: usize, limited: bool) -> Option<usize> {
    (videos > 1 || limited).then(|| cores.div_ceil(videos.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_videos_share_the_cores() {
        assert_eq!(share(8, 1, false), None);
        assert_eq!(share(8, 2, false), Some(4));
        assert_eq!(share(8, 3, false), Some(3));
        assert_eq!(share(8, 100, false), Some(1));
        assert_eq!(share(2, 1, true), Some(2));
    }
}
