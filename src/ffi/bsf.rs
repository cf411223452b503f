//! A bitstream filter: converts packets to another form without decoding them.
//! The caller chooses which one.

use std::ffi::CString;
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, FfmpegError, Received, bytes};
use super::input::Input;
use super::log::LogOwner;
use super::packet::Packet;

/// An open bitstream filter for the packets of one stream.
pub(crate) struct BitstreamFilter {
    context: *mut ffi::AVBSFContext,
    /// When the packet that went in last was read.
    arrived: i64,
    log: LogOwner,
}

// SAFETY: the context is used by one thread at a time, which libavcodec allows.
unsafe impl Send for BitstreamFilter {}

impl BitstreamFilter {
    /// The filter of that name for a stream of an open input.
    pub fn open(name: &str, input: &Input, stream: usize) -> Result<Self, FfmpegError> {
        let name = CString::new(name).map_err(|_nul| AvError::INVALID)?;
        let Some(parameters) = input.parameters(stream) else {
            return Err(AvError(ffi::AVERROR_STREAM_NOT_FOUND).into());
        };
        let mut filter = Self { context: ptr::null_mut(), arrived: 0, log: LogOwner::new() };
        let context = &mut filter.context;
        // SAFETY: the parameters belong to the open input and are copied; the context is freed by `Drop` whatever
        // happens from here on.
        unsafe {
            filter.log.check(|| ffi::av_bsf_list_parse_str(name.as_ptr(), context))?;
            let context = filter.context;
            AvError::check(ffi::avcodec_parameters_copy((*context).par_in, parameters))?;
            filter.log.check(|| ffi::av_bsf_init(context))?;
        }
        Ok(filter)
    }

    /// Give the filter a packet, or `None` at the end.
    pub fn send(&mut self, packet: Option<&mut Packet>) -> Result<(), FfmpegError> {
        use ffmpeg_next::packet::Mut as _;
        if let Some(packet) = &packet {
            self.arrived = packet.arrived();
        }
        // SAFETY: the context is open; the filter takes the packet's content over and leaves it blank, unless it
        // returns an error.
        self.log.check(|| unsafe {
            let packet = packet.map_or(ptr::null_mut(), |packet| packet.0.as_mut_ptr());
            ffi::av_bsf_send_packet(self.context, packet)
        })?;
        Ok(())
    }

    /// The next packet that is ready.
    pub fn receive(&mut self) -> Result<Received<Packet>, FfmpegError> {
        use ffmpeg_next::packet::Mut as _;
        let mut packet = ffmpeg_next::Packet::empty();
        // SAFETY: the context is open and the packet empty.
        let received = self
            .log
            .receive(|| unsafe { ffi::av_bsf_receive_packet(self.context, packet.as_mut_ptr()) })?;
        Ok(received.map(|()| Packet::at(packet, self.arrived)))
    }

    /// The stream's headers behind the filter.
    pub fn extradata(&self) -> &[u8] {
        // SAFETY: the context is open; its output parameters do not change while it is.
        unsafe {
            let parameters = (*self.context).par_out;
            bytes((*parameters).extradata, (*parameters).extradata_size)
        }
    }
}

impl Drop for BitstreamFilter {
    fn drop(&mut self) {
        let _scope = self.log.enter();
        // SAFETY: the context is ours and is not used after this.
        unsafe { ffi::av_bsf_free(&mut self.context) };
    }
}
