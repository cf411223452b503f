//! The second reading of a recording separates the pictures that become video from everything else, which passes
//! unchanged. Nothing is decoded here.

use std::collections::BTreeMap;

use rerun::components::ImageFormat;
use rerun::external::re_log_types::StoreKind;
use rerun::log::{Chunk, ChunkId, LogMsg};
use rerun::{EncodedImage, Image, SerializedComponentColumn, Timeline, VideoStream};

use super::choice::Handling;
use super::order::Order;
use super::pictures::{Kind, RowKey, pictures};
use super::raw::{mosaic, mosaic_form, mosaics, raw_form, raw_format, raw_formats};
use super::survey::{Found, Place};
use crate::config::PixelRange;
use crate::error::{Error, ErrorKind, Result};
use crate::picture::given::{Form, MemoryPicture, UnitOrder};
use crate::record::recorded::is_property;
use crate::sample::SampleCodec;

/// A picture for an encoder, with the row that its sample will get.
pub(crate) struct Routed {
    pub track: usize,
    pub key: RowKey,
    pub picture: MemoryPicture,
}

/// The parts of a message.
#[derive(Default)]
pub(crate) struct Parts {
    /// Passes on unchanged.
    pub passing: Option<LogMsg>,
    pub pictures: Vec<Routed>,
}

/// How the pictures of one entity are treated.
struct Track {
    index: usize,
    handling: Handling,
    codec: Option<SampleCodec>,
    units: UnitOrder,
    /// The rank of each row by time, and the time given to each rank.
    ranks: Vec<u32>,
    times: Vec<i64>,
    rows: usize,
    order: Order<(RowKey, Form, i64)>,
    format: Option<ImageFormat>,
}

/// Separates the messages of a recording.
pub(crate) struct Route {
    tracks: BTreeMap<Place, Track>,
    drop_other: bool,
    /// The values to show, where pixels are measured values.
    range: Option<PixelRange>,
}

/// Time between two pictures of a recording that has only counters, no times: 30 pictures a second.
const STEP: i64 = 1_000_000_000 / 30;

/// A time in nanoseconds for each rank, strictly increasing, with the distances of the pictures' own times.
fn pace(found: &Found, main: Option<&Timeline>, ranks: &[u32]) -> Vec<i64> {
    let pace = main.and_then(|main| found.times.pace(main));
    let paced: Vec<Option<i64>> = match pace {
        Some(timeline) => found.times.column(&timeline),
        None => vec![None; ranks.len()],
    };
    let mut by_rank = vec![None; ranks.len()];
    for (row, &rank) in ranks.iter().enumerate() {
        if let Some(slot) = by_rank.get_mut(rank as usize) {
            *slot = paced.get(row).copied().flatten();
        }
    }
    let (mut now, mut before) = (-STEP, None);
    by_rank
        .into_iter()
        .map(|time: Option<i64>| {
            let step = match (before, time) {
                (Some(before), Some(time)) if time >= before => time.saturating_sub(before).max(1),
                _ => STEP,
            };
            before = time.or(before);
            now = now.saturating_add(step);
            now
        })
        .collect()
}

impl Route {
    pub fn new(drop_other: bool, range: Option<PixelRange>) -> Self {
        Self { tracks: BTreeMap::new(), drop_other, range }
    }

    /// Make the pictures of this entity track `index`.
    pub fn add(
        &mut self,
        place: Place,
        found: &Found,
        handling: Handling,
        index: usize,
        main: Option<&Timeline>,
    ) {
        let ranks = main.map(|main| found.times.ranks(main)).unwrap_or_default();
        let in_order = ranks.is_sorted();
        let times = pace(found, main, &ranks);
        // Increasing times on samples that are reordered are decoding times.
        let decoded = found.verdict.reorders() && in_order;
        self.tracks.insert(
            place,
            Track {
                index,
                handling,
                codec: found.codec,
                units: if decoded { UnitOrder::Decoded } else { UnitOrder::Shown },
                ranks,
                times,
                rows: 0,
                order: Order::default(),
                format: found.format,
            },
        );
    }

