//! Colours are preserved, whatever way the source encodes them.
//! Recordings are decoded as the Viewer decodes every stream: BT.709 in limited range.

mod depth;
mod dolby;

use std::path::Path;

use crate::support::convert::convert;
use crate::support::picture::{Picture, TONEMAP, decode_source, decode_video, stripe};
use crate::support::table::check_all;
use crate::support::{generate, skip};

const SIDE: usize = 32;
const HEIGHT: usize = 64;

type Rgb = [u8; 3];
const BARS: [Rgb; 6] =
    [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [128, 128, 128]];

/// Sources of the same bars, by how they are stored.
#[rustfmt::skip]
const STORED: &[(&str, &str)] = &[
    ("bt601.mkv", "-vf scale=out_color_matrix=bt601:out_range=tv,format=yuv444p -c:v ffv1 -colorspace smpte170m -color_primaries smpte170m -color_trc smpte170m -color_range tv"),
    ("bt601.mp4", "-vf scale=out_color_matrix=bt601:out_range=tv,format=yuv420p -c:v libx264 -qp 4 -colorspace smpte170m -color_primaries smpte170m -color_trc smpte170m -color_range tv"),
    ("bt601_pal.mkv", "-vf scale=out_color_matrix=bt601:out_range=tv,format=yuv420p -c:v ffv1 -colorspace bt470bg -color_range tv"),
    ("bt709.mkv", "-vf scale=out_color_matrix=bt709:out_range=tv,format=yuv420p -c:v ffv1 -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv"),
    ("bt709.mp4", "-vf scale=out_color_matrix=bt709:out_range=tv,format=yuv420p -c:v libx264 -qp 4 -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv"),
    ("bt709_10bit.mkv", "-vf scale=out_color_matrix=bt709:out_range=tv,format=yuv422p10le -c:v ffv1 -colorspace bt709 -color_range tv"),
    ("full_range_bt709.mp4", "-vf scale=out_color_matrix=bt709:out_range=pc:flags=accurate_rnd,format=yuvj420p -c:v libx264 -qp 4 -colorspace bt709 -color_range pc"),
    ("full_range_bt601.mkv", "-vf scale=out_color_matrix=bt601:out_range=pc,format=yuv444p -c:v ffv1 -colorspace smpte170m -color_range pc"),
    ("full_range.mjpeg.avi", "-vf scale=out_color_matrix=bt601:out_range=pc,format=yuvj444p -c:v mjpeg -q:v 1"),
    ("rgb_bgr0.mkv", "-c:v ffv1 -pix_fmt bgr0"),
    ("rgb_planar.mkv", "-c:v ffv1 -pix_fmt gbrp"),
    ("rgb_48.mkv", "-c:v ffv1 -pix_fmt rgb48"),
    ("rgb_h264.mkv", "-c:v libx264rgb -qp 4"),
    ("rgb_png.mov", "-c:v png"),
    ("rgb_rle.mov", "-c:v qtrle"),
    ("rgb_raw.avi", "-c:v rawvideo -pix_fmt bgr24"),
    ("rgb.gif", "-vf split[a][b];[a]palettegen=max_colors=8:reserve_transparent=0[p];[b][p]paletteuse"),
    ("yuyv.nut", "-vf scale=out_color_matrix=bt601:out_range=tv,format=yuyv422 -c:v rawvideo"),
    ("uyvy.mov", "-vf scale=out_color_matrix=bt601:out_range=tv,format=uyvy422 -c:v rawvideo"),
    ("nv12.nut", "-vf scale=out_color_matrix=bt601:out_range=tv,format=nv12 -c:v rawvideo"),
    // FFmpeg 7 takes the tags from the frames, 5.1 from the options.
    ("full_range_nv12.mkv", "-vf scale=out_color_matrix=bt601:out_range=pc,format=nv12,setparams=range=pc:colorspace=smpte170m -c:v rawvideo -color_range pc -colorspace smpte170m"),
    ("untagged.mkv", "-vf scale=out_color_matrix=bt601:out_range=tv,format=yuv420p -c:v ffv1"),
    ("untagged.avi", "-vf scale=out_color_matrix=bt601:out_range=tv,format=yuv420p -c:v mpeg4 -q:v 1"),
    ("untagged.mpg", "-vf scale=out_color_matrix=bt601:out_range=tv,format=yuv420p -c:v mpeg1video -q:v 1"),
];

