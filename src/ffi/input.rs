//! An open container: what it is, its metadata, its packets. Its place in the file is in `place`.
//! It decides nothing about which stream to read or what an error means for the run.

mod place;

use std::collections::VecDeque;
use std::ffi::c_int;
use std::fmt;
use std::sync::Arc;

use ffmpeg_next::ffi;
use ffmpeg_next::format::context;

use super::av::{AvError, FfmpegError, text};
use super::dict;
use super::interrupt::Interrupt;
use super::log::{LogOwner, Segments};
use super::packet::{Packet, owned_packet};
use super::pictures::Pictures;
use crate::time::{Reading, TimeBase};

/// An open container.
pub(crate) struct Input {
    // Closed before what it refers to is dropped: the fields are dropped in this order.
    pub(super) inner: context::Input,
    interrupt: Arc<Interrupt>,
    pub(super) log: LogOwner,
    /// The last read of a device had nothing yet.
    was_empty: bool,
    /// The next read is the first at another place.
    was_sought: bool,
    is_device: bool,
    opened: Reading,
    /// Times are those of the arrival.
    pub(super) timed_by_arrival: bool,
    /// Its header is wrong about the times.
    has_wrong_times: bool,
    /// It was found to send in real time.
    real_time: bool,
    /// It was found to send faster than that, as a file is sent.
    is_download: bool,
    /// Where the last read began, in bytes.
    read_from: Option<u64>,
    /// Its first bytes, as far as they were buffered when it was opened.
    pub(super) head: Vec<u8>,
    /// Packets that were read to look at them.
    unread: VecDeque<Packet>,
    /// An image sequence, whose first picture `inner` was opened on.
    pub(super) pictures: Option<Pictures>,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("format", &self.format_name()).finish()
    }
}

impl Input {
    /// `inner` is open, with the callback of `interrupt`.
    pub(super) fn new(
        inner: context::Input,
        interrupt: Arc<Interrupt>,
        is_device: bool,
        log: LogOwner,
    ) -> Self {
        let opened = super::clocks::now();
        Self {
            inner,
            interrupt,
            log,
            was_empty: false,
            was_sought: false,
            is_device,
            opened,
            timed_by_arrival: false,
            has_wrong_times: false,
            real_time: false,
            is_download: false,
            read_from: None,
            head: Vec::new(),
            unread: VecDeque::new(),
            pictures: None,
        }
    }

    /// Probing, which may take seconds, is over.
    pub(super) fn probed(&mut self) {
        self.opened = super::clocks::now();
    }

    /// How many pictures there are in a sequence.
    pub(super) fn sequence_length(&self) -> Option<i64> {
        self.pictures.as_ref().map(Pictures::len)
    }

    /// Every packet is a complete image file, of any format.
    pub fn is_sequence(&self) -> bool {
        self.pictures.is_some()
    }

