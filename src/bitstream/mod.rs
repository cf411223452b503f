//! Compressed bytes of H.264, H.265, AV1, VP8, VP9, AVIF and JPEG to facts about an access unit, and those of AAC, FLAC
//! and MP3 to facts about a packet.
//! Pure: it decodes neither pictures nor sound, and reads no files.

pub(crate) mod aac;
pub(crate) mod access_unit;
pub(crate) mod av1;
pub(crate) mod avif;
pub(crate) mod bits;
pub(crate) mod flac;
#[cfg(test)]
pub(crate) mod fuzz;
pub(crate) mod h264;
pub(crate) mod h265;
pub(crate) mod jpeg;
pub(crate) mod mp3;
pub(crate) mod mp3_frame;
pub(crate) mod vorbis;
pub(crate) mod vpx;
