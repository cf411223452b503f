//! Chooses hardware decoders: opens the requested devices once for all inputs, or keeps the reasons why none opened.
//! Whether a device supports a stream is found out by the decoder.

use crate::config::HwAccel;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::ffi::{AvError, Device, FfmpegError, device_kinds};
use crate::suggest;

/// What `auto` tries, most capable first. FFmpeg's other device kinds do not decode, or wrap one of these.
const DECODERS: &[&str] = &["videotoolbox", "cuda", "vaapi", "d3d11va", "dxva2", "vdpau"];

/// Why a device does not open. FFmpeg logs little about drivers, and not at error level.
pub(crate) fn cannot_open(error: &FfmpegError) -> String {
    if error.code == AvError::EXTERNAL && error.logged.is_none() {
        return "there is no such device, or no driver for it".to_owned();
    }
    error.to_string().trim_end_matches([' ', '.']).to_owned()
}

/// The decoding devices, in the order in which they are tried.
#[derive(Debug, Default)]
pub(crate) struct Devices {
    open: Vec<Device>,
    /// Why hardware does not decode although it was requested, as far as known.
    asked: bool,
    absent: Vec<String>,
}

impl Devices {
    /// Open the devices. A named kind is an error if its device cannot be opened; `auto` uses those that open.
    pub fn open(choice: &HwAccel) -> Result<Self> {
        let mut devices = Self { asked: *choice != HwAccel::None, ..Self::default() };
        let known = match choice {
            HwAccel::None => return Ok(devices),
            HwAccel::Auto | HwAccel::Named(_) => device_kinds(),
        };
        match choice {
            HwAccel::Named(name) if !known.contains(name) => {
                let subject = format!("hwaccel `{name}`");
                let cause = "this FFmpeg knows none of that name";
                let list = format!("choose auto, none, or one of {}", known.join(", "));
                return Err(Error::new(ErrorKind::Config, subject, cause)
                    .with_remedy(suggest::remedy(name, known.iter().map(AsRef::as_ref), list)));
            }
            HwAccel::Named(name) => {
                let open = Device::open(name).map_err(|error| {
                    Error::new(ErrorKind::Decode, format!("with {name}"), cannot_open(&error))
                        .with_source(error.code)
                        .with_remedy(Remedy::DecodeInSoftware)
                })?;
                devices.open.push(open);
            }
            HwAccel::Auto | HwAccel::None => {
                for name in DECODERS.iter().filter(|name| known.iter().any(|k| k == *name)) {
                    match Device::open(name) {
                        Ok(device) => devices.open.push(device),
                        Err(error) => {
                            devices.absent.push(format!("{name}: {}", cannot_open(&error)))
                        }
                    }
                }
            }
        }
        Ok(devices)
    }

    pub fn all(&self) -> &[Device] {
        &self.open
    }

    /// Why software decodes a stream of this codec although hardware was requested: `taken` is the device whose decoder
    /// was tried and fell back.
    pub fn reason_for_software(&self, codec: &str, taken: Option<&str>) -> Option<String> {
        if !self.asked {
            return None;
        }
        Some(match (taken, self.open.as_slice()) {
            (Some(device), _) => format!("{device} does not take this {codec}"),
            (None, [_, ..]) => {
                let names: Vec<_> = self.open.iter().map(Device::name).collect();
                format!("{} decodes no {codec}", names.join(" or "))
            }
            (None, []) if self.absent.is_empty() => "this FFmpeg is built for no hardware".into(),
            (None, []) => self.absent.join("; "),
        })
    }
}
