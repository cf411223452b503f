//! Clips in the pixel formats, colours and shapes that cameras and phones give, each beside the `ffmpeg` command that
//! does the same to them. Timing them is `measure`'s.

use std::path::{Path, PathBuf};

use crate::measure::Contender;
use crate::peers::{Peers, fill};
use crate::video::{Video, ffmpeg};

/// One conversion: how its clip is made, and what is asked of both programs.
struct Row {
    name: &'static str,
    /// The ending, and FFmpeg's options for output.
    clip: (&'static str, &'static str),
    filter: &'static str,
    vstream: &'static [&'static str],
    ffmpeg: &'static str,
}

/// Without loss, so that all rows have the same pictures.
const X264: (&str, &str) = ("mp4", "-c:v libx264 -preset ultrafast -qp 0");
const RAW: (&str, &str) = ("nut", "-c:v rawvideo");
const X265: (&str, &str) = ("mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=none");
const BT709: &str = "scale=out_color_matrix=bt709:out_range=tv";

/// The first is the one that needs no conversion.
const ROWS: [Row; 11] = [
    Row {
        name: "none, yuv420p",
        clip: RAW,
        filter: "format=yuv420p",
        vstream: &[],
        ffmpeg: "null",
    },
    Row {
        name: "BT.601 to BT.709",
        clip: (
            "mp4",
            "-c:v libx264 -preset ultrafast -qp 0 -colorspace smpte170m -color_primaries smpte170m -color_trc smpte170m",
        ),
        filter: "scale=out_color_matrix=smpte170m,format=yuv420p,setparams=color_primaries=smpte170m:color_trc=smpte170m:colorspace=smpte170m:range=tv",
        vstream: &[],
        ffmpeg: "scale=in_color_matrix=smpte170m:out_color_matrix=bt709",
    },
    Row {
        name: "full to limited range",
        clip: (
            "mp4",
            "-c:v libx264 -preset ultrafast -qp 0 -color_range pc -colorspace bt709 -color_primaries bt709 -color_trc bt709",
        ),
        filter: "scale=out_color_matrix=bt709:out_range=pc,format=yuv420p,setparams=range=pc:colorspace=bt709:color_primaries=bt709:color_trc=bt709",
        vstream: &[],
        ffmpeg: "scale=in_range=pc:out_range=tv",
    },
    Row {
        name: "yuv422p10",
        clip: RAW,
        filter: "format=yuv422p10le",
        vstream: &[],
        ffmpeg: "format=yuv420p",
    },
    Row { name: "NV12", clip: RAW, filter: "format=nv12", vstream: &[], ffmpeg: "format=yuv420p" },
    Row {
        name: "YUYV",
        clip: RAW,
        filter: "format=yuyv422",
        vstream: &[],
        ffmpeg: "format=yuv420p",
    },
    Row {
        name: "BGR",
        clip: RAW,
        filter: "format=bgr24",
        vstream: &[],
        ffmpeg: "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
    },
    Row {
        name: "RGBA over black",
        clip: RAW,
        filter: "format=rgba,colorchannelmixer=aa=0.5",
        vstream: &[],
        ffmpeg: "premultiply=inplace=1,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
    },
    Row {
        name: "deinterlacing",
        clip: ("mp4", "-c:v libx264 -preset ultrafast -qp 0 -x264-params tff=1"),
        filter: "format=yuv420p,interlace",
        vstream: &[],
        ffmpeg: "bwdif=mode=send_frame",
    },
    Row {
        name: "a quarter turn",
        clip: X264,
        filter: "format=yuv420p",
        vstream: &["--filter", "transpose=clock"],
        ffmpeg: "transpose=clock",
    },
    Row {
        name: "half the size",
        clip: X264,
        filter: "format=yuv420p",
        vstream: &["--max-size", "640x360"],
        ffmpeg: "scale=640:360",
    },
];

/// The clips of one part, made one at a time.
pub struct Conversions {
    folder: PathBuf,
}

impl Conversions {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// For each conversion: its name, vstream and the `ffmpeg` commands.
    pub fn rows(&self, peers: &Peers) -> impl Iterator<Item = (String, Vec<Contender>)> {
        ROWS.iter().map(|row| {
            let source = "testsrc2=size=1280x720:rate=30:duration=2,noise=alls=6:allf=t";
            let video = self.made(row.name, row.clip, &format!("{source},{BT709},{}", row.filter));
            let options = [&["--preset", "ultrafast"], row.vstream].concat();
            let name = format!("conversion, {}, 60 frames of 1280x720", row.name);
            let mut contenders = vec![peers.vstream(&video, &options)];
            contenders.extend(peers.newest_or_any().map(|ffmpeg| {
                let line = format!(
                    "{ffmpeg} -v error -nostdin -y -i @ -an -vf {} -c:v libx264 -preset ultrafast \
                     -crf 23 -bf 0 -g 250 -forced-idr 1 -pix_fmt yuv420p \
                     -force_key_frames expr:gte(t,n_forced) -f h264 /dev/null",
                    row.ffmpeg
                );
                Contender { name: format!("ffmpeg -vf {}", row.ffmpeg), words: fill(&line, &video) }
            }));
            (name, contenders)
        })
    }

    /// A clip of 10 bits in SDR, HLG and PQ of that size, all with the same pictures.
    pub fn hdr(&self, peers: &Peers, size: &str, seconds: u32) -> Vec<Contender> {
        let kinds = [
            ("SDR", "bt709", "bt709", "bt709"),
            ("HLG", "bt2020", "arib-std-b67", "bt2020nc"),
            ("PQ", "bt2020", "smpte2084", "bt2020nc"),
        ];
        let clip = |(name, primaries, transfer, matrix): (&str, &str, &str, &str)| {
            let tags = format!(
                "setparams=color_primaries={primaries}:color_trc={transfer}:colorspace={matrix}:range=tv"
            );
            let source = format!("testsrc2=s={size}:r=30:d={seconds},noise=alls=4:allf=t");
            let (ending, codec) = X265;
            let codec = format!(
                "{codec}:crf=20:colorprim={primaries}:transfer={transfer}:colormatrix={matrix}"
            );
            let graph = format!("{source},format=yuv420p10le,{tags}");
            let video = self.made(&format!("{name} {size}"), (ending, &codec), &graph);
            Contender { name: format!("vstream {name}"), ..peers.vstream(&video, &[]) }
        };
        kinds.map(clip).into()
    }

    fn made(&self, name: &str, (ending, codec): (&str, &str), graph: &str) -> Video {
        let path = self.folder.join(format!("{}.{ending}", name.replace(' ', "-")));
        let mut words = ["-f", "lavfi", "-i", graph].map(str::to_owned).to_vec();
        words.extend(codec.split_whitespace().map(str::to_owned));
        ffmpeg(&words, &path);
        Video::made(path)
    }
}
