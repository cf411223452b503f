//! A position on Earth from the text that cameras write: ISO 6709, as in `+52.5200+013.4050+034.0/`.
//! Pure; height and coordinate system are left in the text.

/// Latitude and longitude in degrees, north and east positive.
pub(crate) fn parse_iso6709(text: &str) -> Option<(f64, f64)> {
    let text = text.trim();
    let second = text.get(1..)?.find(['+', '-'])? + 1;
    let (latitude, rest) = text.split_at(second);
    let end = rest.get(1..)?.find(['+', '-', '/', 'C']).map_or(rest.len(), |at| at + 1);
    let latitude = degrees(latitude, 2)?;
    let longitude = degrees(&rest[..end], 3)?;
    (latitude.abs() <= 90.0 && longitude.abs() <= 180.0).then_some((latitude, longitude))
}

/// `±D…D.D`, `±D…DMM.M` or `±D…DMMSS.S`, told apart by the digits before the point.
fn degrees(text: &str, digits: usize) -> Option<f64> {
    let sign = match text.chars().next()? {
        '+' => 1.0,
        '-' => -1.0,
        _ => return None,
    };
    let number = text.get(1..)?;
    if !number.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let whole = number.find('.').unwrap_or(number.len());
    let part = |from: usize, to: usize| number.get(from..to)?.parse::<f64>().ok();
    let value = match whole.checked_sub(digits)? {
        0 => part(0, number.len())?,
        2 => part(0, digits)? + part(digits, number.len())? / 60.0,
        4 => {
            let minutes = part(digits, digits + 2)?;
            part(0, digits)? + minutes / 60.0 + part(digits + 2, number.len())? / 3600.0
        }
        _ => return None,
    };
    Some(sign * value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::{always, damaged_text};

    #[track_caller]
    fn is(text: &str, latitude: f64, longitude: f64) {
        let (got_latitude, got_longitude) = parse_iso6709(text).expect(text);
        assert!((got_latitude - latitude).abs() < 1e-5, "{text}: {got_latitude}");
        assert!((got_longitude - longitude).abs() < 1e-5, "{text}: {got_longitude}");
    }

    #[test]
    fn every_form_is_read() {
        is("+52.5200+013.4050+034.0/", 52.52, 13.405);
        is("-33.8568+151.2153/", -33.8568, 151.2153);
        is("+37.7749-122.4194", 37.7749, -122.4194);
        is("+5231.2+01324.3/", 52.52, 13.405);
        is("+523112.0+0132418.0/", 52.52, 13.405);
        is("+27.5916+086.5640+8850CRSWGS_84/", 27.5916, 86.564);
    }

    #[test]
    fn invalid_positions_are_none() {
        for text in
            ["", "+", "Berlin", "52.5 13.4", "+91.0+000.0/", "+52.5/", "+1+2+3", "+é2.5+013.4"]
        {
            assert_eq!(parse_iso6709(text), None, "{text}");
        }
    }

    #[test]
    fn parsed_positions_are_always_on_the_earth() {
        let seeds = [
            "+52.5200+013.4050+034.0/",
            "-523112.0-1732418.0/",
            "+27.5916+086.5640+8850CRSWGS_84/",
        ];
        damaged_text(&seeds, |text| {
            let Some((latitude, longitude)) = parse_iso6709(text) else { return };
            assert!(latitude.abs() <= 90.0 && longitude.abs() <= 180.0, "{latitude} {longitude}");
        });
    }

    #[test]
    fn positions_are_read_as_they_were_written() {
        always(|random| {
            let (latitude, longitude) = (180.0 * random.f64() - 90.0, 360.0 * random.f64() - 180.0);
            is(&format!("{latitude:+09.5}{longitude:+010.5}/"), latitude, longitude);
            let parts = |degrees: f64| (degrees.abs().trunc(), degrees.abs().fract() * 60.0);
            let ((a, b), (c, d)) = (parts(latitude), parts(longitude));
            let sign = |degrees: f64| if degrees < 0.0 { '-' } else { '+' };
            let (north, east) = (sign(latitude), sign(longitude));
            is(&format!("{north}{a:02}{b:08.5}{east}{c:03}{d:08.5}"), latitude, longitude);
        });
    }
}
