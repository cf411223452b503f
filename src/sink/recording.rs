//! A recording stream before its first row: ids, name, properties, view, batching.
//! What happens to its rows is up to the sink.

use rerun::components::{LatLon, Text, Timestamp};
use rerun::external::re_log_types::{ApplicationId, RecordingId};
use rerun::log::ChunkBatcherConfig;
use rerun::sink::LogSink;
use rerun::{AnyValues, RecordingStream, RecordingStreamBuilder};

use super::relay::ForeignMessages;
use super::{RecordingSpec, blueprint};
use crate::error::{Error, ErrorKind, Result};
use crate::record::properties::{Property, Value};

/// A recording stream into `sink`, with its name, properties and default view.
pub(super) fn record(spec: &RecordingSpec, sink: Box<dyn LogSink>) -> Result<RecordingStream> {
    let failed = |e: rerun::RecordingStreamError| Error::new(ErrorKind::Output, "the recording", e);
    let application = ApplicationId::try_from(spec.application_id.clone()).map_err(|e| {
        Error::new(ErrorKind::Config, "application id", e)
            .with_remedy("give it a name, such as vstream")
    })?;
    let mut builder = RecordingStreamBuilder::new(application.clone())
        .recording_id(spec.recording_id.as_str())
        .enabled(true)
        // Naming the id switches them off in Rerun 0.36, and on later, where a guest's would replace its host's.
        .send_properties(!spec.guest)
        .batcher_config(batching(spec.live));
    if !spec.guest {
        builder = builder.recording_name(spec.name.as_str());
    }
    let recording = builder.buffered().map_err(failed)?;
    recording.set_log_time_enabled(false);
    if !spec.guest {
        blueprint::send(&recording, application, &spec.tracks, spec.live).map_err(failed)?;
    }
    let own = recording.store_info().map(|info| info.store_id);
    recording.set_sink(match own {
        Some(own) if spec.relay => Box::new(ForeignMessages { sink, own }),
        _ => sink,
    });
    if spec.guest {
        return Ok(recording);
    }
    for group in groups(&spec.properties) {
        let values = spec.properties.iter().filter(|p| p.group == group).fold(
            AnyValues::default(),
            |values, property| {
                // The only error is an empty name, which can be ignored.
                let Ok(name) = rerun::ComponentIdentifier::try_new(&property.name) else {
                    return values;
                };
                match &property.value {
                    Value::Text(text) => values.with_component::<Text>(name, [text.as_str()]),
                    Value::Time(nanos) => values.with_component::<Timestamp>(name, [*nanos]),
                    Value::Place(latitude, longitude) => {
                        values.with_component::<LatLon>(name, [[*latitude, *longitude]])
                    }
                }
            },
        );
        recording.send_property(group, &values).map_err(failed)?;
    }
    Ok(recording)
}

/// For live viewing, each row is sent at once: Rerun's own low-latency setting would wait up to 8 ms for more.
fn batching(live: bool) -> ChunkBatcherConfig {
    let rows = if live { 1 } else { ChunkBatcherConfig::LOW_LATENCY.flush_num_rows };
    ChunkBatcherConfig { flush_num_rows: rows, ..ChunkBatcherConfig::LOW_LATENCY }
}

/// An id for a recording that has none configured.
pub(crate) fn random_id() -> String {
    RecordingId::random().to_string()
}

fn groups(properties: &[Property]) -> Vec<String> {
    let mut groups: Vec<String> = properties.iter().map(|p| p.group.clone()).collect();
    groups.dedup();
    groups
}
