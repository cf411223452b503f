//! The tables of MPEG-TS (ISO/IEC 13818-1): the programs, and the videos of each with their codecs.
//! Of a table that spans several packets, only the first packet is read.

use super::ts::{SYNC, pid};

/// A PID that holds video, and its codec.
pub(super) type Video = (u16, &'static str);

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

/// The videos in a section of a program's map.
pub(super) fn videos(section: &[u8]) -> impl Iterator<Item = Video> {
    let word =
        move |at: usize| Some(u16::from_be_bytes(*section.get(at..)?.first_chunk()?) & 0xfff);
    let end = word(1).map_or(0, |length| usize::from(length).saturating_sub(1));
    let mut at = word(10).map_or(usize::MAX, |length| 12 + usize::from(length));
    std::iter::from_fn(move || {
        while section.first() == Some(&2) && at < end {
            let kind = *section.get(at)?;
            let pid = u16::from_be_bytes(*section.get(at + 1..)?.first_chunk()?) & 0x1fff;
            at += 5 + usize::from(word(at + 3)?);
            if let Some(codec) = codec(kind) {
                return Some((pid, codec));
            }
        }
        None
    })
}

/// The codec of a `stream_type`, if it is one of video.
fn codec(kind: u8) -> Option<&'static str> {
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
