//! Rerun's format for each encoding of raw pictures in a bag.
//! The pixels themselves are in `raw_image.rs`.

use rerun::components::ImageFormat;
use rerun::datatypes::{ChannelDatatype, ColorModel, PixelFormat};

use super::raw_image::RawImage;

/// Rerun's format of the pixels, and FFmpeg's name of a Bayer pattern; `None` for encodings that Rerun decodes itself or
/// that are unknown.
pub(super) fn format(image: &RawImage<'_>, ros: bool) -> Option<(ImageFormat, &'static str)> {
    let size = [image.width, image.height];
    let plain = |model, kind| {
        Some((rerun::datatypes::ImageFormat::from_color_model(size, model, kind).into(), ""))
    };
    let (u8, u16) = (ChannelDatatype::U8, ChannelDatatype::U16);
    let mosaic = |name, kind| {
        let grey = rerun::datatypes::ImageFormat::from_color_model(size, ColorModel::L, kind);
        Some((grey.into(), name))
    };
    let wide = |big, little| if image.big_endian { big } else { little };
    match image.encoding {
        "bayer_rggb8" => mosaic("bayer_rggb8", u8),
        "bayer_bggr8" => mosaic("bayer_bggr8", u8),
        "bayer_gbrg8" => mosaic("bayer_gbrg8", u8),
        "bayer_grbg8" => mosaic("bayer_grbg8", u8),
        "bayer_rggb16" => mosaic(wide("bayer_rggb16be", "bayer_rggb16le"), u16),
        "bayer_bggr16" => mosaic(wide("bayer_bggr16be", "bayer_bggr16le"), u16),
        "bayer_gbrg16" => mosaic(wide("bayer_gbrg16be", "bayer_gbrg16le"), u16),
        "bayer_grbg16" => mosaic(wide("bayer_grbg16be", "bayer_grbg16le"), u16),
        "yuv422" | "uyvy" | "yuv422_yuy2" | "yuyv" => {
            let yuy2 = PixelFormat::YUY2;
            Some((rerun::datatypes::ImageFormat::from_pixel_format(size, yuy2).into(), ""))
        }
        "mono8" => plain(ColorModel::L, u8),
        "mono16" => plain(ColorModel::L, u16),
        // Rerun's decoder for Foxglove handles these; its decoder for ROS ignores padding between rows.
        _ if !ros => None,
        "rgb8" => plain(ColorModel::RGB, u8),
        "rgba8" => plain(ColorModel::RGBA, u8),
        "bgr8" | "8UC3" => plain(ColorModel::BGR, u8),
        "bgra8" | "8UC4" => plain(ColorModel::BGRA, u8),
        "rgb16" => plain(ColorModel::RGB, u16),
        "rgba16" => plain(ColorModel::RGBA, u16),
        "bgr16" => plain(ColorModel::BGR, u16),
        "bgra16" => plain(ColorModel::BGRA, u16),
        _ => None,
    }
}
