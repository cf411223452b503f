//! Geometry: rotation, non-square pixels, interlacing, and size changes in mid-stream.
//! Other aspects of quality are in `pictures`.

use std::path::{Path, PathBuf};

use crate::checkers::MOVING;
use crate::support::annexb::{IDR_SLICE, nals};
use crate::support::check::{assert_contract, sps_of};
use crate::support::convert::convert;
use crate::support::picture::{Picture, decode_source, decode_video};
use crate::support::run::read;
use crate::support::skip;
use crate::support::table::check_all;
use crate::support::{generate, mp4};

const WIDTH: usize = 96;
const HEIGHT: usize = 64;

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const WHITE: [u8; 3] = [255, 255, 255];
/// Top left, top right, bottom left, bottom right: no turn or flip leaves them as they are.
const QUARTERS: [[u8; 3]; 4] = [RED, GREEN, BLUE, WHITE];

/// The 2x2 part of the matrix in an mp4's track header: where x goes, and where y goes.
const MATRICES: [(&str, [i32; 4]); 8] = [
    ("upright", [1, 0, 0, 1]),
    ("turned right", [0, 1, -1, 0]),
    ("upside down", [-1, 0, 0, -1]),
    ("turned left", [0, -1, 1, 0]),
    ("flipped sideways", [-1, 0, 0, 1]),
    ("flipped over", [1, 0, 0, -1]),
    ("flipped along the diagonal", [0, 1, 1, 0]),
    ("flipped along the other diagonal", [0, -1, -1, 0]),
];

#[test]
fn every_rotation_and_flip_is_applied() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    check_all(
        &MATRICES,
        |(name, _)| name.to_string(),
        |(_, matrix)| {
            let path = with_matrix(*matrix);
            let expected = turned_quarters(*matrix);
            let size = if matrix[0] == 0 { (HEIGHT, WIDTH) } else { (WIDTH, HEIGHT) };
            let mut wrong = Vec::new();
            // The ffmpeg command turns it so as well: a check of the expectation.
            let truth =
                decode_source(&path, 0, "scale=out_color_matrix=bt709").next().expect("a picture");
            wrong.extend(differ(&truth, &expected).map(|what| format!("ffmpeg: {what}")));
            let converted = convert(&path, "--preset ultrafast");
            for picture in decode_video(converted.video(), &converted.workspace) {
                wrong.extend(differ(&picture, &expected));
                if (picture.width, picture.height) != size {
                    wrong.push(format!("{}x{} and not {size:?}", picture.width, picture.height));
                }
            }
            wrong
        },
    );
}

#[test]
fn no_autorotate_leaves_the_picture_as_stored() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let converted = convert(&with_matrix(MATRICES[1].1), "--preset ultrafast --no-autorotate");
    let picture = first_picture(&converted);
    assert_eq!((picture.width, picture.height), (WIDTH, HEIGHT));
    assert_eq!(differ(&picture, &QUARTERS), None);
}

/// An encoder can write the orientation into the H.264 stream itself, with every picture.
#[test]
fn orientation_stated_in_the_stream_is_applied() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let rows = ["rotate=90", "rotate=180", "flip=horizontal", "flip=vertical"];
    check_all(
        &rows,
        |row| row.to_string(),
        |row| {
            let path = with_orientation(row);
            let truth =
                decode_source(&path, 0, "scale=out_color_matrix=bt709").next().expect("a picture");
            let expected = truth.quarters().map(|colour| colour.map(|value| value.round() as u8));
            assert!(differ(&truth, &QUARTERS).is_some(), "ffmpeg does not turn it");
            let converted = convert(&path, "--preset ultrafast");
            let mut pictures = decode_video(converted.video(), &converted.workspace);
            pictures.find_map(|picture| differ(&picture, &expected)).into_iter().collect()
        },
    );
}

