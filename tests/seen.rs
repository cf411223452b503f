//! What a user sees: the native viewer, the newest one, and the web viewer in a browser, as pictures.
//! Which frame belongs to which time is for `viewer`; here it is that there is one, where and in which colours.

use std::path::PathBuf;

use crate::support::convert::convert;
use crate::support::run::{vstream, wait_until};
use crate::support::screen::{Area, Browser, Image, NativeViewer};
use crate::support::server::connect;
use crate::support::{generate, skip};

/// Colours that no viewer has in its own face.
const COLOURS: [[u8; 3]; 4] = [[220, 20, 60], [20, 180, 40], [30, 60, 210], [230, 200, 30]];
/// Where they are at the end, where a viewer that plays comes to rest: left to right, top to bottom.
const AT_THE_END: [usize; 4] = [3, 2, 1, 0];

/// Quarters of four colours. For all but its last frames, they are in another order.
fn quarters() -> Option<PathBuf> {
    let one = |colours: [usize; 4], seconds: &str| {
        let mut graph = String::new();
        for (place, colour) in colours.into_iter().enumerate() {
            let [r, g, b] = COLOURS[colour];
            let (x, y) = (place % 2 * 160, place / 2 * 120);
            graph +=
                &format!(",drawbox=x={x}:y={y}:w=160:h=120:color=0x{r:02x}{g:02x}{b:02x}:t=fill");
        }
        format!(
            "-f lavfi -i color=black:size=320x240:rate=25:duration={seconds},format=gbrp{graph}"
        )
    };
    let make = || {
        let first = one([0, 1, 2, 3], "1.6");
        let join = "-filter_complex [0][1]concat -c:v ffv1";
        generate::video("quarters.mkv", &format!("{first} {} {join}", one(AT_THE_END, "0.4")))
    };
    skip::have(&["ffmpeg"]).then(make)
}

/// Whether a picture shows the end of the video, as large as it can, or what there is instead.
fn shows_the_end(image: &Image) -> Result<(), String> {
    let areas: Vec<Area> = AT_THE_END.iter().map(|colour| image.area(COLOURS[*colour])).collect();
    let [a, b, c, d] = areas[..] else { return Err("no areas".into()) };
    let seen = format!("{areas:#?}");
    let same = |one: f64, other: f64| (one - other).abs() < 0.02;
    let sizes = areas.iter().all(|area| area.share > 0.1 && same(area.share, a.share));
    // Rows and columns, and the upright order within them.
    let rows =
        same(a.middle.1, b.middle.1) && same(c.middle.1, d.middle.1) && a.middle.1 < c.middle.1;
    let columns =
        same(a.middle.0, c.middle.0) && same(b.middle.0, d.middle.0) && a.middle.0 < b.middle.0;
    if sizes && rows && columns { Ok(()) } else { Err(seen) }
}

/// Looks until the end of the video is there.
#[track_caller]
fn wait_for_the_end(mut look: impl FnMut() -> Option<Image>) {
    let mut last = String::from("nothing");
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wait_until("the video is seen", || match look().map(|image| shows_the_end(&image)) {
            Some(Ok(())) => true,
            Some(Err(seen)) => {
                last = seen;
                false
            }
            None => false,
        });
    }));
    assert!(found.is_ok(), "this was seen: {last}");
}

#[test]
fn the_viewer_shows_a_recording() {
    let Some(path) = quarters().filter(|_| skip::have(&["python3", "rerun"])) else { return };
    let converted = convert(&path, "");
    let viewer = NativeViewer::open("rerun", Some(&converted.workspace.path("out.rrd")));
    wait_for_the_end(|| viewer.look());
    assert_eq!(viewer.complaints(), [""; 0]);
}

#[test]
fn the_viewer_shows_what_is_sent() {
    let Some(path) = quarters().filter(|_| skip::have(&["python3", "rerun"])) else { return };
    let viewer = NativeViewer::open("rerun", None);
    connect(viewer.address()).arg(&path).run().expect(0);
    wait_for_the_end(|| viewer.look());
    // Another video, at other places: its view takes the place of the first one's.
    let both = || vstream().arg("--connect").arg(viewer.address()).arg(&path).arg(&path);
    both().run().expect(0);
    for half in [(0.0, 0.5), (0.5, 1.0)] {
        wait_for_the_end(|| viewer.look().map(|image| image.part(half.0, half.1)));
    }
}

#[test]
fn the_newest_viewer_shows_a_recording() {
    let Some(path) = quarters().filter(|_| skip::have(&["python3", "rerun-newest"])) else {
        return;
    };
    let converted = convert(&path, "");
    let saved = converted.workspace.path("out.rrd");
    let verify = crate::support::run::program("rerun-newest").words("rrd verify").arg(&saved);
    verify.run().expect(0);
    let viewer = NativeViewer::open("rerun-newest", Some(&saved));
    wait_for_the_end(|| viewer.look());
    assert_eq!(viewer.complaints(), [""; 0]);
}

#[test]
fn a_browser_shows_what_is_served() {
    let Some(path) = quarters().filter(|_| skip::have(&["Xvfb", "chromium"])) else { return };
    let run = vstream().arg(&path).words("--serve --no-open --port 0 --web-port 0");
    let mut serving = run.start();
    let address = serving.wait_for_line("serving at ");
    let browser = Browser::open(&address);
    wait_for_the_end(|| browser.look());
}
