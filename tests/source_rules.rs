//! Rules about the source code that no compiler checks.
//! What the program does is tested elsewhere.

use std::path::{Path, PathBuf};

/// Every Rust file of the library, which is everything but the command line tool.
fn library() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("src/bin") {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found
}

/// One starts the viewer, the other names a converter of bags: programs with options of their own.
const OTHER_PROGRAMS: [&str; 2] = ["src/sink/spawn.rs", "src/source/recording.rs"];

/// `--save` and its like.
fn names_an_option(line: &str) -> bool {
    line.match_indices("--").any(|(at, dashes)| {
        let before = line[..at].chars().next_back();
        let after = line[at + dashes.len()..].chars().next();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '-')
            && after.is_some_and(|c| c.is_ascii_lowercase())
    })
}

#[test]
fn the_library_names_no_command_line_option() {
    assert!(names_an_option("    \"use --save FILE.rrd\"") && names_an_option("`--codec copy`"));
    assert!(!names_an_option("// ----- a -- b"));
    let files = library();
    assert!(files.len() > 50, "only {} files found", files.len());
    let of_others = |path: &PathBuf| OTHER_PROGRAMS.iter().any(|other| path.ends_with(other));
    for path in files.into_iter().filter(|path| !of_others(path)) {
        let text = std::fs::read_to_string(&path).expect("a source file");
        for (number, line) in text.lines().enumerate() {
            assert!(!names_an_option(line), "{}:{}: {line}", path.display(), number + 1);
        }
    }
}

/// The page about untrusted input names the test of each line.
#[test]
fn every_row_about_untrusted_input_names_an_existing_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("src/untrusted.rs")).expect("the page");
    let named: Vec<(&str, &str)> = page
        .split('`')
        .filter(|word| !word.contains(' '))
        .filter_map(|w| w.split_once("::"))
        .collect();
    let of_tests =
        |&(file, _): &(&str, &str)| file.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'));
    let named: Vec<_> = named.into_iter().filter(of_tests).collect();
    assert!(named.len() > 5, "{named:?}");
    for (file, test) in named {
        let text = std::fs::read_to_string(root.join(format!("tests/{file}.rs"))).expect(file);
        assert!(text.contains(&format!("#[test]\nfn {test}()")), "{file}::{test}");
    }
}
