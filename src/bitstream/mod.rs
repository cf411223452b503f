//! Compressed bytes of H.264, H.265, AV1, VP8, VP9 and JPEG to facts about an access unit.
//! Pure: it neither decodes pictures nor reads files.

pub(crate) mod access_unit;
pub(crate) mod av1;
pub(crate) mod bits;
pub(crate) mod h264;
pub(crate) mod h265;
pub(crate) mod jpeg;
pub(crate) mod vpx;
