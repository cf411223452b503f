//! Checks that the lengths inside a message of an `.rrd` file are possible: Arrow's reader allocates whatever they ask
//! for, and a failed allocation of a terabyte aborts the program.
//! It checks lengths only; the decoder reports all other damage.

use rerun::external::arrow::ipc::root_as_message;
use rerun::external::re_log_encoding::external::lz4_flex;

/// Field numbers of `ArrowMsg` in Rerun's log_msg.proto.
const COMPRESSION: u64 = 2;
const UNCOMPRESSED_SIZE: u64 = 3;
const PAYLOAD: u64 = 5;
/// The value of `COMPRESSION` for LZ4.
const LZ4: u64 = 2;
/// One byte of LZ4 data expands to at most 255 bytes.
const MOST_LZ4: u64 = 255;

/// Whether an `ArrowMsg` is plausible.
pub(super) fn are_plausible(message: &[u8]) -> bool {
    let Some(fields) = fields(message) else {
        // Not even a message: the decoder reports it.
        return true;
    };
    if fields.compression != LZ4 {
        return batches_are_plausible(fields.payload);
    }
    if fields.size > (fields.payload.len() as u64).saturating_mul(MOST_LZ4) {
        return false;
    }
    let size = usize::try_from(fields.size).unwrap_or(usize::MAX);
    lz4_flex::block::decompress(fields.payload, size)
        .map_or(true, |payload| batches_are_plausible(&payload))
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
}

/// The fields of a message in the encoding of Protocol Buffers.
fn fields(mut bytes: &[u8]) -> Option<Fields<'_>> {
    let mut fields = Fields::default();
    while !bytes.is_empty() {
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
        assert!(are_plausible(&message(1, 0, &head(0))));
        assert!(!are_plausible(&message(1, 0, &head(1000))));
        assert!(!are_plausible(&message(1, 0, &head(-1))));
        let packed = |length| lz4_flex::block::compress(&head(length));
        assert!(are_plausible(&message(2, 8, &packed(0))));
        assert!(!are_plausible(&message(2, 8, &packed(1000))));
    }

    #[test]
    fn a_size_that_lz4_cannot_reach_is_not_plausible() {
        assert!(!are_plausible(&message(2, 0x7f, &[])));
    }

    #[test]
    fn no_message_breaks_the_judge() {
        let head = [&[0xff; 4][..], &16_i32.to_le_bytes(), &[0; 24]].concat();
        let packed = lz4_flex::block::compress(&head);
        let seeds = [message(1, 0, &head), message(2, head.len() as u8, &packed)];
        let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        damaged(&seeds, |bytes| {
            let _ = are_plausible(bytes);
        });
    }
}
