//! An open container: its streams, its packets, seeking.
//! It decides nothing about which stream to read or what an error means for the run.

use std::ffi::{CString, OsStr, c_int};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{fmt, ptr};

use ffmpeg_next::ffi;
use ffmpeg_next::format::context;

use super::av::AvError;
use super::dict::{self, Dict};
use super::frame::{Geometry, matrix_from_bytes};
use crate::event::Cancel;
use crate::time::{Reading, TimeBase};

/// What to open.
pub(crate) struct OpenRequest<'a> {
    pub url: &'a OsStr,
    /// FFmpeg's name of the demuxer; `None` to probe.
    pub format: Option<&'a str>,
    pub options: &'a [(String, String)],
    /// Reads must return rather than wait (devices).
    pub non_blocking: bool,
    /// Ends every wait for data.
    pub cancel: Cancel,
    /// Give up when nothing has come for so long.
    pub timeout: Option<Duration>,
}

/// Why it did not open.
#[derive(Debug)]
pub(crate) enum OpenFailure {
    /// FFmpeg has no demuxer of that name.
    UnknownFormat,
    /// Nobody knew these options; `known` are those that somebody would have.
    UnknownOptions { names: Vec<String>, known: Vec<String> },
    /// The URL cannot be given to FFmpeg.
    BadUrl,
    /// Nothing came in time.
    TimedOut,
    /// FFmpeg refused.
    Refused(AvError),
}

impl From<AvError> for OpenFailure {
    fn from(error: AvError) -> Self {
        Self::Refused(error)
    }
}

/// What a stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Medium {
    Video,
    Audio,
    Subtitle,
    Other,
}

/// What the container says of one stream.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    pub index: usize,
    pub medium: Medium,
    pub codec: String,
    /// Every packet of it is a whole picture.
    pub intra_only: bool,
    /// Its subtitles are words, not pictures of words.
    pub text_subtitle: bool,
    /// FFmpeg has a decoder for it.
    pub decodable: bool,
    pub width: u32,
    pub height: u32,
    /// FFmpeg's number of the pixel format; negative where unknown.
    pub format: i32,
    pub time_base: TimeBase,
    pub duration: Option<i64>,
    pub average_rate: Option<(i32, i32)>,
    pub guessed_rate: Option<(i32, i32)>,
    /// Marked as the default among its kind.
    pub default: bool,
    /// A picture attached to something else: cover art.
    pub attached_picture: bool,
    /// New packets arrived while probing, which the ffmpeg command takes as a sign of life.
    pub new_packets: bool,
    /// Shape of a pixel by the container alone, which wins over the codec's; (0, 1) where it does not say.
    pub aspect: (i32, i32),
    pub rotation: Option<[i32; 9]>,
    pub metadata: Vec<(String, String)>,
}

/// A part of the input that its author gave a name.
#[derive(Debug, Clone)]
pub(crate) struct Chapter {
    pub start: i64,
    pub time_base: TimeBase,
    pub title: Option<String>,
}

/// One packet of compressed data.
pub(crate) struct Packet(pub(super) ffmpeg_next::Packet, i64);

impl Packet {
    pub(super) fn at(packet: ffmpeg_next::Packet, arrived: i64) -> Self {
        Self(packet, arrived)
    }

    pub fn stream(&self) -> usize {
        self.0.stream()
    }

    pub fn size(&self) -> usize {
        self.0.size()
    }

    pub fn data(&self) -> &[u8] {
        self.0.data().unwrap_or_default()
    }

    /// When it is shown, in ticks of its stream.
    pub fn pts(&self) -> Option<i64> {
        self.0.pts()
    }

    /// The sender's wall clock, in nanoseconds since the Unix epoch, where the protocol tells it.
    pub fn sender_time(&self) -> Option<i64> {
        use ffmpeg_next::packet::side_data::Type;
        let found = self.0.side_data().find(|d| d.kind() == Type::PRFT)?;
        // AVProducerReferenceTime begins with microseconds.
        let micros = found.data().get(..8)?.try_into().ok()?;
        i64::from_ne_bytes(micros).checked_mul(1000)
    }

    /// When it was read, in nanoseconds since the Unix epoch.
    pub fn arrived(&self) -> i64 {
        self.1
    }

    /// When it is shown, or decoded where that is not said, in ticks of its stream.
    pub fn time(&self) -> Option<i64> {
        self.0.pts().or(self.0.dts())
    }

