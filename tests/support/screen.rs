//! A virtual screen, a browser on it, and screenshots.
//! It finds coloured areas; the native viewer is in `native`.

use std::time::{Duration, Instant};

use super::run::{Running, Workspace, program, wait_until};

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
    pub fn of(input: &[&str]) -> Option<Self> {
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

/// A screen without a machine behind it.
pub struct Screen {
    running: Running,
    /// What programs find it by.
    pub display: String,
}

impl Screen {
    /// Its pointer is in its middle.
    pub fn open(size: &str) -> Self {
        let run = program("Xvfb").words("-displayfd 1 -nolisten tcp -screen 0");
        let running = run.arg(format!("{size}x24")).start();
        // It looks for a number that is free, and prints it.
        wait_until("the screen is there", || running.stdout_so_far().ends_with('\n'));
        let display = format!(":{}", running.stdout_so_far().trim());
        Self { running, display }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if !self.running.has_ended() {
            self.running.signal("KILL");
        }
    }
}

/// How long a browser is given to show something before it is opened again: once, one showed nothing for ten minutes.
const PATIENCE: Duration = Duration::from_secs(150);

/// A browser on a screen of its own, drawn by the processor.
pub struct Browser {
    address: String,
    browser: Running,
    screen: Screen,
    _workspace: Workspace,
    opened: Instant,
}

impl Browser {
    pub fn open(address: &str) -> Self {
        let address = address.to_owned();
        let (workspace, screen) = (Workspace::new(), Screen::open("900x600"));
        let profile = format!("--user-data-dir={}", workspace.path("profile").display());
        let browser = program("chromium").env("DISPLAY", &screen.display);
        let browser = browser.env("HOME", workspace.dir()).arg(profile).words(
            "--no-sandbox --no-first-run --kiosk --window-position=0,0 --window-size=900,600 \
             --password-store=basic --use-angle=swiftshader --enable-unsafe-swiftshader \
             --ignore-gpu-blocklist --disable-dev-shm-usage",
        );
        // Without a graphics card there is no WebGPU.
        let browser = browser.arg(format!("{address}&renderer=webgl")).start();
        Self { address, browser, screen, _workspace: workspace, opened: Instant::now() }
    }

    /// What it shows now.
    pub fn look(&mut self) -> Option<Image> {
        if self.opened.elapsed() > PATIENCE {
            println!("the browser is opened again; it said: {}", self.browser.stderr_so_far());
            *self = Self::open(&self.address);
        }
        Image::of(&["-f", "x11grab", "-i", &self.screen.display])
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.browser.has_ended() {
            self.browser.signal_all("KILL");
        }
    }
}
