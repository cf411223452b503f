//! A packet of compressed data: its times, flags and side data.
//! It neither reads nor decodes.

use std::ffi::c_int;
use std::fmt;

use ffmpeg_next::ffi;

use super::av::AvError;

/// One packet of compressed data; a clone shares the data where FFmpeg counts references.
pub(crate) struct Packet(pub(super) ffmpeg_next::Packet, i64);

impl Clone for Packet {
    fn clone(&self) -> Self {
        use ffmpeg_next::packet::{Mut as _, Ref as _};
        let mut shared = ffmpeg_next::Packet::empty();
        // SAFETY: both packets are valid. ffmpeg-next's own clone would copy the data. Out of memory, it stays empty.
        unsafe { ffi::av_packet_ref(shared.as_mut_ptr(), self.0.as_ptr()) };
        Self(shared, self.1)
    }
}

impl AsRef<[u8]> for Packet {
    fn as_ref(&self) -> &[u8] {
        self.data()
    }
}

impl fmt::Debug for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packet")
            .field("stream", &self.stream())
            .field("pts", &self.pts())
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

impl Packet {
    pub(super) fn at(packet: ffmpeg_next::Packet, arrived: i64) -> Self {
        Self(packet, arrived)
    }

    /// Data that comes without a container; `whole` if it needs nothing that came before.
    pub fn from_bytes(data: &[u8], pts: i64, whole: bool) -> Result<Self, AvError> {
        let mut packet = packet_of(data)?;
        packet.set_pts(Some(pts));
        if whole {
            packet.set_flags(ffmpeg_next::packet::Flags::KEY);
        }
        Ok(Self(packet, 0))
    }

    pub fn stream(&self) -> usize {
        self.0.stream()
    }

    /// The same packet as one of another stream.
    pub fn of_stream(mut self, stream: usize) -> Self {
        self.0.set_stream(stream);
        self
    }

    pub fn size(&self) -> usize {
        self.0.size()
    }

    pub fn data(&self) -> &[u8] {
        self.0.data().unwrap_or_default()
    }

    /// Its data, to change them in place; copied first if another packet shares them.
    pub fn data_mut(&mut self) -> Result<&mut [u8], AvError> {
        use ffmpeg_next::packet::Mut as _;
        // SAFETY: the packet is valid, and afterwards the only one that refers to its data.
        AvError::check(unsafe { ffi::av_packet_make_writable(self.0.as_mut_ptr()) })?;
        Ok(self.0.data_mut().unwrap_or_default())
    }

    /// When it is shown, in ticks of its stream.
    pub fn pts(&self) -> Option<i64> {
        self.0.pts()
    }

    /// The sender's wall clock, in nanoseconds since the Unix epoch, where the protocol carries it.
    pub fn sender_time(&self) -> Option<i64> {
        let found = self.side_data(ffi::AVPacketSideDataType::AV_PKT_DATA_PRFT)?;
        // AVProducerReferenceTime begins with microseconds.
        let micros = found.get(..8)?.try_into().ok()?;
        i64::from_ne_bytes(micros).checked_mul(1000)
    }

    /// When it was read, in nanoseconds since the Unix epoch.
    pub fn arrived(&self) -> i64 {
        self.1
    }

    /// When it is shown, or decoded where only that is known, in ticks of its stream.
    pub fn time(&self) -> Option<i64> {
        self.0.pts().or(self.0.dts())
    }

    /// When it is decoded, or shown where only that is known, in ticks of its stream.
    pub fn decoding_time(&self) -> Option<i64> {
        self.0.dts().or(self.0.pts())
    }

    /// When it is decoded.
    pub fn dts(&self) -> Option<i64> {
        self.0.dts()
    }

    /// Give it this time, of decoding and of showing, and no duration.
    pub fn set_time(&mut self, ticks: i64) {
        self.0.set_pts(Some(ticks));
        self.0.set_dts(Some(ticks));
        self.0.set_duration(0);
    }

    /// Add `ticks` to its times.
    pub fn shift(&mut self, ticks: i64) {
        self.change_times(|time| time.saturating_add(ticks));
    }

    /// Give it times on another clock, and no duration.
    pub fn set_times(&mut self, on_clock: impl Fn(i64) -> i64) {
        self.change_times(on_clock);
        self.0.set_duration(0);
    }

    fn change_times(&mut self, changed: impl Fn(i64) -> i64) {
        self.0.set_pts(self.0.pts().map(&changed));
        self.0.set_dts(self.0.dts().map(&changed));
    }

