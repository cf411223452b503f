//! How RGB with 8 bits a component lies in memory, and reading it into one array for each component.
//! It converts no colours.

use crate::picture::COLUMNS;

/// Red, green and blue of some pixels.
pub(super) type Block = [[u8; COLUMNS]; 3];

/// A row of a picture: its bytes in each plane. Packed pixels are all in the first.
pub(crate) type Row<'a> = [&'a [u8]; 4];

/// The order of the components of a pixel, by FFmpeg's names of the pixel formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RgbLayout {
    Rgb24,
    Bgr24,
    Rgb0,
    Bgr0,
    Zrgb,
    Zbgr,
    Rgba,
    Bgra,
    Argb,
    Abgr,
    Gbrp,
    Gbrap,
}

impl RgbLayout {
    const ALL: [(Self, &str); 12] = [
        (Self::Rgb24, "rgb24"),
        (Self::Bgr24, "bgr24"),
        (Self::Rgb0, "rgb0"),
        (Self::Bgr0, "bgr0"),
        (Self::Zrgb, "0rgb"),
        (Self::Zbgr, "0bgr"),
        (Self::Rgba, "rgba"),
        (Self::Bgra, "bgra"),
        (Self::Argb, "argb"),
        (Self::Abgr, "abgr"),
        (Self::Gbrp, "gbrp"),
        (Self::Gbrap, "gbrap"),
    ];

    /// The layout of a pixel format; `None` for formats that are not RGB with 8 bits a component.
    pub fn of(format: &str) -> Option<Self> {
        Self::ALL.into_iter().find_map(|(layout, name)| (name == format).then_some(layout))
    }

    /// FFmpeg's name of the pixel format.
    pub fn format(self) -> &'static str {
        let found = Self::ALL.into_iter().find(|&(layout, _)| layout == self);
        found.map_or("", |(_, name)| name)
    }
}

/// Reads pixels of one layout.
pub(super) trait Read {
    /// The pixels from column `left` on, of which there are at most [`COLUMNS`].
    fn read(row: &Row<'_>, left: usize, count: usize, to: &mut Block);
}

/// Pixels of `N` bytes with red, green and blue at these places.
pub(super) struct Packed<const N: usize, const R: usize, const G: usize, const B: usize>;

impl<const N: usize, const R: usize, const G: usize, const B: usize> Read for Packed<N, R, G, B> {
    #[inline(always)]
    fn read(row: &Row<'_>, left: usize, count: usize, to: &mut Block) {
        let pixels = &row[0].as_chunks::<N>().0[left..][..count];
        each(pixels, to, |pixel| [pixel[R], pixel[G], pixel[B]]);
    }
}

/// Pixels of 4 bytes with red, green, blue and alpha at these places, over black.
pub(super) struct OverBlack<const R: usize, const G: usize, const B: usize, const A: usize>;

impl<const R: usize, const G: usize, const B: usize, const A: usize> Read
    for OverBlack<R, G, B, A>
{
    #[inline(always)]
    fn read(row: &Row<'_>, left: usize, count: usize, to: &mut Block) {
        let pixels = &row[0].as_chunks::<4>().0[left..][..count];
        each(pixels, to, |pixel| [pixel[R], pixel[G], pixel[B]].map(|c| over_black(c, pixel[A])));
    }
}

/// Planes of green, blue and red.
pub(super) struct Planar;

impl Read for Planar {
    #[inline(always)]
    fn read(row: &Row<'_>, left: usize, count: usize, to: &mut Block) {
        let [green, blue, red, _] = row;
        for (plane, to) in [red, green, blue].into_iter().zip(to) {
            to[..count].copy_from_slice(&plane[left..][..count]);
        }
    }
}

/// Planes of green, blue, red and alpha, over black.
pub(super) struct PlanarOverBlack;

impl Read for PlanarOverBlack {
    #[inline(always)]
    fn read(row: &Row<'_>, left: usize, count: usize, to: &mut Block) {
        Planar::read(row, left, count, to);
        let alpha = &row[3][left..][..count];
        for plane in to {
            for (value, &alpha) in plane.iter_mut().zip(alpha) {
                *value = over_black(*value, alpha);
            }
        }
    }
}

/// Splits pixels into their components. The number of pixels is known in advance for all but the last of a row, so
/// that their loop becomes shuffles of whole registers.
#[inline(always)]
fn each<const N: usize>(
    pixels: &[[u8; N]],
    [red, green, blue]: &mut Block,
    split: impl Fn([u8; N]) -> [u8; 3],
) {
    let mut put = |i: usize, pixel| [red[i], green[i], blue[i]] = split(pixel);
    if let Ok(pixels) = <&[[u8; N]; COLUMNS]>::try_from(pixels) {
        for (i, &pixel) in pixels.iter().enumerate() {
            put(i, pixel);
        }
    } else {
        for (i, &pixel) in pixels.iter().enumerate() {
            put(i, pixel);
        }
    }
}

/// The component times alpha, to the nearest code value.
#[inline(always)]
fn over_black(component: u8, alpha: u8) -> u8 {
    // Division by 255, exact for all products of two bytes.
    let product = u16::from(component) * u16::from(alpha) + 128;
    ((product + (product >> 8)) >> 8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_is_exact() {
        for component in 0..=255 {
            for alpha in 0..=255 {
                let exact = (f64::from(component) * f64::from(alpha) / 255.0).round() as u8;
                assert_eq!(over_black(component, alpha), exact, "{component} times {alpha}");
            }
        }
    }

    #[test]
    fn every_layout_has_a_name_of_its_own() {
        for (layout, name) in RgbLayout::ALL {
            assert_eq!((RgbLayout::of(name), layout.format()), (Some(layout), name));
        }
        assert_eq!(RgbLayout::of("rgb48le"), None);
    }
}
