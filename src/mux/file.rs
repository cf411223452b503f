//! A video file that is being written: its header follows once the first sample of each video is known.
//! Tracks and their packets are made in `video`, `sound` and `text`.

use std::path::{Path, PathBuf};

use super::Container;
use super::order::{Order, Slot};
use super::sound::{SoundSpec, SoundTrack};
use super::spool::Spool;
use super::text::TextTrack;
use super::video::{VideoSpec, VideoTrack};
use crate::audio::packet::AudioPacket;
use crate::ffi::{
    AvError, FfmpegError, MuxedChapter, MuxedMedium, MuxedPacket, MuxedStream, Muxer,
};
use crate::label::Label;
use crate::text::note::Note;
use crate::time::TimeBase;

/// What a file is to hold.
pub(crate) struct FileSpec {
    pub path: PathBuf,
    pub container: Container,
    pub videos: Vec<VideoSpec>,
    pub sounds: Vec<SoundSpec>,
    pub texts: Vec<Label>,
    /// How far a video may be behind the others until these no longer wait for it, in nanoseconds.
    pub patience: i64,
}

/// A video file that is being written.
pub(crate) struct VideoFile {
    spec: FileSpec,
    videos: Vec<VideoTrack>,
    sounds: Vec<SoundTrack>,
    texts: Vec<TextTrack>,
    /// In the order of their times.
    chapters: Vec<Note>,
    order: Order,
    /// `None` before its headers are written.
    open: Option<Open>,
}

struct Open {
    muxer: Muxer,
    /// The number in the file of each of our streams; `None` of a video that ended without a sample.
    streams: Vec<Option<usize>>,
}

impl VideoFile {
    pub fn new(spec: FileSpec) -> Self {
        let others = spec.sounds.len() + spec.texts.len();
        let folder = spec.path.parent().unwrap_or(Path::new("")).to_owned();
        Self {
            videos: spec.videos.iter().map(VideoTrack::new).collect(),
            sounds: spec.sounds.iter().map(SoundTrack::new).collect(),
            texts: spec.texts.iter().map(|_| TextTrack::new(spec.container)).collect(),
            chapters: Vec::new(),
            order: Order::new(spec.videos.len(), others, spec.patience, Spool::new(folder)),
            open: None,
            spec,
        }
    }

    /// Its headers are written.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Write a sample of the `nth` video that is shown at `time`, in nanoseconds.
    pub fn push(
        &mut self,
        nth: usize,
        data: &[u8],
        time: i64,
        keyframe: bool,
    ) -> Result<(), FfmpegError> {
        let Some(track) = self.videos.get_mut(nth) else { return Ok(()) };
        let before = track.push(data, time, keyframe)?;
        self.queue(nth, before)
    }

    /// Write a packet of the `nth` track of sound, if the track can hold it.
    pub fn push_sound(&mut self, nth: usize, packet: &AudioPacket) -> Result<(), FfmpegError> {
        let Some(track) = self.sounds.get_mut(nth) else { return Ok(()) };
        let packet = track.packet(packet).map(|(slot, data)| (slot, data.to_vec()));
        self.queue(self.videos.len() + nth, packet)
    }

    /// Write a text of the `nth` track of subtitles.
    pub fn push_text(&mut self, nth: usize, note: &Note) -> Result<(), FfmpegError> {
        let packet = self.texts.get(nth).map(|track| track.packet(note));
        self.queue(self.videos.len() + self.sounds.len() + nth, packet)
    }

    /// Add a chapter, if the headers are not written yet.
    pub fn push_chapter(&mut self, note: Note) {
        self.chapters.push(note);
    }

    /// No more samples of the `nth` video follow.
    pub fn end(&mut self, nth: usize) -> Result<(), FfmpegError> {
        let Some(track) = self.videos.get_mut(nth).filter(|track| !track.ended) else {
            return Ok(());
        };
        if let Some((slot, data)) = track.finish() {
            self.order.push(nth, slot, data).map_err(io)?;
        }
        self.order.end(nth);
        self.advance()
    }

    /// Write everything that waits, and the end of the file.
    pub fn finish(&mut self) -> Result<(), FfmpegError> {
        for nth in 0..self.videos.len() {
            self.end(nth)?;
        }
        self.open.as_mut().map_or(Ok(()), |open| open.muxer.finish())
    }

