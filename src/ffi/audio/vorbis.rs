//! How many samples a Vorbis packet gives, which depends on the packet before it.
//! It decodes nothing.

use std::ffi::c_int;

use ffmpeg_next::ffi;

/// Looks at packets in their order.
pub(crate) struct VorbisLengths(*mut ffi::AVVorbisParseContext);

// SAFETY: the context is used by one thread at a time.
unsafe impl Send for VorbisLengths {}

impl VorbisLengths {
    /// `None` if the headers are damaged.
    pub fn new(extradata: &[u8]) -> Option<Self> {
        let size = c_int::try_from(extradata.len()).ok()?;
        // SAFETY: the headers have the stated size, and are only read.
        let context = unsafe { ffi::av_vorbis_parse_init(extradata.as_ptr(), size) };
        (!context.is_null()).then_some(Self(context))
    }

    /// Samples of one channel; `None` if the packet is damaged.
    pub fn samples(&mut self, packet: &[u8]) -> Option<u32> {
        let size = c_int::try_from(packet.len()).ok().filter(|&size| size > 0)?;
        // SAFETY: the context is valid, and the packet has the stated size.
        let samples = unsafe { ffi::av_vorbis_parse_frame(self.0, packet.as_ptr(), size) };
        u32::try_from(samples).ok()
    }
}

impl Drop for VorbisLengths {
    fn drop(&mut self) {
        // SAFETY: the context is ours and is not used after this.
        unsafe { ffi::av_vorbis_parse_free(&mut self.0) };
    }
}
