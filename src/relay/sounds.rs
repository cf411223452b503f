//! The clips of sound of a recording, kept in temporary files while it is read for its pictures.
//! Clips are not parsed.

use std::collections::BTreeMap;
use std::io::Write as _;

use rerun::external::re_log_types::StoreKind;
use rerun::log::{Chunk, LogMsg};
use tempfile::{NamedTempFile, TempPath};

use super::pictures::{RowKey, blobs};
use super::survey::Place;
use crate::error::{Error, Result};

/// The component of `AssetAudio` that holds a file, by its name: SDKs before 0.39 do not know it.
const BLOB: &str = "AssetAudio:blob";

/// A clip of a recording.
pub(crate) struct StoredClip {
    pub key: RowKey,
    /// Removed when it is dropped.
    pub file: TempPath,
}

/// The clips of a recording, in the order in which they are stored.
#[derive(Default)]
pub(crate) struct Sounds {
    pub places: BTreeMap<Place, Vec<StoredClip>>,
    /// Why some are missing.
    pub failure: Option<Error>,
}

impl Sounds {
    /// Keep the clips of a message, if it has any.
    pub fn see(&mut self, message: &LogMsg) {
        if self.failure.is_none() {
            self.failure = self.keep(message).err();
        }
    }

    fn keep(&mut self, message: &LogMsg) -> Result<()> {
        let LogMsg::ArrowMsg(store, arrow) = message else { return Ok(()) };
        let has_clips = arrow.batch.schema_ref().field_with_name(BLOB).is_ok();
        if store.kind() != StoreKind::Recording || !has_clips {
            return Ok(());
        }
        // What cannot be read is counted with the pictures.
        let Ok(chunk) = Chunk::from_arrow_msg(arrow) else { return Ok(()) };
        let place = (store.clone(), chunk.entity_path().clone());
        for clip in blobs(&chunk, BLOB.into()) {
            let file = store_file(&clip.data)?;
            let clips = self.places.entry(place.clone()).or_default();
            clips.push(StoredClip { key: clip.key, file });
        }
        Ok(())
    }
}

fn store_file(data: &[u8]) -> Result<TempPath> {
    let failed = |error| Error::temporary_file("the sound of a recording", error);
    let mut file = NamedTempFile::new().map_err(failed)?;
    file.write_all(data).map_err(failed)?;
    Ok(file.into_temp_path())
}
