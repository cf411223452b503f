//! Definitions of ROS 2's own message types, for bags without any: ROS 2 stores them from Iron on.
//! Only those that Rerun reads by their definition, in some version; others it knows by name, or not at all.

/// A message type, its fields, and the types that they are of.
type Definition = (&'static str, &'static str, &'static [&'static str]);

const HEADER: &[&str] = &["std_msgs/Header", "builtin_interfaces/Time"];

/// As in `common_interfaces` and `geometry2` of ROS 2, without comments and constants.
const MESSAGES: [Definition; 9] = [
    (
        "sensor_msgs/msg/Image",
        "std_msgs/Header header\nuint32 height\nuint32 width\nstring encoding\nuint8 is_bigendian\n\
         uint32 step\nuint8[] data\n",
        HEADER,
    ),
    (
        "sensor_msgs/msg/CompressedImage",
        "std_msgs/Header header\nstring format\nuint8[] data\n",
        HEADER,
    ),
    (
        "sensor_msgs/msg/NavSatFix",
        "std_msgs/Header header\nsensor_msgs/NavSatStatus status\nfloat64 latitude\nfloat64 longitude\n\
         float64 altitude\nfloat64[9] position_covariance\nuint8 position_covariance_type\n",
        &["std_msgs/Header", "builtin_interfaces/Time", "sensor_msgs/NavSatStatus"],
    ),
    (
        "sensor_msgs/msg/Temperature",
        "std_msgs/Header header\nfloat64 temperature\nfloat64 variance\n",
        HEADER,
    ),
    (
        "sensor_msgs/msg/FluidPressure",
        "std_msgs/Header header\nfloat64 fluid_pressure\nfloat64 variance\n",
        HEADER,
    ),
    (
        "sensor_msgs/msg/Illuminance",
        "std_msgs/Header header\nfloat64 illuminance\nfloat64 variance\n",
        HEADER,
    ),
    (
        "sensor_msgs/msg/RelativeHumidity",
        "std_msgs/Header header\nfloat64 relative_humidity\nfloat64 variance\n",
        HEADER,
    ),
    (
        "tf2_msgs/msg/TFMessage",
        "geometry_msgs/TransformStamped[] transforms\n",
        &[
            "geometry_msgs/TransformStamped",
            "geometry_msgs/Transform",
            "geometry_msgs/Vector3",
            "geometry_msgs/Quaternion",
            "std_msgs/Header",
            "builtin_interfaces/Time",
        ],
    ),
    ("std_msgs/msg/String", "string data\n", &[]),
];

/// The types of their fields.
const PARTS: [(&str, &str); 7] = [
    ("std_msgs/Header", "builtin_interfaces/Time stamp\nstring frame_id\n"),
    ("builtin_interfaces/Time", "int32 sec\nuint32 nanosec\n"),
    ("sensor_msgs/NavSatStatus", "int8 status\nuint16 service\n"),
    (
        "geometry_msgs/TransformStamped",
        "std_msgs/Header header\nstring child_frame_id\ngeometry_msgs/Transform transform\n",
    ),
    (
        "geometry_msgs/Transform",
        "geometry_msgs/Vector3 translation\ngeometry_msgs/Quaternion rotation\n",
    ),
    ("geometry_msgs/Vector3", "float64 x\nfloat64 y\nfloat64 z\n"),
    ("geometry_msgs/Quaternion", "float64 x\nfloat64 y\nfloat64 z\nfloat64 w\n"),
];

/// The definition of a message type, as bags hold it.
pub(super) fn of(kind: &str) -> Option<String> {
    let (_, fields, parts) = MESSAGES.iter().find(|(name, ..)| *name == kind)?;
    let mut text = (*fields).to_owned();
    for part in *parts {
        let (_, fields) = PARTS.iter().find(|(name, _)| name == part)?;
        text += &format!("{}\nMSG: {part}\n{fields}", "=".repeat(80));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_a_definition_is_in_it() {
        for (kind, ..) in MESSAGES {
            let text = of(kind).unwrap();
            for line in text.lines().filter(|line| line.contains('/') && !line.starts_with("MSG")) {
                let part = line.split([' ', '[']).next().unwrap();
                assert!(text.contains(&format!("MSG: {part}\n")), "no {part} in {kind}");
            }
        }
        assert_eq!(of("std_msgs/msg/Other"), None);
    }
}
