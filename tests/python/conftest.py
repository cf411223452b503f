"""What the tests of the Python package share. The package is on PYTHONPATH, with its extension."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import rerun as rr
from reading import Recording


class Recorder:
    """A recording stream into a file of its own, and that file read back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stream = rr.RecordingStream("vstream_test")
        self.stream.save(path)

    def read(self) -> Recording:
        self.stream.disconnect()
        return Recording(self.path)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    made = Recorder(tmp_path / "out.rrd")
    yield made
    made.stream.disconnect()
