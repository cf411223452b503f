//! The recording properties that describe its videos: source, encoding, and file metadata.
//! Plain values; the sink writes them.

use crate::place::parse_iso6709;
use crate::redact::redact;
use crate::sample::StreamInfo;
use crate::time::FrameRate;
use crate::time::wall_clock::nanos_since_epoch;

/// One property of the recording.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Property {
    pub group: String,
    pub name: String,
    pub value: Value,
}

/// A value in the form that a viewer shows best.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    /// Nanoseconds since the Unix epoch.
    Time(i64),
    /// Latitude and longitude in degrees.
    Place(f64, f64),
}

/// The keys under which containers hold an ISO 6709 position.
const LOCATIONS: [&str; 3] = ["location", "com.apple.quicktime.location.ISO6709", "location-eng"];

/// The source and how it was encoded, never including credentials. `of` distinguishes the videos of one recording.
pub(crate) fn of_video(
    info: &StreamInfo,
    encoding: &str,
    metadata: bool,
    of: Option<&str>,
) -> Vec<Property> {
    let group = |kind: &str| of.map_or_else(|| kind.to_owned(), |of| format!("{kind} {of}"));
    let text = |kind: &str, name: &str, value: &str| Property {
        group: group(kind),
        name: name.to_owned(),
        value: Value::Text(redact(value)),
    };
    let rate = info.frame_rate.map(FrameRate::fraction);
    let seconds = info.duration.map(|d| format!("{:.3} s", d.as_secs_f64()));
    let mut all: Vec<Property> = [
        ("source", Some(info.source.clone())),
        ("joined", Some(info.joined.join(", "))),
        ("container", Some(info.container.clone())),
        ("codec", Some(info.codec.clone())),
        ("pixel_format", Some(info.pixel_format.clone())),
        ("size", (info.width > 0).then(|| format!("{}x{}", info.width, info.height))),
        ("frame_rate", rate),
        ("duration", seconds),
        ("encoder", Some(encoding.to_owned())),
        ("vstream_version", Some(env!("CARGO_PKG_VERSION").to_owned())),
        ("ffmpeg_version", Some(crate::ffi::ffmpeg_version())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(text("video", name, &value.filter(|v| !v.is_empty())?)))
    .collect();
    if !metadata {
        return all;
    }
    for (key, value) in &info.metadata {
        let mut property = text("metadata", key, value);
        if key == "creation_time"
            && let Some(time) = nanos_since_epoch(value)
        {
            property.value = Value::Time(time);
        }
        all.push(property);
    }
    let found = |key: &&str| info.metadata.iter().find(|(k, _)| k == key).map(|(_, v)| v);
    if let Some((latitude, longitude)) =
        LOCATIONS.iter().filter_map(found).find_map(|text| parse_iso6709(text))
    {
        let value = Value::Place(latitude, longitude);
        all.push(Property { group: group("metadata"), name: "position".into(), value });
    }
    all
}

/// Properties set by the caller.
pub(crate) fn of_caller(
    properties: &[(String, String, String)],
) -> impl Iterator<Item = Property> + '_ {
    properties.iter().map(|(group, name, text)| Property {
        group: group.clone(),
        name: name.clone(),
        value: Value::Text(redact(text)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> StreamInfo {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        StreamInfo {
            codec: "h264".into(),
            metadata: vec![
                pair("title", "A walk, rtsp://user:secret@host/x"),
                pair("creation_time", "2024-05-01T12:00:00.000000Z"),
                pair("location", "+52.5200+013.4050/"),
            ],
            ..StreamInfo::default()
        }
    }

    fn value<'a>(all: &'a [Property], name: &str) -> Option<&'a Value> {
        all.iter().find(|p| p.name == name).map(|p| &p.value)
    }

    #[test]
    fn creation_time_and_position_have_native_types() {
        let all = of_video(&info(), "libx264", true, None);
        assert_eq!(value(&all, "creation_time"), Some(&Value::Time(1_714_564_800_000_000_000)));
        assert_eq!(value(&all, "position"), Some(&Value::Place(52.52, 13.405)));
        assert!(!format!("{all:?}").contains("secret"));
    }

    #[test]
    fn metadata_can_be_left_out() {
        let all = of_video(&info(), "libx264", false, Some("clip"));
        assert!(all.iter().all(|p| p.group == "video clip"), "{all:?}");
        assert_eq!(value(&all, "codec"), Some(&Value::Text("h264".into())));
    }
}
