//! Times in text: a number, a date or a time of day in each line, columns with a header, mkvmerge's formats v2 and v4,
//! JSON in lines or in a list.
//! Lines that begin with `#` are comments; the first may be a header.

use super::number::Number;
use super::{Found, TimeUnit};
use crate::time::wall_clock::nanos_of_civil;

/// Names of a column of times, the surest first.
const NAMES: [&str; 8] = ["timestamp", "timestamps", "time", "stamp", "pts", "pts_time", "ts", "t"];

pub(super) fn read(text: &str) -> Result<Found, String> {
    let text = text.trim_start_matches('\u{feff}');
    if let Some(found) = listed(text) {
        return found;
    }
    let mut found = Found { numbers: Vec::new(), unit: None };
    let mut column = None;
    let mut in_any_order = false;
    for (at, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let comment = line.strip_prefix('#').map(str::trim);
        if let Some(format) = comment.and_then(mkvmerge) {
            if !["v2", "v4"].contains(&format) {
                return Err(format!(
                    "mkvmerge's format {format} holds no time for each frame; v2 does"
                ));
            }
            // It has the times of packets in the order in which they are decoded.
            in_any_order = format == "v4";
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
    if in_any_order {
        found.numbers.sort_by(|(one, _), (other, _)| one.as_f64().total_cmp(&other.as_f64()));
    }
    Ok(found)
}

/// A list of JSON, bare or by the name of the times in an object; `None` for anything else.
fn listed(text: &str) -> Option<Result<Found, String>> {
    let text = text.trim_start();
    let (values, named) = match text.as_bytes().first()? {
        b'[' => match serde_json::from_str(text) {
            Ok(values) => (values, None),
            Err(error) => return Some(Err(format!("its list of JSON is broken: {error}"))),
        },
        b'{' => match value(&serde_json::from_str(text).ok()?)? {
            (serde_json::Value::Array(values), unit) => (values.clone(), unit),
            _ => return None,
        },
        _ => return None,
    };
    let mut found = Found { numbers: Vec::with_capacity(values.len()), unit: named };
    for (at, value) in (1..).zip(&values) {
        let Some((number, unit)) = value.as_object().map_or_else(|| of_value(value, None), json)
        else {
            return Some(Err(format!(
                "value {at} of its list, {}, is not a time",
                shortened(&value.to_string())
            )));
        };
        found.unit = unit.or(found.unit);
        found.numbers.push((number, at));
    }
    Some(Ok(found))
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
        return json(&serde_json::from_str(line).ok()?);
    }
    let fields = fields(line);
    let field = fields.get(column)?;
    if let Some(number) = Number::parse(field) {
        return Some((number, None));
    }
    // A date and its time of day may be separated by a blank.
    let joined = fields.get(column + 1).map(|next| format!("{field} {next}"));
    let date = joined.as_deref().and_then(nanos_of_civil).or_else(|| nanos_of_civil(field));
    Some((Number::whole(date.or_else(|| of_day(field))?), Some(TimeUnit::Nanos)))
}

/// `00:01:02.5`, `1:02.5`: nanoseconds.
fn of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':').rev();
    let seconds = Number::parse(parts.next()?)?.nanos(TimeUnit::Seconds)?;
    let minutes = parts.next()?.parse::<u32>().ok()?;
    let hours = parts.next().map_or(Ok(0), str::parse::<u32>).ok()?;
    let whole = (u64::from(hours) * 60 + u64::from(minutes)) * 60;
    let is_time = parts.next().is_none() && seconds >= 0;
    let nanos = i64::try_from(whole).ok()?.checked_mul(TimeUnit::Seconds.nanos())?;
    nanos.checked_add(seconds).filter(|_| is_time)
}

type Object = serde_json::Map<String, serde_json::Value>;

/// The value of the first of the known names in an object of JSON, and what it counts.
fn value(object: &Object) -> Option<(&serde_json::Value, Option<TimeUnit>)> {
    let names: Vec<&str> = object.keys().map(String::as_str).collect();
    let (place, unit) = header(&names.join(","))?;
    Some((object.get(*names.get(place)?)?, unit))
}

fn json(object: &Object) -> Option<(Number, Option<TimeUnit>)> {
    value(object).and_then(|(value, unit)| of_value(value, unit))
}

fn of_value(
    value: &serde_json::Value,
    unit: Option<TimeUnit>,
) -> Option<(Number, Option<TimeUnit>)> {
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
            "# timestamp format v4\n40\n0\n",
            "[0, 0.04]\n",
            "[\n {\"frame\": 0, \"time_ms\": 0},\n {\"frame\": 1, \"time_ms\": 40}\n]\n",
            "{\"timestamps_us\": [0, 40000], \"fps\": 25}",
            "00:00:00.000\n00:00:00.040\n",
        ] {
            assert_eq!(nanos(text), wanted, "{text}");
        }
        let kitti = "2011-09-26 13:02:25.964389445\n2011-09-26 13:02:26.068\n";
        assert_eq!(nanos(kitti), [1_317_042_145_964_389_445, 1_317_042_146_068_000_000]);
    }

    #[test]
    fn invalid_times_are_reported_with_their_line() {
        let cause = |text: &str| read(text).err().unwrap();
        assert!(cause("0\nabc\n").contains("line 2 is `abc`"));
        assert!(cause("# timestamp format v1\nassume 25\n").contains("v1"));
        assert!(cause("{\"x\": 1}\n").contains("line 1"));
        assert!(cause("[0, \"x\"]").contains("value 2 of its list"));
        assert!(cause("[0, 1").contains("list of JSON is broken"));
        assert!(cause("00:00:0x\n").contains("line 1"));
    }

    #[test]
    fn arbitrary_lists_do_not_panic() {
        let seeds = [
            "# timestamp format v2\n0\n40.5\n80\n",
            "frame;timestamp [ns];file\n0;1403636579763555584;a.png\n1;1403636579813555584;b.png\n",
            "{\"time_ms\": 0, \"x\": [1]}\n{\"time_ms\": 40}\n",
            "[0.5, 1, {\"t\": 2}, \"3\"]",
            "1:00:00.25\n1:00:01\n",
            "2024-05-01 12:00:00.25, 1\n2024-05-01T12:00:01Z, 2\n",
        ];
        damaged_text(&seeds, |text| {
            if let Ok(found) = read(text) {
                // Two in a list need a comma between them.
                let most = text.lines().count() + text.matches(',').count();
                assert!(found.numbers.len() <= most);
                let _ = crate::time::given::settle(found, None);
            }
        });
    }
}
