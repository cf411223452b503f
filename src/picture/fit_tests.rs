//! Case by case, the decisions of `filters.rs` and `fit.rs`.
//! No filter runs here; the pictures themselves are compared by the integration tests.

use super::*;
use crate::picture::filters::{ContainerHints, orient};

fn frame(width: u32, height: u32) -> Geometry {
    Geometry {
        width,
        height,
        format: 0,
        format_name: "yuv420p",
        rgb: false,
        alpha: false,
        is_420p8: true,
        aspect: (1, 1),
        matrix: 1,
        full_range: false,
        primaries: 1,
        transfer: 1,
        interlaced: false,
        rotation: None,
    }
}

fn fitted(g: &Geometry) -> Chain {
    fit(g, &VideoConfig::default(), None, true, true)
}

fn size(chain: &Chain) -> (u32, u32) {
    (chain.width, chain.height)
}

#[test]
fn a_picture_that_fits_is_not_changed() {
    let chain = fitted(&frame(640, 360));
    assert!(chain.filters.is_empty());
    assert_eq!(size(&chain), (640, 360));
}

#[test]
fn odd_sides_are_cropped_and_nothing_else() {
    let chain = fitted(&frame(321, 241));
    assert_eq!(chain.filters, ["crop=320:240:0:0"]);
    assert_eq!(size(&chain), (320, 240));
}

#[test]
fn a_single_pixel_becomes_two() {
    let chain = fitted(&frame(1, 1));
    assert_eq!(size(&chain), (2, 2));
    assert!(chain.filters[0].starts_with("scale=2:2"), "{:?}", chain.filters);
}

#[test]
fn pixels_become_square() {
    let mut g = frame(1280, 1080);
    g.aspect = (3, 2);
    assert_eq!(size(&fitted(&g)), (1920, 1080));
    let mut g = frame(200, 112);
    g.aspect = (224, 225);
    assert_eq!(size(&fitted(&g)), (200, 112));
    let mut g = frame(720, 576);
    g.aspect = (16, 15);
    assert_eq!(size(&fitted(&g)), (768, 576));
}

#[test]
fn an_implausible_aspect_is_ignored_with_a_note() {
    let mut g = frame(640, 480);
    g.aspect = (1, 30_000);
    let chain = fitted(&g);
    assert_eq!(size(&chain), (640, 480));
    assert_eq!(chain.note, Some(Note::AspectIgnored(1, 30_000)));
}

#[test]
fn untagged_pictures_are_treated_as_players_do() {
    let mut small = frame(640, 480);
    small.matrix = 2;
    assert!(fitted(&small).filters[0].contains("ispace=smpte170m"));
    let mut large = frame(1280, 720);
    large.matrix = 2;
    assert!(fitted(&large).filters.is_empty());
}

#[test]
fn colours_are_converted_by_the_colour_filter_where_it_supports_the_format() {
    let by = |name: &'static str, (width, height), aspect| {
        let mut g = frame(width, height);
        (g.format_name, g.is_420p8, g.matrix, g.full_range, g.aspect) =
            (name, name == "yuvj420p", 5, true, aspect);
        fitted(&g).filters
    };
    for name in ["yuvj420p", "yuvj422p", "yuv444p", "yuv422p10le"] {
        let filters = by(name, (640, 480), (1, 1));
        assert_eq!(filters.len(), 1, "{name}: {filters:?}");
        assert!(filters[0].starts_with("colorspace=ispace=smpte170m"), "{name}: {filters:?}");
        assert!(filters[0].contains("irange=pc:range=tv"), "{name}: {filters:?}");
    }
    let packed = by("yuyv422", (640, 480), (1, 1));
    assert!(packed[0].starts_with("scale=in_range=pc:out_range=pc,format=yuv422p,colorspace="));
    let resized = by("yuvj420p", (720, 576), (16, 15));
    assert!(resized[0].starts_with("colorspace=") && resized[1].starts_with("scale=768:576"));
    assert!(resized[1].contains("in_color_matrix=bt709:in_range=tv"), "{resized:?}");
    for (name, size, aspect) in [
        ("p010le", (640, 480), (1, 1)),
        ("yuv411p", (640, 480), (1, 1)),
        ("yuvj420p", (97, 95), (2, 1)),
    ] {
        let filters = by(name, size, aspect);
        assert!(filters[0].starts_with("scale="), "{name}: {filters:?}");
    }
    // Fewer bits alone are for the scaler, which dithers.
    let mut deep = frame(640, 480);
    (deep.format_name, deep.is_420p8) = ("yuv420p10le", false);
    assert!(fitted(&deep).filters[0].starts_with("scale="));
}

#[test]
fn rotation_swaps_the_sides() {
    let mut g = frame(640, 480);
    g.rotation = Some([0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30]);
    let chain = orient(&g, ContainerHints::default(), &VideoConfig::default());
    assert_eq!(size(&chain), (480, 640));
    assert_eq!(chain.filters, ["transpose=clock"]);
    let config = VideoConfig { autorotate: false, ..VideoConfig::default() };
    assert!(orient(&g, ContainerHints::default(), &config).filters.is_empty());
}

#[test]
fn only_flagged_frames_are_deinterlaced() {
    let mut g = frame(640, 480);
    let plain = |g: &Geometry| orient(g, ContainerHints::default(), &VideoConfig::default());
    assert!(plain(&g).filters.is_empty());
    g.interlaced = true;
    assert!(plain(&g).filters[0].contains("deint=interlaced"));
}

