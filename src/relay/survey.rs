//! The first reading of a recording finds which entities hold pictures, of what kind, how many, and when.
//! It keeps only the first pictures of each entity.

use std::collections::BTreeMap;

use rerun::components::ImageFormat;
use rerun::external::re_log_types::{StoreId, StoreKind};
use rerun::log::{Chunk, LogMsg};
use rerun::time::TimeType;
use rerun::{EntityPath, Timeline, TimelineName};

use super::pictures::{Kind, RowKey, pictures, stream_codec};
use super::raw::{raw_format, raw_formats};
use super::verdict::StreamVerdict;
use crate::picture::given::codec_of;
use crate::sample::SampleCodec;

/// An entity in a recording; a file may hold several recordings.
pub(crate) type Place = (StoreId, EntityPath);

/// What a recording holds.
#[derive(Default)]
pub(crate) struct Survey {
    pub places: BTreeMap<Place, Found>,
    /// Number of entities in all recordings, with or without pictures.
    pub entities: usize,
    /// Why a message, the first of them, could not be read.
    pub damage: Option<String>,
    /// Number of pictures to keep of each entity.
    keep: usize,
    /// The codec of a stream came after samples of it, which could not be judged without it.
    late_codec: bool,
}

/// The pictures of one entity.
pub(crate) struct Found {
    pub kind: Kind,
    pub rows: u64,
    /// Static rows, which are always shown and make no video.
    pub fixed: u64,
    pub bytes: u64,
    pub codec: Option<SampleCodec>,
    /// What the Viewer would show wrong, if this is a stream.
    pub verdict: StreamVerdict,
    /// The last static format of raw pictures.
    pub format: Option<ImageFormat>,
    /// The first pictures, to see their format: as many as were asked for, at least one.
    pub begin: Vec<Vec<u8>>,
    pub first_format: Option<ImageFormat>,
    /// Rows that do not begin like an image file.
    pub unknown: u64,
    pub times: Times,
}

/// The times of all rows of an entity, with a column for each timeline.
#[derive(Default)]
pub(crate) struct Times {
    rows: usize,
    columns: Vec<(Timeline, Vec<i64>)>,
}

/// When the pictures of an entity begin, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Wall-clock time since 1970.
    SinceEpoch(i64),
    /// On a timeline that starts at a time of its own.
    OnItsOwn(i64),
}

/// Pictures of an entity are kept until they exceed this many bytes.
const KEPT_BYTES: u64 = 16 << 20;

/// No time.
const NONE: i64 = i64::MIN;

impl Times {
    fn push(&mut self, key: &RowKey) {
        for &(timeline, time) in &key.times {
            let index = match self.columns.iter().position(|(t, _)| *t == timeline) {
                Some(index) => index,
                None => {
                    self.columns.push((timeline, Vec::new()));
                    self.columns.len() - 1
                }
            };
            let column = &mut self.columns[index].1;
            column.resize(self.rows, NONE);
            column.push(time);
        }
        self.rows += 1;
    }

    pub fn timelines(&self) -> impl Iterator<Item = &Timeline> {
        self.columns.iter().map(|(timeline, _)| timeline)
    }

    /// The times on a timeline, without the rows that have none.
    pub fn on(&self, timeline: &Timeline) -> impl Iterator<Item = i64> {
        let column = self.columns.iter().find(|(t, _)| t == timeline).map(|(_, c)| c.as_slice());
        column.unwrap_or_default().iter().copied().filter(|&time| time != NONE)
    }

    /// The time of each row on a timeline.
    pub fn column(&self, timeline: &Timeline) -> Vec<Option<i64>> {
        let column = self.columns.iter().find(|(t, _)| t == timeline).map(|(_, c)| c.as_slice());
        let mut all: Vec<Option<i64>> = column
            .unwrap_or_default()
            .iter()
            .map(|&time| Some(time).filter(|&time| time != NONE))
            .collect();
        all.resize(self.rows, None);
        all
    }

    /// Whether the rows are stored in the order of their times on a timeline.
    pub fn in_order(&self, timeline: &Timeline) -> bool {
        self.on(timeline).is_sorted()
    }

    /// The timeline that orders the pictures. Preferred is one that has all rows, then the one asked for, then the user's
    /// rather than Rerun's own, then times rather than counters.
    pub fn main(&self, asked: Option<&str>) -> Option<Timeline> {
        let rank = |(timeline, column): &&(Timeline, Vec<i64>)| {
            let name = timeline.name();
            let own = *name == TimelineName::log_time() || *name == TimelineName::log_tick();
            let missing = self.rows - column.iter().filter(|&&time| time != NONE).count();
            let numbers = timeline.typ() == TimeType::Sequence;
            (missing > 0, asked != Some(name.as_str()), own, numbers, name.as_str().to_owned())
        };
        self.columns.iter().min_by_key(rank).map(|(timeline, _)| *timeline)
    }

    /// The timeline that tells how long pictures are shown: the main one unless it is a counter, or else one with times
    /// for all rows.
    pub fn pace(&self, main: &Timeline) -> Option<Timeline> {
        let is_time = |timeline: &&Timeline| timeline.typ() != TimeType::Sequence;
        let complete = |timeline: &&Timeline| self.on(timeline).count() == self.rows;
        Some(main)
            .filter(is_time)
            .or_else(|| self.timelines().filter(is_time).find(complete))
            .copied()
    }

