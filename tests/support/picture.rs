//! Decodes recordings and their sources with the `ffmpeg` command, and measures the pictures.
//! Colours are computed here as the Viewer does, since a converter could hide a fault.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::check::sps_of;
use super::probe::{Frame, Source};
use super::recording::Video;
use super::run::{Workspace, program};

/// One 8-bit 4:2:0 picture.
pub struct Picture {
    pub width: usize,
    pub height: usize,
    /// The three planes behind each other.
    data: Vec<u8>,
}

/// The pictures of a decoder that runs, one after the other, so that none but one is in memory.
pub struct Pictures {
    pub width: usize,
    pub height: usize,
    pipe: BufReader<ChildStdout>,
    child: Child,
}

/// Decodes a stream of a file as the `ffmpeg` command does, turned as it says, through a filter.
pub fn decode_source(path: &Path, stream: usize, filter: &str) -> Pictures {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-i"]).arg(path);
    command.arg("-map").arg(format!("0:{stream}")).args(["-vf", filter]);
    Pictures::of(command)
}

/// Decodes an H.264 file with nothing changed: the numbers that are in the stream.
pub fn decode_h264(path: &Path) -> Pictures {
    decode_raw(path, "h264")
}

/// The same of another codec: samples behind each other, in FFmpeg's format of that name.
pub fn decode_raw(path: &Path, format: &str) -> Pictures {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-f", format, "-i"]).arg(path);
    Pictures::of(command)
}

/// Decodes the samples of a recording, as plain H.264 in a file beside it.
pub fn decode_video(video: &Video, workspace: &Workspace) -> Pictures {
    let path = workspace.path("samples.h264");
    std::fs::write(&path, video.annexb()).expect("a file for the samples");
    decode_h264(&path)
}

