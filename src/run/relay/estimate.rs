//! Estimates how large the pictures of an entity would be as video, by encoding the first ones.
//! Later pictures may be easier or harder to encode.

use std::sync::Arc;

use super::plan::{form, rate};
use crate::config::{Config, VideoConfig};
use crate::encode::plan::EncodePlan;
use crate::encode::table::{self, Wanted};
use crate::encode::trial;
use crate::picture::given::MemoryPicture;
use crate::relay::survey::Found;
use crate::run::stages::encode_given;
use crate::threads::Spawner;

/// Number of pictures to encode: a second of most cameras, so a keyframe and its GOP.
pub(crate) const ESTIMATED: usize = 30;

/// The estimated size of an entity as video.
pub(crate) struct Estimate {
    pub bytes: u64,
    /// Number of pictures that were encoded for it.
    pub pictures: usize,
}

/// Encode the pictures that the survey kept; `None` if they cannot be encoded.
pub(crate) fn estimate(found: &Found, config: &Config, threads: &Spawner) -> Option<Estimate> {
    let form = form(found, config.video.range)?;
    let rate = rate(found, config);
    let video = VideoConfig { autorotate: false, ..config.video.clone() };
    let row = table::choose(&Wanted { video: &video, live: false }, trial::works).ok()?;
    let plan = EncodePlan::new(row, &video, [rate, None], false).ok()?;
    let step = 1_000_000_000.0 / rate.map_or(30.0, |rate| rate.as_f64());
    let given = found.begin.clone().into_iter().enumerate().map(move |(at, data)| MemoryPicture {
        time: (at as f64 * step) as i64,
        data,
        form: form.clone(),
    });
    let never = |_time| false;
    let samples =
        encode_given(given, &video, plan, never, String::new(), Arc::default(), threads).ok()?;
    let sizes: Vec<u64> =
        samples.map_while(Result::ok).map(|sample| sample.data.len() as u64).collect();
    let pictures = sizes.len();
    let all = sizes.iter().sum::<u64>() as f64 / pictures as f64 * found.rows as f64;
    (pictures > 0).then_some(Estimate { bytes: all as u64, pictures })
}
