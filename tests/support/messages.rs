//! A recording as stored: its messages, and the rows of an entity with all their times.
//! The contract of a video is in `check`.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::Path;

use rerun::ComponentIdentifier;
use rerun::external::arrow::array::Array as _;
use rerun::external::re_log_encoding::DecoderApp;
use rerun::log::{Chunk, LogMsg};
use rerun::time::TimeType;

/// Everything in a file.
#[track_caller]
pub fn messages(path: &Path) -> Vec<LogMsg> {
    let file = std::fs::File::open(path).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
    DecoderApp::decode_lazy(BufReader::new(file))
        .map(|message| message.expect("a message"))
        .collect()
}

/// The chunks of recordings, not of blueprints.
pub fn chunks(messages: &[LogMsg]) -> Vec<Chunk> {
    let data = messages.iter().filter_map(|message| match message {
        LogMsg::ArrowMsg(store, arrow) if store.kind() == rerun::StoreKind::Recording => {
            Some(arrow)
        }
        _ => None,
    });
    data.map(|arrow| Chunk::from_arrow_msg(arrow).expect("a chunk")).collect()
}

/// The times of a row: each timeline with its kind.
pub type RowTimes = BTreeMap<String, (TimeType, i64)>;

/// The rows of an entity that hold a component: their times and, of a blob, its bytes.
pub fn rows(
    messages: &[LogMsg],
    entity: &str,
    component: ComponentIdentifier,
) -> Vec<(RowTimes, Vec<u8>)> {
    let mut all = Vec::new();
    for chunk in chunks(messages) {
        let Some(column) = chunk.components().get_array(component) else { continue };
        if chunk.entity_path().to_string().trim_start_matches('/') != entity || chunk.is_static() {
            continue;
        }
        let blobs = chunk.iter_slices::<&[u8]>(component);
        let held = (0..chunk.num_rows()).filter(|row| column.is_valid(*row));
        for (row, blob) in held.zip(blobs) {
            let time = |(name, times): (&rerun::TimelineName, &rerun::TimeColumn)| {
                (name.to_string(), (times.timeline().typ(), times.times_raw()[row]))
            };
            let bytes = blob.first().map(|data| data.as_slice().to_vec()).unwrap_or_default();
            all.push((chunk.timelines().iter().map(time).collect(), bytes));
        }
    }
    all
}

/// What differs between two recordings, but for the chunks that `skip` names.
pub fn differences(
    before: &[LogMsg],
    after: &[LogMsg],
    skip: impl Fn(&Chunk) -> bool,
) -> Vec<String> {
    let keyed = |messages: &[LogMsg]| -> BTreeMap<String, LogMsg> {
        let entry = |message: &LogMsg| match message {
            LogMsg::ArrowMsg(store, arrow) => {
                let chunk = Chunk::from_arrow_msg(arrow).expect("a chunk");
                let key = format!("{store:?} chunk {}", chunk.id());
                (!skip(&chunk)).then(|| (key, message.clone()))
            }
            other => Some((format!("{other:?}"), message.clone())),
        };
        messages.iter().filter_map(entry).collect()
    };
    let (before, after) = (keyed(before), keyed(after));
    let same = |a: &LogMsg, b: &LogMsg| match (a, b) {
        (LogMsg::ArrowMsg(_, a), LogMsg::ArrowMsg(_, b)) => a.batch == b.batch,
        _ => true, // the key says it all
    };
    let lost = before.iter().filter_map(|(key, a)| match after.get(key) {
        Some(b) if same(a, b) => None,
        Some(_) => Some(format!("changed: {key}")),
        None => Some(format!("lost: {key}")),
    });
    let new =
        after.keys().filter(|key| !before.contains_key(*key)).map(|key| format!("new: {key}"));
    lost.chain(new).collect()
}