    /// FFmpeg's names of the format, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    pub fn format_name(&self) -> String {
        // SAFETY: an open input has a demuxer, whose description and name are static.
        unsafe { text((*(*self.inner.as_ptr()).iformat).name) }.unwrap_or_default()
    }

    /// Its first bytes; none where they are not at hand.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    pub(super) fn is_format(&self, names: &[&str]) -> bool {
        self.format_name().split(',').any(|name| names.contains(&name))
    }

    /// Pictures one behind the other, which FFmpeg counts at some rate.
    fn is_counted(&self) -> bool {
        const COUNTED: &[&str] = &["image2pipe", "mjpeg_2000", "mpjpeg", "rawvideo"];
        self.is_format(COUNTED) || self.format_name().split(',').any(|name| name.ends_with("_pipe"))
    }

    /// The container carries no timestamps (raw elementary streams). Whatever its packets have of them is made up.
    pub fn without_timestamps(&self) -> bool {
        /// Demuxers of raw streams that do not carry the flag.
        const RAW: &[&str] = &[
            "av1",
            "avs2",
            "avs3",
            "cavsvideo",
            "dirac",
            "dnxhd",
            "evc",
            "h261",
            "h263",
            "h264",
            "hevc",
            "ingenient",
            "m4v",
            "mjpeg",
            "mpegvideo",
            "obu",
            "vc1",
            "vvc",
        ];
        let is_raw = || self.flags() & ffi::AVFMT_NOTIMESTAMPS as c_int != 0 || self.is_format(RAW);
        // The rate of a sequence is settled when its files are listed.
        let is_counted = || self.is_counted() && !self.is_sequence();
        !self.timed_by_arrival && (self.has_wrong_times || is_raw() || is_counted())
    }

    /// Its times are only counted at some rate, from a header or made up; it has no clock.
    pub fn has_no_clock(&self) -> bool {
        self.without_timestamps() || self.is_counted() || self.is_format(&["yuv4mpegpipe"])
    }

    /// Take it for one without timestamps, since those that it has are counted at an impossible rate.
    pub fn ignore_times(&mut self) {
        self.has_wrong_times = true;
    }

    /// Let the time of a packet be that of its arrival, in microseconds of the monotonic clock.
    pub fn time_by_arrival(&mut self) {
        self.timed_by_arrival = true;
    }

    /// It was found to send in real time, whatever it is.
    pub fn set_real_time(&mut self) {
        self.real_time = true;
    }

    /// It was found to be sent as a file is.
    pub fn set_download(&mut self) {
        self.is_download = true;
    }

    pub fn is_download(&self) -> bool {
        self.is_download
    }

    pub fn is_real_time(&self) -> bool {
        self.real_time
    }

    /// Read these packets again, before all others.
    pub fn unread(&mut self, packets: impl IntoIterator<Item = Packet>) {
        self.unread.extend(packets);
    }

    pub fn is_timed_by_arrival(&self) -> bool {
        self.timed_by_arrival
    }

    /// The unit of a stream's timestamps as its packets have them, also where they are timed by their arrival.
    pub fn time_base_of_packets(&self, stream: usize) -> Option<TimeBase> {
        let time_base = self.inner.stream(stream)?.time_base();
        Some(TimeBase::new(time_base.numerator(), time_base.denominator()))
    }

    /// The clock of the format may restart in mid-stream, as that of FLV does when a sender reconnects.
    pub fn may_jump(&self) -> bool {
        self.flags() & ffi::AVFMT_TS_DISCONT as c_int != 0 || self.is_format(&["flv", "live_flv"])
    }

    fn flags(&self) -> c_int {
        // SAFETY: an open input has a demuxer, whose description is static.
        unsafe { (*(*self.inner.as_ptr()).iformat).flags }
    }

    pub fn metadata(&self) -> Vec<(String, String)> {
        // SAFETY: the dictionary belongs to the open input.
        unsafe { dict::entries((*self.inner.as_ptr()).metadata) }
    }

    /// The next packet of any stream that is kept.
    pub fn read(&mut self) -> Result<Packet, FfmpegError> {
        use ffmpeg_next::packet::Mut as _;
        if let Some(packet) = self.unread.pop_front() {
            return Ok(packet);
        }
        if let Some(pictures) = &mut self.pictures {
            return Ok(pictures.read()?);
        }
        let mut packet = ffmpeg_next::Packet::empty();
        // A device that had nothing is still waited for.
        if !self.was_empty {
            self.interrupt.restart();
        }
        self.read_from = self.io().map(|io| io.position);
        self.log.forget_begun_segments();
        // SAFETY: the input is open and the packet empty, as av_read_frame requires.
        let read = unsafe {
            let context = self.inner.as_mut_ptr();
            self.log.check(|| ffi::av_read_frame(context, packet.as_mut_ptr()))
        };
        // Behind the place that was sought, FFmpeg skips what comes before a keyframe.
        if std::mem::take(&mut self.was_sought) {
            self.log.forget_begun_segments();
        }
        self.was_empty = read.as_ref().is_err_and(|error| error.code == AvError::AGAIN);
        read?;
        // A wall clock that is set meanwhile does not tear the times apart.
        let waited = super::clocks::monotonic() - self.opened.monotonic;
        let arrived = self.opened.wall.saturating_add(waited);
        Ok(Packet::at(if self.is_device { owned_packet(&packet)? } else { packet }, arrived))
    }

    /// What FFmpeg logged of a protocol that a part of this input may not use, where it left that part out.
    pub fn blocked(&self) -> Option<String> {
        self.log.blocked()
    }

    /// The file was found to end in the middle of its data.
    pub fn is_cut(&self) -> bool {
        self.log.is_cut()
    }

    /// How many places of the file were skipped since the last call, because they hold something else.
    pub fn take_skipped(&self) -> u64 {
        self.log.take_skipped()
    }

    /// The segments of a playlist in the last read, which `found_one` packet or came to the end.
    pub fn take_segments(&self, found_one: bool) -> Segments {
        self.log.take_segments(found_one)
    }

    /// The clocks of this machine when it was opened.
    pub fn opened(&self) -> Reading {
        self.opened
    }

    /// A wait was ended because nothing came in time.
    pub fn timed_out(&self) -> bool {
        self.interrupt.timed_out()
    }
}
