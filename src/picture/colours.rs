//! The colour properties of a picture, and the filters that convert to BT.709 in limited range.
//! Pure: which pictures are converted is decided in `fit.rs`.

use crate::ffi::Geometry;
use crate::picture::tone_map::{Curve, ToneMap};

/// The ITU-T H.273 numbers that are used here.
pub(crate) mod h273 {
    pub const BT709: i32 = 1;
    pub const SMPTE170M: i32 = 6;
    pub const UNSPECIFIED: [i32; 3] = [0, 2, 3];
    pub const PRIMARIES_BT2020: i32 = 9;
    pub const MATRIX_BT2020: i32 = 9;
    pub const TRANSFER_PQ: i32 = 16;
    pub const TRANSFER_HLG: i32 = 18;
}

/// FFmpeg's name of the pixel format at the end of every chain.
pub(crate) const PLANES: &str = "yuv420p";

fn is_hdr(g: &Geometry) -> bool {
    matches!(g.transfer, h273::TRANSFER_PQ | h273::TRANSFER_HLG)
}

/// High dynamic range or wide gamut: converting to BT.709 takes more than a matrix.
pub(crate) fn is_wide(g: &Geometry) -> bool {
    is_hdr(g) || (g.primaries == h273::PRIMARIES_BT2020 && !g.rgb)
}

/// The tone mapping of a picture that is PQ or HLG of BT.2020 in luma and chroma, as nearly all are. Missing tags are
/// taken as those of BT.2020.
pub(crate) fn tone_map(g: &Geometry) -> Option<ToneMap> {
    let is_2020 = |value: i32, own: i32| value == own || h273::UNSPECIFIED.contains(&value);
    let curve = match g.transfer {
        h273::TRANSFER_HLG => Curve::Hlg,
        h273::TRANSFER_PQ => Curve::Pq,
        _ => return None,
    };
    let planes = !g.rgb && !g.alpha && is_2020(g.matrix, h273::MATRIX_BT2020);
    (planes && is_2020(g.primaries, h273::PRIMARIES_BT2020)).then_some(ToneMap { curve })
}

/// The matrix of a picture that is not BT.709.
pub(crate) fn foreign_matrix(g: &Geometry) -> Option<&'static str> {
    match Colours::of(g) {
        Colours::Yuv { matrix: "bt709", .. } => None,
        Colours::Yuv { matrix, .. } => Some(matrix),
        Colours::Rgb => Some("rgb"),
        Colours::Grey => Some("grey"),
    }
}

/// PQ, HLG and BT.2020 to SDR BT.709. Missing tags are taken as those of BT.2020.
pub(crate) fn to_sdr(g: &Geometry) -> Vec<String> {
    let unknown = |value: i32| h273::UNSPECIFIED.contains(&value);
    let mut given = vec![format!("rangein={}", if g.full_range { "full" } else { "limited" })];
    if unknown(g.primaries) {
        given.push("primariesin=2020".into());
    }
    if unknown(g.transfer) {
        given.push("transferin=2020_10".into());
    }
    if unknown(g.matrix) && !g.rgb {
        given.push("matrixin=2020_ncl".into());
    }
    let given = given.join(":");
    let end = "transfer=bt709:matrix=bt709:range=limited,format=yuv420p";
    if is_hdr(g) {
        // Linear light with SDR white at 100 cd/m2, BT.709 primaries, then Hable's curve: FFmpeg's documented chain.
        vec![
            format!("zscale={given}:transfer=linear:npl=100,format=gbrpf32le"),
            "zscale=primaries=bt709,tonemap=hable:desat=0".into(),
            format!("zscale={end}"),
        ]
    } else {
        vec![format!("zscale={given}:primaries=bt709:{end}")]
    }
}

/// The matrix of an untagged picture: players assume BT.709 from HD on (mpv: mp_image_params_guess_csp).
pub(crate) fn by_size(g: &Geometry) -> i32 {
    if g.width >= 1280 || g.height > 576 { h273::BT709 } else { h273::SMPTE170M }
}

/// The ITU-T H.273 name of a matrix that neither of FFmpeg's converters supports.
pub(crate) fn unknown_matrix(g: &Geometry) -> Option<&'static str> {
    match g.matrix {
        _ if g.rgb => None,
        8 => Some("YCgCo"),
        11 => Some("SMPTE ST 2085"),
        12 | 13 => Some("a matrix derived from its primaries"),
        14 => Some("ICtCp"),
        15 => Some("IPT-PQ-C2"),
        16 | 17 => Some("YCgCo-R"),
        _ => None,
    }
}