    /// The rank of each row by its time on `timeline`. A row without a time stays after the row before it.
    pub fn ranks(&self, timeline: &Timeline) -> Vec<u32> {
        let column = self.columns.iter().find(|(t, _)| t == timeline).map(|(_, c)| c.as_slice());
        let mut last = NONE;
        let mut order: Vec<(i64, u32)> = (0..self.rows)
            .map(|row| {
                let time = column.and_then(|c| c.get(row)).copied().filter(|&time| time != NONE);
                last = time.unwrap_or(last);
                (last, u32::try_from(row).unwrap_or(u32::MAX))
            })
            .collect();
        order.sort();
        let mut ranks = vec![0; self.rows];
        for (rank, (_, row)) in order.into_iter().enumerate() {
            if let Some(slot) = ranks.get_mut(row as usize) {
                *slot = u32::try_from(rank).unwrap_or(u32::MAX);
            }
        }
        ranks
    }

    /// Pictures a second, from the median distance between two.
    pub fn rate(&self, timeline: &Timeline) -> Option<f64> {
        let mut times: Vec<i64> = self.on(timeline).collect();
        times.sort_unstable();
        let mut steps: Vec<i64> = times
            .windows(2)
            .map(|pair| pair[1].saturating_sub(pair[0]))
            .filter(|&s| s > 0)
            .collect();
        let middle = steps.len() / 2;
        if steps.is_empty() {
            return None;
        }
        let (_, median, _) = steps.select_nth_unstable(middle);
        Some(1e9 / *median as f64)
    }

    /// The first time on a timeline.
    pub fn start(&self, timeline: &Timeline) -> Option<Start> {
        let first = self.on(timeline).min()?;
        Some(match timeline.typ() {
            TimeType::TimestampNs => Start::SinceEpoch(first),
            _ => Start::OnItsOwn(first),
        })
    }

    /// Nanoseconds from the first time to the last.
    pub fn span(&self, timeline: &Timeline) -> Option<u64> {
        let (first, last) = (self.on(timeline).min()?, self.on(timeline).max()?);
        Some(last.abs_diff(first))
    }
}

impl Survey {
    /// Read a recording once, or twice if the codec of a stream came after samples of it. The first `keep` pictures of
    /// each entity are kept. Also returns the reader, at its end.
    pub fn of<M: Iterator<Item = Result<LogMsg, String>>>(
        keep: usize,
        mut open: impl FnMut() -> crate::error::Result<M>,
        mut go_on: impl FnMut(&M) -> bool,
    ) -> crate::error::Result<(Self, M)> {
        let mut codecs = BTreeMap::new();
        loop {
            let mut survey = Self { keep, ..Self::default() };
            let mut entities = std::collections::BTreeSet::new();
            let mut messages = open()?;
            while let Some(message) = messages.next() {
                match message {
                    Ok(LogMsg::ArrowMsg(store, arrow)) if store.kind() == StoreKind::Recording => {
                        match Chunk::from_arrow_msg(&arrow) {
                            Ok(chunk) => {
                                entities.insert((store.clone(), chunk.entity_path().clone()));
                                survey.add(&store, &chunk, &mut codecs);
                            }
                            Err(error) => survey.damage(error.to_string()),
                        }
                    }
                    Ok(_) => {}
                    Err(cause) => survey.damage(cause),
                }
                if !go_on(&messages) {
                    break;
                }
            }
            survey.entities = entities.len();
            if !survey.late_codec {
                return Ok((survey, messages));
            }
        }
    }

    fn damage(&mut self, cause: String) {
        self.damage.get_or_insert(cause);
    }

    fn add(&mut self, store: &StoreId, chunk: &Chunk, codecs: &mut BTreeMap<Place, SampleCodec>) {
        let place = (store.clone(), chunk.entity_path().clone());
        if let Some(codec) = stream_codec(chunk) {
            let new = codecs.insert(place.clone(), codec).is_none();
            self.late_codec |= new && self.places.contains_key(&place);
        }
        for kind in Kind::all_in(chunk) {
            let found = pictures(chunk, kind);
            if found.is_empty() {
                continue;
            }
            let codec = codecs.get(&place).copied();
            let at = self.places.entry(place.clone()).or_insert_with(|| Found::new(kind, codec));
            // Colours are preferred to measured values where an entity has both.
            if at.kind.is_data() && !kind.is_data() {
                *at = Found::new(kind, codec);
            }
            if at.kind != kind && kind.is_data() {
                continue;
            }
            if chunk.is_static() {
                at.fixed += found.len() as u64;
                continue;
            }
            let formats = raw_formats(chunk, kind, at.format);
            for picture in found {
                at.count(
                    kind,
                    &picture.key,
                    &picture.data,
                    formats.first().copied().flatten(),
                    self.keep,
                );
            }
        }
        for kind in [Kind::Raw, Kind::Depth, Kind::Segmentation] {
            if let (Some(found), Some(format)) =
                (self.places.get_mut(&place), raw_format(chunk, kind))
            {
                found.format = Some(format);
            }
        }
    }
}

impl Found {
    fn new(kind: Kind, codec: Option<SampleCodec>) -> Self {
        Self {
            kind,
            rows: 0,
            fixed: 0,
            bytes: 0,
            codec,
            verdict: StreamVerdict::new(codec.unwrap_or_default()),
            format: None,
            begin: Vec::new(),
            first_format: None,
            unknown: 0,
            times: Times::default(),
        }
    }

    fn count(
        &mut self,
        kind: Kind,
        key: &RowKey,
        data: &[u8],
        format: Option<ImageFormat>,
        keep: usize,
    ) {
        match kind {
            Kind::Stream => self.verdict.add(data),
            Kind::Encoded | Kind::EncodedDepth if codec_of(data).is_none() => self.unknown += 1,
            _ => {}
        }
        if self.begin.is_empty() {
            self.first_format = format;
        }
        if self.begin.is_empty() || self.begin.len() < keep && self.bytes < KEPT_BYTES {
            self.begin.push(data.to_vec());
        }
        self.rows += 1;
        self.bytes += data.len() as u64;
        self.times.push(key);
    }
}
