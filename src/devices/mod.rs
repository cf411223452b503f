//! Finds the cameras of this machine and selects the one that is meant and its mode, before FFmpeg opens it.
//! It captures nothing; which mode is best is decided in `mode`.

pub(crate) mod camera;
pub(crate) mod colour;
#[cfg(any(target_os = "linux", test))]
mod mode;

#[cfg(target_os = "linux")]
use camera::CameraMode;
use camera::{Camera, trimmed};
#[cfg(target_os = "linux")]
use mode::{ModeRequest, choose, format_name};

use crate::config::InputConfig;
#[cfg(target_os = "linux")]
use crate::config::Size;
#[cfg(target_os = "linux")]
use crate::error::Remedy;
use crate::error::{Error, ErrorKind, Result};
use crate::ffi::Stream;
use crate::source::OpenSpec;
#[cfg(target_os = "linux")]
use crate::suggest;
use crate::time::FrameRate;

/// The cameras of this machine with their modes.
#[cfg(target_os = "linux")]
pub fn cameras() -> Result<Vec<Camera>> {
    let mut paths: Vec<(u32, std::path::PathBuf)> = std::fs::read_dir("/dev")
        .map_err(|e| Error::new(ErrorKind::Open, "/dev", e))?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let number = path.file_name()?.to_str()?.strip_prefix("video")?.parse().ok()?;
            Some((number, path))
        })
        .collect();
    paths.sort();
    // A node that cannot be opened cannot be used.
    Ok(paths.iter().filter_map(|(_, path)| camera(path).ok().flatten()).collect())
}

/// The cameras of this machine with their modes.
#[cfg(not(target_os = "linux"))]
pub fn cameras() -> Result<Vec<Camera>> {
    Err(Error::new(ErrorKind::Open, "the list of cameras", "it can be read on Linux only")
        .with_remedy("`ffmpeg -f avfoundation -list_devices true -i ''` lists them on macOS, `ffmpeg -f dshow -list_devices true -i dummy` on Windows"))
}

#[cfg(target_os = "linux")]
fn camera(path: &std::path::Path) -> std::io::Result<Option<Camera>> {
    let Some(device) = crate::ffi::system::v4l2::Device::open(path)? else {
        return Ok(None);
    };
    let mut modes: Vec<CameraMode> = Vec::new();
    for fourcc in device.formats() {
        let Some(format) = format_name(fourcc) else { continue };
        for sizes in device.sizes(fourcc) {
            let size = |(width, height)| Size { width, height };
            let found = device.rates(fourcc, sizes.largest);
            let mode = CameraMode {
                pixel_format: format.to_owned(),
                size: size(sizes.smallest),
                up_to: (sizes.largest != sizes.smallest).then(|| size(sizes.largest)),
                rates: found.rates,
                any_rate: found.any_between,
            };
            if !modes.contains(&mode) {
                modes.push(mode);
            }
        }
    }
    let path = path.to_string_lossy().into_owned();
    Ok(Some(Camera { name: device.name.clone(), path, modes }))
}

/// Set in `spec` which camera is meant and which mode to open it in.
#[cfg(target_os = "linux")]
pub(crate) fn settle(mut spec: OpenSpec, input: &InputConfig) -> Result<OpenSpec> {
    if spec.format.as_deref() != Some("v4l2") {
        return Ok(spec);
    }
    let wanted = spec.url.to_string_lossy().into_owned();
    let subject = match wanted.as_str() {
        "" => "a camera".to_owned(),
        path if path.starts_with('/') => spec.display.clone(),
        name => format!("camera `{name}`"),
    };
    let failed = |cause: String, remedy: Remedy| {
        Err(Error::new(ErrorKind::Open, &subject, cause).with_remedy(remedy))
    };
    let camera = if wanted.starts_with('/') {
        match camera(std::path::Path::new(&wanted)) {
            Ok(Some(camera)) => camera,
            Ok(None) => {
                let cause = "it does not capture video";
                return failed(cause.into(), Remedy::ListCameras);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return failed("there is no such device".into(), among(&cameras()?, &wanted));
            }
            // FFmpeg reports the reason.
            Err(_) => return Ok(spec),
        }
    } else {
        let all = cameras()?;
        match named(&all, &wanted) {
            Some(camera) => camera.clone(),
            None if all.is_empty() => {
                return failed("this machine has no camera".into(), among(&all, &wanted));
            }
            None => return failed("no camera has that name".into(), among(&all, &wanted)),
        }
    };
    if !wanted.starts_with('/') {
        spec.name = camera.path.trim_start_matches("/dev/").to_owned();
        spec.display = format!("{} ({})", camera.path, camera.name);
        spec.url = camera.path.clone().into();
    }
    let own = ["video_size", "framerate", "input_format", "list_formats", "standard"];
    let by_hand = input.options.iter().any(|(key, _)| own.contains(&key.as_str()));
    if by_hand || camera.modes.is_empty() {
        return Ok(spec);
    }
    let asked = ModeRequest {
        pixel_format: input.pixel_format.as_deref(),
        size: input.video_size,
        rate: input.frame_rate,
    };
    let Some(choice) = choose(&camera.modes, &asked, crate::threads::cores().get()) else {
        let words = [
            asked.size.map(|s| s.to_string()),
            asked.rate.map(|r| format!("{} fps", trimmed(r.as_f64()))),
            asked.pixel_format.map(str::to_owned),
        ];
        let words: Vec<String> = words.into_iter().flatten().collect();
        let cause = format!("the camera has no mode {}", words.join(", "));
        return failed(cause, format!("its modes are:\n{camera}").into());
    };
    spec.options.retain(|(key, _)| !own.contains(&key.as_str()));
    let mut set = |key: &str, value: String| spec.options.push((key.to_owned(), value));
    set("input_format", choice.pixel_format);
    set("video_size", choice.size.to_string());
    if let Some(rate) = choice.rate {
        set("framerate", rate.fraction());
    }
    Ok(spec)
}

