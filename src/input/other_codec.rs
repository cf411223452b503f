//! Leaves out the packets of parts in which a stream has another codec than at the beginning, and says so of sound.
//! Where these parts are is found in `source`, which says it of video.

use crate::event::{Tally, Warning};
use crate::ffi::{Input, Packet};
use crate::source::CodecChange;

/// The streams of an input that have such parts.
pub(super) struct OtherCodec {
    streams: Vec<Changing>,
}

struct Changing {
    index: usize,
    parts: Vec<Part>,
    /// Its last packet lies in such a part.
    leaves_out: bool,
}

struct Part {
    change: CodecChange,
    is_reported: bool,
}

impl OtherCodec {
    pub fn of(input: &Input, streams: &[usize], changes: &[CodecChange]) -> Self {
        let part = |change: &CodecChange| Part {
            change: change.clone(),
            // With what else is known of the file before it is read.
            is_reported: !change.is_sound,
        };
        let changing = |&index: &usize| {
            let pid = input.stream_id(index)?;
            let own = changes.iter().filter(|change| i32::from(change.pid) == pid);
            let parts: Vec<Part> = own.map(part).collect();
            (!parts.is_empty()).then_some(Changing { index, parts, leaves_out: false })
        };
        // Without changes, no stream is looked up.
        let streams = if changes.is_empty() { &[] } else { streams };
        Self { streams: streams.iter().filter_map(changing).collect() }
    }

    /// Whether a packet belongs to such a part.
    pub fn leaves_out(&mut self, packet: &Packet, tally: &Tally) -> bool {
        let own = self.streams.iter_mut().find(|stream| stream.index == packet.stream());
        let Some(stream) = own else { return false };
        // What a parser made of the rest of a packet has no place of its own.
        if let Some(at) = packet.position() {
            let part = stream.parts.iter_mut().find(|part| part.change.bytes.contains(&at));
            stream.leaves_out = part.is_some();
            if let Some(part) = part.filter(|part| !part.is_reported) {
                part.is_reported = true;
                tally.warn(Warning::SoundLeftOut(part.change.to_string()));
            }
        }
        stream.leaves_out
    }
}
