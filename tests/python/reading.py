"""Recordings read back, and what H.264 says of itself."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av
import numpy as np

try:
    from rerun.chunk import RrdReader
except ImportError:
    from rerun.experimental import RrdReader


class Video:
    """The rows at one entity, in the order of the file, with their places on all timelines."""

    def __init__(self) -> None:
        self.codecs: list[int] = []
        self.samples: list[bytes] = []
        self.keyframes: list[dict[str, Any]] = []
        self.timelines: list[dict[str, Any]] = []
        # What is no video, by component: sound, text, numbers.
        self.cells: dict[str, list[Any]] = {}

    def on(self, timeline: str) -> list[int]:
        """Return the places on a timeline: numbers or nanoseconds."""
        return [row[timeline] for row in self.timelines]

    def kinds(self) -> list[str]:
        """Return what each sample is: an IDR, a P or a B picture."""
        return [kind_of(sample) for sample in self.samples]

    def pictures(self) -> list[np.ndarray]:
        """Decode all samples: BT.709 in limited range to RGB."""
        with av.open(io.BytesIO(b"".join(self.samples)), format="h264") as stream:
            frames = [frame.to_ndarray(format="yuv420p") for frame in stream.decode(video=0)]
            height = stream.streams.video[0].height
        return [rgb(frame, height) for frame in frames]


class Recording:
    """A file of Rerun's."""

    def __init__(self, path: Path) -> None:
        self.videos: dict[str, Video] = {}
        for chunk in RrdReader(path).stream():
            batch = chunk.to_record_batch()
            columns = dict(zip(batch.schema.names, batch.columns, strict=True))
            video = self.videos.setdefault(chunk.entity_path, Video())
            if "VideoStream:codec" in columns:
                assert chunk.is_static
                video.codecs += [cell[0] for cell in columns["VideoStream:codec"].to_pylist()]
            places = {name: numbers(columns[name]) for name in chunk.timeline_names}
            rows = [
                dict(zip(places, row, strict=True)) for row in zip(*places.values(), strict=True)
            ]
            if "VideoStream:is_keyframe" in columns:
                cells = columns["VideoStream:is_keyframe"].to_pylist()
                assert all(cell == [True] for cell in cells)
                video.keyframes += rows
            if "VideoStream:sample" in columns:
                cells = columns["VideoStream:sample"].to_pylist()
                video.samples += [bytes(cell[0]) for cell in cells]
                video.timelines += rows
            beside = [
                name for name in columns if name.startswith(("AssetAudio:", "TextLog:", "Scalars:"))
            ]
            for name in beside:
                cells = columns[name].to_pylist()
                video.cells.setdefault(name, []).extend(cells)
            if beside:
                video.timelines += rows

    def __getitem__(self, entity: str) -> Video:
        return self.videos[f"/{entity}"]


def numbers(column: Any) -> list[int]:
    """Return times as integers, whatever their type."""
    return [int(number) for number in column.cast("int64").to_pylist()]


def units(sample: bytes) -> list[bytes]:
    """Split Annex B at its start codes."""
    parts = sample.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")
    assert parts[0] == b""
    return parts[1:]


def kind_of(sample: bytes) -> str:
    """Return `IDR`, `P` or `B`; an IDR has its parameter sets."""
    types = [unit[0] & 31 for unit in units(sample)]
    slices = [unit for unit in units(sample) if unit[0] & 31 in (1, 5)]
    assert slices
    if 5 in types:
        assert types.index(7) < types.index(8) < types.index(5)
        return "IDR"
    return {0: "P", 1: "B", 2: "I"}[slice_type(slices[0]) % 5]


def slice_type(unit: bytes) -> int:
    """Return the second number of a slice's header, as H.264 codes numbers."""
    bits = "".join(f"{byte:08b}" for byte in unit[1:9])
    for _ in range(2):
        zeros = bits.index("1")
        value = int(bits[zeros : 2 * zeros + 1], 2) - 1
        bits = bits[2 * zeros + 1 :]
    return value


def rgb(planes: np.ndarray, height: int) -> np.ndarray:
    """Convert BT.709 in limited range, as the viewer does."""
    width = planes.shape[1]
    luma = planes[:height].astype(float)
    chroma = planes[height:].reshape(2, height // 2, width // 2).astype(float)
    blue, red = (plane.repeat(2, axis=0).repeat(2, axis=1) for plane in chroma)
    y = (luma - 16) * 255 / 219
    cb, cr = (blue - 128) * 255 / 224, (red - 128) * 255 / 224
    colours = (y + 1.5748 * cr, y - 0.187324 * cb - 0.468124 * cr, y + 1.8556 * cb)
    return np.clip(np.rint(np.stack(colours, axis=2)), 0, 255).astype(np.uint8)