    /// How long it is shown; 0 where unknown.
    pub fn duration(&self) -> i64 {
        self.0.duration()
    }

    /// The container marks it as a keyframe.
    pub fn is_key(&self) -> bool {
        self.has_flag(ffi::AV_PKT_FLAG_KEY)
    }

    /// It is decoded and not shown: an edit list leaves it out.
    pub fn is_discarded(&self) -> bool {
        self.has_flag(ffi::AV_PKT_FLAG_DISCARD)
    }

    /// The demuxer saw damage in it.
    pub fn is_corrupt(&self) -> bool {
        self.has_flag(ffi::AV_PKT_FLAG_CORRUPT)
    }

    /// Remove the demuxer's mark of damage.
    pub fn clear_corrupt(&mut self) {
        use ffmpeg_next::packet::Mut as _;
        // SAFETY: writes a plain field of a valid packet.
        unsafe { (*self.0.as_mut_ptr()).flags &= !ffi::AV_PKT_FLAG_CORRUPT }
    }

    /// Samples to leave out at its beginning and at its end, where the container says so: a codec's delay and padding,
    /// or an edit list.
    pub fn skipped_samples(&self) -> (u32, u32) {
        let found = self.side_data(ffi::AVPacketSideDataType::AV_PKT_DATA_SKIP_SAMPLES);
        let number = |at: usize| {
            let bytes = found?.get(at..at + 4)?.try_into().ok()?;
            Some(u32::from_le_bytes(bytes))
        };
        (number(0).unwrap_or(0), number(4).unwrap_or(0))
    }

    /// It is encrypted, and no key was given.
    pub fn is_encrypted(&self) -> bool {
        self.side_data(ffi::AVPacketSideDataType::AV_PKT_DATA_ENCRYPTION_INFO).is_some()
    }

    fn has_flag(&self, flag: c_int) -> bool {
        use ffmpeg_next::packet::Ref as _;
        // SAFETY: reads a plain field of a valid packet.
        unsafe { (*self.0.as_ptr()).flags & flag != 0 }
    }

    /// New headers that the container has for the packets from this one on.
    pub fn new_extradata(&self) -> Option<&[u8]> {
        self.side_data(ffi::AVPacketSideDataType::AV_PKT_DATA_NEW_EXTRADATA)
    }

    fn side_data(&self, kind: ffi::AVPacketSideDataType) -> Option<&[u8]> {
        use ffmpeg_next::packet::Ref as _;
        let mut size = 0;
        // SAFETY: the packet is valid; its side data has the stated size, and lives and stays as it is for as long as
        // the packet is borrowed.
        unsafe {
            let data = ffi::av_packet_get_side_data(self.0.as_ptr(), kind, &mut size);
            (!data.is_null()).then(|| std::slice::from_raw_parts(data, size))
        }
    }

    /// Where it began in the file, in bytes.
    pub fn position(&self) -> Option<u64> {
        u64::try_from(self.0.position()).ok()
    }
}

/// The packet in memory that it owns. A device's packets, and raw pictures decoded from them, lie in the driver's
/// buffers, which disappear when the device is closed, even if they are still used.
pub(super) fn owned_packet(packet: &ffmpeg_next::Packet) -> Result<ffmpeg_next::Packet, AvError> {
    use ffmpeg_next::packet::{Mut as _, Ref as _};
    let mut own = packet_of(packet.data().unwrap_or_default())?;
    // SAFETY: both packets are valid; copying properties touches neither one's data.
    AvError::check(unsafe { ffi::av_packet_copy_props(own.as_mut_ptr(), packet.as_ptr()) })?;
    Ok(own)
}

/// A packet with a copy of these bytes, and what FFmpeg wants behind them.
pub(super) fn packet_of(data: &[u8]) -> Result<ffmpeg_next::Packet, AvError> {
    use ffmpeg_next::packet::Mut as _;
    let mut packet = ffmpeg_next::Packet::empty();
    let size = c_int::try_from(data.len()).map_err(|_large| AvError::INVALID_DATA)?;
    // SAFETY: the packet is valid and empty; av_new_packet gives it memory for as many bytes, which nobody else has.
    unsafe {
        let ptr = packet.as_mut_ptr();
        AvError::check(ffi::av_new_packet(ptr, size))?;
        std::ptr::copy_nonoverlapping(data.as_ptr(), (*ptr).data, data.len());
    }
    Ok(packet)
}