/// Elsewhere FFmpeg finds the camera and its mode.
#[cfg(not(target_os = "linux"))]
pub(crate) fn settle(spec: OpenSpec, _input: &InputConfig) -> Result<OpenSpec> {
    Ok(spec)
}

/// The error for a camera that does not exist, with those that do.
#[cfg(target_os = "linux")]
fn among(cameras: &[Camera], wanted: &str) -> Remedy {
    if cameras.is_empty() {
        return "plug a camera in, and check that you may read /dev/video*".into();
    }
    let words = cameras.iter().flat_map(|c| [c.name.as_str(), c.path.as_str()]);
    let names: Vec<String> = cameras.iter().map(|c| format!("{} ({})", c.name, c.path)).collect();
    let all = format!("there are: {}", names.join(", "));
    suggest::remedy(wanted, words, all)
}

/// The camera with that name, or with that in its name; the first one if no name is given.
#[cfg(target_os = "linux")]
fn named<'a>(cameras: &'a [Camera], wanted: &str) -> Option<&'a Camera> {
    let holds = |c: &&Camera| c.name.to_lowercase().contains(&wanted.to_lowercase());
    cameras.iter().find(|c| c.name == wanted).or_else(|| cameras.iter().find(holds))
}

/// A warning if the driver delivers something else than what was requested.
pub(crate) fn changed(spec: &OpenSpec, stream: &Stream) -> Option<String> {
    let requested = |key: &str| {
        let found = spec.options.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        found.filter(|_| spec.is_device)
    };
    let size = format!("{}x{}", stream.width, stream.height);
    if let Some(wanted) = requested("video_size").filter(|w| **w != *size && w.contains('x')) {
        return Some(format!("the driver gives {size} instead of {wanted}"));
    }
    let wanted = requested("framerate")?.parse::<FrameRate>().ok()?.as_f64();
    let given = stream.average_rate?.as_f64();
    ((given / wanted - 1.0).abs() > 0.01).then(|| {
        let (given, wanted) = (trimmed(given), trimmed(wanted));
        format!("the driver gives {given} frames a second instead of {wanted}")
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn cameras_are_found_by_name() {
        let camera = |name: &str| Camera { name: name.into(), path: name.into(), modes: vec![] };
        let all = [camera("HD Webcam C920"), camera("USB Cam")];
        assert_eq!(named(&all, "usb").map(|c| &c.name[..]), Some("USB Cam"));
        assert_eq!(named(&all, "").map(|c| &c.name[..]), Some("HD Webcam C920"));
        assert_eq!(named(&all, "ir"), None);
    }

    #[test]
    fn a_misspelt_camera_is_recognised() {
        let camera =
            |name: &str, path: &str| Camera { name: name.into(), path: path.into(), modes: vec![] };
        let all = [camera("Logitech C920", "/dev/video0"), camera("USB Cam", "/dev/video2")];
        let among = |all: &[Camera], wanted: &str| super::among(all, wanted).to_string();
        assert!(among(&all, "Logitec").starts_with("did you mean `Logitech C920`? there are: "));
        assert!(among(&all, "/dev/video7").contains("`/dev/video0`"));
        assert!(among(&all, "GoPro").starts_with("there are: "));
        assert!(among(&[], "GoPro").contains("plug a camera in"));
    }

    #[test]
    fn an_unknown_camera_is_an_error() {
        let input = InputConfig::new("camera:no such camera");
        let spec = crate::source::resolve(&input).unwrap();
        let error = settle(spec, &input).unwrap_err();
        assert!(error.remedy().is_some(), "{error}");
    }
}