#[test]
fn colour_bars_are_exact_within_2() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let rows: Vec<_> = STORED
        .iter()
        .filter(|(_, how)| !how.contains("libx264rgb") || skip::have_encoder("libx264rgb"))
        .collect();
    check_all(
        &rows,
        |(name, _)| name.to_string(),
        |(name, how)| {
            let raw = format!("-pix_fmt rgb24 -s {}x{HEIGHT}", SIDE * BARS.len());
            let path = generate::still(name, &raw, &stripes(&BARS), 10, how);
            let expected = BARS.map(|bar| bar.map(f64::from));
            off_by(&path, &expected, 2.0)
        },
    );
}

/// Without a tag, the size that a stream is coded in decides, whatever is done to its pictures; and VP8 is BT.601.
#[test]
fn the_matrix_of_untagged_pictures_is_decided_once() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let bt601 = "out_color_matrix=bt601:out_range=tv:flags=neighbor,format=yuv420p";
    let small = format!("-vf scale=640:480:{bt601} -c:v libx264 -qp 4");
    let large = format!("-vf scale=1920:1080:{bt601}");
    let vp8 = "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 20M";
    let alpha = "out_color_matrix=bt601:out_range=tv:flags=neighbor,format=yuva420p";
    let rows = [
        ("plain.mkv", small.clone(), "", false),
        ("larger.mkv", small.clone(), "--filter scale=1280:960", false),
        (
            "turned.mkv",
            format!("{small} -bsf:v h264_metadata=display_orientation=insert:rotate=90"),
            "",
            true,
        ),
        ("vp8.webm", format!("{large} {vp8}"), "", false),
        ("vp8_alpha.webm", format!("-vf scale=1920:1080:{alpha} -auto-alt-ref 0 {vp8}"), "", false),
    ];
    check_all(
        &rows,
        |(name, ..)| name.to_string(),
        |(name, how, options, turned)| {
            let raw = format!("-pix_fmt rgb24 -s {}x{HEIGHT}", SIDE * BARS.len());
            let path = generate::still(name, &raw, &stripes(&BARS), 2, how);
            let converted = convert(&path, &format!("--preset ultrafast --crf 4 {options}"));
            let mut pictures = decode_video(converted.video(), &converted.workspace);
            let picture = pictures.next().expect("a picture");
            let (width, height) = (picture.width, picture.height);
            let seen = (0..BARS.len()).map(|at| match turned {
                true => picture.rgb(stripe(0, 1, width), stripe(at, BARS.len(), height)),
                false => picture.rgb(stripe(at, BARS.len(), width), stripe(0, 1, height)),
            });
            let mut seen: Vec<[f64; 3]> = seen.collect();
            // Turned one way, the first bar is at the bottom.
            if seen[0][0] < 200.0 {
                seen.reverse();
            }
            let near = |(seen, wanted): (&[f64; 3], &Rgb)| {
                seen.iter().zip(wanted).all(|(s, w)| (s - f64::from(*w)).abs() <= 5.0)
            };
            let right = seen.iter().zip(&BARS).all(near);
            (!right).then(|| format!("{seen:?}")).into_iter().collect()
        },
    );
}

