//! The tables of MPEG-TS (ISO/IEC 13818-1): the programs, and the videos and sound of each with their codecs.
//! Of a table that spans several packets, only the first packet is read.

use super::ts::{SYNC, pid};

/// A video, or sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Elementary {
    pub pid: u16,
    pub is_sound: bool,
    pub codec: &'static str,
}

/// The section that begins in a packet, and its PID.
pub(super) fn section(packet: &[u8]) -> Option<(u16, &[u8])> {
    let &[SYNC, high, low, control, ..] = packet else { return None };
    let begins = high & 0x40 != 0;
    let body = match control & 0x30 {
        0x10 => packet.get(4..)?,
        0x30 => packet.get(5 + usize::from(*packet.get(4)?)..)?,
        _ => return None,
    };
    let section = body.get(1 + usize::from(*body.first()?)..)?;
    begins.then_some((pid(high, low), section))
}

/// The PID of the map of the first program in a section of the association table.
pub(super) fn first_program(section: &[u8]) -> Option<u16> {
    let body = section.strip_prefix(&[0])?.get(7..)?;
    let mut programs = body.chunks_exact(4);
    let program = programs.find(|program| program[..2] != [0, 0])?;
    Some(pid(program[2], program[3]))
}

/// The videos and sound in a section of a program's map.
pub(super) fn elementary_streams(section: &[u8]) -> impl Iterator<Item = Elementary> {
    let word =
        move |at: usize| Some(u16::from_be_bytes(*section.get(at..)?.first_chunk()?) & 0xfff);
    let end = word(1).map_or(0, |length| usize::from(length).saturating_sub(1));
    let mut at = word(10).map_or(usize::MAX, |length| 12 + usize::from(length));
    std::iter::from_fn(move || {
        while section.first() == Some(&2) && at < end {
            let kind = *section.get(at)?;
            let pid = u16::from_be_bytes(*section.get(at + 1..)?.first_chunk()?) & 0x1fff;
            let length = usize::from(word(at + 3)?);
            let descriptors = section.get(at + 5..).unwrap_or_default();
            let descriptors = &descriptors[..length.min(descriptors.len())];
            at += 5 + length;
            let sound = || sound(kind).or_else(|| described_sound(kind, descriptors));
            let found = video(kind).map(|codec| (codec, false));
            if let Some((codec, is_sound)) = found.or_else(|| Some((sound()?, true))) {
                return Some(Elementary { pid, is_sound, codec });
            }
        }
        None
    })
}

/// The codec of a `stream_type`, if it is one of video.
fn video(kind: u8) -> Option<&'static str> {
    Some(match kind {
        // One decoder is for both.
        0x01 | 0x02 => "MPEG-2",
        0x10 => "MPEG-4",
        0x1b => "H.264",
        0x24 => "H.265",
        0x33 => "VVC",
        0xd1 => "Dirac",
        0xea => "VC-1",
        _ => return None,
    })
}

/// The codec of a `stream_type`, if it is one of sound.
fn sound(kind: u8) -> Option<&'static str> {
    Some(match kind {
        // One decoder is for all layers.
        0x03 | 0x04 => "MPEG audio",
        0x0f => "AAC",
        0x11 => "AAC (LATM)",
        0x81 => "AC-3",
        0x82 => "DTS",
        0x83 => "TrueHD",
        0x87 => "E-AC-3",
        _ => return None,
    })
}

/// The codec of sound that is private data (`stream_type` 6), by the tags of ETSI EN 300 468.
fn described_sound(kind: u8, mut descriptors: &[u8]) -> Option<&'static str> {
    const PRIVATE: u8 = 6;
    const REGISTRATION: u8 = 5;
    if kind != PRIVATE {
        return None;
    }
    while let [tag, length, rest @ ..] = descriptors {
        let (body, behind) = rest.split_at_checked((*length).into())?;
        match (*tag, body.first_chunk()) {
            (0x6a, _) | (REGISTRATION, Some(b"AC-3")) => return Some("AC-3"),
            (0x7a, _) | (REGISTRATION, Some(b"EAC3")) => return Some("E-AC-3"),
            (0x7b, _) => return Some("DTS"),
            (0x7c, _) => return Some("AAC (LATM)"),
            (REGISTRATION, Some(b"Opus")) => return Some("Opus"),
            (REGISTRATION, Some(b"BSSD")) => return Some("S302M"),
            _ => descriptors = behind,
        }
    }
    None
}
