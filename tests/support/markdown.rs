//! Extracts code from Markdown: blocks with their language, and words between backticks.
//! It handles only what our README uses.

use std::path::Path;

/// A block of code. Indented ones have no language.
pub struct Block {
    pub language: String,
    pub text: String,
}

pub struct Document {
    pub blocks: Vec<Block>,
    pub spans: Vec<String>,
}

impl Document {
    #[track_caller]
    pub fn readme() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        Self::parse(&std::fs::read_to_string(path).expect("a README"))
    }

    fn parse(text: &str) -> Self {
        let mut document = Self { blocks: Vec::new(), spans: Vec::new() };
        let mut open: Option<Block> = None;
        for line in text.lines() {
            let fence = line.strip_prefix("```");
            match (&mut open, fence, line.strip_prefix("    ")) {
                (Some(block), None, Some(code)) if block.language.is_empty() => block.push(code),
                (Some(block), None, _) if !block.language.is_empty() => block.push(line),
                (Some(block), Some(_), _) if !block.language.is_empty() => {
                    document.blocks.extend(open.take());
                }
                (_, Some(language), _) => {
                    document.blocks.extend(open.replace(Block::new(language)));
                }
                (_, None, Some(code)) => {
                    document.blocks.extend(open.take());
                    open.insert(Block::new("")).push(code);
                }
                (_, None, None) => {
                    document.blocks.extend(open.take());
                    // A table needs its bars escaped.
                    let spans = line.split('`').skip(1).step_by(2);
                    document.spans.extend(spans.map(|span| span.replace("\\|", "|")));
                }
            }
        }
        document.blocks.extend(open);
        document
    }

    pub fn of<'a>(&'a self, language: &'a str) -> impl Iterator<Item = &'a str> {
        self.blocks.iter().filter(move |b| b.language == language).map(|b| b.text.as_str())
    }

    /// The one block that has these words.
    #[track_caller]
    pub fn with(&self, words: &str) -> &str {
        let mut found = self.blocks.iter().filter(|block| block.text.contains(words));
        let block = found.next().unwrap_or_else(|| panic!("no block with {words:?}"));
        assert!(found.next().is_none(), "several blocks with {words:?}");
        &block.text
    }
}

impl Block {
    fn new(language: &str) -> Self {
        Self { language: language.trim().to_owned(), text: String::new() }
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

#[test]
fn code_is_found() {
    let text = "a `b` and `c \\| d`\n\n    e\n    f\n\n```sh\ng\n    h\n```\n| `i` |\n    j\n";
    let document = Document::parse(text);
    assert_eq!(document.spans, ["b", "c | d", "i"]);
    let blocks = document.blocks.iter().map(|b| (b.language.as_str(), b.text.as_str()));
    assert_eq!(blocks.collect::<Vec<_>>(), [("", "e\nf\n"), ("sh", "g\n    h\n"), ("", "j\n")]);
}