/// A raw stream of the quarters. FFmpeg writes the message once; it is copied to each picture.
fn with_orientation(how: &str) -> PathBuf {
    let filter = format!("-bsf:v h264_metadata=display_orientation=insert:{how}");
    let encode = format!(
        "-vf scale=out_color_matrix=bt709 -c:v libx264 -qp 4 -g 1 -colorspace bt709 -pix_fmt yuv420p {filter}"
    );
    let once = generate::still("once.h264", RAW, &picture(), 5, &encode);
    generate::made("oriented.h264", &how, |to| {
        let bytes = read(&once);
        let nals = nals(&bytes);
        // Payload type 47 is the display orientation.
        let message = nals.iter().find(|nal| nal.bytes[..2] == [6, 47]).expect("the message");
        let others = nals.iter().filter(|nal| nal.bytes[..2] != [6, 47]);
        let copied = others.flat_map(|nal| {
            let before = (nal.kind == IDR_SLICE).then_some(message);
            before.into_iter().chain([nal])
        });
        let stream = copied.flat_map(|nal| [&[0, 0, 0, 1], nal.bytes].concat());
        std::fs::write(to, stream.collect::<Vec<u8>>()).expect("a stream");
    })
}

#[test]
fn pixels_become_square() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let rows = [("3/2", 2.25), ("2/3", 1.0), ("16/11", 24.0 / 11.0), ("1/1", 1.5)];
    check_all(
        &rows,
        |(aspect, _)| aspect.to_string(),
        |(aspect, shape)| {
            let how = format!(
                "-vf scale=out_color_matrix=bt709,setsar={aspect} -c:v libx264 -qp 4 -colorspace bt709 -pix_fmt yuv420p"
            );
            let path = generate::still("aspect.mp4", RAW, &picture(), 5, &how);
            let converted = convert(&path, "--preset ultrafast");
            let sps = sps_of(converted.video());
            let got = f64::from(sps.width) / f64::from(sps.height);
            // An even size may be off by a pixel.
            let mut wrong = Vec::from_iter(differ(&first_picture(&converted), &QUARTERS));
            if (got / shape - 1.0).abs() > 1.01 / HEIGHT as f64 {
                wrong.push(format!("{}x{} is not {shape:.3} wide", sps.width, sps.height));
            }
            wrong
        },
    );
}

#[test]
fn interlaced_video_is_deinterlaced() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let flags = "-c:v mpeg2video -q:v 2 -flags +ildct+ilme";
    let path = generate::video("interlaced.ts", &format!("{MOVING} -vf interlace {flags}"));
    let source = combing(decode_source(&path, 0, "null"));
    let [auto, off] = ["auto", "off"].map(|mode| combing_of(&path, mode));
    assert!(auto < source / 4.0, "combs of {source:.2} fall to {auto:.2} only");
    assert!(off > source * 0.7, "`off` takes combs of {source:.2} to {off:.2}");
}

#[test]
fn only_what_is_flagged_is_deinterlaced() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    // Woven, but nothing in the file says so.
    let path = generate::video(
        "not_flagged.mp4",
        &format!("{MOVING} -vf interlace,setfield=prog -c:v libx264 -qp 8 -pix_fmt yuv420p"),
    );
    let source = combing(decode_source(&path, 0, "null"));
    let [auto, on] = ["auto", "on"].map(|mode| combing_of(&path, mode));
    assert!(auto > source * 0.7, "`auto` takes combs of {source:.2} to {auto:.2}");
    assert!(on < source / 4.0, "`on` takes combs of {source:.2} to {on:.2} only");
}

#[test]
fn a_size_that_changes_is_fitted_into_the_first() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    // A white picture of another shape behind grey ones: bars at the sides, above, and none.
    let rows = [("96x96", 16, 0), ("128x48", 0, 24), ("256x192", 0, 0), ("64x48", 0, 0)];
    check_all(
        &rows,
        |(size, ..)| size.to_string(),
        |(size, beside, above)| {
            let clip = |colour, size| {
                format!(
                    "-f lavfi -i color={colour}:size={size}:rate=25:duration=0.4 -c:v libx264 > {colour}.h264"
                )
            };
            let path = generate::steps(
                "two.h264",
                &[&clip("gray", "128x96"), &clip("white", size), "join {0} {1}"],
            );
            let converted = convert(&path, "--preset ultrafast");
            assert_contract(&converted.recording);
            let pictures: Vec<Picture> =
                decode_video(converted.video(), &converted.workspace).collect();
            let mut wrong = Vec::new();
            if pictures.len() != 20 {
                wrong.push(format!("{} pictures of 20", pictures.len()));
            }
            let Some(last) = pictures.last() else {
                return wrong;
            };
            if (last.width, last.height) != (128, 96) {
                wrong.push(format!("{}x{} pictures", last.width, last.height));
                return wrong;
            }
            // Two pixels of each edge may blur.
            let (left, top) = (*beside, *above);
            let inside = last.luma(left + 2..126 - left, top + 2..94 - top);
            if inside < 225.0 {
                wrong.push(format!("the picture has luma {inside:.0}"));
            }
            let bars = [
                (left, last.luma(0..left.max(4) - 2, 0..96)),
                (top, last.luma(0..128, 0..top.max(4) - 2)),
            ];
            for (size, luma) in bars.into_iter().filter(|(size, _)| *size > 0) {
                if luma > 24.0 {
                    wrong.push(format!("a bar of {size} has luma {luma:.0}"));
                }
            }
            wrong
        },
    );
}

