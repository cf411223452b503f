//! Any text given as the value of an option is either rejected with the expected form, or parsed to a value that
//! survives printing and parsing again.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use crate::attack::damaged_text;
use crate::error::ParseError;
use crate::{
    AudioChoice, AudioCodec, CodecChoice, Deinterlace, FrameRate, HwAccel, JoinTimes, PixelLayout,
    PixelRange, SampleCodec, SaveFormat, Shard, Size, StreamChoice, YuvMatrix,
};

/// Read as text, written, and read again.
fn kept<T: FromStr<Err = ParseError> + Display + Debug + PartialEq>(text: &str) {
    match text.parse::<T>() {
        Ok(value) => assert_eq!(value.to_string().parse(), Ok(value), "{text}"),
        Err(error) => {
            assert_eq!(error.text(), text);
            assert!(error.to_string().contains("; write"), "{error}");
        }
    }
}

#[test]
fn a_size_survives_printing_and_parsing() {
    damaged_text(&["1280x720", "16384X1", "+4x4", "007x12"], kept::<Size>);
}

#[test]
fn a_range_survives_printing_and_parsing() {
    damaged_text(&["500:4000", "65535:0", "+1:2"], kept::<PixelRange>);
}

#[test]
fn a_frame_rate_survives_printing_and_parsing() {
    damaged_text(&["30000/1001", "29.97", "ntsc", "25", "1e3", "0.1", "2147483647"], |text| {
        kept::<FrameRate>(text);
        if let Ok(rate) = text.parse::<FrameRate>() {
            assert_eq!(rate.fraction().parse(), Ok(rate), "{text}");
            assert!(rate.as_f64() > 0.0);
        }
    });
}

#[test]
fn a_shard_survives_printing_and_parsing() {
    damaged_text(&["3/100", "0/1", "5/5", " 1 / 2 "], |text| {
        kept::<Shard>(text);
        if let Ok(shard) = text.parse::<Shard>() {
            assert!(shard.index() < shard.count(), "{text}");
        }
    });
}

#[test]
fn a_name_survives_printing_and_parsing() {
    let names = ["h264", "vp9", "copy", "auto", "best", "all", "none", "7", "created", "flac"];
    let more = ["on", "off", "mp4", "rgba", "nv12", "bt601"];
    damaged_text(&[&names[..], &more].concat(), |text| {
        kept::<CodecChoice>(text);
        kept::<SampleCodec>(text);
        kept::<AudioChoice>(text);
        kept::<AudioCodec>(text);
        kept::<StreamChoice>(text);
        kept::<JoinTimes>(text);
        kept::<Deinterlace>(text);
        kept::<SaveFormat>(text);
        kept::<PixelLayout>(text);
        kept::<YuvMatrix>(text);
        let Ok(hardware) = text.parse::<HwAccel>();
        assert_eq!(hardware.to_string(), text);
    });
}