    pub fn take(&mut self, message: LogMsg) -> Result<Parts> {
        let LogMsg::ArrowMsg(store, arrow) = &message else {
            return Ok(Parts { passing: Some(message), ..Parts::default() });
        };
        if store.kind() != StoreKind::Recording {
            return Ok(Parts { passing: Some(message), ..Parts::default() });
        }
        // Pass on what cannot be read.
        let Ok(chunk) = Chunk::from_arrow_msg(arrow) else {
            return Ok(Parts { passing: Some(message), ..Parts::default() });
        };
        let place = (store.clone(), chunk.entity_path().clone());
        let Some(track) = self.tracks.get_mut(&place) else {
            let kept = !self.drop_other || is_property(&chunk);
            let passing = match chunk.components().contains_component(mosaic()) {
                true => passing(&place, chunk.component_dropped(mosaic()))?,
                false => message,
            };
            return Ok(Parts { passing: kept.then_some(passing), ..Parts::default() });
        };
        let mut out = Vec::new();
        if track.handling == Handling::Keep {
            if !chunk.is_static() {
                track.take(&chunk, Kind::Stream, self.range, &mut out)?;
            }
            return Ok(Parts { passing: Some(message), pictures: out });
        }
        let mut taken = vec![mosaic()];
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Segmentation) {
            taken.extend(kind.related_components());
            if !chunk.is_static() {
                taken.push(kind.component());
                track.take(&chunk, kind, self.range, &mut out)?;
            }
        }
        let has = |component| chunk.components().contains_component(component);
        let passing = if self.drop_other {
            None
        } else if taken.iter().any(|&component| has(component)) {
            let rest = renamed(chunk.components_dropped(&taken).with_id(ChunkId::new()));
            (rest.num_components() > 0).then(|| passing(&place, rest)).transpose()?
        } else {
            Some(message)
        };
        Ok(Parts { passing, pictures: out })
    }

    /// End the recording: return the pictures that still waited for others.
    pub fn finish(&mut self) -> Result<Vec<Routed>> {
        let mut out = Vec::new();
        for track in self.tracks.values_mut() {
            let rest = track.order.finish()?;
            track.give(rest, &mut out);
        }
        Ok(out)
    }
}

impl Track {
    fn take(
        &mut self,
        chunk: &Chunk,
        kind: Kind,
        range: Option<PixelRange>,
        out: &mut Vec<Routed>,
    ) -> Result<()> {
        let found = pictures(chunk, kind);
        let formats = raw_formats(chunk, kind, self.format);
        self.format = raw_format(chunk, kind).or(self.format);
        let rows: BTreeMap<_, _> = chunk.row_ids().zip(formats).collect();
        let mosaics: BTreeMap<_, _> = chunk.row_ids().zip(mosaics(chunk)).collect();
        for picture in found {
            let form = match (kind, self.codec) {
                (Kind::Encoded | Kind::EncodedDepth, _) => Some(Form::Compressed),
                (Kind::Stream, codec) => Some(Form::Unit {
                    codec: codec.unwrap_or_default().ffmpeg_name(),
                    order: self.units,
                }),
                _ => {
                    let form = rows.get(&picture.key.id).copied().flatten();
                    let form = form.and_then(|format| raw_form(format, range));
                    form.map(|form| match mosaics.get(&picture.key.id) {
                        Some(name) => Form::Raw(mosaic_form(name, form)),
                        None => Form::Raw(form),
                    })
                }
            };
            let row = self.rows;
            self.rows += 1;
            let rank =
                self.ranks.get(row).copied().unwrap_or(u32::try_from(row).unwrap_or(u32::MAX));
            let time = self.time(rank);
            // The decoder counts it as damaged.
            let form = form.unwrap_or(Form::Compressed);
            let data = picture.data.as_slice().to_vec();
            // A decoder needs them in stored order.
            if matches!(form, Form::Unit { .. }) && self.handling == Handling::Encode {
                let due = vec![((picture.key, form, time), data)];
                self.give(due, out);
            } else {
                let due = self.order.push(rank, (picture.key, form, time), data)?;
                self.give(due, out);
            }
        }
        Ok(())
    }

    fn time(&self, rank: u32) -> i64 {
        let rank = rank as usize;
        let beyond = rank.saturating_sub(self.times.len().saturating_sub(1)) as i64;
        let last = self.times.last().copied().unwrap_or(0);
        self.times.get(rank).copied().unwrap_or(last + beyond * STEP)
    }

    fn give(&self, due: Vec<((RowKey, Form, i64), Vec<u8>)>, out: &mut Vec<Routed>) {
        out.extend(due.into_iter().map(|((key, form, time), data)| Routed {
            track: self.index,
            key,
            picture: MemoryPicture { time, data, form },
        }));
    }
}

/// A chunk as a message of its recording.
fn passing(place: &Place, chunk: Chunk) -> Result<LogMsg> {
    let arrow = chunk
        .to_arrow_msg()
        .map_err(|e| Error::new(ErrorKind::Internal, format!("entity {}", place.1), e))?;
    Ok(LogMsg::ArrowMsg(place.0.clone(), arrow))
}

/// The opacity and the draw order of the pictures apply to the video in their place.
fn renamed(mut chunk: Chunk) -> Chunk {
    let pairs = [
        (EncodedImage::descriptor_opacity(), VideoStream::descriptor_opacity()),
        (EncodedImage::descriptor_draw_order(), VideoStream::descriptor_draw_order()),
        (Image::descriptor_opacity(), VideoStream::descriptor_opacity()),
        (Image::descriptor_draw_order(), VideoStream::descriptor_draw_order()),
    ];
    for (from, to) in pairs {
        let Some(column) = chunk.components().get(from.component).cloned() else {
            continue;
        };
        let column = SerializedComponentColumn::new(column.list_array, to);
        let mut other = chunk.components_dropped(&[from.component]);
        if other.add_component(column).is_ok() {
            chunk = other;
        }
    }
    chunk
}
