//! Hardware devices for decoding and encoding: opens one, copies pictures to its memory and back.
//! Callers choose the device, and what to do without one.

use std::ffi::{CString, c_int};
use std::ptr::{self, addr_of, addr_of_mut};

use ffmpeg_next::ffi;

use super::av::{AvError, FfmpegError, text};
use super::frame::Frame;
use super::log::LogOwner;
use super::raw;

/// An open device, shared by all who hold a reference.
pub(crate) struct Device {
    device: Reference,
    kind: raw::DeviceType,
    name: String,
}

/// A counted reference to a device or to pictures in its memory.
pub(super) struct Reference(*mut ffi::AVBufferRef);

// SAFETY: FFmpeg counts references atomically, and what these point to is locked by FFmpeg where it changes.
unsafe impl Send for Reference {}
// SAFETY: as above; only references are made of a shared one.
unsafe impl Sync for Reference {}

impl Reference {
    /// One more, for FFmpeg to keep. Null where memory is out, which FFmpeg takes for none.
    pub fn share(&self) -> *mut ffi::AVBufferRef {
        // SAFETY: ours is valid until dropped.
        unsafe { ffi::av_buffer_ref(self.0) }
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and null is allowed.
        unsafe { ffi::av_buffer_unref(&mut self.0) };
    }
}

/// FFmpeg's names of the kinds of devices it was built for.
pub(crate) fn device_kinds() -> Vec<String> {
    // SAFETY: iterates static tables, which end with 0; names are static C strings.
    let next = |&kind: &raw::DeviceType| unsafe { raw::av_hwdevice_iterate_types(kind) };
    std::iter::successors(Some(next(&0)), |kind| Some(next(kind)))
        .take_while(|&kind| kind != 0)
        // SAFETY: as above.
        .filter_map(|kind| unsafe { text(raw::av_hwdevice_get_type_name(kind)) })
        .collect()
}

impl Device {
    /// The first device of that kind.
    pub fn open(name: &str) -> Result<Self, FfmpegError> {
        let c_name = CString::new(name).map_err(|_nul| AvError::INVALID)?;
        let log = LogOwner::new();
        let mut device = Reference(ptr::null_mut());
        // SAFETY: the name is a C string.
        let kind = unsafe { raw::av_hwdevice_find_type_by_name(c_name.as_ptr()) };
        // SAFETY: the device is written only where it was opened.
        log.check(|| unsafe {
            raw::av_hwdevice_ctx_create(&mut device.0, kind, ptr::null(), ptr::null_mut(), 0)
        })?;
        Ok(Self { device, kind, name: name.to_owned() })
    }

    /// FFmpeg's name of its kind.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn share(&self) -> *mut ffi::AVBufferRef {
        self.device.share()
    }

    /// Whether a decoder can hand its work to it.
    ///
    /// # Safety
    /// `codec` is one of FFmpeg's.
    pub(super) unsafe fn decodes(&self, codec: *const ffi::AVCodec) -> bool {
        for index in 0.. {
            // SAFETY: codecs are static, and so are their configurations, null behind the last one.
            unsafe {
                let config = ffi::avcodec_get_hw_config(codec, index);
                if config.is_null() {
                    return false;
                }
                let by_device = ffi::AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX as c_int;
                let kind = raw::read_enum(addr_of!((*config).device_type));
                if (*config).methods & by_device != 0 && kind == self.kind as c_int {
                    return true;
                }
            }
        }
        false
    }

    /// Memory of the device for pictures of that size and format (FFmpeg's name).
    pub fn pool(&self, format: &str, width: u32, height: u32) -> Result<Pool, FfmpegError> {
        /// What an encoder without B-frames keeps, and some to be filled meanwhile.
        const PICTURES: c_int = 20;
        let (c_format, c_own) = (CString::new(format), CString::new(self.name.as_str()));
        let (Ok(c_format), Ok(c_own)) = (c_format, c_own) else {
            return Err(AvError::INVALID.into());
        };
        let log = LogOwner::new();
        let side = |side| c_int::try_from(side).unwrap_or(c_int::MAX);
        // SAFETY: the device is open; its new frames context is ours and described before it is initialised.
        unsafe {
            let frames = Reference(ffi::av_hwframe_ctx_alloc(self.device.0));
            if frames.0.is_null() {
                return Err(AvError::NO_MEMORY.into());
            }
            let context = (*frames.0).data.cast::<ffi::AVHWFramesContext>();
            // A device's own pixel format has its name.
            let own = raw::av_get_pix_fmt(c_own.as_ptr());
            let software = raw::av_get_pix_fmt(c_format.as_ptr());
            raw::write_enum(addr_of_mut!((*context).format), own);
            raw::write_enum(addr_of_mut!((*context).sw_format), software);
            (*context).width = side(width);
            (*context).height = side(height);
            (*context).initial_pool_size = PICTURES;
            log.check(|| ffi::av_hwframe_ctx_init(frames.0))?;
            Ok(Pool { frames, format: own, takes: (width, height, software) })
        }
    }
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Device").field(&self.name).finish()
    }
}