/// Depth in millimetres: a ramp from 500 to 1130.
#[test]
fn deep_grey_is_shown_in_the_requested_range() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let ramp = "-f lavfi -i nullsrc=s=64x64:r=15:d=1,format=gray16le,geq=lum='500+X*10' -c:v ffv1";
    let path = generate::video("depth.mkv", ramp);
    let whole = convert(&path, "--preset ultrafast");
    let stderr = &whole.outcome.stderr;
    assert!(stderr.contains("from 500 to 1130") && stderr.contains("--range"), "{stderr}");
    for (range, dark_first) in [("500:1130", true), ("1130:500", false)] {
        let part = convert(&path, &format!("--preset ultrafast --crf 4 --range {range}"));
        assert!(!part.outcome.stderr.contains("warning"), "{}", part.outcome.stderr);
        let picture = decode_video(part.video(), &part.workspace).next().expect("a picture");
        let (left, right) = (picture.luma(0..2, 0..64), picture.luma(62..64, 0..64));
        let (dark, bright) = if dark_first { (left, right) } else { (right, left) };
        assert!((dark - 17.0).abs() < 4.0 && (bright - 234.0).abs() < 4.0, "{dark} {bright}");
    }
}

#[test]
fn ycgco_is_converted() {
    if !skip::have(&["ffmpeg"]) || !skip::have_filter("zscale") {
        return;
    }
    let how = "-vf zscale=m=ycgco:r=full,format=yuv444p -c:v libx264 -qp 4 -colorspace ycgco -color_range pc";
    let raw = format!("-pix_fmt rgb24 -s {}x{HEIGHT}", SIDE * BARS.len());
    let path = generate::still("ycgco.mp4", &raw, &stripes(&BARS), 2, how);
    let wrong = off_by(&path, &BARS.map(|bar| bar.map(f64::from)), 4.0);
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Half-transparent white, wholly transparent red, and green that is not transparent.
const VEILED: [[u8; 4]; 3] = [[255, 255, 255, 128], [255, 0, 0, 0], [0, 255, 0, 255]];

#[test]
fn alpha_is_blended_over_black() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let rows = [
        ("rle.mov", "-c:v qtrle -pix_fmt argb"),
        ("png.mov", "-c:v png -pix_fmt rgba"),
        ("clip.apng", "-pix_fmt rgba"),
        ("ffv1.mkv", "-c:v ffv1 -pix_fmt bgra"),
        ("still.png", "-frames:v 1 -pix_fmt rgba"),
        (
            "prores.mov",
            "-vf scale=out_color_matrix=bt601,format=yuva444p10le -c:v prores_ks -profile:v 4",
        ),
    ];
    check_all(
        &rows,
        |(name, _)| name.to_string(),
        |(name, how)| {
            let raw = format!("-pix_fmt rgba -s {}x{HEIGHT}", SIDE * VEILED.len());
            let path = generate::still(name, &raw, &stripes(&VEILED), 10, how);
            off_by(&path, &[[128.0; 3], [0.0; 3], [0.0, 255.0, 0.0]], 4.0)
        },
    );
}

/// A GIF knows only wholly transparent, and its first picture has nothing behind it.
#[test]
fn a_transparent_gif_is_blended_over_black() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = generate::still(
        "clip.gif",
        &format!("-pix_fmt rgba -s {}x{HEIGHT}", SIDE * 2),
        &stripes(&[[255, 0, 0, 0], [0, 255, 0, 255]]),
        2,
        "-vf split[a][b];[a]palettegen=reserve_transparent=1[p];[b][p]paletteuse -gifflags -transdiff",
    );
    assert_eq!(off_by(&path, &[[0.0; 3], [0.0, 255.0, 0.0]], 4.0), Vec::<String>::new());
}

/// 10-bit codes in limited range of a BT.2020 picture: greys from dark to beyond white, and saturated colours.
const HDR_CODES: [[u16; 3]; 6] = [
    [440, 512, 512],
    [380, 440, 700],
    [140, 512, 512],
    [800, 512, 512],
    [420, 640, 470],
    [560, 400, 480],
];

