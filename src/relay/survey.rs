//! The first reading of a recording finds which entities hold pictures, of what kind, how many, and when.
//! It keeps only the first pictures of each entity.

use std::collections::BTreeMap;

use rerun::EntityPath;
use rerun::components::ImageFormat;
use rerun::external::re_log_types::{StoreId, StoreKind};
use rerun::log::{Chunk, LogMsg};

use super::pictures::{Kind, RowKey, pictures, stream_codec};
use super::raw::{raw_format, raw_formats};
use super::times::Times;
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

/// Pictures of an entity are kept until they exceed this many bytes.
const KEPT_BYTES: u64 = 16 << 20;

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
