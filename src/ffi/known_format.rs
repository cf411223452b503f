//! Gives FFmpeg the picture format of H.264 streams in MP4 from their headers, so that it need not decode a picture to find
//! it, nor parse each packet. Only where the headers leave no doubt; otherwise FFmpeg looks into the stream as always.

use std::ffi::c_int;

use ffmpeg_next::ffi;

use super::av::bytes;
use super::input::Input;
use super::raw;
use super::stream::{Medium, medium};
use crate::bitstream::access_unit::Chroma;
use crate::bitstream::h264::{Colours, Sequence, only_sequence};

/// Parameter sets are in the container's header, not in the packets.
const AVC1: u32 = u32::from_le_bytes(*b"avc1");

/// `AVCOL_RANGE_MPEG` and `AVCOL_RANGE_JPEG`.
const LIMITED: c_int = 1;
const FULL: c_int = 2;

impl Input {
    /// To be called before FFmpeg looks into the streams. Returns for each whether its format is known now: its pictures
    /// need not be decoded then, which takes about 5 ms for one of 1080p.
    pub(super) fn set_known_formats(&mut self) -> Vec<bool> {
        let is_mp4 = self.is_format(&["mp4"]);
        let mut is_parsed = !is_mp4;
        let set = |mut stream: ffmpeg_next::StreamMut<'_>| {
            // SAFETY: the stream and its parameters belong to the open input, and nothing else uses them now.
            unsafe {
                let stream = stream.as_mut_ptr();
                let is_known = is_mp4 && set_format(stream).is_some();
                is_parsed |= needs_parser(stream, is_known);
                is_known
            }
        };
        let known = self.inner.streams_mut().map(set).collect();
        if !is_parsed {
            // SAFETY: the input is open, and this is a plain setting of what follows.
            unsafe { (*self.inner.as_mut_ptr()).flags |= ffi::AVFMT_FLAG_NOPARSE };
        }
        known
    }
}

/// Whether FFmpeg's parser may find something in a stream of MP4 that its container does not say. It looks into each
/// packet, with a cleared buffer of the packet's size: an eighth of the time that a film with sound takes to be copied.
///
/// # Safety
/// As of `set_format`.
unsafe fn needs_parser(stream: *mut ffi::AVStream, is_known: bool) -> bool {
    // SAFETY: the caller's promise; an entry of the index belongs to the stream, or is null.
    unsafe {
        let par = (*stream).codecpar;
        match medium(par) {
            Medium::Video => {
                // Without a table of keyframes, none is marked.
                let first = ffi::avformat_index_get_entry(stream, 0);
                let marks = !first.is_null() && (*first).flags() & ffi::AVINDEX_KEYFRAME != 0;
                !is_known || !marks
            }
            Medium::Audio => raw::codec_id(par) != ffi::AVCodecID::AV_CODEC_ID_AAC as raw::CodecId,
            _ => false,
        }
    }
}

/// Set what FFmpeg's decoder would set, if the header of the stream says all of it.
///
/// # Safety
/// The stream is of an open input, and nothing else uses it meanwhile.
unsafe fn set_format(stream: *mut ffi::AVStream) -> Option<()> {
    // SAFETY: the caller's promise; the extradata has the stated size.
    unsafe {
        let par = (*stream).codecpar;
        let is_h264 = raw::codec_id(par) == ffi::AVCodecID::AV_CODEC_ID_H264 as raw::CodecId;
        if !is_h264 || (*par).codec_tag != AVC1 || (*par).format >= 0 || !has_steady_rate(stream) {
            return None;
        }
        let extradata = bytes((*par).extradata, (*par).extradata_size);
        let known = only_sequence(extradata).filter(is_plain)?;
        let (width, height) = (known.format.width, known.format.height);
        if u32::try_from((*par).width) != Ok(width) || u32::try_from((*par).height) != Ok(height) {
            return None;
        }
        if let Some(is_full) = known.usability.full_range {
            let range = if is_full { FULL } else { LIMITED };
            raw::write_enum(&raw mut (*par).color_range, range);
        }
        if let Some(colours) = known.usability.colours {
            let Colours { primaries, transfer, matrix } = colours;
            raw::write_enum(&raw mut (*par).color_primaries, primaries as c_int);
            raw::write_enum(&raw mut (*par).color_trc, transfer as c_int);
            raw::write_enum(&raw mut (*par).color_space, matrix as c_int);
        }
        let aspect = c_int::from(known.usability.aspect == 1);
        (*par).sample_aspect_ratio = ffi::AVRational { num: aspect, den: 1 };
        let is_full = raw::read_enum(&raw const (*par).color_range) == FULL;
        let format = if is_full { c"yuvj420p" } else { c"yuv420p" };
        (*par).format = raw::av_get_pix_fmt(format.as_ptr());
    }
    Some(())
}

/// The container states a rate that FFmpeg does not weigh against that of the codec.
///
/// # Safety
/// As of `set_format`.
unsafe fn has_steady_rate(stream: *const ffi::AVStream) -> bool {
    // SAFETY: the caller's promise.
    let (rate, average) = unsafe { ((*stream).r_frame_rate, (*stream).avg_frame_rate) };
    let positive = |rate: ffi::AVRational| {
        (rate.num > 0 && rate.den > 0).then(|| f64::from(rate.num) / f64::from(rate.den))
    };
    let rates = positive(rate).zip(positive(average));
    rates.is_some_and(|(rate, average)| (average / rate - 1.0).abs() < 0.05)
}

/// Pictures as FFmpeg's decoder would describe them, whatever is in the packets: not of HDR, whose transfer function an
/// SEI message may replace, and in the order in which they are shown.
fn is_plain(known: &Sequence) -> bool {
    let Sequence { format, usability } = known;
    let is_usual = |number: &u32| matches!(number, 1 | 2 | 4..=7);
    let usual_colours = usability.colours.is_none_or(|Colours { primaries, transfer, matrix }| {
        [primaries, transfer, matrix].iter().all(is_usual)
    });
    format.depth == 8
        && format.chroma == Chroma::C420
        && !format.fields
        && usability.reorder_frames == Some(0)
        && usability.aspect <= 1
        && usual_colours
}
