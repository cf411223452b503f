//! Who is measured, and with which arguments: vstream, two versions of the `ffmpeg` command, Rerun's documented PyAV
//! loop, Rerun's `Mp4Reader`. It times nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::measure::Contender;
use crate::video::Video;

/// What is on this machine.
pub struct Peers {
    /// The program that is measured.
    pub program: String,
    /// Where everybody's output goes.
    pub out: PathBuf,
    ffmpeg: bool,
    newest: Option<String>,
    pyav: bool,
    pub pillow: bool,
    pub reader: bool,
    pub parallel: bool,
}

fn output(program: &str, words: &[&str]) -> Option<String> {
    let made = Command::new(program).args(words).output().ok()?;
    made.status.success().then(|| String::from_utf8_lossy(&made.stdout).trim().to_owned())
}

fn first_line(program: &str) -> String {
    let said = output(program, &["-version"]).unwrap_or_default();
    said.lines()
        .next()
        .unwrap_or_default()
        .split(" Copyright")
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn python(has: &str) -> bool {
    output("python3", &["-c", has]).is_some()
}

impl Peers {
    pub fn find(folder: &Path, program: Option<String>, newest: Option<PathBuf>) -> Self {
        let newest = newest.map(|path| path.to_string_lossy().into_owned()).or_else(|| {
            output(
                "python3",
                &["-c", "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"],
            )
        });
        let built = || env!("CARGO_BIN_EXE_vstream").to_owned();
        let peers = Self {
            program: program.unwrap_or_else(built),
            out: folder.join("out"),
            ffmpeg: output("ffmpeg", &["-version"]).is_some(),
            newest,
            pyav: python("import av, numpy, rerun"),
            pillow: python(
                "import av, numpy, PIL, rerun; from rerun.experimental import RrdReader",
            ),
            reader: python("from rerun.experimental import Mp4Reader"),
            parallel: output("parallel", &["--version"]).is_some(),
        };
        let absent = [
            (peers.ffmpeg, "ffmpeg"),
            (peers.newest.is_some(), "a newer ffmpeg (imageio-ffmpeg)"),
            (peers.pyav, "the PyAV loop (av, numpy, rerun-sdk)"),
            (peers.pillow, "the loop over a recording (av, numpy, pillow, rerun-sdk)"),
            (peers.reader, "Mp4Reader (rerun-sdk)"),
            (peers.parallel, "GNU parallel"),
        ];
        for (_, name) in absent.iter().filter(|(there, _)| !there) {
            println!("left out, since it is not here: {name}");
        }
        peers
    }

    pub fn versions(&self) -> String {
        let vstream = output(&self.program, &["--version"]).unwrap_or_default();
        let mut lines = vec![vstream, first_line("ffmpeg")];
        lines.extend(self.newest.as_deref().map(first_line));
        if self.pyav {
            let ask = "import av, rerun; print('PyAV', av.__version__, 'with', av.ffmpeg_version_info, 'rerun-sdk', rerun.__version__)";
            lines.extend(output("python3", &["-c", ask]));
        }
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        lines.push(format!("{cores} cores"));
        lines.join("\n")
    }

    fn to(&self, name: &str) -> String {
        self.out.join(name).to_string_lossy().into_owned()
    }

    pub fn vstream(&self, video: &Video, options: &[&str]) -> Contender {
        let mut words = vec![self.program.clone(), video.words(), "-q".into(), "--save".into()];
        words.push(self.to("out.rrd"));
        words.extend(options.iter().map(|&w| w.to_owned()));
        let name = if options.is_empty() { "with its defaults".into() } else { options.join(" ") };
        Contender { name: format!("vstream {name}"), words }
    }

    /// What loading the program takes by itself.
    pub fn nothing(&self) -> Contender {
        let program = self.program.as_str();
        let words = [program, "lavfi:", "--completions", "bash"].map(str::to_owned).to_vec();
        Contender { name: "vstream, reading nothing".into(), words }
    }

    fn encode(&self, name: &str, program: &str, video: &Video, preset: &str) -> Contender {
        // What vstream asks of libx264, said in the command's own words; its default quality is 23 too.
        let line = format!(
            "{program} -v error -nostdin -y -i @ -map 0:v:0 -an -sn -dn -fps_mode passthrough -c:v libx264 \
             -preset {preset} -crf 23 -bf 0 -g 250 -forced-idr 1 -a53cc 0 -pix_fmt yuv420p \
             -force_key_frames expr:gte(t,n_forced) -f h264 /dev/null"
        );
        Contender { name: format!("{name} -preset {preset}"), words: fill(&line, video) }
    }

    /// The newest `ffmpeg` command, or the one that is there.
    pub fn newest_or_any(&self) -> Option<&str> {
        self.newest.as_deref().or(self.ffmpeg.then_some("ffmpeg"))
    }

    pub fn ffmpeg_encode(&self, video: &Video, preset: &str) -> Option<Contender> {
        self.ffmpeg.then(|| self.encode("ffmpeg", "ffmpeg", video, preset))
    }

    pub fn newest_encode(&self, video: &Video, preset: &str) -> Option<Contender> {
        Some(self.encode("newest ffmpeg", self.newest.as_deref()?, video, preset))
    }

    fn copy(&self, name: &str, program: &str, video: &Video) -> Contender {
        let to = self.to("copy.h264");
        let line = format!("{program} -v error -nostdin -y -i @ -map 0:v:0 -c copy -f h264 {to}");
        Contender { name: format!("{name} -c copy"), words: fill(&line, video) }
    }

    pub fn ffmpeg_copy(&self, video: &Video) -> Option<Contender> {
        self.ffmpeg.then(|| self.copy("ffmpeg", "ffmpeg", video))
    }

    /// Its sound goes to a file of its own.
    pub fn ffmpeg_copy_with_sound(&self, video: &Video) -> Option<Contender> {
        let Contender { name, mut words } = self.ffmpeg_copy(video)?;
        let sound = ["-map", "0:a", "-c", "copy", "-f", "mp4"].map(str::to_owned);
        words.extend(sound.into_iter().chain([self.to("copy.m4a")]));
        Some(Contender { name: format!("{name}, and the sound"), words })
    }

    pub fn newest_copy(&self, video: &Video) -> Option<Contender> {
        Some(self.copy("newest ffmpeg", self.newest.as_deref()?, video))
    }

    fn script(&self, name: &str, script: &str, video: &Video, more: &[&str]) -> Contender {
        let script = format!("{}/tests/bench/{script}", env!("CARGO_MANIFEST_DIR"));
        let mut words = vec!["python3".to_owned(), script, video.words(), self.to("peer.rrd")];
        words.extend(more.iter().map(|&w| w.to_owned()));
        Contender { name: name.to_owned(), words }
    }

    pub fn pyav(&self, video: &Video, preset: &[&str]) -> Option<Contender> {
        self.pyav.then(|| self.script("Rerun's PyAV loop", "pyav_loop.py", video, preset))
    }

    pub fn mp4_reader(&self, video: &Video) -> Option<Contender> {
        self.reader.then(|| self.script("Rerun's Mp4Reader", "mp4_reader.py", video, &[]))
    }

    /// The bytes of a recording made with these options, and its path.
    pub fn recorded(&self, video: &Video, options: &[&str]) -> (u64, String) {
        let Contender { words, .. } = self.vstream(video, options);
        std::fs::create_dir_all(&self.out).expect("a folder for outputs");
        let made = Command::new(&words[0]).args(&words[1..]).status().expect("vstream");
        assert!(made.success(), "{words:?}");
        let recording = self.to("out.rrd");
        (std::fs::metadata(&recording).expect("the recording").len(), recording)
    }

    /// How much larger a recording is than the video in it.
    pub fn size(&self, video: &Video) {
        let (bytes, recording) = self.recorded(video, &[]);
        let payload = payload(Path::new(&recording));
        let more = (bytes as f64 / payload as f64 - 1.0) * 100.0;
        println!(
            "\n## size, {}\n{bytes} bytes for {payload} bytes of H.264: {more:.3} % more",
            video.describe()
        );
    }
}

impl Video {
    fn words(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }
}

/// The words of a command line, `@` being the video.
pub fn fill(line: &str, video: &Video) -> Vec<String> {
    line.split_whitespace().map(|w| if w == "@" { video.words() } else { w.to_owned() }).collect()
}

/// Bytes of all samples in a recording.
fn payload(recording: &Path) -> u64 {
    samples_of(recording).map(|(_, data)| data.len() as u64).sum()
}

/// The number of samples in a recording.
pub fn frames_of(recording: &Path) -> u64 {
    samples_of(recording).count() as u64
}

/// The samples in a recording, each with its time in nanoseconds.
pub fn samples_of(recording: &Path) -> impl Iterator<Item = (i64, Vec<u8>)> {
    use rerun::log::{Chunk, LogMsg};
    let file = std::io::BufReader::new(std::fs::File::open(recording).expect("the recording"));
    let sample = rerun::VideoStream::descriptor_sample().component;
    let messages = rerun::external::re_log_encoding::DecoderApp::decode_lazy(file);
    messages.flat_map(move |message| {
        let LogMsg::ArrowMsg(_, message) = message.expect("a message") else { return Vec::new() };
        let chunk = Chunk::from_arrow_msg(&message).expect("a chunk");
        let times = chunk.timelines().iter().find(|(name, _)| name.as_str() == "time");
        let times = times.map_or(Vec::new(), |(_, column)| column.times_raw().to_vec());
        let rows = chunk.iter_component::<rerun::components::VideoSample>(sample);
        let samples = rows.map(|row| row.as_slice().first().map(|s| s.0.0.to_vec()));
        times.into_iter().zip(samples).filter_map(|(time, data)| Some((time, data?))).collect()
    })
}
