//! A bitstream filter: packets into packets of another form, without decoding.
//! Which one is the caller's.

use std::ffi::CString;
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, Poll};
use super::input::Input;
use super::packet::Packet;

/// An open bitstream filter for the packets of one stream.
pub(crate) struct BitstreamFilter {
    context: *mut ffi::AVBSFContext,
    /// When the packets that go in were read.
    arrived: i64,
}

// SAFETY: the context is used by one thread at a time, which libavcodec allows.
unsafe impl Send for BitstreamFilter {}

impl BitstreamFilter {
    /// The filter of that name for a stream of an open input.
    pub fn open(name: &str, input: &Input, stream: usize) -> Result<Self, AvError> {
        let name = CString::new(name).map_err(|_nul| AvError::INVALID)?;
        let Some(parameters) = input.parameters(stream) else {
            return Err(AvError(ffi::AVERROR_STREAM_NOT_FOUND));
        };
        // SAFETY: the parameters belong to the open input and are copied; the context is freed by `Drop` whatever
        // happens from here on.
        unsafe {
            let mut filter = Self { context: ptr::null_mut(), arrived: 0 };
            AvError::check(ffi::av_bsf_list_parse_str(name.as_ptr(), &mut filter.context))?;
            AvError::check(ffi::avcodec_parameters_copy((*filter.context).par_in, parameters))?;
            AvError::check(ffi::av_bsf_init(filter.context))?;
            Ok(filter)
        }
    }

    /// Give the filter a packet, or `None` at the end.
    pub fn send(&mut self, packet: Option<Packet>) -> Result<(), AvError> {
        use ffmpeg_next::packet::Mut as _;
        if let Some(packet) = &packet {
            self.arrived = packet.arrived();
        }
        // SAFETY: the context is open; the filter takes the packet's content over and leaves it blank.
        AvError::check(unsafe {
            match packet {
                Some(mut packet) => ffi::av_bsf_send_packet(self.context, packet.0.as_mut_ptr()),
                None => ffi::av_bsf_send_packet(self.context, ptr::null_mut()),
            }
        })?;
        Ok(())
    }

    /// The next packet that is ready.
    pub fn receive(&mut self) -> Result<(Poll, Option<Packet>), AvError> {
        use ffmpeg_next::packet::Mut as _;
        let mut packet = ffmpeg_next::Packet::empty();
        // SAFETY: the context is open and the packet empty.
        let poll = Poll::from_code(unsafe {
            ffi::av_bsf_receive_packet(self.context, packet.as_mut_ptr())
        })?;
        Ok((poll, (poll == Poll::Ready).then(|| Packet::at(packet, self.arrived))))
    }

    /// The stream's headers behind the filter.
    pub fn extradata(&self) -> &[u8] {
        // SAFETY: the context is open; its output parameters do not change while it is.
        unsafe {
            let par = (*self.context).par_out;
            match usize::try_from((*par).extradata_size) {
                Ok(size) if !(*par).extradata.is_null() => {
                    std::slice::from_raw_parts((*par).extradata, size)
                }
                _ => &[],
            }
        }
    }
}

impl Drop for BitstreamFilter {
    fn drop(&mut self) {
        // SAFETY: the context is ours and is not used after this.
        unsafe { ffi::av_bsf_free(&mut self.context) };
    }
}