    /// When it is decoded, or shown where that is not said, in ticks of its stream.
    pub fn decoding_time(&self) -> Option<i64> {
        self.0.dts().or(self.0.pts())
    }

    /// When it is decoded.
    pub fn dts(&self) -> Option<i64> {
        self.0.dts()
    }

    /// How long it is shown; 0 where unknown.
    pub fn duration(&self) -> i64 {
        self.0.duration()
    }

    /// The container takes it for a point to begin at.
    pub fn is_key(&self) -> bool {
        self.has_flag(ffi::AV_PKT_FLAG_KEY)
    }

    /// It is decoded and not shown: an edit list has cut it.
    pub fn is_discarded(&self) -> bool {
        self.has_flag(ffi::AV_PKT_FLAG_DISCARD)
    }

    /// The demuxer saw damage in it.
    pub fn is_corrupt(&self) -> bool {
        self.has_flag(ffi::AV_PKT_FLAG_CORRUPT)
    }

    fn has_flag(&self, flag: c_int) -> bool {
        use ffmpeg_next::packet::Ref as _;
        // SAFETY: reads a plain field of a valid packet.
        unsafe { (*self.0.as_ptr()).flags & flag != 0 }
    }

    /// New headers that the container has for the packets from this one on.
    pub fn new_extradata(&self) -> Option<&[u8]> {
        let wanted = ffmpeg_next::packet::side_data::Type::NewExtraData;
        let found = self.0.side_data().find(|d| d.kind() == wanted)?;
        // The data lives as long as the packet, which the iterator's items do not say.
        // SAFETY: the side data belongs to the packet, which is borrowed for as long as the result.
        Some(unsafe { std::slice::from_raw_parts(found.data().as_ptr(), found.data().len()) })
    }

    /// Where it began in the file, in bytes.
    pub fn position(&self) -> Option<u64> {
        u64::try_from(self.0.position()).ok()
    }
}

/// When data last came, shared with FFmpeg's interrupt callback.
struct Watch {
    cancel: Cancel,
    timeout: Option<Duration>,
    began: Instant,
    /// Milliseconds after `began`.
    last: AtomicU64,
    /// A wait was given up. What FFmpeg had left may still come after it.
    given_up: AtomicBool,
}

impl Watch {
    fn touch(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
    }

    fn timed_out(&self) -> bool {
        let since = |ms| self.began.elapsed().saturating_sub(Duration::from_millis(ms));
        let late = self.timeout.is_some_and(|t| since(self.last.load(Ordering::Relaxed)) > t);
        self.given_up.fetch_or(late, Ordering::Relaxed) || late
    }
}

/// An open container.
pub(crate) struct Input {
    inner: context::Input,
    watch: Arc<Watch>,
    starved: bool,
    is_device: bool,
    opened: Reading,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("format", &self.format_name()).finish()
    }
}