/// Pictures in a device's memory.
pub(crate) struct Pool {
    frames: Reference,
    format: raw::PixelFormat,
    /// What every picture must be: width, height and pixel format.
    takes: (u32, u32, raw::PixelFormat),
}

impl Pool {
    pub(super) fn share(&self) -> *mut ffi::AVBufferRef {
        self.frames.share()
    }

    pub(super) fn format(&self) -> raw::PixelFormat {
        self.format
    }

    /// The same picture there.
    pub fn upload(&self, frame: &Frame) -> Result<Frame, AvError> {
        if (frame.width(), frame.height(), frame.format()) != self.takes {
            return Err(AvError::INVALID);
        }
        let mut there = Frame::empty()?;
        // SAFETY: both frames are valid; the new one gets a picture of the pool, and then the other's pixels and times.
        unsafe {
            let to = there.0.as_mut_ptr();
            AvError::check(ffi::av_hwframe_get_buffer(self.frames.0, to, 0))?;
            AvError::check(ffi::av_hwframe_transfer_data(to, frame.0.as_ptr(), 0))?;
            AvError::check(ffi::av_frame_copy_props(to, frame.0.as_ptr()))?;
        }
        Ok(there)
    }
}

impl Frame {
    /// The picture is in a device's memory.
    pub fn is_on_device(&self) -> bool {
        // SAFETY: reads a plain field of a valid frame.
        unsafe { !(*self.0.as_ptr()).hw_frames_ctx.is_null() }
    }

    /// Fetch a picture out of a device's memory, in the device's format of choice.
    pub fn download(&mut self) -> Result<(), AvError> {
        let mut here = Self::empty()?;
        // SAFETY: both frames are valid; FFmpeg gives the empty one pixels, and then the other's times and colours.
        unsafe {
            let to = here.0.as_mut_ptr();
            AvError::check(ffi::av_hwframe_transfer_data(to, self.0.as_ptr(), 0))?;
            AvError::check(ffi::av_frame_copy_props(to, self.0.as_ptr()))?;
        }
        std::mem::swap(&mut self.0, &mut here.0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::planes::Plane;
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_picture_is_unchanged_by_a_hardware_device() {
        // The one kind that is there in software: Mesa's lavapipe.
        let Ok(device) = Device::open("vulkan") else {
            let _ = writeln!(std::io::stderr(), "skipped: no Vulkan device");
            return;
        };
        let pool = device.pool("nv12", 64, 32).unwrap();
        let luma: Vec<u8> = (0..64 * 32).map(|i| (i * 7) as u8).collect();
        let chroma: Vec<u8> = (0..64 * 16).map(|i| (i * 3) as u8).collect();
        let planes = [Plane { data: &luma, stride: 64 }, Plane { data: &chroma, stride: 64 }];
        let mut frame = Frame::from_planes("nv12", 64, 32, &planes).unwrap();
        frame.0.set_pts(Some(42));
        assert!(!frame.is_on_device());
        let mut there = pool.upload(&frame).unwrap();
        assert!(there.is_on_device());
        there.download().unwrap();
        assert!(!there.is_on_device());
        assert_eq!((there.width(), there.height(), there.0.pts()), (64, 32, Some(42)));
        assert_eq!(there.geometry().format_name, "nv12");
        for (plane, data) in [(0, &luma), (1, &chroma)] {
            let stride = there.0.stride(plane);
            let rows = there.0.data(plane).chunks(stride).zip(data.chunks(64));
            assert!(rows.into_iter().all(|(got, wanted)| &got[..64] == wanted), "plane {plane}");
        }
    }
}
