"""Samples of files, and files as videos in a recording."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import wave
from fractions import Fraction
from pathlib import Path

import pytest
import vstream
from conftest import Recorder
from reading import kind_of

PATTERN = "lavfi:testsrc2=size=64x48:rate=25:duration=2"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a file with B-frames, at a rate that is no whole number."""
    path = tmp_path_factory.mktemp("clip") / "clip.mkv"
    source = "testsrc2=size=64x48:rate=30000/1001:duration=2"
    encode = ["-c:v", "libx264", "-bf", "2", "-pix_fmt", "yuv420p"]
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, *encode, str(path)]
    subprocess.run(command, check=True)
    return path


def test_samples_of_a_file(clip: Path) -> None:
    with vstream.samples(clip) as video:
        assert (video.codec, video.name, video.live) == ("h264", "clip.mkv", False)
        assert video.encoding.startswith("libx264")
        assert video.rate == Fraction(30000, 1001)
        assert video.duration_ns == pytest.approx(2e9, rel=0.05)
        samples = list(video)
    assert len(samples) == 60
    time_ns, data, keyframe = samples[0]
    assert (time_ns, keyframe) == (0, True)
    assert [kind_of(sample.data) == "IDR" for sample in samples] == [s.keyframe for s in samples]
    assert "B" not in [kind_of(sample.data) for sample in samples]
    times = [sample.time_ns for sample in samples]
    assert times == sorted(set(times))
    # Matroska has milliseconds.
    expected = [round(i * 1001 / 30) * 1_000_000 for i in range(60)]
    assert max(abs(a - b) for a, b in zip(times, expected, strict=True)) <= 1_000_000
    assert isinstance(data, bytes)
    assert list(video) == []


def test_settings_reach_the_input_and_the_encoder(clip: Path) -> None:
    part = list(vstream.samples(clip, start=0.5, duration=0.5, max_size=(32, 32), crf=40))
    assert 14 <= len(part) <= 16
    whole = list(vstream.samples(clip))
    assert sum(len(s.data) for s in part) < sum(len(s.data) for s in whole) / 4
    assert len(list(vstream.samples(clip, fps=10))) == pytest.approx(20, abs=1)
    times = [s.time_ns for s in vstream.samples(clip, start=0.5, duration=0.5, rebase=True)]
    assert times[0] < 40_000_000
    assert times[-1] < 500_000_000
    dense = vstream.samples(clip, keyframe_interval=0.25)
    assert sum(sample.keyframe for sample in dense) >= 8


def test_an_iterator_may_be_left_early(clip: Path) -> None:
    samples = vstream.samples("lavfi:testsrc2=size=64x48:rate=25")
    assert next(samples).keyframe
    samples.close()
    del samples
    assert next(vstream.samples(clip)).keyframe


@pytest.mark.parametrize(
    ("source", "settings", "error", "message"),
    [
        ("no/such.mp4", {}, vstream.InputError, "cannot open no/such.mp4: No such file"),
        (__file__, {}, vstream.InputError, "test_inputs.py"),
        (PATTERN, {"codec": "h266"}, vstream.ConfigError, "h266"),
        (PATTERN, {"rate": "fast"}, vstream.ConfigError, "fast"),
        (PATTERN, {"codec": "copy"}, vstream.ConfigError, "codec="),
        (PATTERN, {"filter": "no_such_filter"}, vstream.EncodeError, "no_such_filter"),
        (PATTERN, {"duration": -1}, ValueError, "duration is -1"),
        (PATTERN, {"no_such_setting": 1}, TypeError, "no_such_setting"),
    ],
)
def test_errors_are_of_their_kind(
    source: str, settings: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        list(vstream.samples(source, **settings))  # type: ignore[arg-type]


def test_what_is_damaged_is_warned_of(clip: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.mkv"
    noise = ["-c", "copy", "-bsf:v", "noise=amount=200", str(damaged)]
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(clip), *noise], check=True)
    with pytest.warns(vstream.VideoWarning, match=r"damaged\.mkv: ") as told:
        samples = list(vstream.samples(damaged))
    assert samples
    assert told[0].filename == __file__


def test_what_came_before_an_error_is_logged(recorder: Recorder, tmp_path: Path) -> None:
    with pytest.raises(vstream.InputError):
        vstream.log_video(tmp_path / "none.mkv", "cam", recording=recorder.stream)
    assert "/cam" not in recorder.read().videos


def test_a_song_is_logged_as_sound_and_has_no_samples(recorder: Recorder, tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    with wave.open(str(path), "wb") as song:
        song.setparams((1, 2, 8000, 0, "NONE", ""))
        song.writeframes(bytes(16000))
    with pytest.raises(vstream.InputError, match="sound only, which `log_video` and"):
        vstream.samples(path)
    with pytest.raises(vstream.InputError, match="sound only"):
        vstream.log_video(path, "song", audio=None, recording=recorder.stream)
    logged = vstream.log_video(path, "song", recording=recorder.stream)
    assert logged == (0, 1_000_000_000, "pcm_s16le", "pcm_s16le copied")
    recording = recorder.read()
    assert recording["song/audio"].cells["AssetAudio:media_type"] == [["audio/wav"]]
    assert "/song" not in recording.videos


def test_copied_samples_keep_their_codec(recorder: Recorder, tmp_path: Path) -> None:
    path = tmp_path / "plain.mp4"
    source = "testsrc2=size=64x48:rate=25:duration=1"
    encode = ["-c:v", "libx264", "-bf", "0", "-pix_fmt", "yuv420p"]
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, *encode, str(path)]
    subprocess.run(command, check=True)
    with pytest.warns(vstream.VideoWarning, match="colours"):
        logged = vstream.log_video(path, "cam", codec="copy", recording=recorder.stream)
    assert (logged.frames, logged.encoding) == (25, "copied")
    assert len(recorder.read()["cam"].pictures()) == 25


def test_progress_is_drawn_where_it_is_wanted(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tqdm")
    vstream.log_video(PATTERN, "cam", recording=recorder.stream)
    assert capsys.readouterr().err == ""
    vstream.log_video(PATTERN, "cam", recording=recorder.stream, progress=True)
    assert "50 frames" in capsys.readouterr().err.replace("50/50", "50 frames")


def test_the_words_of_ffmpeg_come_to_logging(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="vstream.ffmpeg"):
        list(vstream.samples(PATTERN))
    assert any("libx264" in record.getMessage() for record in caplog.records)
    assert {record.name for record in caplog.records} == {"vstream.ffmpeg"}


def test_the_module_is_the_command(tmp_path: Path) -> None:
    """A stand-in for the program, since the package that is tested has none."""
    program = tmp_path / "vstream"
    program.write_text('#!/bin/sh\necho "$@"; exit 7\n')
    program.chmod(0o755)
    found = shutil.which("vstream", path=str(tmp_path))
    assert found is not None
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-m", "vstream", "in.mp4", "--spawn"]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
    )
    assert (ended.returncode, ended.stdout) == (7, "in.mp4 --spawn\n"), ended.stderr


def test_the_package_needs_no_rerun() -> None:
    script = f"""
import sys
sys.modules["rerun"] = sys.modules["rerun_bindings"] = None
import vstream
print(len(list(vstream.samples({PATTERN!r}))), "numpy" in sys.modules)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "50 False\n"
