"""Logs one video at one entity of a recording, with the user's Rerun."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import _set_time
from ._errors import RecordingError, VideoWarning
from ._times import TimelineValue

if TYPE_CHECKING:
    import rerun as rr

    from ._vstream import SampleTuple

# The places of a row on timelines, by their names.
Row = Mapping[str, TimelineValue]

# A chunk is logged at this size even in the middle of a GOP.
MOST_BYTES = 8 << 20

_CODECS = {"h264": "H264", "h265": "H265", "av1": "AV1", "vp8": "VP8", "vp9": "VP9"}


class VideoLog:
    """Logs samples to one entity: the codec once, then chunks of samples at their times.

    Parameters
    ----------
    entity : str
        The entity path.
    timeline : str
        Name of the main timeline, a duration.
    recording : rerun.RecordingStream, optional
        Where to log; by default the current recording of the calling thread.
    """

    def __init__(self, entity: str, timeline: str, recording: rr.RecordingStream | None) -> None:
        import rerun

        _set_time.watch()
        found = rerun.get_data_recording(recording)
        if found is None:
            cause = "Rerun has no recording"
            raise RecordingError(
                f"cannot log {entity}: {cause}",
                kind="output",
                subject=entity,
                cause=cause,
                remedy="call rerun.init() first, or give recording=",
            )
        if not rerun.is_enabled(found):
            message = f"{entity}: Rerun is disabled, so nothing of it is logged"
            warnings.warn(message, VideoWarning, stacklevel=4)
        self.rerun = rerun
        self.timeline = timeline
        self._recording = found
        self._recording_id = str(rerun.get_recording_id(found))
        self._entity = entity
        self._chunk: list[tuple[SampleTuple, Row]] = []
        self._bytes = 0
        self.logged = 0

    def begin(self, codec: str, live: bool) -> None:
        """Log the codec as static data. Samples of live sources are logged at once, others in chunks of a GOP.

        Raises
        ------
        RecordingError
            If this Rerun does not know the codec.
        """
        name = _CODECS[codec]
        known = getattr(self.rerun.VideoCodec, name, None)
        if known is None:
            cause = f"this Rerun has no codec {name}"
            raise RecordingError(f"cannot log {self._entity}: {cause}", cause=cause)
        # Older versions of Rerun lack this field, which only queries of the recording need.
        columns = inspect.signature(self.rerun.VideoStream.columns)
        self._has_keyframes = "is_keyframe" in columns.parameters
        self._live = live
        video = self.rerun.VideoStream(codec=known)
        self.rerun.log(self._entity, video, static=True, recording=self._recording, strict=True)

    def times_of_thread(self) -> dict[str, TimelineValue]:
        """Return what `rerun.set_time` has set in the calling thread for this recording."""
        return _set_time.current(self._recording_id)

    def add(self, sample: SampleTuple, more: Row) -> None:
        """Log a sample, now or with its chunk.

        Parameters
        ----------
        sample : SampleTuple
            The next in order.
        more : Row
            Its places on more timelines. They replace ``frame`` and ``capture_time``, never the main timeline.
        """
        row = self._row(sample, more)
        is_full = self._bytes > MOST_BYTES or sample[4]
        # All rows of a chunk have the same timelines.
        if self._chunk and (is_full or _shape(row) != _shape(self._chunk[0][1])):
            self.flush()
        self._chunk.append((sample, row))
        self._bytes += len(sample[3])
        if self._live:
            self.flush()

    def flush(self) -> None:
        """Log the chunk that is being collected."""
        chunk, self._chunk, self._bytes = self._chunk, [], 0
        if not chunk:
            return
        columns = self.rerun.VideoStream.columns
        data = columns(sample=[sample[3] for sample, _ in chunk])
        self.send([row for _, row in chunk], data)
        keyframes = [row for sample, row in chunk if sample[4]]
        if keyframes and self._has_keyframes:
            self.send(keyframes, columns(is_keyframe=[True] * len(keyframes)))
        self.logged += len(chunk)

    def send(self, rows: Sequence[Row], columns: Any, below: str = "") -> None:
        """Log columns at the entity of the video, or at one below it.

        Parameters
        ----------
        rows : sequence of Row
            The times; all rows have the same timelines.
        columns : list of rerun.ComponentColumn
            The components.
        below : str
            An entity path relative to the video's.
        """
        entity = f"{self._entity.rstrip('/')}/{below}" if below else self._entity
        self.rerun.send_columns(
            entity,
            indexes=_columns(rows),
            columns=columns,
            recording=self._recording,
            strict=True,
        )

    def _row(self, sample: SampleTuple, more: Row) -> Row:
        number, time, capture, _, _ = sample
        row = {"frame": TimelineValue("sequence", number)}
        if capture is not None:
            row["capture_time"] = TimelineValue("timestamp", capture)
        return {**row, **more, self.timeline: TimelineValue("duration", time)}


class Column:
    """A column of times, like `rerun.TimeColumn`, but exact to the nanosecond in every version."""

    def __init__(self, name: str, kind: str, values: list[int]) -> None:
        self._name = name
        self._kind = kind
        self._values = values

    def timeline_name(self) -> str:
        """Return the timeline."""
        return self._name

    def as_arrow_array(self) -> Any:
        """Return the times as an Arrow array."""
        import pyarrow

        types = {
            "sequence": pyarrow.int64(),
            "duration": pyarrow.duration("ns"),
            "timestamp": pyarrow.timestamp("ns"),
        }
        return pyarrow.array(self._values, pyarrow.int64()).cast(types[self._kind])


def _shape(row: Row) -> list[tuple[str, str]]:
    return sorted((name, value.kind) for name, value in row.items())


def _columns(rows: Sequence[Row]) -> list[Column]:
    """Turn rows of the same timelines into columns."""
    first = rows[0]
    return [
        Column(name, first[name].kind, [row[name].value for row in rows]) for name in sorted(first)
    ]
