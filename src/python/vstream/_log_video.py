"""`log_video`: a file, a camera or a stream beside the rest of a recording."""

from __future__ import annotations

import inspect
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _options, _vstream
from ._beside_log import BesideLog
from ._samples import Samples, samples
from ._video_log import VideoLog

if TYPE_CHECKING:
    import rerun as rr


class LoggedVideo(NamedTuple):
    """What was logged.

    Attributes
    ----------
    frames : int
        How many samples.
    end_ns : int
        Time of the last one in nanoseconds; for sound alone, where it ends.
    codec : str
        ``h264``, ``h265``, ``av1``, ``vp8`` or ``vp9``; for sound alone, FFmpeg's name of its codec.
    encoding : str
        How they were made: ``libx264 veryfast crf 23``, ``copied``.
    """

    frames: int
    end_ns: int
    codec: str
    encoding: str


def log_video(
    source: str | os.PathLike[str],
    entity: str = "video_stream",
    *,
    timeline: str = "time",
    recording: rr.RecordingStream | None = None,
    progress: bool | None = None,
    audio: str | int | None = "best",
    audio_codec: str = "auto",
    text: bool = True,
    **options: Any,
) -> LoggedVideo:
    """Log a video at an entity, with its sound and subtitles below it, and return when it has ended.

    Its times are those of the input; ``rerun.set_time`` has no effect. Sound without a video, such as a song, is logged
    as ``AssetAudio`` at ``audio`` below the entity, like the sound of a video.

    Parameters
    ----------
    source : str or os.PathLike
        A path, a URL, a camera or a screen, as for `samples`.
    entity : str
        Where to log: an entity path.
    timeline : str
        Name of the main timeline, a duration. A timeline ``frame`` counts the frames, and for live sources
        ``capture_time`` is the wall clock.
    recording : rerun.RecordingStream, optional
        Where to log; by default the current recording of this thread.
    progress : bool, optional
        Show a progress bar, which needs tqdm; by default if tqdm is installed and standard error is a terminal.
    audio : str or int, optional
        Which sound is logged, as ``AssetAudio``: ``best``, ``all``, the index of a stream, or ``none``. Viewers before
        Rerun 0.39 do not play it.
    audio_codec : str
        ``auto`` copies what Rerun plays and encodes the rest; ``aac`` or ``flac``.
    text : bool
        Log chapters and text subtitles, as ``TextLog``.
    **options
        Those of `samples`.

    Returns
    -------
    LoggedVideo
        How many frames, and how they were made.

    Raises
    ------
    InputError
        If the input cannot be opened, holds neither video nor sound, or breaks off. What was read before is logged.
    ConfigError
        If a setting is invalid.
    RecordingError
        If there is no recording, or Rerun refused a sample.

    Warns
    -----
    VideoWarning
        For problems of the input.

    Examples
    --------
    >>> vstream.log_video("drive.mkv", "camera/rear", start=90, duration=10)
    LoggedVideo(frames=300, end_ns=9966666666, codec='h264', encoding='libx264 veryfast crf 23')
    """
    given = inspect.signature(samples).bind(source, **options)
    given.apply_defaults()
    chosen = "none" if audio is None else str(audio)
    beside = {"audio": chosen, "audio_codec": audio_codec, "text": text}
    settings = _options.input({**given.arguments, **beside})
    log = VideoLog(entity, timeline, recording)
    with Samples(source, settings) as video:
        if not video.sound_only:
            log.begin(video.codec, video.live)
        notes, sound = video.beside
        others = BesideLog(log, notes, sound, video.live)
        bar = _bar(video, progress)
        end = 0
        try:
            while (item := video.next_item()) is not None:
                if isinstance(item, _vstream.Note):
                    others.add_note(item)
                elif isinstance(item, _vstream.Clip):
                    others.add_clip(item)
                    if video.sound_only:
                        end = item.time + item.duration
                else:
                    log.add(item, {})
                    end = item[1]
                    if bar is not None:
                        bar.update()
        finally:
            # After an error or Ctrl-C too: what was read before it is logged.
            log.flush()
            others.flush()
            if bar is not None:
                bar.close()
        return LoggedVideo(log.logged, end, video.codec, video.encoding)


def _bar(video: Samples, wanted: bool | None) -> Any:
    """Make a progress bar, or None if there should be none."""
    if wanted is False or (wanted is None and not sys.stderr.isatty()):
        return None
    try:
        from tqdm.auto import tqdm
    except ImportError:
        if wanted:
            raise
        return None
    total = None
    if video.duration_ns is not None and video.rate is not None:
        total = round(video.duration_ns * video.rate / 1_000_000_000)
    return tqdm(total=total, desc=video.name, unit=" frames")
