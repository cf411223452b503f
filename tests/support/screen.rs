//! The real viewers with their windows, on a screen that nobody sees, and what is on it.
//! It finds coloured areas in a picture; what they should be is for the tests.

use std::path::{Path, PathBuf};

use super::run::{Running, Workspace, program, wait_until};
use super::server::{free_address, port_of};

/// A picture of a screen.
pub struct Image {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

/// Where a colour is in a picture.
#[derive(Debug, Clone, Copy)]
pub struct Area {
    /// The middle, from 0 to 1 in each direction.
    pub middle: (f64, f64),
    /// How much of the picture it takes.
    pub share: f64,
}

impl Image {
    /// What `ffmpeg` reads from an image or a screen.
    fn of(input: &[&str]) -> Option<Self> {
        let run = program("ffmpeg").words("-nostdin -v error").args(input);
        let outcome = run.words("-frames:v 1 -c:v ppm -f image2pipe -").run();
        // The header is three lines: P6, the size, 255.
        let mut rest = &outcome.stdout[..];
        let mut line = || {
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let (line, after) = rest.split_at(end);
            rest = &after[1..];
            String::from_utf8(line.to_vec()).ok()
        };
        let (_, size, _) = (line()?, line()?, line()?);
        let (width, height) = size.split_once(' ')?;
        let (width, height) = (width.parse().ok()?, height.parse().ok()?);
        (rest.len() == width * height * 3).then(|| Self { width, height, rgb: rest.to_vec() })
    }

    /// The part between two fractions of the width.
    pub fn part(&self, from: f64, to: f64) -> Self {
        let columns = [from, to].map(|at| (at * self.width as f64) as usize);
        let rows = self.rgb.chunks(self.width * 3);
        let rgb = rows.flat_map(|row| &row[columns[0] * 3..columns[1] * 3]).copied().collect();
        Self { width: columns[1] - columns[0], height: self.height, rgb }
    }

    /// All that differs from a colour by no more than what a screen and a video may do to it.
    pub fn area(&self, colour: [u8; 3]) -> Area {
        const NEAR: u8 = 12;
        let (mut count, mut x, mut y) = (0_usize, 0_usize, 0_usize);
        for (at, pixel) in self.rgb.chunks(3).enumerate() {
            if pixel.iter().zip(colour).all(|(is, wanted)| is.abs_diff(wanted) <= NEAR) {
                count += 1;
                x += at % self.width;
                y += at / self.width;
            }
        }
        let mean = |sum: usize, side: usize| sum as f64 / count.max(1) as f64 / side as f64;
        Area {
            middle: (mean(x, self.width), mean(y, self.height)),
            share: count as f64 / (self.width * self.height) as f64,
        }
    }
}

/// The native viewer without a window, drawn by the processor.
pub struct NativeViewer {
    running: Running,
    address: String,
    /// Where the Python package of this very version is.
    package: PathBuf,
    workspace: Workspace,
}

impl NativeViewer {
    /// `rerun` by any name, and what it opens, if anything.
    pub fn open(rerun: &str, file: Option<&Path>) -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program_file = std::env::split_paths(&path).map(|folder| folder.join(rerun));
        let program_file = program_file.filter_map(|file| file.canonicalize().ok()).next();
        // `…/rerun_cli/rerun` of a folder that pip has filled; elsewhere this finds nothing, and does no harm.
        let package = program_file.and_then(|file| file.ancestors().nth(2).map(Path::to_owned));
        let (workspace, address) = (Workspace::new(), free_address());
        // It remembers views between its runs, in its user's home.
        let run = program(rerun).env("HOME", workspace.dir()).env("XDG_DATA_HOME", workspace.dir());
        let run = run.words("--headless --window-size 900x600 --port").arg(port_of(&address));
        let mut running = run.args(file).start();
        running.wait_for_line("Headless viewer running");
        Self { running, address, package: package.unwrap_or_default(), workspace }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it shows now.
    pub fn look(&self) -> Option<Image> {
        let path = self.workspace.path("look.png");
        std::fs::remove_file(&path).ok();
        let url = format!("rerun+http://{}/proxy", self.address);
        let script = "import sys; from rerun.experimental import ViewerClient; \
                      ViewerClient(sys.argv[1]).save_screenshot(sys.argv[2])";
        let python = program("python3").env("PYTHONPATH", &self.package);
        python.arg("-c").arg(script).arg(url).arg(&path).run().expect(0);
        // The viewer writes it when it comes to it.
        path.is_file().then(|| Image::of(&["-i", path.to_str()?]))?
    }

    /// What it had to say against a recording or itself, but for the machine being slow.
    pub fn complaints(&self) -> Vec<String> {
        let said = self.running.stderr_so_far();
        let machine = ["rasterizer", "Docker", "XDG_RUNTIME_DIR"];
        let about_us = |line: &&str| !machine.iter().any(|word| line.contains(word));
        let bad = said.lines().filter(|line| line.contains("WARN") || line.contains("ERROR"));
        bad.filter(about_us).map(str::to_owned).collect()
    }
}

impl Drop for NativeViewer {
    fn drop(&mut self) {
        if !self.running.has_ended() {
            self.running.signal_all("KILL");
        }
    }
}

/// A browser on a screen of its own, drawn by the processor.
pub struct Browser {
    browser: Running,
    _screen: Running,
    display: String,
    _workspace: Workspace,
}

impl Browser {
    pub fn open(address: &str) -> Self {
        let workspace = Workspace::new();
        let screen = program("Xvfb").words("-displayfd 1 -nolisten tcp -screen 0 900x600x24");
        let screen = screen.start();
        // It looks for a number that is free, and prints it.
        wait_until("the screen is there", || screen.stdout_so_far().ends_with('\n'));
        let display = format!(":{}", screen.stdout_so_far().trim());
        let profile = format!("--user-data-dir={}", workspace.path("profile").display());
        let browser = program("chromium").env("DISPLAY", &display).env("HOME", workspace.dir());
        let browser = browser.arg(profile).words(
            "--no-sandbox --no-first-run --kiosk --window-position=0,0 --window-size=900,600 \
             --password-store=basic --use-angle=swiftshader --enable-unsafe-swiftshader \
             --ignore-gpu-blocklist --disable-dev-shm-usage",
        );
        // Without a graphics card there is no WebGPU.
        let browser = browser.arg(format!("{address}&renderer=webgl")).start();
        Self { browser, _screen: screen, display, _workspace: workspace }
    }

    /// What it shows now.
    pub fn look(&self) -> Option<Image> {
        Image::of(&["-f", "x11grab", "-i", &self.display])
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.browser.has_ended() {
            self.browser.signal_all("KILL");
        }
    }
}
