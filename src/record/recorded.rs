//! Reads the properties of a recording on disk: only its first messages, no samples.
//! It writes nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use rerun::external::re_log_encoding::DecoderApp;
use rerun::external::re_log_types::StoreKind;
use rerun::log::{Chunk, LogMsg};

/// The entity path of recording properties.
const PROPERTIES: &str = "__properties";

/// The texts of one group of a recording's properties, by name; `None` if the file is not a recording or has none.
pub(crate) fn properties(path: &Path, group: &str) -> Option<BTreeMap<String, String>> {
    let file = BufReader::new(File::open(path).ok()?);
    let entity = format!("/{PROPERTIES}/{group}");
    for message in DecoderApp::decode_lazy(file) {
        let LogMsg::ArrowMsg(store, message) = message.ok()? else {
            continue;
        };
        if store.kind() != StoreKind::Recording {
            continue;
        }
        let chunk = Chunk::from_arrow_msg(&message).ok()?;
        if chunk.entity_path().to_string() == entity {
            return Some(texts(&chunk));
        }
        // Properties come before all timed data.
        if !chunk.is_static() {
            return None;
        }
    }
    None
}

/// Whether a chunk holds properties of the recording rather than data.
pub(crate) fn is_property(chunk: &Chunk) -> bool {
    chunk.entity_path().to_string().trim_start_matches('/').starts_with(PROPERTIES)
}

fn texts(chunk: &Chunk) -> BTreeMap<String, String> {
    let text = |id: rerun::ComponentIdentifier| {
        let all = chunk.iter_slices::<String>(id).next()?;
        let name = id.as_str().rsplit(':').next()?.to_owned();
        Some((name, all.first()?.as_str().to_owned()))
    };
    chunk.components_identifiers().filter_map(text).collect()
}
