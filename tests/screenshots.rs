//! Screenshots of the native viewer, the newest one, and the web viewer in a browser.
//! They show that there is a picture in the right colours; which frame belongs to which time is in `viewer`.

use std::path::Path;

use rerun::blueprint::components::{PanelState, PlayState};
use rerun::blueprint::{Blueprint, BlueprintPanel, SelectionPanel, Spatial2DView, TimePanel};
use rerun::{EncodedImage, RecordingStreamBuilder};

use crate::support::convert::convert;
use crate::support::native::NativeViewer;
use crate::support::ports::{free_address, port_of};
use crate::support::quarters::{Order, quarters, wait_for};
use crate::support::run::{Workspace, program, vstream};
use crate::support::screen::Browser;
use crate::support::server::connect;
use crate::support::skip;

const AT_THE_END: Order = [3, 2, 1, 0];

#[test]
fn the_viewer_shows_a_recording() {
    let Some(path) = quarters(AT_THE_END).filter(|_| skip::have(&["python3", "rerun"])) else {
        return;
    };
    let converted = convert(&path, "");
    let viewer = NativeViewer::open("rerun", Some(&converted.workspace.path("out.rrd")));
    wait_for(AT_THE_END, || viewer.look());
    assert_eq!(viewer.complaints(), [""; 0]);
}

#[test]
fn the_viewer_shows_a_connected_run() {
    let Some(path) = quarters(AT_THE_END).filter(|_| skip::have(&["python3", "rerun"])) else {
        return;
    };
    let viewer = NativeViewer::open("rerun", None);
    connect(viewer.address()).arg(&path).run().expect(0);
    wait_for(AT_THE_END, || viewer.look());
    // Another video, at other places: its view takes the place of the first one's.
    let both = || vstream().arg("--connect").arg(viewer.address()).arg(&path).arg(&path);
    both().run().expect(0);
    for half in [(0.0, 0.5), (0.5, 1.0)] {
        wait_for(AT_THE_END, || viewer.look().map(|image| image.part(half.0, half.1)));
    }
}

#[test]
fn the_newest_viewer_shows_a_recording() {
    let Some(path) = quarters(AT_THE_END).filter(|_| skip::have(&["python3", "rerun-newest"]))
    else {
        return;
    };
    let converted = convert(&path, "");
    let saved = converted.workspace.path("out.rrd");
    let verify = program("rerun-newest").words("rrd verify").arg(&saved);
    verify.run().expect(0);
    let viewer = NativeViewer::open("rerun-newest", Some(&saved));
    wait_for(AT_THE_END, || viewer.look());
    assert_eq!(viewer.complaints(), [""; 0]);
}

/// A recording of a video's frames as PNGs, with a view of them that fills the window.
fn pictures_of(video: &Path, to: &Path) {
    let run = program("ffmpeg").words("-v error -i").arg(video);
    let bytes = run.words("-c:v png -pix_fmt rgb24 -f image2pipe -").run().expect(0).stdout;
    let starts: Vec<usize> = memchr::memmem::find_iter(&bytes, b"\x89PNG\r\n\x1a\n").collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let collapsed = PanelState::Collapsed;
    let view = Blueprint::new(Spatial2DView::new("camera").with_origin("/camera"))
        .with_auto_views(false)
        .with_time_panel(
            TimePanel::new()
                .with_timeline("time")
                .with_play_state(PlayState::Playing)
                .with_state(collapsed),
        )
        .with_blueprint_panel(BlueprintPanel::new().with_state(collapsed))
        .with_selection_panel(SelectionPanel::new().with_state(collapsed));
    let rec = RecordingStreamBuilder::new("robot").with_blueprint(view).save(to);
    let rec = rec.expect("a recording");
    for (at, (&start, end)) in starts.iter().zip(ends).enumerate() {
        rec.set_duration_secs("time", at as f64 * 0.04);
        let image = EncodedImage::from_file_contents(bytes[start..end].to_vec());
        rec.log("camera", &image).expect("a picture");
    }
    rec.flush_blocking().expect("a file");
}

#[test]
fn pictures_and_the_video_made_of_them_look_the_same_in_the_newest_viewer() {
    let Some(path) = quarters(AT_THE_END).filter(|_| skip::have(&["python3", "rerun-newest"]))
    else {
        return;
    };
    let workspace = Workspace::new();
    let (pictures, video) = (workspace.path("pictures.rrd"), workspace.path("video.rrd"));
    pictures_of(&path, &pictures);
    vstream().arg(&pictures).arg("--save").arg(&video).run().expect(0);
    for recording in [&pictures, &video] {
        let viewer = NativeViewer::open("rerun-newest", Some(recording));
        wait_for(AT_THE_END, || viewer.look());
        assert_eq!(viewer.complaints(), [""; 0]);
    }
}

#[test]
fn a_browser_shows_the_served_recording() {
    let Some(path) = quarters(AT_THE_END).filter(|_| skip::have(&["Xvfb", "chromium"])) else {
        return;
    };
    let run = vstream().arg(&path).words("--serve --no-open --port 0 --web-port 0");
    let mut serving = run.start();
    let address = serving.wait_for_line("serving at ");
    let mut browser = Browser::open(&address);
    wait_for(AT_THE_END, || browser.look());
}

#[test]
fn the_newest_web_viewer_shows_a_connected_run() {
    let programs = ["Xvfb", "chromium", "rerun-newest"];
    let Some(path) = quarters(AT_THE_END).filter(|_| skip::have(&programs)) else { return };
    let (data, page) = (free_address(), free_address());
    let server = program("rerun-newest").words("--serve-web --bind 127.0.0.1 --port");
    let server = server.arg(port_of(&data)).arg("--web-viewer-port").arg(port_of(&page));
    let mut server = server.start();
    server.wait_for_line("Hosting a web-viewer at ");
    connect(&data).arg(&path).run().expect(0);
    let source = format!("rerun%2Bhttp%3A%2F%2F127.0.0.1%3A{}%2Fproxy", port_of(&data));
    let mut browser = Browser::open(&format!("http://{page}/?url={source}"));
    wait_for(AT_THE_END, || browser.look());
}
