//! `FrameWriter`: every pixel layout and size keeps its colours.
//! Times and threads are in `frames`.

use ::vstream::{FrameConfig, PixelLayout, Size, VideoConfig, YuvMatrix};

use crate::frames::{at, recorded};
use crate::support::check::{Wanted, sps_of, violations};
use crate::support::picture::{decode_video, stripe};
use crate::support::recording::Video;
use crate::support::run::Workspace;
use crate::support::skip;
use crate::support::table::check_all;

type Rgb = [u8; 3];
/// White, black, and colours between: those at the edges come out right by being clipped, whatever was done to them.
const BARS: [Rgb; 6] =
    [[200, 60, 40], [50, 180, 90], [70, 80, 200], [255, 255, 255], [0, 0, 0], [40, 40, 40]];
const BAR: usize = 32;
const SIZE: Size = Size::new((BAR * BARS.len()) as u32, 64);

/// A layout, and for luma and chroma whether in full range and by which matrix.
type Kind = (PixelLayout, bool, YuvMatrix);
const KINDS: [Kind; 11] = [
    (PixelLayout::Rgb, false, YuvMatrix::Auto),
    (PixelLayout::Bgr, false, YuvMatrix::Auto),
    (PixelLayout::Rgba, false, YuvMatrix::Auto),
    (PixelLayout::Bgra, false, YuvMatrix::Auto),
    (PixelLayout::Gray, false, YuvMatrix::Auto),
    (PixelLayout::Nv12, false, YuvMatrix::Auto),
    (PixelLayout::Nv12, true, YuvMatrix::Bt709),
    (PixelLayout::I420, false, YuvMatrix::Bt601),
    (PixelLayout::I420, false, YuvMatrix::Bt709),
    (PixelLayout::I420, true, YuvMatrix::Bt601),
    (PixelLayout::I420, true, YuvMatrix::Bt709),
];

/// The numbers of a colour as luma and two chroma values.
fn yuv([r, g, b]: Rgb, full: bool, matrix: YuvMatrix) -> [u8; 3] {
    // The size of the pictures here is that of BT.601.
    let (kr, kb) = if matrix == YuvMatrix::Bt709 { (0.2126, 0.0722) } else { (0.299, 0.114) };
    let [r, g, b] = [r, g, b].map(f64::from);
    let y = kr * r + (1.0 - kr - kb) * g + kb * b;
    let (u, v) = ((b - y) / (2.0 * (1.0 - kb)), (r - y) / (2.0 * (1.0 - kr)));
    let (black, luma, chroma) =
        if full { (0.0, 1.0, 1.0) } else { (16.0, 219.0 / 255.0, 224.0 / 255.0) };
    [black + y * luma, 128.0 + u * chroma, 128.0 + v * chroma].map(|value| value.round() as u8)
}

/// The planes of a picture of the bars, each with its bytes a row.
fn planes((layout, full, matrix): Kind) -> Vec<(Vec<u8>, usize)> {
    let row = |of: &dyn Fn(Rgb) -> Vec<u8>, wide: usize| -> Vec<u8> {
        BARS.iter().flat_map(|bar| of(*bar).repeat(wide)).collect()
    };
    let plane = |row: Vec<u8>, rows: usize| (row.repeat(rows), row.len());
    let component = |index: usize| move |bar: Rgb| vec![yuv(bar, full, matrix)[index]];
    let high = SIZE.height as usize;
    match layout {
        PixelLayout::Rgb => vec![plane(row(&|c| c.to_vec(), BAR), high)],
        PixelLayout::Bgr => vec![plane(row(&|[r, g, b]| vec![b, g, r], BAR), high)],
        PixelLayout::Rgba => vec![plane(row(&|[r, g, b]| vec![r, g, b, 255], BAR), high)],
        PixelLayout::Bgra => vec![plane(row(&|[r, g, b]| vec![b, g, r, 255], BAR), high)],
        PixelLayout::Gray => vec![plane(row(&|[r, ..]| vec![r], BAR), high)],
        PixelLayout::Nv12 => {
            let both = |bar: Rgb| yuv(bar, full, matrix)[1..].to_vec();
            vec![plane(row(&component(0), BAR), high), plane(row(&both, BAR / 2), high / 2)]
        }
        PixelLayout::I420 => vec![
            plane(row(&component(0), BAR), high),
            plane(row(&component(1), BAR / 2), high / 2),
            plane(row(&component(2), BAR / 2), high / 2),
        ],
        other => panic!("no picture for {other:?}"),
    }
}

