//! Judges by all samples of a `VideoStream` whether the Viewer shows it correctly.
//! It changes no sample.

use crate::bitstream::access_unit::{Defect, Headers, Inspector};
use crate::sample::SampleCodec;

/// What the samples of a stream showed so far.
#[derive(Debug)]
pub(crate) struct StreamVerdict {
    inspector: Inspector,
    samples: u64,
    keyframes: u64,
    /// Why the Viewer would show it wrong, missing headers aside.
    defect: Option<&'static str>,
    /// A keyframe has no headers.
    bare: bool,
    /// The first headers in the stream.
    headers: Headers,
    /// The headers change, so it is unknown which of them a keyframe without headers needs.
    changes: bool,
    reorders: bool,
}

impl StreamVerdict {
    pub fn new(codec: SampleCodec) -> Self {
        Self {
            inspector: Inspector::new(codec),
            samples: 0,
            keyframes: 0,
            defect: None,
            bare: false,
            headers: Headers::new(codec),
            changes: false,
            reorders: false,
        }
    }

    pub fn add(&mut self, data: &[u8]) {
        let unit = self.inspector.inspect(data);
        self.reorders |=
            matches!(unit.defect, Some(Defect::BSlice | Defect::Leading | Defect::HiddenKeyframe));
        let defect = match unit.defect {
            Some(Defect::BSlice) => Some("it holds B-frames"),
            Some(Defect::Leading | Defect::HiddenKeyframe) => Some("it holds open GOPs"),
            Some(Defect::Unreadable) => Some("the Viewer cannot read the format of its samples"),
            Some(Defect::OwnSize) | None if unit.pictures != 1 => {
                Some("it has samples with more or less than one picture")
            }
            Some(Defect::OwnSize) | None => None,
        };
        let late =
            (self.samples == 0 && !unit.starts_gop).then_some("it does not begin with a keyframe");
        self.defect = self.defect.or(defect).or(late);
        self.bare |= unit.starts_gop && !unit.has_headers;
        if self.headers.is_empty() && unit.has_headers {
            self.headers.learn(&unit.headers);
        }
        self.changes |= !self.headers.hold(&unit.headers);
        self.samples += 1;
        self.keyframes += u64::from(unit.starts_gop);
    }

    /// Why the Viewer shows it wrong or not at all.
    pub fn defect(&self) -> Option<&'static str> {
        let none = (self.keyframes == 0).then_some("it has no keyframe");
        self.defect.or(none).or(self.bare.then_some("it has keyframes without headers"))
    }

    /// The only defect is that keyframes lack headers, which other samples have.
    pub fn is_repairable(&self) -> bool {
        let sound = self.defect.is_none() && self.keyframes > 0;
        sound && self.bare && !self.headers.is_empty() && !self.changes
    }

    /// The headers of the stream, to insert at keyframes that lack them.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The samples are stored in decoding order, which differs from the order of display.
    pub fn reorders(&self) -> bool {
        self.reorders
    }
}
