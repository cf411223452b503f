//! The presentation times of a file's pictures by its own clock, from the times of all its packets.
//! It decodes nothing.

use crate::error::Result;
use crate::event::Cancel;
use crate::input::demux::Demux;
use crate::input::parts::Part;
use crate::time::{TimeBase, rescale};

/// The times of the first video's pictures, in nanoseconds since the beginning of the file, in the order in which they
/// are shown; up to an error, which is reported where the file is recorded.
pub(crate) fn picture_times(part: &Part, cancel: &Cancel) -> Result<Vec<i64>> {
    let open = part.open(cancel)?;
    let Some(taken) = part.streams.first() else { return Ok(Vec::new()) };
    let (index, time_base) = (taken.stream.index, taken.stream.time_base);
    let zero = open.input.start_time().unwrap_or(0).saturating_mul(1000);
    let demux = Demux::looking_through(open.input, &part.spec.display, vec![index], cancel);
    let shown = demux.map_while(Result::ok).filter(|packet| !packet.is_discarded());
    let times = shown.filter_map(|packet| packet.time());
    let mut times: Vec<i64> = times
        .map(|ticks| rescale(ticks, time_base, TimeBase::NANOSECONDS).saturating_sub(zero))
        .collect();
    times.sort_unstable();
    Ok(times)
}
