//! The colours that a V4L2 driver states for its pictures, in the numbers of <linux/videodev2.h>.
//! What follows from them for the pictures is decided in `picture`.

use crate::source::OpenSpec;

/// `colorspace`, `ycbcr_enc` and `quantization` of `struct v4l2_pix_format`; 0 leaves one to the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DriverColours {
    pub colour_space: u32,
    pub encoding: u32,
    pub quantization: u32,
}

/// The colours of the camera, in the mode that it is in now.
#[cfg(target_os = "linux")]
pub(crate) fn driver_colours(spec: &OpenSpec) -> Option<DriverColours> {
    spec.format.as_deref().filter(|format| *format == "v4l2")?;
    let device = crate::ffi::system::v4l2::Device::open(std::path::Path::new(&spec.url)).ok()??;
    let [colour_space, encoding, quantization] = device.colours()?;
    Some(DriverColours { colour_space, encoding, quantization })
}

/// Other systems do not state them.
#[cfg(not(target_os = "linux"))]
pub(crate) fn driver_colours(_spec: &OpenSpec) -> Option<DriverColours> {
    None
}

impl DriverColours {
    const SMPTE240M: u32 = 2;
    const REC709: u32 = 3;
    const JPEG: u32 = 7;
    const BT2020: u32 = 10;
    const DCI_P3: u32 = 12;

    /// The matrix by its number in H.273: `V4L2_MAP_YCBCR_ENC_DEFAULT` where the driver leaves it open.
    pub fn matrix(self) -> i32 {
        const BT709: i32 = 1;
        const BT601: i32 = 6;
        const SMPTE240M: i32 = 7;
        const BT2020: i32 = 9;
        const BT2020_CONSTANT: i32 = 10;
        match (self.encoding, self.colour_space) {
            (2 | 4, _) | (0, Self::REC709 | Self::DCI_P3) => BT709,
            (6, _) | (0, Self::BT2020) => BT2020,
            (7, _) => BT2020_CONSTANT,
            (8, _) | (0, Self::SMPTE240M) => SMPTE240M,
            _ => BT601,
        }
    }

    /// Black is 0 and white 255: `V4L2_MAP_QUANTIZATION_DEFAULT` where the driver leaves it open.
    pub fn is_full_range(self) -> bool {
        match self.quantization {
            0 => self.colour_space == Self::JPEG,
            quantization => quantization == 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unspecified_colours_follow_from_the_driver_s_colour_space() {
        let of = |colour_space, encoding, quantization| {
            let colours = DriverColours { colour_space, encoding, quantization };
            (colours.matrix(), colours.is_full_range())
        };
        // Most webcams say sRGB and nothing else.
        assert_eq!(of(8, 0, 0), (6, false));
        assert_eq!(of(0, 0, 0), (6, false));
        assert_eq!(of(7, 0, 0), (6, true));
        assert_eq!(of(3, 0, 0), (1, false));
        // Capture cards say what the cable carries.
        assert_eq!(of(3, 1, 1), (6, true));
        assert_eq!(of(8, 2, 2), (1, false));
        assert_eq!(of(10, 0, 2), (9, false));
    }
}
