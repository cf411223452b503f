//! Times in a NumPy array: one dimension (or a column), of integers or floats.
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use super::number::Number;
use super::{Found, TimeUnit};

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

pub(super) fn read(bytes: &[u8]) -> Result<Found, String> {
    let cut = || "the array is cut short".to_owned();
    let (&major, rest) = bytes.get(6..).and_then(<[u8]>::split_first).ok_or_else(cut)?;
    // Version 1 has a length of two bytes, later ones of four; the minor version is skipped.
    let (length, begin) = match (major, rest) {
        (1, [_, a, b, ..]) => (usize::from(u16::from_le_bytes([*a, *b])), 10_usize),
        (_, [_, a, b, c, d, ..]) => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, 12),
        _ => return Err(cut()),
    };
    let header = bytes.get(begin..begin.saturating_add(length)).ok_or_else(cut)?;
    let header = String::from_utf8_lossy(header);
    let kind = quoted(&header, "descr").ok_or("the array's header says no type")?;
    let shape = header.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    let sizes: Vec<&str> = shape.map_or(Vec::new(), |(sizes, _)| {
        sizes.split(',').map(str::trim).filter(|size| !size.is_empty()).collect()
    });
    if sizes.iter().filter(|size| **size != "1").count() > 1 {
        return Err(format!("the array has the shape ({}), not one dimension", sizes.join(", ")));
    }
    // `datetime64` is an integer with its unit in the type.
    let (plain, unit) = match kind.split_once('[') {
        Some((plain, unit)) => (plain, TimeUnit::named(unit.trim_end_matches(']'))),
        None => (kind, None),
    };
    let (order, plain) = plain.split_at_checked(1).unwrap_or(("", plain));
    let width = match plain {
        "f8" | "i8" | "u8" | "M8" | "m8" => 8,
        "f4" | "i4" | "u4" => 4,
        _ => return Err(format!("the array is of type `{kind}`, not of integers or floats")),
    };
    let data = bytes.get(begin + length..).unwrap_or_default();
    let numbers = data.chunks_exact(width).enumerate().map(|(at, chunk)| {
        let mut value = [0; 8];
        value[..width].copy_from_slice(chunk);
        if order == ">" {
            value[..width].reverse();
        }
        let bits = u64::from_le_bytes(value);
        let low = bits as u32;
        let number = match plain {
            "f8" => Number::float(f64::from_bits(bits)),
            // A float of 32 bits holds no more digits than it prints.
            "f4" => Number::parse(&format!("{:e}", f32::from_bits(low))),
            "u8" => Number::parse(&bits.to_string()),
            "u4" => Some(Number::whole(low.into())),
            "i4" => Some(Number::whole(low.cast_signed().into())),
            _ => Some(Number::whole(bits.cast_signed())),
        };
        number
            .map(|number| (number, at + 1))
            .ok_or_else(|| format!("value {} is not a time", at + 1))
    });
    Ok(Found { numbers: numbers.collect::<Result<_, String>>()?, unit })
}

/// The value of a key in the header, which is a Python dictionary.
fn quoted<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let rest = header.split_once(&format!("'{key}'"))?.1;
    rest.split_once('\'')?.1.split('\'').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged;

    fn array(kind: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}");
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [MAGIC, &[1, 0], &length, header.as_bytes(), data].concat()
    }

    fn nanos(bytes: &[u8], unit: TimeUnit) -> Vec<i64> {
        let found = read(bytes).unwrap();
        let unit = found.unit.unwrap_or(unit);
        found.numbers.iter().map(|(n, _)| n.nanos(unit).unwrap()).collect()
    }

    #[test]
    fn integers_floats_and_dates_are_read() {
        let ints: Vec<u8> = [5_i64, 7].iter().flat_map(|n| n.to_le_bytes()).collect();
        assert_eq!(nanos(&array("<i8", "2,", &ints), TimeUnit::Nanos), [5, 7]);
        assert_eq!(nanos(&array("<M8[us]", "2,", &ints), TimeUnit::Nanos), [5000, 7000]);
        let floats: Vec<u8> = [0.0_f64, 0.04].iter().flat_map(|n| n.to_be_bytes()).collect();
        assert_eq!(nanos(&array(">f8", "2, 1", &floats), TimeUnit::Seconds), [0, 40_000_000]);
        let small: Vec<u8> = [0.5_f32].iter().flat_map(|n| n.to_le_bytes()).collect();
        assert_eq!(nanos(&array("<f4", "1,", &small), TimeUnit::Seconds), [500_000_000]);
    }

    #[test]
    fn arrays_that_are_not_times_are_rejected() {
        assert!(read(&array("<i8", "2, 3", &[0; 48])).is_err_and(|e| e.contains("(2, 3)")));
        assert!(read(&array("<U7", "2,", &[])).is_err_and(|e| e.contains("<U7")));
        for cut in 0..12 {
            assert!(read(&array("<i8", "1,", &[0; 8])[..cut.max(6)]).is_err());
        }
    }

    #[test]
    fn arbitrary_arrays_do_not_panic() {
        let seeds = [
            array("<i8", "2,", &[7; 16]),
            array("<M8[us]", "2, 1", &[1; 16]),
            array(">f8", "2,", &0.04_f64.to_be_bytes()),
            array("<f4", "1,", &0.5_f32.to_le_bytes()),
        ];
        let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        damaged(&seeds, |bytes| {
            if let Ok(found) = read(bytes) {
                assert!(found.numbers.len() <= bytes.len() / 4);
                let _ = crate::time::given::settle(found, None);
            }
        });
    }
}
