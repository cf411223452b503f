//! The frame rate in the header of AVI and y4m, by which FFmpeg counts the times of their frames.
//! Whether it is used is decided where the input is opened.

use crate::time::FrameRate;

const Y4M: &[u8] = b"YUV4MPEG2";
/// The header of a stream of video in AVI: its name, its size, and what it holds.
const STREAM: &[u8] = b"strh";
const VIDEO: &[u8] = b"vids";
/// Offset in that header of its time unit: numerator and denominator in seconds.
const UNITS: usize = 28;

/// Whether a file that begins like this states no rate, or an impossible one. FFmpeg makes one up, or believes it.
pub(crate) fn is_impossible(head: &[u8]) -> bool {
    let stated = match () {
        () if head.starts_with(Y4M) => of_y4m(head),
        () if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"AVI ") => match of_avi(head) {
            Some(rate) => rate,
            None => return false,
        },
        () => return false,
    };
    !stated.is_some_and(FrameRate::is_believable)
}

/// Of a line such as `YUV4MPEG2 W128 H96 F25:1 Ip A1:1`; `F0:0` is an unknown rate.
fn of_y4m(head: &[u8]) -> Option<FrameRate> {
    let line = head.split(|&byte| byte == b'\n').next()?;
    let rate = line.split(|&byte| byte == b' ').find_map(|word| word.strip_prefix(b"F"))?;
    let (units, seconds) = std::str::from_utf8(rate).ok()?.split_once(':')?;
    FrameRate::new(units.parse().ok()?, seconds.parse().ok()?)
}

/// `None` where its header is not found.
fn of_avi(head: &[u8]) -> Option<Option<FrameRate>> {
    let headers = memchr::memmem::find_iter(head, STREAM);
    let header =
        headers.filter_map(|at| head.get(at..)).find(|header| header.get(8..12) == Some(VIDEO))?;
    let word = |at: usize| Some(u32::from_le_bytes(*header.get(at..)?.first_chunk()?));
    Some(FrameRate::new(word(UNITS + 4)?, word(UNITS)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_that_no_camera_has_are_impossible() {
        let y4m =
            |rate: &str| is_impossible(format!("YUV4MPEG2 W2 H2 {rate} Ip\nFRAME\n").as_bytes());
        for possible in ["F25:1", "F30000:1001", "F1:60", "F1000:1"] {
            assert!(!y4m(possible), "{possible}");
        }
        for impossible in ["F0:0", "F25:0", "F1000000:1", "", "F4294967296:1", "F"] {
            assert!(y4m(impossible), "{impossible}");
        }
        let avi = |scale: u32, rate: u32| {
            let units = [scale.to_le_bytes(), rate.to_le_bytes()].concat();
            let sound = [&b"strh\x38\0\0\0auds"[..], &[0; 44]].concat();
            let header = [&sound[..], b"strh\x38\0\0\0vidsMJPG", &[0; 12], &units].concat();
            is_impossible(&[b"RIFF\0\0\0\0AVI LIST", &header[..]].concat())
        };
        assert!(!avi(1, 25) && !avi(1001, 30_000) && !avi(33_333, 1_000_000));
        assert!(avi(0, 0) && avi(0, 25) && avi(1, 1_000_000));
        assert!(!is_impossible(b"RIFF\0\0\0\0AVI LIST") && !is_impossible(b""));
    }
}
