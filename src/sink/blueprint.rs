//! The messages of a recording's default view: its own store, and the command that activates it. What is in the view is
//! decided in `record::blueprint`.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rerun::blueprint::Blueprint;
use rerun::external::re_log_types::{ApplicationId, RecordingId};
use rerun::log::LogMsg;
use rerun::sink::{LogSink, SinkFlushError};
use rerun::{RecordingStream, RecordingStreamBuilder, RecordingStreamResult};

use crate::record::TrackSpec;

/// Sends the default view of these tracks, which also becomes the active one: the viewer remembers what it showed of an
/// application, and would show the places of the last recording's videos.
pub(super) fn send(
    recording: &RecordingStream,
    application: ApplicationId,
    tracks: &[TrackSpec],
    live: bool,
) -> RecordingStreamResult<()> {
    let mut messages =
        collect(application, |blueprint| crate::record::blueprint::log(blueprint, tracks, live))?;
    let Some(store) = messages.first().map(|message| message.store_id().clone()) else {
        return Ok(());
    };
    if let Some(LogMsg::BlueprintActivationCommand(mut command)) = activation() {
        command.blueprint_id = store;
        messages.push(LogMsg::BlueprintActivationCommand(command));
    }
    messages.into_iter().for_each(|message| recording.record_msg(message));
    Ok(())
}

/// Make now what no view can do without, and what takes longer than the rest of it.
pub(super) fn prepare() {
    let _ = activation();
}

/// A command to show some blueprint. The type is in another crate with each version of Rerun, so an instance is taken
/// from what the SDK sends. Only once in a program, since a `Blueprint` leaves a thread behind.
fn activation() -> Option<LogMsg> {
    static ACTIVATION: OnceLock<Option<LogMsg>> = OnceLock::new();
    ACTIVATION.get_or_init(sent_activation).clone()
}

fn sent_activation() -> Option<LogMsg> {
    let application = ApplicationId::try_from("any".to_owned()).ok()?;
    let (recording, messages) = collector(RecordingStreamBuilder::new(application)).ok()?;
    let activation =
        rerun::blueprint::BlueprintActivation { make_active: true, make_default: true };
    Blueprint::auto().send(&recording, activation).ok()?;
    drop(recording);
    let messages = messages.take();
    messages.into_iter().find(|message| matches!(message, LogMsg::BlueprintActivationCommand(_)))
}

/// All that `log` sends to a new blueprint of an application.
fn collect(
    application: ApplicationId,
    log: impl FnOnce(&RecordingStream) -> RecordingStreamResult<()>,
) -> RecordingStreamResult<Vec<LogMsg>> {
    let builder =
        RecordingStreamBuilder::new(application).recording_id(RecordingId::random()).blueprint();
    let (blueprint, messages) = collector(builder)?;
    log(&blueprint)?;
    // The stream ends with all its messages sent.
    drop(blueprint);
    Ok(messages.take())
}

fn collector(
    builder: RecordingStreamBuilder,
) -> RecordingStreamResult<(RecordingStream, Messages)> {
    let recording = builder.enabled(true).buffered()?;
    let messages = Messages::default();
    recording.set_sink(Box::new(messages.clone()));
    Ok((recording, messages))
}

/// A sink that keeps everything.
#[derive(Debug, Default, Clone)]
struct Messages(Arc<Mutex<Vec<LogMsg>>>);

impl Messages {
    fn take(&self) -> Vec<LogMsg> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl LogSink for Messages {
    fn send(&self, message: LogMsg) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message);
    }

    fn flush_blocking(&self, _timeout: std::time::Duration) -> Result<(), SinkFlushError> {
        Ok(())
    }
}
