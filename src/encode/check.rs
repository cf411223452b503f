//! Checks that an encoder keeps the contract of a recording: one picture per packet, in order, no B-frames, headers in
//! every keyframe.
//! It drives no encoder.

use crate::bitstream::access_unit::{Defect, Headers, Inspector};
use crate::ffi::Encoded;
use crate::sample::SampleCodec;

/// Checks the packets of one encoder, in output order.
pub(super) struct Check {
    codec: SampleCodec,
    inspector: Inspector,
    /// Headers that came in a separate packet, for the next picture.
    separate: Vec<u8>,
    /// Headers of the first keyframe, to add to later keyframes that lack them.
    headers: Headers,
    is_first: bool,
}

/// A picture that was sent to the encoder.
pub(super) struct Pending {
    pub pts: i64,
    /// Its timestamp in the recording.
    pub time: i64,
    /// A keyframe was requested.
    pub keyframe: bool,
}

/// An encoded picture as an access unit.
pub(super) struct Checked {
    pub data: Vec<u8>,
    pub keyframe: bool,
}

impl Check {
    pub fn new(codec: SampleCodec) -> Self {
        Self {
            codec,
            inspector: Inspector::new(codec),
            separate: Vec::new(),
            headers: Headers::new(codec),
            is_first: true,
        }
    }

    /// Prepend headers that came before the picture. `None` if the packet holds only headers, which are kept for the
    /// next one.
    pub fn whole(&mut self, mut encoded: Encoded) -> Option<Encoded> {
        if !self.separate.is_empty() {
            let mut whole = std::mem::take(&mut self.separate);
            whole.append(&mut encoded.data);
            encoded.data = whole;
        }
        let unit = self.inspector.inspect(&encoded.data);
        if unit.pictures == 0 && !unit.headers.is_empty() {
            self.separate = encoded.data;
            return None;
        }
        Some(encoded)
    }

    /// The access unit of a picture, or how the encoder broke the contract. `extradata` holds the encoder's out-of-band
    /// headers.
    pub fn check(
        &mut self,
        mut encoded: Encoded,
        pending: Option<&Pending>,
        extradata: &[u8],
    ) -> Result<Checked, &'static str> {
        let Some(pending) = pending.filter(|p| encoded.pts == Some(p.pts)) else {
            return Err("gave frames in another order than they came");
        };
        // An AV1 temporal unit may hold frames that are shown later along with the one shown now.
        let reorders = self.codec != SampleCodec::Av1;
        if reorders && encoded.dts.is_some_and(|dts| Some(dts) != encoded.pts) {
            return Err("reordered frames");
        }
        let unit = self.inspector.inspect(&encoded.data);
        if unit.pictures != 1 {
            return Err("did not give one picture at a time");
        }
        // Many H.265 encoders write B slices that only refer to earlier pictures.
        if unit.defect.is_some_and(|defect| defect != Defect::OwnSize) {
            return Err("made pictures that depend on later ones");
        }
        let keyframe = unit.starts_gop;
        if pending.keyframe && !keyframe {
            return Err(match self.is_first {
                true => "did not begin with a keyframe",
                false => "made no keyframe where one was requested",
            });
        }
        if keyframe && !unit.has_headers {
            // Some encoders write their headers to the extradata only.
            if self.headers.is_empty() {
                let kept = Inspector::new(self.codec).inspect(extradata);
                self.headers.learn(&kept.headers);
            }
            encoded.data = self.headers.insert(&encoded.data, unit.delimiter);
            if !self.inspector.inspect(&encoded.data).is_keyframe() {
                return Err("made keyframes without headers");
            }
        } else if keyframe && self.headers.is_empty() {
            self.headers.learn(&unit.headers);
        }
        self.is_first = false;
        Ok(Checked { data: encoded.data, keyframe })
    }
}
