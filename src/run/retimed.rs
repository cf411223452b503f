//! How sound, chapters and subtitles of an input follow times that were given for its pictures.
//! The arithmetic is in `time`.

use std::sync::Arc;

use crate::config::InputConfig;
use crate::error::Result;
use crate::event::{Cancel, Warning};
use crate::input::parts::{Joined, Part};
use crate::input::picture_times::picture_times;
use crate::input::probe::SelectedStream;
use crate::source::OpenSpec;
use crate::time::{Retiming, Retimings, Stretched};

/// The files of an input.
pub(super) fn files(
    spec: &OpenSpec,
    input: &InputConfig,
    streams: &[SelectedStream],
    joined: &Joined,
) -> Vec<Part> {
    let (spec, config) = (spec.clone(), input.clone());
    let first = Part { spec, config, streams: streams.to_vec(), has_text: false };
    std::iter::once(first).chain(joined.parts.iter().cloned()).collect()
}

/// What every file needs, with warnings about what cannot be kept in step.
pub(super) fn retimings(
    files: Vec<Part>,
    has_sound: bool,
    cancel: &Cancel,
) -> Result<(Retimings, Vec<Warning>)> {
    let (mut retimings, mut warnings) = (Retimings::new(), Vec::new());
    let mut all = Stretched::default();
    for file in files {
        let given = file.streams.first().map(|taken| taken.given.clone()).unwrap_or_default();
        if given.is_none() {
            retimings.push(None);
            continue;
        }
        if !file.spec.reopens {
            let why = "sound and subtitles keep the clock of the input, since an input that can be read only once is \
                       not searched for the pictures whose times are given";
            warnings.push(Warning::Other(why.to_owned()));
            retimings.push(None);
            continue;
        }
        let own = picture_times(&file, cancel)?;
        let given = given.since_first(own.len()).unwrap_or_default();
        let (retiming, stretched) = Retiming::new(&own, &given);
        let Stretched { own, given } = stretched.unwrap_or_default();
        (all.own, all.given) = (all.own + own, all.given + given);
        retimings.push(Some(Arc::new(retiming)));
    }
    if all.own > 0 && has_sound {
        let seconds = |nanos: i64| nanos as f64 / 1e9;
        warnings.push(Warning::Other(format!(
            "sound is in pieces of a second, each in step where it begins: by the times given, what takes {:.2} s of it is \
             shown in {:.2} s",
            seconds(all.own),
            seconds(all.given)
        )));
    }
    Ok((retimings, warnings))
}