impl Input {
    pub fn open(request: &OpenRequest<'_>) -> Result<Self, OpenFailure> {
        super::init();
        super::take_cause();
        let url =
            CString::new(request.url.as_encoded_bytes()).map_err(|_nul| OpenFailure::BadUrl)?;
        let demuxer = match request.format {
            None => ptr::null(),
            Some(name) => {
                let name = CString::new(name).map_err(|_nul| OpenFailure::UnknownFormat)?;
                // SAFETY: the name is a C string; the result is a static description.
                let found = unsafe { ffi::av_find_input_format(name.as_ptr()) };
                if found.is_null() {
                    return Err(OpenFailure::UnknownFormat);
                }
                found
            }
        };
        let options = request.options.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        let mut options = Dict::new(options)?;

        let watch = Arc::new(Watch {
            cancel: request.cancel.clone(),
            timeout: request.timeout,
            began: Instant::now(),
            last: AtomicU64::new(0),
            given_up: AtomicBool::new(false),
        });
        let asked = watch.clone();
        let interrupt = ffmpeg_next::util::interrupt::new(Box::new(move || {
            asked.cancel.is_cancelled() || asked.timed_out()
        }));

        // SAFETY: the context is ours until avformat_open_input takes or frees it; all strings outlive the calls, and
        // the interrupt's closure lives in the guard that the opened input keeps.
        let inner = unsafe {
            let mut context = ffi::avformat_alloc_context();
            if context.is_null() {
                return Err(AvError::NO_MEMORY.into());
            }
            (*context).interrupt_callback = interrupt.interrupt;
            if request.non_blocking {
                (*context).flags |= ffi::AVFMT_FLAG_NONBLOCK as c_int;
            }
            let code =
                ffi::avformat_open_input(&mut context, url.as_ptr(), demuxer, options.as_mut_ptr());
            if let Err(error) = AvError::check(code) {
                return Err(if watch.timed_out() { OpenFailure::TimedOut } else { error.into() });
            }
            context::Input::wrap_with_interrupt(context, interrupt.guard)
        };
        let left = options.keys();
        if !left.is_empty() {
            // SAFETY: an open input has a demuxer, whose description is static.
            let demuxer = unsafe { (*(*inner.as_ptr()).iformat).priv_class };
            let url = request.url.to_string_lossy();
            let protocol = url.split_once(':').map(|(scheme, _)| scheme);
            let known = super::options::names(demuxer, protocol);
            return Err(OpenFailure::UnknownOptions { names: left, known });
        }
        watch.touch();
        let is_device = request.non_blocking;
        let mut input =
            Self { inner, watch, starved: false, is_device, opened: super::clocks::now() };
        let probed = input.probe();
        input.opened = super::clocks::now();
        match probed {
            // As the ffmpeg command: a container whose streams are known is worth a try.
            Err(error) if input.inner.nb_streams() == 0 => {
                Err(if input.watch.timed_out() { OpenFailure::TimedOut } else { error.into() })
            }
            _ => Ok(input),
        }
    }

    /// Look into the streams, which may decode some of them.
    fn probe(&mut self) -> Result<c_int, AvError> {
        let limit = self.most_pixels().to_string();
        let limits: Result<Vec<Dict>, AvError> = (0..self.inner.nb_streams())
            .map(|_| Dict::new([("max_pixels", limit.as_str())]))
            .collect();
        let mut limits = limits?;
        // FFmpeg wants the bare pointers, one a stream, and may replace them.
        let mut pointers: Vec<_> = limits.iter_mut().map(Dict::take).collect();
        let options = if pointers.is_empty() { ptr::null_mut() } else { pointers.as_mut_ptr() };
        // SAFETY: the context is open and ours, and there is a dictionary for each of its streams.
        let code = unsafe { ffi::avformat_find_stream_info(self.inner.as_mut_ptr(), options) };
        for (dict, pointer) in limits.iter_mut().zip(pointers) {
            dict.put(pointer);
        }
        AvError::check(code)
    }

    /// Pictures larger than this are a header's lie. A file of a kilobyte cannot hold 12336x12336 pixels, and a decoder
    /// would allocate them all before it finds out.
    pub(super) fn most_pixels(&self) -> i64 {
        /// Twice a picture of 8K.
        const ALWAYS: i64 = 1 << 26;
        /// More pixels a byte than any codec gets into a picture of one colour, but for the newest.
        const A_BYTE: i64 = 4096;
        let bytes = self.byte_size().and_then(|bytes| i64::try_from(bytes).ok());
        let limit = bytes.map_or(i64::MAX, |bytes| bytes.saturating_mul(A_BYTE).max(ALWAYS));
        limit.min(i64::from(i32::MAX))
    }

