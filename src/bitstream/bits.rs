//! Reading bits, exp-Golomb numbers and NAL units out of compressed video.
//! Pure; the file of each codec interprets the values.

use memchr::memmem;

/// Reads bits from the first on. Past the end there is `None`.
pub(crate) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0 }
    }

    pub fn bit(&mut self) -> Option<u32> {
        let byte = self.data.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(u32::from(bit))
    }

    pub fn flag(&mut self) -> Option<bool> {
        self.bit().map(|b| b == 1)
    }

    /// Up to 32 bits.
    pub fn bits(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0_u32, |value, _| Some(value << 1 | self.bit()?))
    }

    pub fn skip(&mut self, count: usize) {
        self.at = self.at.saturating_add(count);
    }

    pub fn exp_golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1_u32 << zeros) - 1 + self.bits(zeros)?)
    }

    pub fn signed_exp_golomb(&mut self) -> Option<i64> {
        let code = i64::from(self.exp_golomb()?);
        Some(if code % 2 == 0 { -(code / 2) } else { code / 2 + 1 })
    }
}

/// The NAL units of an Annex B stream, without start codes and without the zeros that may follow one.
pub(crate) fn nal_units(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut codes = memmem::find_iter(data, &[0, 0, 1]);
    let mut next = codes.next();
    std::iter::from_fn(move || {
        let begin = next? + 3;
        next = codes.next();
        let unit = &data[begin..next.unwrap_or(data.len())];
        let end = unit.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1);
        Some(&unit[..end])
    })
}

/// Replace the length of four bytes in front of each NAL unit by a start code. `false`, and nothing is changed, if the
/// lengths do not add up or a NAL unit is empty.
pub(crate) fn lengths_to_start_codes(data: &mut [u8]) -> bool {
    const CODE: [u8; 4] = [0, 0, 0, 1];
    let next = |data: &[u8], at: usize| {
        let length = data.get(at..)?.first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok().filter(|&l| l > 0)?;
        at.checked_add(CODE.len())?.checked_add(length).filter(|&end| end <= data.len())
    };
    let mut begins = Vec::with_capacity(8);
    let mut at = 0;
    while at < data.len() {
        begins.push(at);
        let Some(end) = next(data, at) else { return false };
        at = end;
    }
    for at in begins {
        data[at..at + CODE.len()].copy_from_slice(&CODE);
    }
    true
}

/// Whether an Annex B stream begins with anything but zeros and a start code. What is put in front of it would run into
/// that.
pub(crate) fn begins_amiss(data: &[u8]) -> bool {
    let first = memmem::find(data, &[0, 0, 1]).unwrap_or(data.len());
    data[..first].iter().any(|&byte| byte != 0)
}

/// The payload of a NAL unit without emulation prevention: 0 0 3 stands for 0 0.
pub(crate) fn unescape(nal: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(nal.len());
    let mut zeros = 0;
    for &byte in nal {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        payload.push(byte);
    }
    payload
}

/// Whether an SEI NAL unit, given without its header, holds a message of this type.
pub(crate) fn has_sei(body: &[u8], wanted: u32) -> bool {
    let payload = unescape(body);
    let mut rest = payload.as_slice();
    // The last byte is the stop bit.
    while rest.len() > 2 {
        let (Some(kind), Some(size)) = (sei_number(&mut rest), sei_number(&mut rest)) else {
            return false;
        };
        if kind == wanted {
            return true;
        }
        rest = rest.get(size as usize..).unwrap_or_default();
    }
    false
}

fn sei_number(rest: &mut &[u8]) -> Option<u32> {
    let mut number = 0_u32;
    loop {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        number = number.checked_add(u32::from(byte))?;
        if byte != 255 {
            return Some(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_codes_are_found_at_every_offset() {
        for pad in 0..5 {
            let mut data = vec![7; pad];
            data.extend([0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x65]);
            let nals: Vec<_> = nal_units(&data).map(<[u8]>::to_vec).collect();
            assert_eq!(nals, [vec![9, 0xf0], vec![0x65]], "padding {pad}");
        }
        assert_eq!(nal_units(&[]).count(), 0);
        assert_eq!(nal_units(&[0, 0]).count(), 0);
    }

    #[test]
    fn valid_length_prefixes_become_start_codes() {
        let mut data = [0, 0, 0, 2, 9, 0xf0, 0, 0, 0, 1, 0x65];
        assert!(lengths_to_start_codes(&mut data));
        assert_eq!(data, [0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x65]);
        let odd: [&[u8]; 4] = [
            &[0, 0, 0, 1, 9, 0, 0, 0, 3, 0x65],
            &[0, 0, 0, 1, 9, 0, 0],
            &[0, 0, 0, 0, 0, 0, 0, 1, 9],
            &[0xff, 0xff, 0xff, 0xff, 9],
        ];
        for data in odd {
            let mut copy = data.to_vec();
            assert!(!lengths_to_start_codes(&mut copy) && copy == data, "{data:?}");
        }
    }

    #[test]
    fn stray_bytes_between_units_are_found() {
        assert!(
            !begins_amiss(&[0, 0, 0, 0, 1, 9]) && !begins_amiss(&[0, 0, 1]) && !begins_amiss(&[])
        );
        assert!(begins_amiss(&[0, 0xe2, 0, 1, 9, 0, 0, 1, 0x41]) && begins_amiss(&[7]));
    }

    #[test]
    fn exp_golomb_numbers() {
        // 1, 010, 011, 00100.
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0000]);
        let four: Vec<_> = (0..4).filter_map(|_| bits.exp_golomb()).collect();
        assert_eq!(four, [0, 1, 2, 3]);
        assert_eq!(Bits::new(&[0; 8]).exp_golomb(), None);
        assert_eq!(Bits::new(&[0b0110_0000]).signed_exp_golomb(), Some(-1));
    }

    #[test]
    fn sei_messages_are_distinguished() {
        // A message of type 5 with two bytes, then one of type 47 with one.
        let body = [5, 2, 1, 1, 47, 1, 0, 0x80];
        assert!(has_sei(&body, 47) && has_sei(&body, 5) && !has_sei(&body, 6));
        assert!(!has_sei(&[255, 255], 47));
    }
}
