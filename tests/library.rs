//! The library's public API: traits of its types, and complete documentation.
//! What a run does with a video is in the other tests.

use std::fmt::Debug;

use ::vstream as lib;

/// Compiles, or does not.
fn is_data<T: Debug + Clone + PartialEq + Send + Sync + 'static>() {}
fn is_shared<T: Debug + Send + Sync + 'static>() {}
fn is_error<T: std::error::Error + Send + Sync + 'static>() {}

#[test]
fn types_can_be_passed_between_threads_compared_and_shown() {
    is_data::<lib::Config>();
    is_data::<lib::InputConfig>();
    is_data::<lib::VideoConfig>();
    is_data::<lib::RecordingConfig>();
    is_data::<lib::OutputConfig>();
    is_data::<lib::FrameConfig>();
    is_data::<lib::StreamInfo>();
    is_data::<lib::Camera>();
    is_data::<lib::Warning>();
    is_data::<lib::Progress>();
    is_data::<lib::Summary>();
    is_data::<lib::TrackSummary>();
    is_data::<lib::Error>();
    is_error::<lib::Error>();
    is_shared::<lib::FrameWriter>();
    is_data::<lib::Cancel>();
    is_data::<lib::FrameRate>();
    is_data::<lib::Remedy>();
    is_error::<lib::ParseError>();
    is_shared::<lib::Silent>();
    is_shared::<lib::Event<'static>>();
}

/// What a reader of the guide meets: every type with an example.
#[test]
fn every_public_type_has_an_example() {
    let mut files = Vec::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(end) if end == "rs" => {
                    files.push(std::fs::read_to_string(path).expect("text"))
                }
                _ => {}
            }
        }
    }
    let root = files.iter().find(|text| text.contains("pub use config::{")).expect("lib.rs");
    let exported: Vec<&str> = root
        .split("pub use ")
        .skip(1)
        .filter_map(|rest| rest.split_once(';'))
        .flat_map(|(names, _)| names.split([',', '{', '}', ':', ' ', '\n']))
        .filter(|name| name.starts_with(char::is_uppercase))
        .filter(|name| name.chars().any(char::is_lowercase))
        .collect();
    assert!(exported.len() > 20, "{exported:?}");
    let without: Vec<&&str> = exported.iter().filter(|name| !has_example(&files, name)).collect();
    assert!(without.is_empty(), "no example: {without:?}");
}

fn has_example(files: &[String], name: &str) -> bool {
    let kinds = ["struct", "enum", "trait", "type"];
    let defined = |line: &str| {
        kinds.iter().any(|kind| {
            line.strip_prefix(&format!("pub {kind} {name}"))
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
        })
    };
    files.iter().any(|text| {
        let lines: Vec<&str> = text.lines().collect();
        let Some(at) = lines.iter().position(|line| defined(line)) else { return false };
        let above = lines[..at].iter().rev();
        above
            .take_while(|line| line.starts_with(['/', '#']))
            .any(|line| line.starts_with("/// ```"))
    })
}
