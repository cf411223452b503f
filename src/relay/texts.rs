//! The subtitles and chapters of a recording, kept while it is read for its pictures.
//! They are recognised by the entity paths that `vstream` gives them; a recording's other texts are ignored.

use std::collections::BTreeMap;

use rerun::external::re_log_types::StoreKind;
use rerun::log::{Chunk, LogMsg};
use rerun::{EntityPath, TextLog};

use super::pictures::{RowKey, texts};
use super::survey::Place;
use crate::label::Label;
use crate::text::note::NoteKind;

/// A text of a recording.
pub(crate) struct StoredText {
    pub key: RowKey,
    pub text: String,
}

/// The texts of a recording, in the order in which they are stored.
#[derive(Default)]
pub(crate) struct Texts {
    pub places: BTreeMap<Place, Vec<StoredText>>,
}

impl Texts {
    /// Keep the texts of a message, if it has any.
    pub fn see(&mut self, message: &LogMsg) {
        let LogMsg::ArrowMsg(store, arrow) = message else { return };
        let component = TextLog::descriptor_text().component;
        let has_texts = arrow.batch.schema_ref().field_with_name(component.as_str()).is_ok();
        if store.kind() != StoreKind::Recording || !has_texts {
            return;
        }
        // What cannot be read is counted with the pictures.
        let Ok(chunk) = Chunk::from_arrow_msg(arrow) else { return };
        if note_kind(chunk.entity_path()).is_none() {
            return;
        }
        let place = (store.clone(), chunk.entity_path().clone());
        let found =
            texts(&chunk, component).into_iter().map(|(key, text)| StoredText { key, text });
        self.places.entry(place).or_default().extend(found);
    }
}

/// What the texts at an entity are, if they can be part of a video file.
pub(crate) fn note_kind(entity: &EntityPath) -> Option<NoteKind> {
    let mut parts = entity.iter().rev().map(|part| part.unescaped_str());
    match (parts.next()?, parts.next()) {
        ("chapters", _) => Some(NoteKind::Chapters),
        (name, Some("subtitles")) => Some(NoteKind::Subtitles(Label::of_part(name))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entity_path_decides_the_kind_of_text() {
        let kind = |path: &str| note_kind(&EntityPath::parse_forgiving(path));
        assert_eq!(kind("world/front/chapters"), Some(NoteKind::Chapters));
        let english = NoteKind::Subtitles(Label::of_part("eng"));
        assert_eq!(kind("subtitles/eng"), Some(english));
        assert_eq!((kind("robot/log"), kind("subtitles"), kind("/")), (None, None, None));
    }
}
