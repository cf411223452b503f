//! A camera's pictures over TCP, for the benchmarks of live sources: made once, sent at a pace.
//! It measures nothing.

use std::io::Write;
use std::process::{Command, Stdio};

/// Size of the pictures.
pub const WIDTH: usize = 1280;
/// Size of the pictures.
pub const HEIGHT: usize = 720;
/// Pictures that are shown in turn: more would only take memory.
const PICTURES: usize = 60;

/// A few seconds of a moving pattern, as an encoder would get them from a camera.
pub struct Pictures(Vec<Vec<u8>>);

impl Pictures {
    pub fn new() -> std::io::Result<Self> {
        let source = format!("testsrc2=size={WIDTH}x{HEIGHT}:rate=30");
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i", &source])
            .args([
                "-frames:v",
                &PICTURES.to_string(),
                "-pix_fmt",
                "yuv420p",
                "-f",
                "rawvideo",
                "-",
            ])
            .stderr(Stdio::inherit())
            .output()?;
        Ok(Self(made.stdout.chunks(WIDTH * HEIGHT * 3 / 2).map(<[u8]>::to_vec).collect()))
    }

    /// The header of a YUV4MPEG2 stream of `rate` pictures a second.
    pub fn begin(to: &mut impl Write, rate: u32) -> std::io::Result<()> {
        writeln!(to, "YUV4MPEG2 W{WIDTH} H{HEIGHT} F{rate}:1 Ip A1:1 C420mpeg2")
    }

    /// The picture of that number.
    pub fn send(&self, to: &mut impl Write, number: usize) -> std::io::Result<()> {
        to.write_all(b"FRAME\n")?;
        to.write_all(&self.0[number % self.0.len()])
    }
}
