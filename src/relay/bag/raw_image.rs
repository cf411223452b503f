//! Raw pictures of a bag as messages hold them, and their pixels without padding between rows.
//! The layout of messages is in `ros.rs` and `foxglove.rs`.

/// One message that holds a raw picture.
#[derive(Debug, Default, PartialEq)]
pub(super) struct RawImage<'a> {
    pub stamp: i64,
    pub frame: &'a str,
    pub width: u32,
    pub height: u32,
    pub encoding: &'a str,
    pub big_endian: bool,
    pub step: u32,
    pub data: &'a [u8],
}

/// Bytes of a pixel.
fn depth(encoding: &str) -> Option<usize> {
    Some(match encoding {
        "mono8" => 1,
        "mono16" => 2,
        "rgb8" | "bgr8" | "8UC3" => 3,
        "rgba8" | "bgra8" | "8UC4" => 4,
        "rgb16" | "bgr16" => 6,
        "rgba16" | "bgra16" => 8,
        "yuv422" | "uyvy" | "yuv422_yuy2" | "yuyv" => 2,
        bayer if bayer.starts_with("bayer_") => {
            if bayer.ends_with("16") {
                2
            } else {
                1
            }
        }
        _ => return None,
    })
}

/// The pixels without padding between rows, in Rerun's byte order; `None` if there are too few.
pub(super) fn pixels(image: &RawImage<'_>) -> Option<Vec<u8>> {
    let row = (image.width as usize).checked_mul(depth(image.encoding)?)?;
    let step = if image.step == 0 { row } else { image.step as usize };
    let height = image.height as usize;
    if row == 0 || height == 0 || step < row {
        return None;
    }
    let needed = step.checked_mul(height - 1)?.checked_add(row)?;
    let data = image.data.get(..needed)?;
    let mut pixels: Vec<u8> = data.chunks(step).flat_map(|line| &line[..row]).copied().collect();
    let mosaic = image.encoding.starts_with("bayer_");
    let wide = image.encoding.ends_with("16") && !mosaic;
    // The name of a Bayer pattern includes its byte order; UYVY is YUY2 with its bytes swapped.
    if wide && image.big_endian || matches!(image.encoding, "yuv422" | "uyvy") {
        pixels.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
    }
    Some(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image<'a>(encoding: &'a str, step: u32, data: &'a [u8]) -> RawImage<'a> {
        RawImage { width: 2, height: 2, encoding, step, data, ..RawImage::default() }
    }

    #[test]
    fn padding_between_rows_is_removed() {
        let data = [1, 2, 0, 3, 4, 0];
        assert_eq!(pixels(&image("mono8", 3, &data)), Some(vec![1, 2, 3, 4]));
        assert_eq!(pixels(&image("mono8", 3, &data[..5])), Some(vec![1, 2, 3, 4]));
        assert_eq!(pixels(&image("mono8", 3, &data[..4])), None, "a pixel is missing");
        assert_eq!(pixels(&image("mono8", 1, &data)), None, "rows lie over each other");
    }

    #[test]
    fn bytes_are_put_in_rerun_s_order() {
        let data = [1, 2, 3, 4, 5, 6, 7, 8];
        let swapped = vec![2, 1, 4, 3, 6, 5, 8, 7];
        assert_eq!(pixels(&image("uyvy", 4, &data)), Some(swapped.clone()));
        let big = RawImage { big_endian: true, ..image("mono16", 4, &data) };
        assert_eq!(pixels(&big), Some(swapped));
        assert_eq!(pixels(&image("mono16", 4, &data)), Some(data.to_vec()));
    }
}
