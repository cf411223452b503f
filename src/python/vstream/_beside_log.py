"""Logs the subtitles, chapters and sound of a video below its entity, with the user's Rerun."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ._times import TimelineValue

if TYPE_CHECKING:
    from ._video_log import Row, VideoLog
    from ._vstream import Clip, Note

# How long rows of a file wait to be logged together with later ones, in seconds.
HOLD = 2.0
# The rows of one entity are logged at this size.
MOST_BYTES = 8 << 20


class BesideLog:
    """Logs subtitles and chapters as ``TextLog``, and sound as ``AssetAudio``.

    Parameters
    ----------
    video : VideoLog
        The video it belongs to.
    notes, audio : sequence of str
        The entity paths below the video's, in the order of `Note.line` and `Clip.line`.
    live : bool
        Log every row at once.
    """

    def __init__(
        self, video: VideoLog, notes: Sequence[str], audio: Sequence[str], live: bool
    ) -> None:
        self._live = live
        self._notes = [_Rows(video, name, _text_columns) for name in notes]
        self._clips = [_Rows(video, name, _audio_columns) for name in audio]
        self._flushed = clock.monotonic()

    def add_note(self, note: Note) -> None:
        """Log a subtitle or the beginning of a chapter, now or later."""
        self._notes[note.line].add(note, len(note.text))
        self._flush_if_due()

    def add_clip(self, clip: Clip) -> None:
        """Log a clip of sound, now or later."""
        self._clips[clip.line].add(clip, len(clip.file))
        self._flush_if_due()

    def flush(self) -> None:
        """Log all rows that wait."""
        for rows in self._notes + self._clips:
            rows.flush()
        self._flushed = clock.monotonic()

    def _flush_if_due(self) -> None:
        if self._live or clock.monotonic() - self._flushed >= HOLD:
            self.flush()


class _Rows:
    """Rows of one entity that wait to be logged together."""

    def __init__(
        self, video: VideoLog, name: str, columns: Callable[[Any, list[Any]], Any]
    ) -> None:
        self._video = video
        self._name = name
        self._columns = columns
        self._waiting: list[Any] = []
        self._bytes = 0

    def add(self, item: Any, size: int) -> None:
        self._waiting.append(item)
        self._bytes += size
        if self._bytes >= MOST_BYTES:
            self.flush()

    def flush(self) -> None:
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        # Either all have a capture time, or none has.
        waiting.sort(key=lambda item: item.time)
        if waiting:
            rows = [self._row(item) for item in waiting]
            self._video.send(rows, self._columns(self._video.rerun, waiting), below=self._name)

    def _row(self, item: Any) -> Row:
        row = {self._video.timeline: TimelineValue("duration", item.time)}
        if item.capture_time is not None:
            row["capture_time"] = TimelineValue("timestamp", item.capture_time)
        return row


def _text_columns(rerun: Any, notes: list[Note]) -> Any:
    return rerun.TextLog.columns(text=[note.text for note in notes])


def _audio_columns(rerun: Any, clips: list[Clip]) -> Any:
    """Make the columns of ``AssetAudio``, which Rerun has since 0.39, by name: older versions store them too."""

    def column(field: str, kind: str, batch: Any) -> Any:
        descriptor = rerun.ComponentDescriptor(
            f"AssetAudio:{field}",
            archetype="rerun.archetypes.AssetAudio",
            component_type=f"rerun.components.{kind}",
        )
        return rerun.ComponentColumn(descriptor, batch)

    blobs = rerun.components.BlobBatch([clip.file for clip in clips])
    types = rerun.components.MediaTypeBatch([clip.media_type for clip in clips])
    return [column("blob", "Blob", blobs), column("media_type", "MediaType", types)]
