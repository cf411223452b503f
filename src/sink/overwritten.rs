//! Detects inputs that would be overwritten by the temporary or partial file of an output.
//! The final name of an output is checked elsewhere.

use std::path::Path;

use super::part::{failed, is_same_file, part_of, partial_of};
use crate::config::{Config, OutputConfig};
use crate::error::{Remedy, Result};

/// An error if an input has one of the names that an output has before it is complete.
pub(crate) fn check(config: &Config) -> Result<()> {
    let inputs = config.inputs.iter().flat_map(|input| std::iter::once(input).chain(&input.joined));
    let inputs: Vec<&Path> = inputs.map(|input| Path::new(&input.location)).collect();
    for output in &config.outputs {
        let OutputConfig::Save(save) = output else { continue };
        for name in [part_of(&save.path), partial_of(&save.path)] {
            // A file that is not there is no input's.
            if inputs.iter().any(|input| is_same_file(input, &name)) {
                let cause = format!("until it is complete it is {}, an input", name.display());
                return Err(failed(&save.path, cause).with_remedy(Remedy::Rename));
            }
        }
    }
    Ok(())
}
