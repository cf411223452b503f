//! Checks lines of `vstream --json` against the schema that the program prints.
//! The tests check their contents.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

use super::run::{Outcome, vstream};

/// The schema that the program prints.
pub struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    pub fn load() -> Self {
        let printed = vstream().arg("--json-schema").run().expect(0).stdout;
        let schema = serde_json::from_slice(&printed).expect("JSON");
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("line.json", schema).expect("a resource");
        let index = compiler.compile("line.json", &mut schemas).expect("a schema");
        Self { schemas, index }
    }

    /// Every line, each checked.
    pub fn lines(&self, outcome: &Outcome) -> Vec<Value> {
        let text = String::from_utf8_lossy(&outcome.stdout);
        let read = |line: &str| {
            let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
            let checked = self.schemas.validate(&value, self.index);
            checked.unwrap_or_else(|error| panic!("{error}\n{line}"));
            value
        };
        text.lines().map(read).collect()
    }
}

/// What each line tells of.
pub fn events(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["event"].as_str().expect("an event")).collect()
}
