//! Tests of the checkers: each must find a known fault, since a test that cannot fail proves nothing.
//! The inputs are made by the `ffmpeg` command alone; vstream is not involved.

use crate::contract::ROWS;
use crate::support::annexb::{inspect, nals};
use crate::support::picture::{decode_h264, decode_source, mean_psnr};
use crate::support::probe::{divide_rounded, shown_by_ffmpeg, source};
use crate::support::run::read;
use crate::support::sps::{Colour, parse};
use crate::support::table::check_all;
use crate::support::{generate, skip};

#[test]
fn b_slices_are_detected() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let with = generate::video("with.h264", "{v} -c:v libx264 -bf 2 -b_strategy 0");
    let without = generate::video("without.h264", "{v} -c:v libx264 -bf 0");
    assert!(inspect(&read(&with)).b_slices > 20);
    assert_eq!(inspect(&read(&without)).b_slices, 0);
}

#[test]
fn pictures_are_counted_rather_than_slices() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let sliced = generate::video("sliced.h264", "{v} -c:v libx264 -bf 0 -slices 3");
    let bytes = read(&sliced);
    let slices = nals(&bytes).iter().filter(|nal| matches!(nal.kind, 1 | 5)).count();
    assert_eq!((inspect(&bytes).pictures, slices), (40, 120));
}

#[test]
fn an_sps_is_parsed_correctly() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let tagged = "-f lavfi -i testsrc2=size=130x98:duration=0.2 -c:v libx264 -pix_fmt yuv420p \
                  -vf setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv \
                  -color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv";
    let bytes = read(&generate::video("tagged.h264", tagged));
    let sps = parse(&inspect(&bytes).sps[0]);
    assert_eq!((sps.width, sps.height), (130, 98));
    assert_eq!(sps.colour, Colour::BT709_LIMITED);
    assert_eq!((sps.chroma_format, sps.bit_depth, sps.interlaced), (1, 8, false));
    assert_eq!((sps.stretched, sps.reorder_frames), (false, Some(2)));
    assert_eq!(sps.rate, Some((50, 2)));

    let odd_ones = "{v} -vf setsar=3/2 -c:v libx264 -pix_fmt yuvj444p -bf 0 -colorspace bt470bg";
    let bytes = read(&generate::video("odd_ones.h264", odd_ones));
    let sps = parse(&inspect(&bytes).sps[0]);
    assert_eq!((sps.width, sps.height, sps.chroma_format), (128, 96, 3));
    assert!(sps.stretched && sps.colour.full_range && sps.colour.matrix == 5);
    assert_eq!(sps.reorder_frames, Some(0));
}

/// The times that the contract expects are those that the `ffmpeg` command gives its output.
#[test]
fn expected_times_are_those_of_the_ffmpeg_command() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let has_needs = |needs: &[&str]| needs.iter().all(|name| skip::have_encoder(name));
    let rows: Vec<_> = ROWS.iter().filter(|row| has_needs(row.needs)).collect();
    check_all(
        &rows,
        |row| row.name.to_owned(),
        |row| {
            let path = generate::steps(row.name, row.steps);
            let Some(source) = source(&path) else {
                return vec!["no video".to_owned()];
            };
            // Here the command shows the first picture late, or at times that its raw demuxers make up.
            if source.raw || !source.frames[0].shown {
                return Vec::new();
            }
            let ticks = shown_by_ffmpeg(&path, source.stream);
            let expected = source.ticks();
            let mut wrong = Vec::new();
            if ticks.len() != expected.len() {
                wrong.push(format!("ffmpeg has {} frames, we {}", ticks.len(), expected.len()));
            }
            // FFmpeg 5.1 makes up missing times with floats, which falls short by a tick.
            let made_up = source.frames.iter().any(|frame| frame.pts.is_none());
            let slack = i128::from(made_up);
            let usable = source.usable_times().min(ticks.len());
            if let Some(at) = (0..usable).find(|at| (ticks[*at] - expected[*at]).abs() > slack) {
                wrong.push(format!("frame {at} is at {}, not {}", ticks[at], expected[at]));
            }
            wrong
        },
    );
}

#[test]
fn halves_round_away_from_zero() {
    let rounded =
        [(5, 10), (-5, 10), (4, 10), (-4, 10), (15, 10)].map(|(a, b)| divide_rounded(a, b));
    assert_eq!(rounded, [1, -1, 0, 0, 2]);
}

#[test]
fn psnr_separates_good_from_bad() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let good = generate::video("good.h264", "{v} -pix_fmt yuv420p -c:v libx264 -bf 0 -crf 10");
    let bad = generate::video("bad.h264", "{v} -pix_fmt yuv420p -c:v libx264 -bf 0 -crf 45");
    let truth = || decode_source(&good, 0, "null");
    assert_eq!(mean_psnr(decode_h264(&good), truth(), 40), 100.0);
    assert!(mean_psnr(decode_h264(&bad), truth(), 40) < 30.0);
}

#[test]
fn combing_is_detected() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let woven = generate::video("woven.mkv", &format!("{MOVING} -vf interlace -c:v ffv1"));
    let whole = generate::video("whole.mkv", &format!("{MOVING} -c:v ffv1"));
    let combs =
        [woven, whole].map(|path| decode_source(&path, 0, "null").nth(5).unwrap().combing());
    assert!(combs[0] > 4.0 * combs[1], "{combs:?}");
}

/// A bar that moves fast, which interlacing tears into combs.
pub const MOVING: &str = "-f lavfi -i color=black:size=128x96:rate=50:duration=1.6,\
                          drawbox=w=40:h=96:color=white:t=fill:x=0,scroll=horizontal=0.06";