    /// FFmpeg's names of the format, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    pub fn format_name(&self) -> String {
        self.inner.format().name().to_owned()
    }

    /// The container carries no timestamps (raw elementary streams).
    pub fn without_timestamps(&self) -> bool {
        self.flags() & ffi::AVFMT_NOTIMESTAMPS as c_int != 0
    }

    fn flags(&self) -> c_int {
        // SAFETY: an open input has a demuxer, whose description is static.
        unsafe { (*(*self.inner.as_ptr()).iformat).flags }
    }

    /// Earliest time of all streams, in microseconds.
    pub fn start_time(&self) -> Option<i64> {
        // SAFETY: reads a plain field of an open input.
        let start = unsafe { (*self.inner.as_ptr()).start_time };
        (start != ffi::AV_NOPTS_VALUE).then_some(start)
    }

    /// Length by the container's word, in microseconds.
    pub fn duration(&self) -> Option<i64> {
        Some(self.inner.duration()).filter(|&d| d > 0)
    }

    /// Size in bytes, where the input is one file.
    pub fn byte_size(&self) -> Option<u64> {
        self.inner.io_size().and_then(|n| u64::try_from(n).ok())
    }

    pub fn metadata(&self) -> Vec<(String, String)> {
        // SAFETY: the dictionary belongs to the open input.
        unsafe { dict::entries((*self.inner.as_ptr()).metadata) }
    }

    pub fn chapters(&self) -> Vec<Chapter> {
        let chapter = |chapter: ffmpeg_next::Chapter<'_>| {
            // SAFETY: the chapter and its dictionary belong to the open input.
            let metadata = unsafe { dict::entries((*chapter.as_ptr()).metadata) };
            let time_base = chapter.time_base();
            Chapter {
                start: chapter.start(),
                time_base: TimeBase::new(time_base.numerator(), time_base.denominator()),
                title: metadata.into_iter().find(|(key, _)| key == "title").map(|(_, title)| title),
            }
        };
        self.inner.chapters().map(chapter).collect()
    }

    pub fn stream_count(&self) -> usize {
        self.inner.nb_streams() as usize
    }

    pub fn stream(&mut self, index: usize) -> Option<Stream> {
        let context = unsafe_ptr(&mut self.inner);
        let stream = self.inner.stream(index)?;
        // SAFETY: the stream belongs to the open input; only plain fields are read, and C enums as the integers they
        // are. av_guess_frame_rate only reads.
        unsafe {
            let ptr = stream.as_ptr().cast_mut();
            let par = (*ptr).codecpar;
            let guessed = ffi::av_guess_frame_rate(context, ptr, ptr::null_mut());
            let medium = match ptr::addr_of!((*par).codec_type).cast::<i32>().read() {
                0 => Medium::Video,
                1 => Medium::Audio,
                3 => Medium::Subtitle,
                _ => Medium::Other,
            };
            let aspect = (*ptr).sample_aspect_ratio;
            Some(Stream {
                index,
                medium,
                codec: std::ffi::CStr::from_ptr(ffi::avcodec_get_name((*par).codec_id))
                    .to_string_lossy()
                    .into_owned(),
                intra_only: intra_only((*par).codec_id),
                text_subtitle: is_text((*par).codec_id),
                decodable: !ffi::avcodec_find_decoder((*par).codec_id).is_null(),
                width: u32::try_from((*par).width).unwrap_or(0),
                height: u32::try_from((*par).height).unwrap_or(0),
                format: (*par).format,
                time_base: TimeBase::new((*ptr).time_base.num, (*ptr).time_base.den),
                duration: Some((*ptr).duration).filter(|&d| d > 0),
                average_rate: rate((*ptr).avg_frame_rate),
                guessed_rate: rate(guessed),
                default: (*ptr).disposition & ffi::AV_DISPOSITION_DEFAULT as c_int != 0,
                attached_picture: (*ptr).disposition & ffi::AV_DISPOSITION_ATTACHED_PIC as c_int
                    != 0,
                new_packets: (*ptr).event_flags & ffi::AVSTREAM_EVENT_FLAG_NEW_PACKETS as c_int
                    != 0,
                aspect: (aspect.num, aspect.den),
                rotation: stream
                    .side_data()
                    .find(|d| d.kind() == ffmpeg_next::packet::side_data::Type::DisplayMatrix)
                    .and_then(|d| matrix_from_bytes(d.data())),
                metadata: dict::entries((*ptr).metadata),
            })
        }
    }

    /// Let the demuxer skip every stream but these.
    pub fn keep_only(&mut self, kept: &[usize]) {
        for mut stream in self.inner.streams_mut() {
            let keep = kept.contains(&stream.index());
            // SAFETY: the stream belongs to the open input, and nothing else reads its fields now.
            unsafe {
                (*stream.as_mut_ptr()).discard = if keep {
                    ffi::AVDiscard::AVDISCARD_DEFAULT
                } else {
                    ffi::AVDiscard::AVDISCARD_ALL
                };
            }
        }
    }

    /// The next packet of any stream that is kept.
    pub fn read(&mut self) -> Result<Packet, AvError> {
        let mut packet = ffmpeg_next::Packet::empty();
        if !self.starved {
            self.watch.touch();
        }
        // SAFETY: the input is open and the packet empty, as av_read_frame wants it.
        let code = unsafe {
            use ffmpeg_next::packet::Mut as _;
            ffi::av_read_frame(self.inner.as_mut_ptr(), packet.as_mut_ptr())
        };
        // A device that has nothing yet has not shown a sign of life.
        self.starved = AvError(code) == AvError::AGAIN;
        AvError::check(code)?;
        let arrived = super::clocks::now().wall;
        Ok(Packet(if self.is_device { owned_packet(&packet)? } else { packet }, arrived))
    }

    /// The clocks of this machine when it was opened.
    pub fn opened(&self) -> Reading {
        self.opened
    }

    /// The last read or wait was given up because nothing came in time.
    pub fn timed_out(&self) -> bool {
        self.watch.timed_out()
    }

    /// Somewhere else can be gone to. A pipe only goes on.
    pub fn can_seek(&self) -> bool {
        // SAFETY: reads plain fields of an open input; one without bytes of its own (HLS, devices) has no `pb`.
        unsafe {
            let io = (*self.inner.as_ptr()).pb;
            io.is_null() || (*io).seekable & ffi::AVIO_SEEKABLE_NORMAL as c_int != 0
        }
    }

    /// Go to the last keyframe at or before `micros`.
    pub fn seek(&mut self, micros: i64) -> Result<(), AvError> {
        // SAFETY: the input is open and ours.
        AvError::check(unsafe {
            ffi::avformat_seek_file(self.inner.as_mut_ptr(), -1, i64::MIN, micros, micros, 0)
        })?;
        Ok(())
    }

    /// The picture of a stream, as far as it is known before decoding.
    pub fn picture(&self, index: usize) -> Option<Geometry> {
        // SAFETY: the parameters belong to the open input.
        self.parameters(index).map(|par| unsafe { Geometry::of_parameters(par) })
    }

    /// The headers of a stream that its container keeps apart from the packets.
    pub fn extradata(&self, index: usize) -> Vec<u8> {
        let Some(par) = self.parameters(index) else {
            return Vec::new();
        };
        // SAFETY: the parameters belong to the open input, and the extradata is as long as it is said to be.
        unsafe {
            let (data, size) = ((*par).extradata, (*par).extradata_size);
            match usize::try_from(size) {
                Ok(size) if !data.is_null() => std::slice::from_raw_parts(data, size).to_vec(),
                _ => Vec::new(),
            }
        }
    }

    pub(super) fn parameters(&self, index: usize) -> Option<*const ffi::AVCodecParameters> {
        // SAFETY: the stream belongs to the open input.
        self.inner.stream(index).map(|s| unsafe { (*s.as_ptr()).codecpar.cast_const() })
    }
}