#[test]
fn a_changed_picture_is_fitted_into_the_first() {
    let first = Some(Size { width: 640, height: 360 });
    let chain = fit(&frame(480, 640), &VideoConfig::default(), first, true, true);
    assert_eq!(size(&chain), (640, 360));
    assert!(chain.filters[0].starts_with("scale=270:360"), "{:?}", chain.filters);
    assert_eq!(chain.filters[1], "pad=640:360:184:0");
}

#[test]
fn the_users_size_is_made_even_and_a_limit_only_shrinks() {
    let config = VideoConfig::default().with_size(Size::new(321, 200));
    assert_eq!(size(&fit(&frame(640, 480), &config, None, true, true)), (320, 200));
    let config = VideoConfig::default().with_max_size(Size::new(320, 320));
    assert_eq!(size(&fit(&frame(640, 480), &config, None, true, true)), (320, 240));
    assert_eq!(size(&fit(&frame(160, 120), &config, None, true, true)), (160, 120));
}

fn hlg(width: u32, height: u32) -> Geometry {
    let mut g = frame(width, height);
    (g.format_name, g.is_420p8, g.transfer, g.primaries, g.matrix) =
        ("yuv420p10le", false, 18, 9, 9);
    g
}

fn is_tone_mapped(chain: &Chain) -> bool {
    matches!(chain.finish, Some(Finish::ToneMap(_)))
}

#[test]
fn hdr_is_tone_mapped_where_it_can_be() {
    let chain = fitted(&hlg(1920, 1080));
    assert!(chain.filters.is_empty() && is_tone_mapped(&chain), "{chain:?}");
    // An encoder that takes another format, or a picture of other primaries: FFmpeg's filters.
    let zscaled = |chain: Chain| {
        chain.finish.is_none() && chain.filters.iter().any(|f| f.contains("tonemap=hable"))
    };
    let g = hlg(1920, 1080);
    assert!(zscaled(fit(&g, &VideoConfig::default(), None, true, false)));
    assert!(zscaled(fitted(&Geometry { primaries: 1, ..g.clone() })));
    let without = fit(&g, &VideoConfig::default(), None, false, false);
    assert_eq!(without.note, Some(Note::NoToneMapping));
}

#[test]
fn hdr_is_scaled_and_padded_before_it_is_tone_mapped() {
    let first = Some(Size { width: 640, height: 480 });
    let chain = fit(&hlg(1920, 1080), &VideoConfig::default(), first, true, true);
    assert!(chain.filters[0].starts_with("scale=640:360:"), "{chain:?}");
    assert!(chain.filters[0].ends_with("format=yuv420p10"), "{chain:?}");
    assert_eq!(chain.filters[1], "pad=640:480:0:60");
    let full = Geometry { full_range: true, ..hlg(1920, 1080) };
    assert!(fitted(&full).filters[0].contains("in_range=pc:out_range=tv"));
}

fn rgb(format: &'static str, alpha: bool) -> Geometry {
    let mut g = frame(64, 64);
    (g.format_name, g.rgb, g.alpha, g.is_420p8, g.matrix) = (format, true, alpha, false, 0);
    g
}

#[test]
fn rgb_of_8_bits_is_converted_in_one_pass() {
    for (format, alpha) in [("bgr24", false), ("bgr0", false), ("gbrp", false), ("rgba", true)] {
        let layout = RgbLayout::of(format).unwrap();
        let chain = fitted(&rgb(format, alpha));
        assert_eq!(chain.finish, Some(Finish::FromRgb(layout)), "{format}");
        assert_eq!(chain.text(), "");
    }
    let odd = fitted(&Geometry { width: 65, ..rgb("bgr24", false) });
    assert_eq!(odd.text(), "crop=64:64:0:0,format=bgr24");
    // What is deeper, scaled or padded, or goes to an encoder that takes another format.
    let config = VideoConfig::default();
    let first = Some(Size { width: 64, height: 80 });
    let small = VideoConfig::default().with_size(Size::new(32, 32));
    let g = rgb("bgr24", false);
    for chain in [
        fitted(&rgb("rgb48le", false)),
        fit(&g, &small, None, true, true),
        fit(&g, &config, first, true, true),
        fit(&g, &config, None, true, false),
    ] {
        assert_eq!(chain.finish, None);
        assert!(chain.filters[0].contains("accurate_rnd"), "{chain:?}");
    }
}

#[test]
fn alpha_goes_over_black() {
    let mut g = frame(64, 64);
    (g.format_name, g.alpha, g.is_420p8) = ("yuva420p", true, false);
    let chain = fitted(&g);
    assert_eq!(chain.text(), "scale=in_color_matrix=bt709:in_range=tv,format=gbrap");
    assert_eq!(chain.finish, Some(Finish::FromRgb(RgbLayout::Gbrap)));
    let config = VideoConfig::default().with_size(Size::new(32, 32));
    for g in [g, rgb("rgba", true)] {
        let scaled = fit(&g, &config, None, true, true);
        assert!(scaled.filters.iter().any(|f| f.contains("premultiply")), "{scaled:?}");
        assert_eq!(scaled.finish, None);
    }
}
