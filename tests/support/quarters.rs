//! A video of four coloured quarters, and whether a screenshot shows its end.
//! `screen` and `native` take screenshots.

use std::path::PathBuf;

use super::run::wait_until;
use super::screen::{Area, Image};
use super::{generate, skip};

/// Colours that no viewer has in its own face.
const COLOURS: [[u8; 3]; 4] = [[220, 20, 60], [20, 180, 40], [30, 60, 210], [230, 200, 30]];

/// Which colour is where: left to right, top to bottom.
pub type Order = [usize; 4];

/// Quarters in this order at the end, where a viewer that plays comes to rest, and in the opposite one before.
pub fn quarters(at_the_end: Order) -> Option<PathBuf> {
    let one = |colours: Order, seconds: &str| {
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
        let [a, b, c, d] = at_the_end;
        let (first, last) = (one([d, c, b, a], "0.8"), one(at_the_end, "0.4"));
        let join = "-filter_complex [0][1]concat -c:v ffv1";
        generate::video(&format!("quarters-{a}{b}{c}{d}.mkv"), &format!("{first} {last} {join}"))
    };
    skip::have(&["ffmpeg"]).then(make)
}

/// Whether a picture shows the quarters in this order, as large as it can, or what there is instead.
fn shows(image: &Image, order: Order) -> Result<(), String> {
    let areas: Vec<Area> = order.iter().map(|colour| image.area(COLOURS[*colour])).collect();
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

/// Looks until the quarters are there in this order.
#[track_caller]
pub fn wait_for(order: Order, mut look: impl FnMut() -> Option<Image>) {
    let mut last = String::from("nothing");
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wait_until("the video is seen", || match look().map(|image| shows(&image, order)) {
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
