//! Assigns colour properties to untagged pictures: decided once per stream, from its coded size.
//! Tagged pictures keep their tags.

use crate::devices::colour::DriverColours;
use crate::ffi::{Frame, Geometry};
use crate::picture::colours::{Colours, by_size, h273};

/// What is known about a stream whose pictures have no matrix tag.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Untagged {
    /// The matrix implied by its codec or driver; otherwise the size decides.
    pub matrix: Option<i32>,
    pub full_range: bool,
}

impl Untagged {
    pub const BT601: i32 = h273::SMPTE170M;

    /// By FFmpeg's name of the codec. Cameras send BT.601 at any size, unless their driver says otherwise.
    pub fn of(codec: &str, is_camera: bool) -> Self {
        // RFC 6386, section 9.2: the only colour space of VP8.
        let matrix = (codec == "vp8" || is_camera).then_some(Self::BT601);
        Self { matrix, full_range: false }
    }

    /// As the driver of a camera states it.
    pub fn of_driver(colours: DriverColours) -> Self {
        Self { matrix: Some(colours.matrix()), full_range: colours.is_full_range() }
    }

    /// Fill in the missing properties of a picture.
    pub fn fill(self, geometry: &mut Geometry) {
        if Self::lacks(geometry) {
            geometry.matrix = self.matrix.unwrap_or_else(|| by_size(geometry));
            geometry.full_range |= self.full_range;
        }
    }

    fn lacks(geometry: &Geometry) -> bool {
        let is_yuv = matches!(Colours::of(geometry), Colours::Yuv { .. });
        is_yuv && h273::UNSPECIFIED.contains(&geometry.matrix)
    }
}

/// Tags the untagged frames of one stream with the matrix of its first one.
#[derive(Debug, Default)]
pub(crate) struct Tagger {
    untagged: Untagged,
    decided: bool,
}

impl Tagger {
    pub fn new(untagged: Untagged) -> Self {
        Self { untagged, decided: false }
    }

    pub fn tag(&mut self, frame: &mut Frame) {
        let mut geometry = frame.geometry();
        if !Untagged::lacks(&geometry) {
            return;
        }
        if !self.decided {
            self.decided = true;
            self.untagged.matrix.get_or_insert_with(|| by_size(&geometry));
        }
        self.untagged.fill(&mut geometry);
        if let Ok(matrix) = u8::try_from(geometry.matrix) {
            frame.tag_yuv(geometry.full_range, matrix);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::Plane;

    fn frame(width: u32, height: u32) -> Frame {
        let bytes = vec![0; (width * height) as usize];
        let planes = [(); 3].map(|()| Plane { data: &bytes, stride: width as usize });
        Frame::from_planes("yuv420p", width, height, &planes).unwrap()
    }

    fn matrix(codec: &str, is_camera: bool, width: u32, height: u32) -> i32 {
        let mut picture = frame(16, 16).geometry();
        (picture.width, picture.height) = (width, height);
        Untagged::of(codec, is_camera).fill(&mut picture);
        picture.matrix
    }

    #[test]
    fn the_coded_size_decides_but_for_vp8_and_cameras() {
        assert_eq!(matrix("h264", false, 640, 480), h273::SMPTE170M);
        assert_eq!(matrix("h264", false, 1920, 1080), h273::BT709);
        assert_eq!(matrix("vp8", false, 1920, 1080), h273::SMPTE170M);
        assert_eq!(matrix("rawvideo", true, 1920, 1080), h273::SMPTE170M);
    }

    #[test]
    fn the_first_frame_decides_for_all() {
        let mut tagger = Tagger::default();
        for (width, height) in [(640, 480), (1920, 1080)] {
            let mut frame = frame(width, height);
            tagger.tag(&mut frame);
            assert_eq!(frame.geometry().matrix, h273::SMPTE170M);
        }
    }
}
