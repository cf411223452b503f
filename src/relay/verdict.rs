//! Whether the Viewer shows a `VideoStream` of a recording as it should, by the bytes of all its samples.
//! It changes none.

use crate::bitstream::access_unit::{Flaw, Inspector};
use crate::sample::SampleCodec;

/// What was seen of a stream's samples so far.
#[derive(Debug)]
pub(crate) struct StreamVerdict {
    inspector: Inspector,
    samples: u64,
    keyframes: u64,
    flaw: Option<&'static str>,
    reorders: bool,
}

impl StreamVerdict {
    pub fn new(codec: SampleCodec) -> Self {
        Self {
            inspector: Inspector::new(codec),
            samples: 0,
            keyframes: 0,
            flaw: None,
            reorders: false,
        }
    }

    pub fn add(&mut self, data: &[u8]) {
        let unit = self.inspector.inspect(data);
        self.reorders |=
            matches!(unit.flaw, Some(Flaw::BSlice | Flaw::Leading | Flaw::HiddenKeyframe));
        let flaw = match unit.flaw {
            Some(Flaw::BSlice) => Some("it holds B-frames"),
            Some(Flaw::Leading | Flaw::HiddenKeyframe) => Some("it holds open GOPs"),
            Some(Flaw::Unreadable) => {
                Some("its samples are in a form that the Viewer does not read")
            }
            Some(Flaw::OwnSize) | None if unit.pictures != 1 => {
                Some("its samples are not one picture each")
            }
            Some(Flaw::OwnSize) | None => None,
        };
        let bare =
            (unit.starts_gop && !unit.has_headers).then_some("it has keyframes without headers");
        let late =
            (self.samples == 0 && !unit.starts_gop).then_some("it does not begin with a keyframe");
        self.flaw = self.flaw.or(flaw).or(bare).or(late);
        self.samples += 1;
        self.keyframes += u64::from(unit.is_keyframe());
    }

    /// What the Viewer shows wrong or not at all.
    pub fn flaw(&self) -> Option<&'static str> {
        self.flaw.or((self.keyframes == 0).then_some("it has no keyframe"))
    }

    /// The samples are in another order than their pictures.
    pub fn reorders(&self) -> bool {
        self.reorders
    }
}