impl Pictures {
    fn of(mut command: Command) -> Self {
        // A y4m stream says its own size.
        command.args([
            "-fps_mode",
            "passthrough",
            "-pix_fmt",
            "yuv420p",
            "-f",
            "yuv4mpegpipe",
            "-",
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("ffmpeg");
        let mut pipe = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut header = String::new();
        pipe.read_line(&mut header).expect("a y4m header");
        let size = |letter| {
            let word = header.split(' ').find_map(|word| word.strip_prefix(letter));
            word.and_then(|word| word.parse().ok())
        };
        let (Some(width), Some(height)) = (size('W'), size('H')) else {
            panic!("ffmpeg decodes nothing: {command:?} gave {header:?}");
        };
        Self { width, height, pipe, child }
    }
}

impl Iterator for Pictures {
    type Item = Picture;

    fn next(&mut self) -> Option<Picture> {
        let (width, height) = (self.width, self.height);
        let mut line = String::new();
        if self.pipe.read_line(&mut line).expect("a y4m frame header") == 0 {
            return None;
        }
        let mut data = vec![0; width * height + 2 * (width.div_ceil(2) * height.div_ceil(2))];
        self.pipe.read_exact(&mut data).expect("a whole y4m frame");
        Some(Picture { width, height, data })
    }
}

impl Drop for Pictures {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The middle of one of `count` stripes that share a side evenly, away from the edges that
/// chroma subsampling and compression blur.
pub fn stripe(index: usize, count: usize, side: usize) -> std::ops::Range<usize> {
    let width = side / count;
    index * width + width / 4..(index + 1) * width - width / 4
}

impl Picture {
    fn plane(&self, index: usize) -> (&[u8], usize) {
        let luma = self.width * self.height;
        let (cw, ch) = (self.width.div_ceil(2), self.height.div_ceil(2));
        match index {
            0 => (&self.data[..luma], self.width),
            _ => (&self.data[luma + (index - 1) * cw * ch..][..cw * ch], cw),
        }
    }

    /// The mean of a plane over a part given in luma pixels.
    fn mean(&self, plane: usize, x: &std::ops::Range<usize>, y: &std::ops::Range<usize>) -> f64 {
        let shift = usize::from(plane > 0);
        let (data, stride) = self.plane(plane);
        let (x, y) = (x.start >> shift..x.end >> shift, y.start >> shift..y.end >> shift);
        let count = x.len() * y.len();
        let rows = y.map(|row| &data[row * stride..][x.clone()]);
        rows.flatten().map(|value| f64::from(*value)).sum::<f64>() / count as f64
    }

    pub fn luma(&self, x: std::ops::Range<usize>, y: std::ops::Range<usize>) -> f64 {
        self.mean(0, &x, &y)
    }

    /// The mean colour of a part, by the rule that the viewer has for every stream: BT.709 in
    /// limited range.
    pub fn rgb(&self, x: std::ops::Range<usize>, y: std::ops::Range<usize>) -> [f64; 3] {
        let luma = (self.mean(0, &x, &y) - 16.0) * 255.0 / 219.0;
        let [u, v] = [1, 2].map(|plane| (self.mean(plane, &x, &y) - 128.0) * 255.0 / 224.0);
        let rgb = [luma + 1.5748 * v, luma - 0.18732 * u - 0.46812 * v, luma + 1.8556 * u];
        rgb.map(|value| value.clamp(0.0, 255.0))
    }

    /// The colours in the middle of the quarters: top left, top right, bottom left, bottom right.
    pub fn quarters(&self) -> [[f64; 3]; 4] {
        let part = |side: usize, half: usize| {
            let start = half * side / 2 + side / 8;
            start..start + side / 4
        };
        [(0, 0), (1, 0), (0, 1), (1, 1)]
            .map(|(x, y)| self.rgb(part(self.width, x), part(self.height, y)))
    }

    /// How much neighbouring rows differ beyond what every second row does: the combs that a
    /// moving picture shows when two fields are woven into one.
    pub fn combing(&self) -> f64 {
        let row = |y: usize| &self.data[y * self.width..(y + 1) * self.width];
        let rows = (2..self.height - 2).map(|y| {
            let lines = row(y).iter().zip(row(y - 1)).zip(row(y + 1));
            let lines = lines.map(|((here, above), below)| {
                let (here, above, below) = (i32::from(*here), i32::from(*above), i32::from(*below));
                let (up, down) = (here - above, here - below);
                // Only a row that sticks out of both its neighbours is a comb; an edge is not.
                if up.signum() == down.signum() { up.abs().min(down.abs()) } else { 0 }
            });
            i64::from(lines.sum::<i32>())
        });
        rows.sum::<i64>() as f64 / (self.width * self.height) as f64
    }

    /// Peak signal to noise ratio over all three planes, in dB; 100 where nothing differs.
    pub fn psnr(&self, reference: &Self) -> f64 {
        assert_eq!((self.width, self.height), (reference.width, reference.height), "sizes");
        let pairs = self.data.iter().zip(&reference.data);
        let squares: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
        let mean = squares as f64 / self.data.len() as f64;
        if mean == 0.0 { 100.0 } else { 10.0 * (255.0 * 255.0 / mean).log10() }
    }
}

/// The mean PSNR of two runs of pictures, over `count` of them at most.
pub fn mean_psnr(pictures: Pictures, reference: Pictures, count: usize) -> f64 {
    let ratios: Vec<f64> =
        pictures.zip(reference).take(count).map(|(picture, truth)| picture.psnr(&truth)).collect();
    assert!(!ratios.is_empty(), "no pictures to compare");
    ratios.iter().sum::<f64>() / ratios.len() as f64
}

/// FFmpeg's own way from HDR to what a BT.709 screen shows.
pub const TONEMAP: &str = "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,\
                           tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p";

/// The filters that make of a source what a recording of the given size shows.
pub fn reference_filter(source: &Source, video: &Video) -> String {
    let sps = sps_of(video);
    let (w, h) = (sps.width, sps.height);
    let mut filter = String::new();
    if source.frames.iter().any(|frame| frame.interlaced) {
        filter += "bwdif=mode=send_frame:deint=interlaced,";
    }
    if matches!(source.transfer.as_str(), "smpte2084" | "arib-std-b67") {
        filter += &format!("{TONEMAP},");
    }
    if source.sample_aspect.is_none_or(|(x, y)| x == y) {
        filter += &format!("crop=iw-mod(iw\\,2):ih-mod(ih\\,2):0:0:exact=1,scale={w}:{h}");
    } else {
        filter += &format!("scale={w}:{h}");
    }
    let matrix = match source.matrix.as_str() {
        // Players take large pictures that do not say for BT.709.
        "" | "unknown" => {
            let large = |it: &Frame| it.width >= 1280 || it.height > 576;
            if source.frames.first().is_some_and(large) { "bt709" } else { "smpte170m" }
        }
        named => named,
    };
    // FFmpeg's scaler makes any picture BT.709, some levels off; this filter makes planes so, and exactly.
    if matches!(matrix, "smpte170m" | "bt470bg") {
        return filter
            + &format!(
                ",setsar=1,colorspace=iall={matrix}:all=bt709:fast=1:range=tv:format=yuv420p"
            );
    }
    let matrix = if matrix == "bt709" { ":in_color_matrix=bt709" } else { "" };
    filter + matrix + ":out_color_matrix=bt709:out_range=tv,setsar=1,format=yuv420p"
}

/// What the `ffmpeg` command makes of a source with the settings that vstream takes for a file.
pub fn encoded_by_ffmpeg(
    path: &Path,
    source: &Source,
    filter: &str,
    workspace: &Workspace,
) -> PathBuf {
    let to = workspace.path("ffmpeg.h264");
    let command = program("ffmpeg").words("-nostdin -v error -y -i").arg(path);
    let command = command.arg("-map").arg(format!("0:{}", source.stream)).arg("-vf").arg(filter);
    let outcome = command
        .words("-fps_mode passthrough -c:v libx264 -preset veryfast -crf 23 -bf 0")
        .words("-force_key_frames expr:gte(t,n_forced) -f h264")
        .arg(&to)
        .run();
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    to
}
