//! The error of text that is not a valid value.
//! The valid forms are defined by each type.

use std::fmt;

use super::{Error, ErrorKind};

/// Text that is not a value of the type it was read as, with how such a value is written.
///
/// ```
/// use vstream::Size;
///
/// let error = "wide".parse::<Size>().unwrap_err();
/// assert_eq!(error.text(), "wide");
/// assert_eq!(
///     error.to_string(),
///     "`wide` is not a size; write it as WIDTHxHEIGHT, such as 1280x720"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    text: String,
    what: &'static str,
    form: &'static str,
}

impl ParseError {
    /// `text` is not `what` ("a size"), which takes this `form` ("write it as WIDTHxHEIGHT").
    pub(crate) fn new(text: impl fmt::Display, what: &'static str, form: &'static str) -> Self {
        Self { text: text.to_string(), what, form }
    }

    /// The text that was read.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not {}; {}", self.text, self.what, self.form)
    }
}

impl std::error::Error for ParseError {}

/// An error of kind [`ErrorKind::Config`].
impl From<ParseError> for Error {
    fn from(error: ParseError) -> Self {
        let ParseError { text, what, form } = &error;
        let subject = format!("`{text}`");
        Self::new(ErrorKind::Config, subject, format!("it is not {what}"))
            .with_remedy(*form)
            .with_source(error)
    }
}
