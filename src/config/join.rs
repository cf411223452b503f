//! Where files that continue each other begin.
//! How they are read is decided in `input`.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;

/// Where the files of a joined input begin on its timeline.
///
/// ```
/// use vstream::{InputConfig, JoinTimes};
///
/// // The chapters of one long recording.
/// let drive = InputConfig::new("GX010042.MP4").with_joined(["GX020042.MP4", "GX030042.MP4"]);
/// // Single recordings of a day, with the time between them left out.
/// let day = InputConfig::new("morning.mp4")
///     .with_joined(["evening.mp4"])
///     .with_join_times(JoinTimes::End);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum JoinTimes {
    /// By their creation times, if all files hold one and none begins before the one before it ends; otherwise like
    /// [`End`](Self::End). Times that differ from the end by less than 2 s are taken for the end, since most containers
    /// store whole seconds.
    #[default]
    Auto,
    /// Each where the one before it ends.
    End,
    /// By their creation times. It is an error if a file holds none, or begins before the one before it ends.
    Created,
}

impl JoinTimes {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::End, Self::Created];

    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::End => "end",
            Self::Created => "created",
        }
    }
}

impl fmt::Display for JoinTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// `auto`, `end` or `created`.
impl FromStr for JoinTimes {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let found = Self::ALL.into_iter().find(|times| times.name() == text);
        found.ok_or_else(|| {
            ParseError::new(text, "the times of joined files", "write auto, end or created")
        })
    }
}
