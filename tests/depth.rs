//! Numeric images in recordings: they become video with a range, and are kept as they are without one.
//! Depth in ordinary videos is in `colours`.

use std::path::Path;

use rerun::components::ImageFormat;
use rerun::datatypes::ChannelDatatype;
use rerun::{DepthImage, EncodedDepthImage, Image, RecordingStream};

use crate::recordings::recording;
use crate::support::picture::decode_video;
use crate::support::recording::Recording;
use crate::support::run::{Outcome, Workspace, program, vstream};
use crate::support::skip;
use crate::support::table::check_all;

const WIDTH: u32 = 64;
const HEIGHT: u32 = 48;
/// What is left and what is right, and how bright each is where 1000 to 5000 is shown.
const NEAR: (u16, f64) = (2000, 63.75);
const FAR: (u16, f64) = (4000, 191.25);

/// Pictures of these numbers, stored as `kind`.
fn pixels(kind: ChannelDatatype) -> Vec<u8> {
    let number = |n: u16| -> Vec<u8> {
        match kind {
            ChannelDatatype::U16 => n.to_le_bytes().to_vec(),
            ChannelDatatype::I16 => n.cast_signed().to_le_bytes().to_vec(),
            ChannelDatatype::U32 => u32::from(n).to_le_bytes().to_vec(),
            ChannelDatatype::F32 => f32::from(n).to_le_bytes().to_vec(),
            ChannelDatatype::F64 => f64::from(n).to_le_bytes().to_vec(),
            other => panic!("no test of {other:?}"),
        }
    };
    let of = |x| number(if x < WIDTH / 2 { NEAR.0 } else { FAR.0 });
    (0..HEIGHT).flat_map(|_| (0..WIDTH).flat_map(of)).collect()
}

fn depth(rec: &RecordingStream, kind: ChannelDatatype) {
    let format = ImageFormat::depth([WIDTH, HEIGHT], kind);
    let image = DepthImage::update_fields().with_buffer(pixels(kind)).with_format(format);
    rec.log("camera", &image).expect("a depth image");
}

fn image(rec: &RecordingStream, kind: ChannelDatatype) {
    let format = ImageFormat::from_color_model([WIDTH, HEIGHT], rerun::ColorModel::L, kind);
    let image = Image::update_fields().with_buffer(pixels(kind)).with_format(format);
    rec.log("camera", &image).expect("an image");
}

/// A PNG of 16 bits a pixel.
fn png() -> Vec<u8> {
    let pixels = pixels(ChannelDatatype::U16);
    let run = program("ffmpeg").words("-v error -f rawvideo -pix_fmt gray16le -s 64x48 -i -");
    run.words("-c:v png -f image2pipe -").stdin(pixels).run().expect(0).stdout
}

/// A recording of five pictures.
fn of_five(path: &Path, log: impl Fn(&RecordingStream)) {
    recording(path, |rec| {
        for at in 0..5 {
            rec.set_duration_secs("t", f64::from(at) * 0.1);
            log(rec);
        }
    });
}

fn convert(from: &Path, options: &str, to: &Path) -> Outcome {
    vstream().words(options).arg("--save").arg(to).arg("--").arg(from).run()
}

#[test]
fn a_range_of_values_is_mapped_from_black_to_white() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    type Log = Box<dyn Fn(&RecordingStream) + Sync>;
    let png = png();
    let encoded: Log = Box::new(move |rec| {
        let image = EncodedDepthImage::new(png.clone());
        rec.log("camera", &image).expect("a depth image");
    });
    let mut rows: Vec<(String, Log)> = vec![("EncodedDepthImage".to_owned(), encoded)];
    for kind in [
        ChannelDatatype::U16,
        ChannelDatatype::I16,
        ChannelDatatype::U32,
        ChannelDatatype::F32,
        ChannelDatatype::F64,
    ] {
        rows.push((format!("DepthImage {kind:?}"), Box::new(move |rec| depth(rec, kind))));
        rows.push((format!("Image {kind:?}"), Box::new(move |rec| image(rec, kind))));
    }
    check_all(
        &rows,
        |(name, _)| name.clone(),
        |(name, log)| {
            let workspace = Workspace::new();
            let (from, to) = (workspace.path("from.rrd"), workspace.path("to.rrd"));
            of_five(&from, log);
            let outcome = convert(&from, "--entity camera --range 1000:5000", &to).expect(0);
            assert_eq!((outcome.summary("logged"), outcome.summary("damaged")), (5, 0), "{name}");
            let recording = Recording::open_on(&to, "t");
            let picture = decode_video(&recording.videos["camera"], &workspace).last();
            let [near, far, ..] = picture.expect("a picture").quarters();
            for (got, wanted) in [(near, NEAR.1), (far, FAR.1)] {
                assert!(got.iter().all(|got| (got - wanted).abs() < 4.0), "{got:?} for {wanted}");
            }
            Vec::new()
        },
    );
}

#[test]
fn numeric_images_without_a_range_stay_images() {
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("from.rrd"), workspace.path("to.rrd"));
    of_five(&from, |rec| image(rec, ChannelDatatype::F32));
    for options in ["", "--entity camera"] {
        let outcome = convert(&from, options, &to).expect(1);
        assert!(outcome.stderr.contains("no range to show was given"), "{}", outcome.stderr);
    }
}
