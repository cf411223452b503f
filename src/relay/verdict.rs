//! Whether the Viewer shows a `VideoStream` of a recording as it should, by the bytes of all its samples.
//! It changes none.

use crate::bitstream::access_unit::{Flaw, Headers, Inspector};
use crate::sample::SampleCodec;

/// What was seen of a stream's samples so far.
#[derive(Debug)]
pub(crate) struct StreamVerdict {
    inspector: Inspector,
    samples: u64,
    keyframes: u64,
    /// What the Viewer shows wrong, but for missing headers.
    flaw: Option<&'static str>,
    /// Some keyframe has no headers.
    bare: bool,
    /// The first headers in the stream.
    headers: Headers,
    /// Later headers are others, so that nobody can say which of them a keyframe without any needs.
    changes: bool,
    reorders: bool,
}

impl StreamVerdict {
    pub fn new(codec: SampleCodec) -> Self {
        Self {
            inspector: Inspector::new(codec),
            samples: 0,
            keyframes: 0,
            flaw: None,
            bare: false,
            headers: Headers::new(codec),
            changes: false,
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
        let late =
            (self.samples == 0 && !unit.starts_gop).then_some("it does not begin with a keyframe");
        self.flaw = self.flaw.or(flaw).or(late);
        self.bare |= unit.starts_gop && !unit.has_headers;
        if self.headers.is_empty() && unit.has_headers {
            self.headers.learn(&unit.headers);
        }
        self.changes |= !self.headers.hold(&unit.headers);
        self.samples += 1;
        self.keyframes += u64::from(unit.starts_gop);
    }

    /// What the Viewer shows wrong or not at all.
    pub fn flaw(&self) -> Option<&'static str> {
        let none = (self.keyframes == 0).then_some("it has no keyframe");
        self.flaw.or(none).or(self.bare.then_some("it has keyframes without headers"))
    }

    /// All that is wrong is that keyframes lack headers which other samples have.
    pub fn is_repairable(&self) -> bool {
        let sound = self.flaw.is_none() && self.keyframes > 0;
        sound && self.bare && !self.headers.is_empty() && !self.changes
    }

    /// The headers of the stream, to be put in front of keyframes that lack them.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The samples are in another order than their pictures.
    pub fn reorders(&self) -> bool {
        self.reorders
    }
}