/// The colour properties of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Colours {
    Rgb,
    /// The matrix, by its name in FFmpeg's scaler; full or limited range; the encoder's own pixel format.
    Yuv {
        matrix: &'static str,
        full: bool,
        is_420p8: bool,
    },
    Grey,
}

impl Colours {
    pub const RGB: Self = Self::Rgb;
    pub const BT709: Self = Self::Yuv { matrix: "bt709", full: false, is_420p8: true };

    pub fn of(g: &Geometry) -> Self {
        if g.rgb || g.format_name.starts_with("bayer") {
            return Self::Rgb;
        }
        if g.format_name.starts_with("grayf") {
            // The scaler does not know the range of floats.
            return Self::Yuv { matrix: "bt709", full: true, is_420p8: false };
        }
        if g.format_name.starts_with("gray")
            || g.format_name.starts_with("mono")
            || g.format_name.starts_with("ya")
        {
            return Self::Grey;
        }
        let matrix = match g.matrix {
            h273::BT709 => "bt709",
            4 => "fcc",
            5 | 6 => "smpte170m",
            7 => "smpte240m",
            9 | 10 => "bt2020",
            8 => "ycgco",
            _ if by_size(g) == h273::BT709 => "bt709",
            _ => "smpte170m",
        };
        Self::Yuv { matrix, full: g.full_range, is_420p8: g.is_420p8 }
    }

    /// Converts matrix or range with the `colorspace` filter if it supports the picture: planar with even sides.
    /// FFmpeg's scaler would be ten times slower and off by up to 4 levels. Differences in primaries or transfer alone
    /// are left as they are, except in [`to_sdr`].
    pub fn to_bt709(self, format: &str, (width, height): (u32, u32)) -> Option<String> {
        let Self::Yuv { matrix, full, .. } = self else {
            return None;
        };
        let unpacked = match format {
            "nv12" | "nv21" => Some("yuv420p"),
            "nv16" | "yuyv422" | "uyvy422" | "yvyu422" => Some("yuv422p"),
            _ => None,
        };
        let planes = format.strip_prefix("yuvj").or(format.strip_prefix("yuv"));
        let (sampling, depth) = planes.and_then(|p| p.split_at_checked(4)).unwrap_or_default();
        let taken = matches!(sampling, "420p" | "422p" | "444p")
            && matches!(depth, "" | "10le" | "12le" | "10be" | "12be");
        let differs = full || matrix != "bt709";
        if !differs || !(taken || unpacked.is_some()) || width % 2 + height % 2 > 0 {
            return None;
        }
        let space = if matrix == "bt2020" { "bt2020ncl" } else { matrix };
        let range = if full { "pc" } else { "tv" };
        // From YCgCo, the filter gives wrong colours if it changes matrix and sampling in one step.
        let (unpacked, output) = match space {
            "ycgco" => (Some("yuv444p"), "yuv444p,format=yuv420p"),
            _ => (unpacked, PLANES),
        };
        // FFmpeg 9 takes no YCgCo into its scaler, which leaves the matrix alone here.
        let marked = if space == "ycgco" { "setparams=colorspace=bt709," } else { "" };
        // Without this, FFmpeg would change the range while unpacking.
        let unpack = unpacked.map(|planes| {
            format!("{marked}scale=in_range={range}:out_range={range},format={planes},")
        });
        Some(format!(
            "{}colorspace=ispace={space}:space=bt709:irange={range}:range=tv:iprimaries=bt709:primaries=bt709:\
             itrc=bt709:trc=bt709:fast=1:format={output}",
            unpack.unwrap_or_default()
        ))
    }

    /// Input properties for the scaler.
    pub fn input_options(self) -> String {
        match self {
            // The scaler knows the range of these from their format.
            Self::Rgb | Self::Grey => "in_range=auto".into(),
            Self::Yuv { matrix, full, .. } => {
                // The scaler does not support YCgCo and would fail.
                let matrix = if matrix == "ycgco" { "bt709" } else { matrix };
                format!("in_color_matrix={matrix}:in_range={}", if full { "pc" } else { "tv" })
            }
        }
    }
}