/// The packet with memory of its own. A device's packets, and raw pictures decoded from them, lie in the driver's
/// buffers, which are gone when the device is closed, whoever still looks at them.
fn owned_packet(packet: &ffmpeg_next::Packet) -> Result<ffmpeg_next::Packet, AvError> {
    use ffmpeg_next::packet::{Mut as _, Ref as _};
    let mut own = ffmpeg_next::Packet::copy(packet.data().unwrap_or_default());
    // SAFETY: both packets are valid; copying properties touches neither one's data.
    AvError::check(unsafe { ffi::av_packet_copy_props(own.as_mut_ptr(), packet.as_ptr()) })?;
    Ok(own)
}

fn unsafe_ptr(input: &mut context::Input) -> *mut ffi::AVFormatContext {
    // SAFETY: only hands the pointer out; whoever uses it says why it may.
    unsafe { input.as_mut_ptr() }
}

/// Whether no packet of a codec leans on another.
unsafe fn intra_only(codec: ffi::AVCodecID) -> bool {
    // SAFETY: descriptors are static tables of FFmpeg.
    unsafe {
        let described = ffi::avcodec_descriptor_get(codec);
        !described.is_null() && (*described).props & ffi::AV_CODEC_PROP_INTRA_ONLY as c_int != 0
    }
}

fn rate(rate: ffi::AVRational) -> Option<(i32, i32)> {
    (rate.num > 0 && rate.den > 0).then_some((rate.num, rate.den))
}

fn is_text(codec: ffi::AVCodecID) -> bool {
    // SAFETY: descriptors are static; null where there is none.
    unsafe {
        let descriptor = ffi::avcodec_descriptor_get(codec);
        !descriptor.is_null() && (*descriptor).props & ffi::AV_CODEC_PROP_TEXT_SUB != 0
    }
}