/// What is wrong with the colours of a video of the bars. FFmpeg's scaler itself is off by up to 4.4 where it only
/// changes the matrix of 4:2:0.
fn off_by_more_than_5(video: &Video, kind: Kind, workspace: &Workspace) -> Vec<String> {
    let picture = decode_video(video, workspace).last().expect("a picture");
    let far = |(index, bar): (usize, &Rgb)| {
        let want = if kind.0 == PixelLayout::Gray { [bar[0]; 3] } else { *bar };
        let got = picture.rgb(stripe(index, BARS.len(), picture.width), 16..48);
        let off = got.iter().zip(want).any(|(got, want)| (got - f64::from(want)).abs() > 5.0);
        off.then(|| format!("{got:.0?} and not {want:?}"))
    };
    BARS.iter().enumerate().filter_map(far).collect()
}

#[test]
fn every_pixel_layout_keeps_its_colours_with_and_without_padding() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let rows: Vec<_> = KINDS.iter().flat_map(|kind| [(*kind, 0), (*kind, 13)]).collect();
    check_all(
        &rows,
        |(kind, gap)| format!("{kind:?}, {gap} bytes between rows"),
        |(kind, gap)| {
            let workspace = Workspace::new();
            // Near to lossless: what differs is the conversion's doing.
            let config = FrameConfig::new(SIZE, kind.0)
                .with_full_range(kind.1)
                .with_matrix(kind.2)
                .with_video(VideoConfig::default().with_crf(4));
            let planes = planes(*kind);
            let recording = recorded(&workspace, &config, |writer| {
                if *gap == 0 {
                    let whole: Vec<u8> = planes.iter().flat_map(|(data, _)| data.clone()).collect();
                    (0..3).for_each(|i| writer.write(at(i), &whole).expect("a picture"));
                    return;
                }
                // What lies in the gaps must not be seen.
                let wide = |(data, stride): &(Vec<u8>, usize)| -> (Vec<u8>, usize) {
                    let rows = data.chunks(*stride);
                    let rows = rows.flat_map(|row| row.iter().copied().chain(vec![77; *gap]));
                    (rows.collect(), stride + gap)
                };
                let wide: Vec<_> = planes.iter().map(wide).collect();
                let views: Vec<_> =
                    wide.iter().map(|(data, stride)| (&data[..], *stride)).collect();
                (0..3).for_each(|i| writer.write_strided(at(i), &views).expect("a picture"));
            });
            let video = recording.only_video();
            let mut wrong = violations(video, &Wanted::default());
            wrong.extend(off_by_more_than_5(video, *kind, &workspace));
            wrong
        },
    );
}

#[test]
fn alpha_is_blended_over_black() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let config = FrameConfig::new(Size::new(64, 64), PixelLayout::Rgba);
    let recording = recorded(&workspace, &config, |writer| {
        let pixels = [255, 255, 255, 128].repeat(64 * 64);
        writer.write(at(0), &pixels).expect("a picture");
    });
    let picture = decode_video(recording.only_video(), &workspace).next().expect("a picture");
    let luma = picture.rgb(16..48, 16..48)[0];
    assert!((luma - 128.0).abs() <= 4.0, "{luma}");
}

#[test]
fn odd_sizes_become_even() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let layouts = [PixelLayout::Rgb, PixelLayout::Gray, PixelLayout::Nv12, PixelLayout::I420];
    let sizes = [(1, 1), (2, 2), (1, 7), (3, 5), (17, 33), (639, 2), (2, 639)];
    let rows: Vec<_> =
        layouts.iter().flat_map(|layout| sizes.map(|(w, h)| (*layout, Size::new(w, h)))).collect();
    check_all(
        &rows,
        |(layout, size)| format!("{layout:?} {size}"),
        |(layout, size)| {
            let workspace = Workspace::new();
            let config = FrameConfig::new(*size, *layout);
            let pixels = vec![128; layout.bytes(*size)];
            let recorded = recorded(&workspace, &config, |writer| {
                (0..5).for_each(|i| writer.write(at(i), &pixels).expect("a picture"));
            });
            let video = recorded.only_video();
            let mut wrong = violations(video, &Wanted::default());
            let sps = sps_of(video);
            let even = |side: u32| side.max(2) & !1;
            if (sps.width, sps.height) != (even(size.width), even(size.height)) {
                wrong.push(format!("it became {}x{}", sps.width, sps.height));
            }
            let picture = decode_video(video, &workspace).next().expect("a picture");
            let luma = picture.luma(0..picture.width, 0..picture.height);
            // A grey of 128 is 126 in limited range.
            if (luma - 127.0).abs() > 3.0 {
                wrong.push(format!("the luma is {luma}"));
            }
            wrong
        },
    );
}
