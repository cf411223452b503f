//! Times in text: a number or a date in each line, columns with a header, mkvmerge's format v2, JSON lines.
//! Lines that begin with `#` are comments; the first may be a header.

use super::number::Number;
use super::{Found, TimeUnit};
use crate::time::wall_clock::nanos_of_civil;

/// Names of a column of times, the surest first.
const NAMES: [&str; 8] = ["timestamp", "timestamps", "time", "stamp", "pts", "pts_time", "ts", "t"];

pub(super) fn read(text: &str) -> Result<Found, String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut found = Found { numbers: Vec::new(), unit: None };
    let mut column = None;
    for (at, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let comment = line.strip_prefix('#').map(str::trim);
        if let Some(format) = comment.and_then(mkvmerge) {
            if format != "v2" {
                return Err(format!(
                    "mkvmerge's format {format} holds no time for each frame; v2 does"
                ));
            }
            found.unit = Some(TimeUnit::Millis);
            continue;
        }
        let first = found.numbers.is_empty() && column.is_none() && !line.starts_with('{');
        if let Some((place, unit)) = first.then(|| header(comment.unwrap_or(line))).flatten() {
            column = Some(place);
            found.unit = found.unit.or(unit);
            continue;
        }
        if comment.is_some() {
            continue;
        }
        let (number, unit) = time(line, column.unwrap_or(0))
            .ok_or_else(|| format!("line {at} is `{}`, which is not a time", shortened(line)))?;
        found.unit = unit.or(found.unit);
        found.numbers.push((number, at));
    }
    Ok(found)
}

/// The version of mkvmerge's format.
fn mkvmerge(comment: &str) -> Option<&str> {
    let words: Vec<&str> = comment.split_whitespace().collect();
    match words.as_slice() {
        ["timestamp" | "timecode", "format", version] => Some(version),
        _ => None,
    }
}

fn fields(line: &str) -> Vec<&str> {
    match [',', ';', '\t'].into_iter().find(|&separator| line.contains(separator)) {
        Some(separator) => line.split(separator).map(|f| f.trim().trim_matches('"')).collect(),
        None => line.split_whitespace().collect(),
    }
}

/// Of a line of names: which is that of the times, and what they count. `None` for a line of anything else.
fn header(line: &str) -> Option<(usize, Option<TimeUnit>)> {
    let names: Vec<String> = fields(line).iter().map(|name| name.to_lowercase()).collect();
    let words = |name: &str| -> Vec<String> {
        let parts = name.split(|c: char| !c.is_alphanumeric() && c != 'µ');
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let place = NAMES.iter().find_map(|wanted| {
        names.iter().position(|name| {
            words(name).iter().any(|word| word == wanted) || name.starts_with(&format!("{wanted}_"))
        })
    })?;
    // `timestamp [ns]`: where blanks separate fields, the unit may be its own field.
    let after = names.get(place + 1).map_or(Vec::new(), |next| {
        if next.starts_with(['[', '(']) { words(next) } else { Vec::new() }
    });
    let unit = words(&names[place]).iter().chain(&after).find_map(|word| TimeUnit::named(word));
    Some((place, unit))
}

/// The time in a line; a date says what it counts.
fn time(line: &str, column: usize) -> Option<(Number, Option<TimeUnit>)> {
    if line.starts_with('{') {
        return json(line);
    }
    let fields = fields(line);
    let field = fields.get(column)?;
    if let Some(number) = Number::parse(field) {
        return Some((number, None));
    }
    // A date and its time of day may be separated by a blank.
    let joined = fields.get(column + 1).map(|next| format!("{field} {next}"));
    let date = joined.as_deref().and_then(nanos_of_civil).or_else(|| nanos_of_civil(field))?;
    Some((Number::whole(date), Some(TimeUnit::Nanos)))
}

/// The first of the known names in an object of JSON.
fn json(line: &str) -> Option<(Number, Option<TimeUnit>)> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).ok()?;
    let names: Vec<&str> = object.keys().map(String::as_str).collect();
    let (place, unit) = header(&names.join(","))?;
    let value = object.get(*names.get(place)?)?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match Number::parse(&text) {
        Some(number) => Some((number, unit)),
        None => Some((Number::whole(nanos_of_civil(&text)?), Some(TimeUnit::Nanos))),
    }
}

fn shortened(line: &str) -> String {
    line.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged_text;

    fn nanos(text: &str) -> Vec<i64> {
        let found = read(text).unwrap();
        let unit = found.unit.unwrap_or(TimeUnit::Seconds);
        found.numbers.iter().map(|(number, _)| number.nanos(unit).unwrap()).collect()
    }

    #[test]
    fn every_form_is_read() {
        let wanted = [0, 40_000_000];
        for text in [
            "0\n0.04\n",
            "# timestamp format v2\n0\n40\n",
            "# timecode format v2\r\n0.000\r\n40.000\r\n",
            "#timestamp [ns],filename\n0,a.png\n40000000,b.png\n",
            "# timestamp tx ty\n0 1 2\n0.04 1 2\n",
            "frame;time_ms\n1;0\n2;40\n",
            "index,timestamp (us),x\n0,0,1\n1,40000,1\n",
            "# colour images\n# timestamp filename\n0 rgb/a.png\n0.04 rgb/b.png\n",
            "{\"frame\": 1, \"t\": 0}\n{\"frame\": 2, \"t\": 0.04}\n",
            "{\"timestamp_ns\": 0}\n{\"timestamp_ns\": 40000000}\n",
        ] {
            assert_eq!(nanos(text), wanted, "{text}");
        }
        let kitti = "2011-09-26 13:02:25.964389445\n2011-09-26 13:02:26.068\n";
        assert_eq!(nanos(kitti), [1_317_042_145_964_389_445, 1_317_042_146_068_000_000]);
    }

    #[test]
    fn what_is_no_time_is_told_by_its_line() {
        let cause = |text: &str| read(text).err().unwrap();
        assert!(cause("0\nabc\n").contains("line 2 is `abc`"));
        assert!(cause("# timestamp format v1\nassume 25\n").contains("v1"));
        assert!(cause("{\"x\": 1}\n").contains("line 1"));
    }

    #[test]
    fn no_list_breaks_its_reader() {
        let seeds = [
            "# timestamp format v2\n0\n40.5\n80\n",
            "frame;timestamp [ns];file\n0;1403636579763555584;a.png\n1;1403636579813555584;b.png\n",
            "{\"time_ms\": 0, \"x\": [1]}\n{\"time_ms\": 40}\n",
            "2024-05-01 12:00:00.25, 1\n2024-05-01T12:00:01Z, 2\n",
        ];
        damaged_text(&seeds, |text| {
            if let Ok(found) = read(text) {
                assert!(found.numbers.len() <= text.lines().count());
                let _ = crate::time::given::settle(found, None);
            }
        });
    }
}
