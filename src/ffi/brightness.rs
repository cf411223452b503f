//! The peak brightness that an HDR picture states in its metadata.
//! Its pixels are not measured.

use ffmpeg_next::ffi;

use super::frame::Frame;

/// `AVContentLightMetadata`, which the bindings lack.
#[repr(C)]
struct ContentLight {
    brightest: u32,
    brightest_mean: u32,
}

/// `AVMasteringDisplayMetadata`.
#[repr(C)]
struct MasteringDisplay {
    primaries: [[ffi::AVRational; 2]; 3],
    white: [ffi::AVRational; 2],
    darkest: ffi::AVRational,
    brightest: ffi::AVRational,
    has_primaries: i32,
    has_luminance: i32,
}

/// In cd/m2, as FFmpeg's `tonemap` filter has it.
const REFERENCE_WHITE: f32 = 100.0;

impl Frame {
    /// The brightest light in the picture, 1 being 100 cd/m2: by the level that the content states, else by the display
    /// that it was graded on.
    pub fn signal_peak(&self) -> Option<f32> {
        use ffi::AVFrameSideDataType as Kind;
        if let Some(content) =
            self.side_data::<ContentLight>(Kind::AV_FRAME_DATA_CONTENT_LIGHT_LEVEL)
            && content.brightest > 0
        {
            return Some(content.brightest as f32 / REFERENCE_WHITE);
        }
        let display = self
            .side_data::<MasteringDisplay>(Kind::AV_FRAME_DATA_MASTERING_DISPLAY_METADATA)
            .filter(|display| display.has_luminance != 0)?;
        let ffi::AVRational { num, den } = display.brightest;
        (num > 0 && den > 0).then(|| num as f32 / den as f32 / REFERENCE_WHITE)
    }

    /// A copy of the frame's side data of a kind, which has to be of that type.
    fn side_data<T>(&self, kind: ffi::AVFrameSideDataType) -> Option<T> {
        // SAFETY: the frame is valid; its side data is as long as it says, at least as long as the type, whose bytes
        // may have any value since it holds integers only.
        unsafe {
            let found = ffi::av_frame_get_side_data(self.0.as_ptr(), kind);
            let whole = !found.is_null()
                && !(*found).data.is_null()
                && (*found).size >= std::mem::size_of::<T>();
            whole.then(|| (*found).data.cast::<T>().read_unaligned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame with side data that FFmpeg allocated as large as the bytes, which are copied to it.
    fn frame_with<T>(kind: ffi::AVFrameSideDataType, data: &T) -> Frame {
        let mut frame = Frame::empty().unwrap();
        let size = std::mem::size_of::<T>();
        // SAFETY: the frame is valid, and the side data is as long as the value.
        unsafe {
            let made = ffi::av_frame_new_side_data(frame.0.as_mut_ptr(), kind, size);
            assert!(!made.is_null());
            std::ptr::copy_nonoverlapping(std::ptr::from_ref(data).cast(), (*made).data, size);
        }
        frame
    }

    const ONE: ffi::AVRational = ffi::AVRational { num: 1, den: 1 };

    fn display(has_luminance: i32) -> Frame {
        let display = MasteringDisplay {
            primaries: [[ONE; 2]; 3],
            white: [ONE; 2],
            darkest: ONE,
            brightest: ffi::AVRational { num: 40_000_000, den: 10_000 },
            has_primaries: 1,
            has_luminance,
        };
        frame_with(ffi::AVFrameSideDataType::AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, &display)
    }

    #[test]
    fn the_peak_is_taken_from_the_content_or_the_display() {
        assert_eq!(Frame::empty().unwrap().signal_peak(), None);
        assert_eq!(display(1).signal_peak(), Some(40.0));
        assert_eq!(display(0).signal_peak(), None);
        let content = ContentLight { brightest: 650, brightest_mean: 100 };
        let kind = ffi::AVFrameSideDataType::AV_FRAME_DATA_CONTENT_LIGHT_LEVEL;
        assert_eq!(frame_with(kind, &content).signal_peak(), Some(6.5));
    }
}
