//! Checks that the lengths inside a message of an `.rrd` file are possible: Arrow's reader allocates whatever they ask
//! for, and a failed allocation of a terabyte aborts the program.
//! It checks lengths only; the decoder reports all other damage.

use rerun::external::arrow::ipc::root_as_message;
use rerun::external::re_log_encoding::external::lz4_flex;

/// Field numbers of `ArrowMsg` in Rerun's log_msg.proto.
const COMPRESSION: u64 = 2;
const UNCOMPRESSED_SIZE: u64 = 3;
const PAYLOAD: u64 = 5;
/// Values of `COMPRESSION`.
const NONE: u64 = 1;
const LZ4: u64 = 2;
/// One byte of LZ4 data expands to at most 255 bytes.
const MOST_LZ4: u64 = 255;

/// The result of a check.
#[derive(Debug, PartialEq)]
pub(super) enum Checked {
    Plausible,
    /// Plausible, and the same message without compression, so that the decoder need not decompress it again.
    Unpacked(Vec<u8>),
    Implausible,
}

/// Check the lengths of an `ArrowMsg`.
pub(super) fn check(message: &[u8]) -> Checked {
    let checked = |plausible| if plausible { Checked::Plausible } else { Checked::Implausible };
    let Some(fields) = fields(message) else {
        // Not even a message: the decoder reports it.
        return Checked::Plausible;
    };
    if fields.compression != LZ4 {
        return checked(batches_are_plausible(fields.payload));
    }
    if fields.size > (fields.payload.len() as u64).saturating_mul(MOST_LZ4) {
        return Checked::Implausible;
    }
    let size = usize::try_from(fields.size).unwrap_or(usize::MAX);
    match lz4_flex::block::decompress(fields.payload, size) {
        Ok(payload) if batches_are_plausible(&payload) => Checked::Unpacked(fields.with(&payload)),
        // The decoder reports damaged data.
        decompressed => checked(decompressed.is_err()),
    }
}

/// Walk over the Arrow messages of a stream; each is a marker, the length of its metadata, the metadata and the body.
fn batches_are_plausible(mut stream: &[u8]) -> bool {
    const MARKER: [u8; 4] = [0xff; 4];
    loop {
        let head = stream.strip_prefix(&MARKER).unwrap_or(stream);
        let Some((length, rest)) = head.split_first_chunk() else {
            return true;
        };
        let Ok(length) = usize::try_from(i32::from_le_bytes(*length)) else {
            return false;
        };
        if length == 0 {
            return true;
        }
        let Some((metadata, rest)) = rest.split_at_checked(length) else {
            return false;
        };
        let Ok(body) = root_as_message(metadata).map(|message| message.bodyLength()) else {
            return true;
        };
        match usize::try_from(body).ok().and_then(|body| rest.get(body..)) {
            Some(rest) => stream = rest,
            None => return false,
        }
    }
}

#[derive(Default)]
struct Fields<'a> {
    compression: u64,
    size: u64,
    payload: &'a [u8],
    /// All other fields, encoded.
    others: Vec<&'a [u8]>,
}

impl Fields<'_> {
    /// The message with this payload, uncompressed.
    fn with(&self, payload: &[u8]) -> Vec<u8> {
        let mut message = self.others.concat();
        message.reserve_exact(payload.len() + 32);
        for (field, value) in [(COMPRESSION, NONE), (UNCOMPRESSED_SIZE, payload.len() as u64)] {
            put_number(&mut message, field << 3);
            put_number(&mut message, value);
        }
        put_number(&mut message, PAYLOAD << 3 | 2);
        put_number(&mut message, payload.len() as u64);
        message.extend_from_slice(payload);
        message
    }
}

/// The fields of a message in the encoding of Protocol Buffers.
fn fields(mut bytes: &[u8]) -> Option<Fields<'_>> {
    let mut fields = Fields::default();
    while !bytes.is_empty() {
        let field = bytes;
        let key = number(&mut bytes)?;
        match key & 7 {
            0 => {
                let value = number(&mut bytes)?;
                match key >> 3 {
                    COMPRESSION => fields.compression = value,
                    UNCOMPRESSED_SIZE => fields.size = value,
                    _ => {}
                }
            }
            1 => bytes = bytes.get(8..)?,
            2 => {
                let length = usize::try_from(number(&mut bytes)?).ok()?;
                let (value, rest) = bytes.split_at_checked(length)?;
                if key >> 3 == PAYLOAD {
                    fields.payload = value;
                }
                bytes = rest;
            }
            5 => bytes = bytes.get(4..)?,
            _ => return None,
        }
        if ![COMPRESSION, UNCOMPRESSED_SIZE, PAYLOAD].contains(&(key >> 3)) {
            fields.others.push(&field[..field.len() - bytes.len()]);
        }
    }
    Some(fields)
}

/// A varint: seven bits in each byte, the lowest first.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Append a varint.
fn put_number(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged;

    fn message(compression: u8, size: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x10, compression, 0x18, size, 0x2a, payload.len() as u8];
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn metadata_longer_than_the_message_is_not_plausible() {
        let head = |length: i32| [&[0xff; 4][..], &length.to_le_bytes()].concat();
        assert_eq!(check(&message(1, 0, &head(0))), Checked::Plausible);
        assert_eq!(check(&message(1, 0, &head(1000))), Checked::Implausible);
        assert_eq!(check(&message(1, 0, &head(-1))), Checked::Implausible);
        let packed = |length| lz4_flex::block::compress(&head(length));
        assert_eq!(check(&message(2, 8, &packed(1000))), Checked::Implausible);
    }

    #[test]
    fn a_compressed_message_is_passed_on_uncompressed() {
        let payload = [&[0xff; 4][..], &0_i32.to_le_bytes(), &[7; 300]].concat();
        let packed = lz4_flex::block::compress(&payload);
        // Fields 1 (a message) and 7 (a flag) are kept as they are.
        let mut compressed = vec![0x0a, 2, 0x08, 1];
        compressed.extend([0x10, 2, 0x18, 0xb4, 2, 0x2a, packed.len() as u8]);
        compressed.extend(&packed);
        compressed.extend([0x38, 1]);
        let Checked::Unpacked(whole) = check(&compressed) else { panic!("not unpacked") };
        let found = fields(&whole).unwrap();
        assert_eq!((found.compression, found.size), (NONE, 308));
        assert_eq!(found.payload, payload);
        assert_eq!(found.others, [&[0x0a, 2, 0x08, 1][..], &[0x38, 1]]);
        assert_eq!(check(&whole), Checked::Plausible);
    }

    #[test]
    fn a_size_that_lz4_cannot_reach_is_not_plausible() {
        assert_eq!(check(&message(2, 0x7f, &[])), Checked::Implausible);
    }

    #[test]
    fn arbitrary_messages_do_not_panic() {
        let head = [&[0xff; 4][..], &16_i32.to_le_bytes(), &[0; 24]].concat();
        let packed = lz4_flex::block::compress(&head);
        let seeds = [message(1, 0, &head), message(2, head.len() as u8, &packed)];
        let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        damaged(&seeds, |bytes| {
            let _ = check(bytes);
        });
    }
}
