//! An FFmpeg muxer that writes streams of video, sound and text to a file.
//! What is stated of a stream is in `muxed`; the caller chooses the container and provides the packets.

use std::ffi::CString;
use std::path::Path;
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, FfmpegError};
use super::dict::Dict;
use super::log::LogOwner;
use super::muxed::{MuxedChapter, MuxedStream};
use super::packet::packet_of;

/// A packet for one stream, with times in ticks of that stream's time base.
pub(crate) struct MuxedPacket<'a> {
    pub stream: usize,
    pub data: &'a [u8],
    pub time: i64,
    pub duration: i64,
    pub keyframe: bool,
}

/// How long packets wait for earlier ones of other streams, in microseconds: as much is lost if the program is killed.
const INTERLEAVED: i64 = 1_000_000;

/// An open file.
pub(crate) struct Muxer {
    context: *mut ffi::AVFormatContext,
    streams: Vec<Written>,
    log: LogOwner,
}

/// The state of a stream that is being written.
struct Written {
    time_base: ffi::AVRational,
    /// The time of the last packet, in ticks of the container.
    last: Option<i64>,
}

// SAFETY: the context is used by one thread at a time, which libavformat allows.
unsafe impl Send for Muxer {}

impl Muxer {
    /// Open the file, which is emptied if it is there, and write the headers.
    pub fn create(
        path: &Path,
        container: &str,
        streams: &[MuxedStream<'_>],
        chapters: &[MuxedChapter<'_>],
        options: &[(&str, &str)],
    ) -> Result<Self, FfmpegError> {
        let invalid = |_nul| AvError::INVALID;
        // A name with a colon in it is no protocol.
        let mut url = b"file:".to_vec();
        url.extend(path.as_os_str().as_encoded_bytes());
        let url = CString::new(url).map_err(invalid)?;
        let container = CString::new(container).map_err(invalid)?;
        let mut options = Dict::new(options.iter().copied())?;
        let mut muxer =
            Self { context: ptr::null_mut(), streams: Vec::new(), log: LogOwner::new() };
        let context = &mut muxer.context;
        // SAFETY: all strings are C strings that outlive the call; the context is freed by `Drop` whatever happens from
        // here on.
        unsafe {
            muxer.log.check(|| {
                let (container, url) = (container.as_ptr(), url.as_ptr());
                ffi::avformat_alloc_output_context2(context, ptr::null(), container, url)
            })?;
        }
        for stream in streams {
            muxer.add(stream)?;
        }
        // SAFETY: the context is open, and its headers are not written yet.
        unsafe { MuxedChapter::add_all(chapters, muxer.context)? };
        let context = muxer.context;
        // SAFETY: the context is open, and the string outlives the calls.
        unsafe {
            // What is whole goes to the file at once, for the case that the program is killed.
            (*context).flush_packets = 1;
            (*context).max_interleave_delta = INTERLEAVED;
            muxer.log.check(|| {
                let io = &mut (*context).pb;
                let write = ffi::AVIO_FLAG_WRITE;
                ffi::avio_open2(io, url.as_ptr(), write, ptr::null(), ptr::null_mut())
            })?;
            muxer.log.check(|| ffi::avformat_write_header(context, options.as_mut_ptr()))?;
        }
        Ok(muxer)
    }

    /// Add a stream, before the headers are written.
    fn add(&mut self, stream: &MuxedStream<'_>) -> Result<(), FfmpegError> {
        // SAFETY: the context is open, and its headers are not written yet; the stream and its parameters belong to it.
        unsafe {
            let added = ffi::avformat_new_stream(self.context, ptr::null());
            if added.is_null() {
                return Err(AvError::NO_MEMORY.into());
            }
            stream.describe(added)?;
            let time_base = stream.time_base;
            let time_base = ffi::AVRational { num: time_base.num, den: time_base.den };
            (*added).time_base = time_base;
            self.streams.push(Written { time_base, last: None });
        }
        Ok(())
    }

    /// Write a packet. The times of each stream have to grow; packets of several streams are put into order if they
    /// come within a second.
    pub fn write(&mut self, wanted: &MuxedPacket<'_>) -> Result<(), FfmpegError> {
        use ffmpeg_next::packet::Mut as _;
        let Some(written) = self.streams.get_mut(wanted.stream) else {
            return Err(AvError::INVALID.into());
        };
        let mut packet = packet_of(wanted.data)?;
        packet.set_stream(wanted.stream);
        packet.set_pts(Some(wanted.time));
        packet.set_dts(Some(wanted.time));
        packet.set_duration(wanted.duration);
        if wanted.keyframe {
            packet.set_flags(ffmpeg_next::packet::Flags::KEY);
        }
        // SAFETY: the context is open and has a stream for each of ours; the packet is valid.
        let ticks = unsafe {
            let stream = *(*self.context).streams.add(wanted.stream);
            let time_base = (*stream).time_base;
            ffi::av_packet_rescale_ts(packet.as_mut_ptr(), written.time_base, time_base);
            packet.pts().unwrap_or(wanted.time)
        };
        // Coarser ticks may make two times one.
        let ticks = written.last.map_or(ticks, |last| ticks.max(last + 1));
        packet.set_pts(Some(ticks));
        packet.set_dts(Some(ticks));
        written.last = Some(ticks);
        self.log.check(|| unsafe {
            // SAFETY: the context is open, and takes over what the packet holds.
            ffi::av_interleaved_write_frame(self.context, packet.as_mut_ptr())
        })?;
        self.written()
    }

    /// Write what belongs at the end.
    pub fn finish(&mut self) -> Result<(), FfmpegError> {
        // SAFETY: the header was written, and the context is open.
        self.log.check(|| unsafe { ffi::av_write_trailer(self.context) })?;
        self.written()?;
        // SAFETY: the context is open, and has its file.
        self.log.check(|| unsafe { ffi::avio_closep(&mut (*self.context).pb) })?;
        Ok(())
    }

    /// Some muxers do not say that a write failed.
    fn written(&self) -> Result<(), FfmpegError> {
        // SAFETY: the context is open, and has its file until `finish` has closed it.
        let code = unsafe { (*(*self.context).pb).error };
        AvError::check(code)?;
        Ok(())
    }
}

impl Drop for Muxer {
    fn drop(&mut self) {
        let _scope = self.log.enter();
        // SAFETY: the context is ours or null, and is not used after this.
        unsafe {
            if !self.context.is_null() {
                ffi::avio_closep(&mut (*self.context).pb);
                ffi::avformat_free_context(self.context);
            }
        }
    }
}
