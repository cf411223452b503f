//! The intact files to damage: one of each container and of most codecs, as small as possible.
//! They are made by the `ffmpeg` command and by vstream itself.

use crate::support::generate;
use crate::support::run::{read, vstream};
use crate::support::skip;

pub struct Seed {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Name, the encoder it needs, and how the `ffmpeg` command makes it.
const SEEDS: [(&str, &str, &str); 29] = [
    ("a.mp4", "libx264", "{v} {a} -c:v libx264 -bf 2 -g 5 -c:a aac"),
    ("b.mp4", "libx264", "{v} -c:v libx264 -g 5 -movflags +frag_keyframe+empty_moov"),
    ("c.mp4", "libx265", "{v} -c:v libx265 -x265-params log-level=none -tag:v hvc1"),
    ("d.mp4", "mpeg4", "{v} -c:v mpeg4 -metadata:s:v rotate=90"),
    ("e.mov", "prores_ks", "{v} -c:v prores_ks"),
    ("f.mkv", "libx264", "{v} {a} -c:v libx264 -bf 0 -g 5 -c:a libvorbis"),
    ("g.mkv", "ffv1", "{v} {a} -c:v ffv1 -c:a flac"),
    ("h.webm", "libvpx-vp9", "{v} -c:v libvpx-vp9 -deadline realtime -cpu-used 8"),
    ("i.webm", "libvpx", "{v} -c:v libvpx -deadline realtime"),
    ("j.mkv", "libsvtav1", "{v} -c:v libsvtav1 -preset 12"),
    ("k.ts", "libx264", "{v} {a} -c:v libx264 -bf 2 -g 5 -c:a mp2"),
    ("l.ts", "mpeg2video", "{v} -c:v mpeg2video -g 5"),
    ("m.mpg", "mpeg2video", "{v} {a} -c:v mpeg2video -c:a mp2 -f mpeg"),
    ("n.avi", "mpeg4", "{v} {a} -c:v mpeg4 -bf 2 -c:a libmp3lame"),
    ("o.avi", "mjpeg", "{v} -c:v mjpeg -pix_fmt yuvj420p"),
    ("p.flv", "flv", "{v} {a} -c:v flv -c:a libmp3lame"),
    ("q.ogv", "libtheora", "{v} -c:v libtheora"),
    ("r.h264", "libx264", "{v} -c:v libx264 -bf 2 -g 5"),
    ("s.hevc", "libx265", "{v} -c:v libx265 -x265-params log-level=none"),
    ("t.gif", "gif", "{v}"),
    ("u.apng", "apng", "{v} -c:v apng -f apng"),
    ("v.mjpeg", "mjpeg", "{v} -c:v mjpeg -pix_fmt yuvj420p"),
    ("w.png", "png", "{v} -frames:v 1 -update 1"),
    ("x.wmv", "wmv2", "{v} {a} -c:v wmv2 -c:a wmav2"),
    ("y.ivf", "libvpx", "{v} -c:v libvpx -deadline realtime"),
    ("z.y4m", "rawvideo", "{v} -pix_fmt yuv420p -strict -1"),
    ("0.nut", "rawvideo", "{v} -c:v rawvideo -pix_fmt rgb24"),
    ("1.mxf", "mpeg2video", "{v} -c:v mpeg2video -r 25"),
    (
        "2.mkv",
        "mpeg4",
        "{v} -f lavfi -i sine=duration=0.4:sample_rate=48000 -c:v mpeg4 -c:a libopus",
    ),
];

/// All that this machine can make.
pub fn all() -> Vec<Seed> {
    let pattern = "-f lavfi -i testsrc2=size=64x64:rate=25:duration=0.4";
    let tone = "-f lavfi -i sine=duration=0.4:sample_rate=44100";
    let mut seeds = Vec::new();
    for (name, encoder, how) in SEEDS {
        if !skip::have_encoder(encoder) {
            continue;
        }
        let how = how.replace("{v}", pattern).replace("{a}", tone);
        let path = generate::video(name, &format!("-bitexact {how}"));
        seeds.push(Seed { name: name.to_owned(), bytes: read(&path) });
    }
    let recording = generate::made("3.rrd", &"of a.mp4", |path| {
        let video = generate::video("a.mp4", "{v} -c:v libx264 -g 5");
        vstream().arg(video).words("--preset ultrafast --save").arg(path).run().expect(0);
    });
    seeds.push(Seed { name: "3.rrd".to_owned(), bytes: read(&recording) });
    let bag = generate::made("4.mcap", &"of one camera", crate::bags::small);
    seeds.push(Seed { name: "4.mcap".to_owned(), bytes: read(&bag) });
    let sqlite = generate::made("6.db3", &"of one camera", crate::sqlite_bags::file);
    seeds.push(Seed { name: "6.db3".to_owned(), bytes: read(&sqlite) });
    let ros1 = generate::made("7.bag", &"of one camera", crate::ros1_bags::small);
    seeds.push(Seed { name: "7.bag".to_owned(), bytes: read(&ros1) });
    // `<i>Hello</i>`, for a second.
    let words = "-f srt -i data:text/plain;base64,MQowMDowMDowMCwwMDAgLS0+IDAwOjAwOjAxLDAwMAo8aT5IZWxsbzwvaT4KCg==";
    let subtitled = format!("-bitexact {pattern} {words} -c:v mpeg4 -c:s ass");
    let subtitled = generate::video("5.mkv", &subtitled);
    seeds.push(Seed { name: "5.mkv".to_owned(), bytes: read(&subtitled) });
    seeds
}