    fn queue(
        &mut self,
        stream: usize,
        packets: impl IntoIterator<Item = (Slot, Vec<u8>)>,
    ) -> Result<(), FfmpegError> {
        for (slot, data) in packets {
            self.order.push(stream, slot, data).map_err(io)?;
        }
        self.advance()
    }

    /// Write what need not wait any longer.
    fn advance(&mut self) -> Result<(), FfmpegError> {
        let open = match &mut self.open {
            Some(open) => open,
            none => {
                let mut known = self.videos.iter().map(|video| video.stream().is_some());
                let is_ready = self.videos.iter().all(|it| it.ended || it.stream().is_some());
                if !is_ready || !known.any(|known| known) {
                    return Ok(());
                }
                let tracks = (&*self.videos, &*self.sounds, &*self.texts);
                none.insert(create(&self.spec, tracks, &self.chapters)?)
            }
        };
        while let Some((stream, slot, data)) = self.order.next().map_err(io)? {
            let Some(&Some(stream)) = open.streams.get(stream) else { continue };
            let Slot { ticks: time, duration, keyframe, .. } = slot;
            open.muxer.write(&MuxedPacket { stream, data: &data, time, duration, keyframe })?;
        }
        Ok(())
    }
}

/// Write the headers.
fn create(
    spec: &FileSpec,
    (videos, sounds, texts): (&[VideoTrack], &[SoundTrack], &[TextTrack]),
    chapters: &[Note],
) -> Result<Open, FfmpegError> {
    let of_video = |spec: &VideoSpec| Label { title: spec.title.clone(), ..Label::default() };
    let labels = spec.videos.iter().map(of_video);
    let labels = labels.chain(spec.sounds.iter().map(|sound| sound.label.clone()));
    let labels = labels.chain(spec.texts.iter().cloned());
    let metadata: Vec<_> = labels.map(|label| spec.container.metadata(label)).collect();
    let videos = videos.iter().map(|track| {
        track.stream().map(|video| (MuxedMedium::Video(video), VideoTrack::TIME_BASE))
    });
    let sounds_in_file = sounds
        .iter()
        .map(|track| Some((MuxedMedium::Sound(&track.form.parameters), track.form.time_base())));
    let texts =
        texts.iter().map(|track| Some((MuxedMedium::Text(track.stream()), TextTrack::TIME_BASE)));
    let mut streams = Vec::with_capacity(metadata.len());
    let mut numbers = Vec::with_capacity(metadata.len());
    for (stream, metadata) in videos.chain(sounds_in_file).chain(texts).zip(&metadata) {
        numbers.push(stream.as_ref().map(|_| streams.len()));
        let stream = stream.map(|(medium, time_base)| MuxedStream { medium, time_base, metadata });
        streams.extend(stream);
    }
    let chapters = muxed(chapters, spec.container);
    let options = spec.container.options(sounds);
    let name = spec.container.name();
    let muxer = Muxer::create(&spec.path, name, &streams, &chapters, &options)?;
    Ok(Open { muxer, streams: numbers })
}

/// The chapters of a file: each ends where the next one begins, if it is not known where.
fn muxed(chapters: &[Note], container: Container) -> Vec<MuxedChapter<'_>> {
    let next = chapters.iter().skip(1).map(|note| Some(note.time)).chain([None]);
    let chapter = |start, end, title| MuxedChapter {
        start,
        end: i64::max(start, end),
        time_base: TimeBase::NANOSECONDS,
        title,
    };
    let all = chapters.iter().zip(next).map(|(note, next)| {
        chapter(note.time, note.end.or(next).unwrap_or(note.time), note.text.as_str())
    });
    // MP4 starts its first chapter with the file, whatever time it states.
    let first = chapters.first().map(|note| note.time).filter(|&time| time > 0);
    let before = first.filter(|_| container == Container::Mp4).map(|time| chapter(0, time, ""));
    before.into_iter().chain(all).collect()
}

fn io(error: std::io::Error) -> FfmpegError {
    error.raw_os_error().map_or(AvError::IO, |code| AvError(-code)).into()
}
