//! Tests whether an encoder works on this machine: being in FFmpeg does not mean that its driver and device work.
//! It really encodes; what follows from the result is decided elsewhere.

use crate::config::VideoConfig;
use crate::encode::plan::EncodePlan;
use crate::encode::stage::Encode;
use crate::encode::table::{EncoderRow, Place};
use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{Frame, Plane, has_encoder};
use crate::time::{NANOS, Timed as _};

/// Large enough for hardware encoders, which reject very small pictures.
const SIZE: (u32, u32) = (320, 240);
/// One keyframe, and one picture that refers to it.
const PICTURES: i64 = 2;

/// Why the encoder does not work. Software encoders are only looked up; hardware encoders are tested with [`encodes`].
pub(crate) fn works(row: &'static EncoderRow) -> Result<(), String> {
    match row.place {
        Place::Software if has_encoder(row.name) => Ok(()),
        _ => encodes(row),
    }
}

/// Why it cannot encode two small pictures as recordings need them.
pub(crate) fn encodes(row: &'static EncoderRow) -> Result<(), String> {
    if !has_encoder(row.name) {
        return Err("this FFmpeg is built without it".to_owned());
    }
    let attempt = || -> Result<()> {
        let config = VideoConfig::default();
        let plan = EncodePlan::new(row, &config, [None, None], false)?;
        let frames = (0..PICTURES).map(|nth| grey(row.format, nth * NANOS / 30));
        let samples = Encode::new(frames, plan, row.name.to_owned());
        let given = samples.collect::<Result<Vec<_>>>()?.len() as i64;
        if given != PICTURES {
            let cause = format!("it gave {given} of {PICTURES} pictures");
            return Err(Error::new(ErrorKind::Encode, row.name, cause));
        }
        Ok(())
    };
    // Strip the size from the error: the user did not choose it.
    let refused = format!("{} refused {}x{}: ", row.name, SIZE.0, SIZE.1);
    attempt().map_err(|error| error.cause().trim_start_matches(&refused).to_owned())
}

/// A grey picture in one of the formats of the table.
fn grey(format: &str, time: i64) -> Result<Frame> {
    let (width, height) = (SIZE.0 as usize, SIZE.1 as usize);
    let grey = vec![0x80; width * height];
    let plane = |stride: usize, rows: usize| Plane { data: &grey[..stride * rows], stride };
    let half = plane(width / 2, height / 2);
    let planes = match format {
        "nv12" => vec![plane(width, height), plane(width, height / 2)],
        _ => vec![plane(width, height), half, half],
    };
    let mut frame = Frame::from_planes(format, SIZE.0, SIZE.1, &planes)
        .map_err(|e| Error::new(ErrorKind::Encode, "a grey picture", e))?;
    frame.tag_bt709();
    frame.set_time(time);
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::table::all;
    use std::cell::Cell;

    /// How many pictures an encoder for live sources takes before it gives the first one out.
    fn taken(row: &'static EncoderRow) -> i64 {
        let plan = EncodePlan::new(row, &VideoConfig::default(), [None, None], true).unwrap();
        let taken = Cell::new(0);
        let frames = (0..60).map(|nth| {
            taken.set(nth + 1);
            grey(row.format, nth * NANOS / 30)
        });
        let mut samples = Encode::new(frames, plan, row.name.to_owned());
        assert!(samples.next().unwrap().unwrap().keyframe, "{}", row.name);
        taken.get()
    }

    #[test]
    fn live_encoders_hold_back_no_frame() {
        let here = |name: &str| all().find(|row| row.name == name && works(row).is_ok());
        // Other AV1 encoders look ahead by a few pictures whatever their options, 14 in Debian 13; they are not the
        // first choice for live sources.
        for row in ["libx264", "libx265", "libaom-av1"].into_iter().filter_map(here) {
            assert_eq!(taken(row), 1, "{}", row.name);
        }
        for row in ["libsvtav1", "librav1e"].into_iter().filter_map(here) {
            let taken = taken(row);
            assert!(taken <= 16, "{} takes {taken}", row.name);
        }
    }
}