#[test]
fn a_real_change_of_size_loses_no_frame() {
    let Some(path) = skip::corpus_file("vali/test_res_change.h264") else {
        return;
    };
    if skip::have(&["ffmpeg"]) {
        let converted = convert(&path, "--preset ultrafast");
        assert_contract(&converted.recording);
        assert_eq!(decode_video(converted.video(), &converted.workspace).count(), 96);
    }
}

const RAW: &str = "-pix_fmt rgb24 -s 96x64";

/// A picture of four quarters, in packed RGB.
fn picture() -> Vec<u8> {
    let half = |colours: &[[u8; 3]]| {
        let row: Vec<u8> = colours.iter().flat_map(|colour| colour.repeat(WIDTH / 2)).collect();
        row.repeat(HEIGHT / 2)
    };
    [half(&QUARTERS[..2]), half(&QUARTERS[2..])].concat()
}

/// An mp4 of the quarters whose track header says how to turn them.
fn with_matrix(matrix: [i32; 4]) -> PathBuf {
    let how =
        "-vf scale=out_color_matrix=bt709 -c:v libx264 -qp 4 -colorspace bt709 -pix_fmt yuv420p";
    let plain = generate::still("plain.mp4", RAW, &picture(), 5, how);
    generate::made("turned.mp4", &matrix, |to| {
        let mut bytes = read(&plain);
        mp4::turn(&mut bytes, matrix);
        std::fs::write(to, bytes).expect("an mp4 with a matrix");
    })
}

/// Where the matrix takes each quarter, by taking its corner seen from the middle.
fn turned_quarters([a, b, c, d]: [i32; 4]) -> [[u8; 3]; 4] {
    let mut turned = QUARTERS;
    for (index, colour) in QUARTERS.into_iter().enumerate() {
        let (x, y) = (index as i32 % 2 * 2 - 1, index as i32 / 2 * 2 - 1);
        let (x, y) = (a * x + c * y, b * x + d * y);
        turned[((x + 1) / 2 + (y + 1) / 2 * 2) as usize] = colour;
    }
    turned
}

/// The first quarter that is not of its colour.
fn differ(picture: &Picture, expected: &[[u8; 3]; 4]) -> Option<String> {
    let pairs = picture.quarters().into_iter().zip(expected);
    let far = |(got, want): &([f64; 3], &[u8; 3])| {
        got.iter().zip(*want).any(|(got, want)| (got - f64::from(*want)).abs() > 12.0)
    };
    let quarters = ["top left", "top right", "bottom left", "bottom right"];
    let (index, (got, want)) = pairs.enumerate().find(|(_, pair)| far(pair))?;
    Some(format!("{} is {got:.0?} and not {want:?}", quarters[index]))
}

fn first_picture(converted: &crate::support::convert::Converted) -> Picture {
    decode_video(converted.video(), &converted.workspace).next().expect("a picture")
}

fn combing_of(path: &Path, mode: &str) -> f64 {
    let converted = convert(path, &format!("--preset ultrafast --crf 10 --deinterlace {mode}"));
    assert_eq!(converted.video().samples.len(), 40, "frames with --deinterlace {mode}");
    combing(decode_video(converted.video(), &converted.workspace))
}

fn combing(pictures: impl Iterator<Item = Picture>) -> f64 {
    let combs: Vec<f64> = pictures.map(|picture| picture.combing()).collect();
    combs.iter().sum::<f64>() / combs.len() as f64
}
