//! Whether a stream of a joined input can be copied: all of its files are checked.
//! A single file is checked in `examine`.

use super::examine::{CopyCheck, examine};
use super::reason::Reason;
use super::verdict::Verdict;
use crate::config::{CodecChoice, InputConfig, VideoConfig};
use crate::error::Result;
use crate::input::parts::Joined;
use crate::input::probe::OpenStream;
use crate::source::OpenSpec;
use crate::threads::Spawner;

/// How the input is opened, and what is asked of the copy.
pub(crate) struct CopyRequest<'a> {
    pub spec: &'a OpenSpec,
    pub input: &'a InputConfig,
    pub video: &'a VideoConfig,
    pub keep_timestamps: bool,
    pub check: &'a CopyCheck,
    pub threads: &'a Spawner,
}

impl CopyRequest<'_> {
    /// The verdict on `stream`, the `nth` of the first file, and on its continuations.
    pub fn verdict(&self, stream: &OpenStream<'_>, nth: usize, joined: &Joined) -> Result<Verdict> {
        let mut plan = match self.examine(stream, self.spec, self.input)? {
            Ok(_) if joined.untimed => return Ok(Err(Reason::Setting("a start"))),
            Ok(plan) => plan,
            refused => return Ok(refused),
        };
        let headers = stream.input.extradata(stream.taken.stream.index);
        for part in &joined.parts {
            let mut open = part.open(self.threads.cancel())?;
            let Some(other) = open.stream(nth) else { continue };
            // Whether other headers mean the same is found out only by copying.
            if self.video.codec == CodecChoice::Auto
                && other.input.extradata(other.taken.stream.index) != headers
            {
                return Ok(Err(Reason::HeadersDiffer(part.spec.display.clone())));
            }
            match self.examine(&other, &part.spec, &part.config)? {
                Ok(other) => plan.caveats.extend(other.caveats),
                refused => return Ok(refused),
            }
        }
        plan.caveats.dedup();
        Ok(Ok(plan))
    }

    fn examine(
        &self,
        stream: &OpenStream<'_>,
        spec: &OpenSpec,
        input: &InputConfig,
    ) -> Result<Verdict> {
        let &Self { video, keep_timestamps, check, threads, .. } = self;
        examine(stream, spec, input, video, keep_timestamps, check, threads)
    }
}
