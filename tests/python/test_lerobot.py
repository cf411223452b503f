"""The example for the files of a LeRobot dataset, with one laid out as LeRobot 0.4 writes it (version 3.0)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from reading import Recording

EXAMPLE = Path(__file__).parents[2] / "examples/python/lerobot_files.py"
FPS = 10
# Frames of each episode; all are in the same files.
LENGTHS = (12, 15)
CAMERAS = {"observation.images.front": (128, 96), "observation.images.wrist": (64, 64)}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make two episodes of two cameras; frame n of a file is grey of level 20 + 8 n."""
    folder = tmp_path_factory.mktemp("dataset")
    features = {camera: {"dtype": "video"} for camera in CAMERAS}
    features["observation.state"] = {"dtype": "float32"}
    info = {
        "codebase_version": "v3.0",
        "fps": FPS,
        "video_path": "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4",
        "features": features,
    }
    episodes, rows, first = [], [], 0
    for number, length in enumerate(LENGTHS):
        episode = {"episode_index": number, "length": length}
        for camera in CAMERAS:
            episode |= {
                f"videos/{camera}/chunk_index": 0,
                f"videos/{camera}/file_index": 0,
                f"videos/{camera}/from_timestamp": first / FPS,
                f"videos/{camera}/to_timestamp": (first + length) / FPS,
            }
        episodes.append(episode)
        rows += [
            {"observation.state": [n, number], "frame_index": n, "episode_index": number}
            for n in range(length)
        ]
        first += length
    state = pa.list_(pa.float32(), 2)
    schema = [
        ("observation.state", state),
        ("frame_index", pa.int64()),
        ("episode_index", pa.int64()),
    ]
    for name, table in (
        ("meta/episodes", pa.Table.from_pylist(episodes)),
        ("data", pa.Table.from_pylist(rows, schema=pa.schema(schema))),
    ):
        path = folder / name / "chunk-000/file-000.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(table, path)
    (folder / "meta/info.json").write_text(json.dumps(info))
    for camera, (width, height) in CAMERAS.items():
        path = folder / "videos" / camera / "chunk-000/file-000.mp4"
        path.parent.mkdir(parents=True)
        source = f"color=black:size={width}x{height}:rate={FPS},format=yuv420p,geq=20+8*N:128:128"
        colours = [f"-{of}" for of in ("colorspace", "color_primaries", "color_trc")]
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", str(first)]
        command += ["-c:v", "libx264", "-g", "2", "-bf", "0", "-crf", "5"]
        command += [word for colour in colours for word in (colour, "bt709")]
        subprocess.run([*command, "-color_range", "tv", str(path)], check=True)
    return folder


@pytest.mark.parametrize("number", range(len(LENGTHS)))
def test_an_episode_is_its_own_part_of_the_files(
    dataset: Path, tmp_path: Path, number: int
) -> None:
    output = tmp_path / "episode.rrd"
    subprocess.run([sys.executable, EXAMPLE, dataset, str(number), output], check=True)
    recording, length = Recording(output), LENGTHS[number]
    times = [n * 1_000_000_000 // FPS for n in range(length)]
    for camera, (width, height) in CAMERAS.items():
        video = recording[camera]
        assert video.on("time") == times
        pictures = video.pictures()
        assert pictures[0].shape == (height, width, 3)
        shown = [round(float(picture.mean()) * 219 / 255 + 16) for picture in pictures]
        first = sum(LENGTHS[:number])
        assert np.abs(np.array(shown) - [20 + 8 * (first + n) for n in range(length)]).max() <= 1
    state = recording["observation.state"]
    assert state.on("time") == times
    assert state.cells["Scalars:scalars"] == [[n, number] for n in range(length)]
