//! Turns samples into rows of Rerun, each at exactly the times of the picture that it was made from.
//! It makes chunks and sends none.

use bytes::Bytes;
use rerun::components::{IsKeyframe, VideoCodec, VideoSample};
use rerun::external::re_log_types::StoreId;
use rerun::log::{Chunk, ChunkComponents, ChunkId, LogMsg, RowId, TimeColumn};
use rerun::{EntityPath, SerializedComponentColumn, Timeline, VideoStream};

use super::pictures::RowKey;
use crate::error::{Error, ErrorKind, Result};
use crate::record::video_sample;
use crate::sample::SampleCodec;

/// One sample with the row that it belongs to.
pub(crate) struct VideoRow {
    pub key: RowKey,
    pub data: Bytes,
    pub keyframe: bool,
}

/// Collects the samples of one video into chunks of whole GOPs.
pub(crate) struct VideoRows {
    store: StoreId,
    entity: EntityPath,
    max_bytes: usize,
    /// Complete GOPs that wait to become a chunk, and the current GOP.
    ready: Vec<VideoRow>,
    current: Vec<VideoRow>,
    keyframes: Vec<RowKey>,
    /// Give rows new ids, because the ids of the pictures are not in the order of their times.
    new_ids: bool,
}

impl VideoRows {
    /// Bytes of a row in a chunk beside its sample.
    const ROW_OVERHEAD: usize = 64;

    pub fn new(store: StoreId, entity: EntityPath, max_bytes: usize, new_ids: bool) -> Self {
        let (ready, current, keyframes) = (Vec::new(), Vec::new(), Vec::new());
        Self { store, entity, max_bytes, ready, current, keyframes, new_ids }
    }

    /// The codec as static data, which comes before the samples.
    pub fn codec(&self, codec: SampleCodec) -> Result<LogMsg> {
        let codec = match codec {
            SampleCodec::H264 => VideoCodec::H264,
            SampleCodec::H265 => VideoCodec::H265,
            SampleCodec::Av1 => VideoCodec::AV1,
            SampleCodec::Vp8 => VideoCodec::VP8,
            SampleCodec::Vp9 => VideoCodec::VP9,
        };
        self.message(&[RowId::new()], &[], VideoStream::update_fields().with_many_codec([codec]))
    }

    /// Take a sample; returns the chunks that are complete.
    pub fn push(&mut self, row: VideoRow) -> Result<Vec<LogMsg>> {
        let mut out = Vec::new();
        let joins = self.current.last().is_none_or(|last| self.joins(&last.key, &row.key));
        if row.keyframe || !joins {
            out.extend(self.close_gop()?);
        }
        if !joins {
            out.extend(self.take_ready()?);
        }
        if row.keyframe {
            self.keyframes.push(row.key.clone());
        }
        self.current.push(row);
        Ok(out)
    }

    /// Return the last GOPs, and the sparse column in which tools look for keyframes.
    pub fn finish(mut self) -> Result<Vec<LogMsg>> {
        let mut out: Vec<LogMsg> = self.close_gop()?.into_iter().collect();
        out.extend(self.take_ready()?);
        let keyframes = std::mem::take(&mut self.keyframes);
        for run in keyframes.chunk_by(|before, key| key.follows(before)) {
            let ids: Vec<RowId> = run.iter().map(|_| RowId::new()).collect();
            let marks = run.iter().map(|_| IsKeyframe::from(true));
            let keys: Vec<&RowKey> = run.iter().collect();
            let fields = VideoStream::update_fields().with_many_is_keyframe(marks);
            out.push(self.message(&ids, &keys, fields)?);
        }
        Ok(out)
    }

    /// Whether a row may follow another in a chunk: it is on the same timelines, and no time goes back.
    fn joins(&self, before: &RowKey, key: &RowKey) -> bool {
        key.follows(before) && (self.new_ids || key.id > before.id)
    }

    fn close_gop(&mut self) -> Result<Option<LogMsg>> {
        let bytes = |rows: &[VideoRow]| -> usize {
            rows.iter().map(|row| row.data.len() + Self::ROW_OVERHEAD).sum()
        };
        let full = bytes(&self.ready) + bytes(&self.current) > self.max_bytes;
        let out = if full { self.take_ready()? } else { None };
        self.ready.append(&mut self.current);
        Ok(out)
    }

    fn take_ready(&mut self) -> Result<Option<LogMsg>> {
        let rows = std::mem::take(&mut self.ready);
        if rows.is_empty() {
            return Ok(None);
        }
        let (keys, samples): (Vec<RowKey>, Vec<VideoSample>) =
            rows.into_iter().map(|row| (row.key, video_sample(row.data))).unzip();
        let ids: Vec<RowId> =
            keys.iter().map(|key| if self.new_ids { RowId::new() } else { key.id }).collect();
        let keys: Vec<&RowKey> = keys.iter().collect();
        let fields = VideoStream::update_fields().with_many_sample(samples);
        self.message(&ids, &keys, fields).map(Some)
    }

    fn message(&self, ids: &[RowId], keys: &[&RowKey], fields: VideoStream) -> Result<LogMsg> {
        let fail = |e: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Output, format!("entity {}", self.entity), e)
        };
        let columns: Vec<SerializedComponentColumn> =
            fields.columns_of_unit_batches().map_err(|e| fail(&e))?.collect();
        let timelines: Vec<Timeline> =
            keys.first().map(|key| key.times.iter().map(|(t, _)| *t).collect()).unwrap_or_default();
        let column = |(index, timeline): (usize, Timeline)| {
            let times: Vec<i64> = keys.iter().map(|key| key.times[index].1).collect();
            (*timeline.name(), TimeColumn::new(None, timeline, times.into()))
        };
        let times = timelines.into_iter().enumerate().map(column).collect();
        let components: ChunkComponents = columns.into_iter().collect();
        let (id, entity) = (ChunkId::new(), self.entity.clone());
        let chunk = Chunk::from_native_row_ids(id, entity, None, ids, times, components)
            .map_err(|e| fail(&e))?;
        let message = chunk.to_arrow_msg().map_err(|e| fail(&e))?;
        Ok(LogMsg::ArrowMsg(self.store.clone(), message))
    }
}
