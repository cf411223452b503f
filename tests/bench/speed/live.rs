//! Cameras whose pictures come at their own pace: what arrives in a recording, beside an `ffmpeg` command that encodes
//! the same pictures. A program that is too slow drops pictures or falls behind.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use wait4::Wait4 as _;

use crate::peers::{Peers, fill, frames_of};
use crate::video::{Video, ffmpeg};

/// Cameras of one kind.
struct Row {
    name: &'static str,
    count: usize,
    size: &'static str,
    rate: u32,
    /// FFmpeg's options for one second of its pictures.
    clip: &'static str,
}

const ROWS: [Row; 3] = [
    Row {
        name: "1080p60, raw YUYV",
        count: 1,
        size: "1920x1080",
        rate: 60,
        clip: "-pix_fmt yuyv422 -c:v rawvideo",
    },
    Row {
        name: "1080p60, MJPEG",
        count: 1,
        size: "1920x1080",
        rate: 60,
        clip: "-pix_fmt yuvj422p -c:v mjpeg -q:v 4",
    },
    Row {
        name: "four of 720p30, raw YUYV",
        count: 4,
        size: "1280x720",
        rate: 30,
        clip: "-pix_fmt yuyv422 -c:v rawvideo",
    },
];

/// What one program did with the pictures of all cameras.
struct Done {
    wall: f64,
    cpu: f64,
    kept: u64,
}

/// Cameras that send for so many seconds, and a folder for their pictures.
pub struct Cameras<'a> {
    pub folder: &'a Path,
    pub seconds: u32,
    pub peers: &'a Peers,
}

impl Cameras<'_> {
    pub fn show(&self) {
        for row in &ROWS {
            let sent = u64::from(row.rate * self.seconds) * row.count as u64;
            println!("\n## live, {}, {} s, {sent} pictures", row.name, self.seconds);
            let clip = self.clip(row);
            let line = |name: &str, done: Done| {
                println!(
                    "{name:<34} wall {:>7.3} s  CPU {:>7.3} s  kept {:>6}  missing {:>5}",
                    done.wall,
                    done.cpu,
                    done.kept,
                    sent.saturating_sub(done.kept)
                );
            };
            line("vstream", self.vstream(row, &clip));
            if let Some(program) = self.peers.newest_or_any() {
                line("ffmpeg, veryfast, zerolatency", self.ffmpeg(program, row, &clip));
            }
        }
    }

    /// One second of pictures, which a camera repeats.
    fn clip(&self, row: &Row) -> Video {
        let path = self.folder.join(format!("{}.nut", row.name.replace(' ', "-")));
        let graph = format!(
            "testsrc2=size={}:rate={}:duration=1,noise=alls=8:allf=t,scale=out_color_matrix=bt709",
            row.size, row.rate
        );
        let mut words = ["-f", "lavfi", "-i", &graph].map(str::to_owned).to_vec();
        words.extend(row.clip.split_whitespace().map(str::to_owned));
        ffmpeg(&words, &path);
        Video::made(path)
    }

    /// A process that sends the pictures to whoever opens the pipe.
    fn camera(&self, clip: &Video, pipe: &Path) -> Child {
        let line = format!(
            "-v error -nostdin -y -re -stream_loop {} -i @ -c copy -f nut",
            self.seconds - 1
        );
        Command::new("ffmpeg")
            .args(fill(&line, clip))
            .arg(pipe)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the ffmpeg command")
    }

    fn pipes(&self, count: usize) -> Vec<PathBuf> {
        let _ = std::fs::remove_dir_all(&self.peers.out);
        std::fs::create_dir(&self.peers.out).expect("a folder for outputs");
        let pipe = |number| {
            let pipe = self.peers.out.join(format!("camera{number}"));
            let made = Command::new("mkfifo").arg(&pipe).status();
            assert!(made.is_ok_and(|status| status.success()), "a named pipe");
            pipe
        };
        (0..count).map(pipe).collect()
    }

    /// One vstream for all cameras.
    fn vstream(&self, row: &Row, clip: &Video) -> Done {
        let pipes = self.pipes(row.count);
        let recording = self.peers.out.join("live.rrd");
        let mut command = Command::new(&self.peers.program);
        command.args(&pipes).arg("-q").arg("--save").arg(&recording);
        let mut done = self.run(vec![command], clip, &pipes);
        done.kept = frames_of(&recording);
        done
    }

    /// An `ffmpeg` for each camera.
    fn ffmpeg(&self, program: &str, row: &Row, clip: &Video) -> Done {
        let pipes = self.pipes(row.count);
        let coded: Vec<PathBuf> = pipes.iter().map(|pipe| pipe.with_extension("h264")).collect();
        let command = |(pipe, coded): (&PathBuf, &PathBuf)| {
            let mut command = Command::new(program);
            command.args(["-v", "error", "-nostdin", "-y", "-f", "nut", "-i"]).arg(pipe);
            command.args([
                "-an",
                "-vf",
                "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
            ]);
            command.args(["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency"]);
            command.args(["-crf", "23", "-bf", "0", "-f", "h264"]).arg(coded);
            command
        };
        let commands = pipes.iter().zip(&coded).map(command).collect();
        let mut done = self.run(commands, clip, &pipes);
        done.kept = coded.iter().map(|file| packets_of(file)).sum();
        done
    }

    /// Run these programs, each camera sending to its pipe.
    fn run(&self, commands: Vec<Command>, clip: &Video, pipes: &[PathBuf]) -> Done {
        let began = Instant::now();
        let start = |mut command: Command| {
            let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            quiet.spawn().expect("a program")
        };
        let programs: Vec<Child> = commands.into_iter().map(start).collect();
        let cameras: Vec<Child> = pipes.iter().map(|pipe| self.camera(clip, pipe)).collect();
        let mut cpu = 0.0;
        for program in programs {
            let used = program.wait4().expect("an account of the process");
            assert!(used.status.success(), "{}", used.status);
            cpu += (used.rusage.utime + used.rusage.stime).as_secs_f64();
        }
        let wall = began.elapsed().as_secs_f64();
        for mut camera in cameras {
            camera.wait().expect("a camera ends");
        }
        Done { wall, cpu, kept: 0 }
    }
}

/// Pictures of a bare H.264 stream.
fn packets_of(file: &Path) -> u64 {
    let words = "-v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0";
    let read = Command::new("ffprobe")
        .args(words.split_whitespace())
        .arg(file)
        .stdin(Stdio::null())
        .output()
        .expect("the ffprobe command");
    String::from_utf8_lossy(&read.stdout).trim().parse().expect("a number of packets")
}