#[test]
fn hdr_is_tone_mapped_as_ffmpeg_does() {
    if !skip::have(&["ffmpeg", "ffprobe"]) || !skip::have_filter("zscale") {
        return;
    }
    let x265 = "-c:v libx265 -x265-params log-level=none:crf=4:colorprim=bt2020:colormatrix=bt2020nc:transfer=";
    let ffv1 = "-c:v ffv1 -color_primaries bt2020 -colorspace bt2020nc -color_range tv -color_trc ";
    let rows = [
        ("pq.mp4", x265, "smpte2084"),
        ("hlg.mp4", x265, "arib-std-b67"),
        ("pq.mkv", ffv1, "smpte2084"),
        ("hlg.mkv", ffv1, "arib-std-b67"),
    ];
    let rows: Vec<_> =
        rows.into_iter().filter(|row| row.1 == ffv1 || skip::have_encoder("libx265")).collect();
    check_all(
        &rows,
        |(name, ..)| name.to_string(),
        |(name, how, transfer)| {
            let raw = format!("-pix_fmt yuv420p10le -s {}x{HEIGHT}", SIDE * HDR_CODES.len());
            // Newer versions of FFmpeg take the tags from the pictures, older ones from the options.
            let tags = format!("colorspace=bt2020nc:color_primaries=bt2020:color_trc={transfer}");
            let how = format!("-vf setparams={tags}:range=tv {how}{transfer}");
            let path = generate::still(name, &raw, &hdr_picture(), 10, &how);
            let colours = |filter: &str| -> [_; HDR_CODES.len()] {
                let picture = decode_source(&path, 0, filter).next().expect("a picture");
                std::array::from_fn(|index| colour(&picture, index, HDR_CODES.len()))
            };
            let mapped = colours(TONEMAP);
            let untouched = colours("scale=out_color_matrix=bt709,format=yuv420p");
            assert!(distance(&mapped[1], &untouched[1]) > 12.0, "the red shows no difference");
            off_by(&path, &mapped, 3.0)
        },
    );
}

/// How far each stripe of the first and the last picture of a recording is from what it should be.
fn off_by(path: &Path, expected: &[[f64; 3]], tolerance: f64) -> Vec<String> {
    let converted = convert(path, "--preset ultrafast");
    let pictures: Vec<Picture> = decode_video(converted.video(), &converted.workspace).collect();
    let ends = [pictures.first(), pictures.last()].into_iter().flatten().zip(["first", "last"]);
    let stripes = ends.flat_map(|end| expected.iter().enumerate().map(move |stripe| (end, stripe)));
    stripes
        .filter_map(|((picture, which), (index, want))| {
            let got = colour(picture, index, expected.len());
            let far = distance(&got, want) > tolerance;
            far.then(|| format!("{which} picture: {got:.0?} and not {want:.0?}"))
        })
        .collect()
}

fn colour(picture: &Picture, index: usize, count: usize) -> [f64; 3] {
    picture.rgb(stripe(index, count, picture.width), picture.height / 4..picture.height * 3 / 4)
}

fn distance(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// A picture of upright stripes, in packed pixels.
fn stripes<const N: usize>(colours: &[[u8; N]]) -> Vec<u8> {
    let row: Vec<u8> = colours.iter().flat_map(|colour| colour.repeat(SIDE)).collect();
    row.repeat(HEIGHT)
}

/// The two stripes of HDR codes, as three planes of 16-bit numbers.
fn hdr_picture() -> Vec<u8> {
    let plane = |index: usize, side: usize, height: usize| {
        let row = HDR_CODES.iter().flat_map(move |codes| codes[index].to_le_bytes().repeat(side));
        row.collect::<Vec<u8>>().repeat(height)
    };
    let chroma = |index| plane(index, SIDE / 2, HEIGHT / 2);
    [plane(0, SIDE, HEIGHT), chroma(1), chroma(2)].concat()
}
