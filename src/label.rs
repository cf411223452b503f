//! The language and the title that distinguish streams of sound or subtitles.
//! Pure; the entity for each is chosen in `run::names`.

/// As containers state it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Label {
    /// In three letters, such as `eng`.
    pub language: Option<String>,
    pub title: Option<String>,
}

impl Label {
    /// From the metadata of a stream, and its title.
    pub fn new(metadata: &[(String, String)], title: Option<&str>) -> Self {
        let language = metadata.iter().find(|(key, _)| key == "language");
        let language =
            language.map(|(_, value)| value).filter(|value| !matches!(value.as_str(), "" | "und"));
        Self { language: language.cloned(), title: title.map(str::to_owned) }
    }

    /// From the last part of the entity that a stream was recorded at, such as `eng` of `audio/eng`.
    pub fn of_part(part: &str) -> Self {
        let is_language = part.len() == 3 && part.bytes().all(|b| b.is_ascii_lowercase());
        // The number of a stream without a name.
        let is_number = part.bytes().all(|b| b.is_ascii_digit());
        match is_language {
            true => Self { language: Some(part.to_owned()), title: None },
            false => Self { language: None, title: (!is_number).then(|| part.to_owned()) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_lower_case_letters_in_a_path_are_a_language() {
        let label = |language: Option<&str>, title: Option<&str>| Label {
            language: language.map(str::to_owned),
            title: title.map(str::to_owned),
        };
        assert_eq!(Label::of_part("deu"), label(Some("deu"), None));
        assert_eq!(Label::of_part("Comments"), label(None, Some("Comments")));
        assert_eq!(Label::of_part("2"), label(None, None));
        let metadata = [("language".to_owned(), "und".to_owned())];
        assert_eq!(Label::new(&metadata, Some("a")), label(None, Some("a")));
    }
}
