"""The contract of a recording, of arrays and of files."""

from __future__ import annotations

import datetime
from fractions import Fraction

import numpy as np
import pytest
import rerun as rr
import vstream
from conftest import Recorder

H264 = int(rr.VideoCodec.H264.value)


def noise(number: int, width: int = 64, height: int = 48) -> np.ndarray:
    """Make a picture that differs from the one before."""
    return np.random.default_rng(number).integers(0, 255, (height, width, 3), np.uint8)


def test_samples_are_as_promised(recorder: Recorder) -> None:
    with vstream.FrameWriter("cam", (64, 48), 30, recording=recorder.stream) as video:
        for i in range(75):
            assert video.write(noise(i), i / 30)
    assert video.counts() == (75, 75, 0)
    made = recorder.read()["cam"]
    assert made.codecs == [H264]
    assert len(made.samples) == 75
    kinds, times = made.kinds(), made.on("time")
    assert kinds[0] == "IDR"
    assert "B" not in kinds
    rows = zip(made.timelines, kinds, strict=True)
    assert made.keyframes == [row for row, kind in rows if kind == "IDR"]
    keyframes = [row["time"] for row in made.keyframes]
    assert max(np.diff([*keyframes, times[-1]])) <= 1_000_000_000
    assert made.on("frame") == list(range(75))
    assert len(made.pictures()) == 75


def test_times_are_exact(recorder: Recorder) -> None:
    times = [
        0.1,
        np.float64(0.2),
        Fraction(1, 3),
        datetime.timedelta(seconds=1, microseconds=1),
        1_000_001_001,
        np.int64(1_000_001_002),
        np.timedelta64(1_500_000_000_001, "ns"),
        datetime.timedelta(days=20_000),
    ]
    with vstream.FrameWriter("cam", recording=recorder.stream) as video:
        for i, time in enumerate(times):
            video.write(noise(i), time)
    expected = [
        100_000_000,
        200_000_000,
        333_333_333,
        1_000_001_000,
        1_000_001_001,
        1_000_001_002,
        1_500_000_000_001,
        20_000 * 86_400 * 1_000_000_000,
    ]
    assert recorder.read()["cam"].on("time") == expected


def test_times_that_do_not_fit_are_refused_and_the_next_is_welcome(recorder: Recorder) -> None:
    with vstream.FrameWriter("cam", recording=recorder.stream) as video:
        video.write(noise(0), 1.0)
        for time in (1.0, 0.5, -1.0, 1e10):
            with pytest.raises(vstream.FrameError, match="time"):
                video.write(noise(1), time)
        with pytest.raises(ValueError, match="finite"):
            video.write(noise(1), float("nan"))
        for time in ("1", None, True, datetime.datetime.now()):
            with pytest.raises(TypeError, match="seconds"):
                video.write(noise(1), time)  # type: ignore[arg-type]
        video.write(noise(2), 2.0)
    assert recorder.read()["cam"].on("time") == [1_000_000_000, 2_000_000_000]


def test_timelines_of_the_thread_hold_when_a_picture_is_written(recorder: Recorder) -> None:
    stream = recorder.stream
    with vstream.FrameWriter("cam", recording=stream) as video:
        for i in range(40):
            rr.set_time("step", sequence=7 * i, recording=stream)
            stream.set_time("sim", duration=np.timedelta64(i, "ns"))
            if i < 20:
                rr.set_time("clock", timestamp=np.datetime64(1000 + i, "ns"), recording=stream)
            elif i == 20:
                rr.disable_timeline("clock", recording=stream)
            video.write(noise(i), i / 30)
        # What is set while the encoder still works is too late for them.
        rr.set_time("step", sequence=-1, recording=stream)
        rr.reset_time(recording=stream)
        video.write(noise(40), 40 / 30)
    made = recorder.read()["cam"]
    assert [row.get("step") for row in made.timelines] == [7 * i for i in range(40)] + [None]
    assert [row.get("sim") for row in made.timelines] == [*range(40), None]
    clock = [1000 + i for i in range(20)] + [None] * 21
    assert [row.get("clock") for row in made.timelines] == clock
    assert "B" not in made.kinds()


def test_the_times_of_another_recording_do_not_count(recorder: Recorder) -> None:
    rr.set_time("elsewhere", sequence=1, recording=rr.RecordingStream("vstream_other"))
    with vstream.FrameWriter("cam", recording=recorder.stream) as video:
        video.write(noise(0), 0.0)
    assert set(recorder.read()["cam"].timelines[0]) == {"time", "frame"}


def test_more_timelines_are_keywords(recorder: Recorder) -> None:
    utc = datetime.timezone.utc
    noon = datetime.datetime(2024, 5, 1, 12, tzinfo=utc)
    with vstream.FrameWriter("cam", timeline="t", recording=recorder.stream) as video:
        rr.set_time("step", sequence=1, recording=recorder.stream)
        video.write(
            noise(0),
            0.5,
            step=2,
            sim=0.25,
            delta=datetime.timedelta(milliseconds=1),
            clock=noon,
            naive=noon.replace(tzinfo=None),
            frame=99,
            t=3,
        )
    (row,) = recorder.read()["cam"].timelines
    nanos = 1_714_564_800_000_000_000
    assert row == {
        "t": 500_000_000,
        "frame": 99,
        "step": 2,
        "sim": 250_000_000,
        "delta": 1_000_000,
        "clock": nanos,
        "naive": nanos,
    }


def test_live_pictures_have_the_time_of_their_capture(recorder: Recorder) -> None:
    from time import time_ns

    before = time_ns()
    with vstream.FrameWriter("cam", live=True, recording=recorder.stream) as video:
        while not video.write(noise(0), 0.0):
            pass
    (capture,) = recorder.read()["cam"].on("capture_time")
    assert before <= capture <= time_ns()


def test_a_file_is_logged_beside_the_rest(recorder: Recorder) -> None:
    source = "lavfi:testsrc2=size=64x48:rate=30:duration=2.5"
    rr.set_time("step", sequence=1, recording=recorder.stream)
    logged = vstream.log_video(source, "rear", recording=recorder.stream, progress=False)
    assert logged.frames == 75
    assert logged.codec == "h264"
    made = recorder.read()["rear"]
    assert made.codecs == [H264]
    assert made.kinds()[0] == "IDR"
    assert "B" not in made.kinds()
    assert set(made.timelines[0]) == {"time", "frame"}
    assert made.on("time") == [round(Fraction(i, 30) * 1_000_000_000) for i in range(75)]
    assert logged.end_ns == made.on("time")[-1]
    assert len(made.keyframes) >= 3


def test_a_writer_needs_a_recording() -> None:
    with pytest.raises(vstream.RecordingError, match=r"rerun\.init"):
        vstream.FrameWriter("cam", (64, 48))


def test_settings_are_checked_at_once(recorder: Recorder) -> None:
    def writer(**settings: object) -> vstream.FrameWriter:
        return vstream.FrameWriter("cam", (64, 48), recording=recorder.stream, **settings)  # type: ignore[arg-type]

    with pytest.raises(vstream.ConfigError, match="codec"):
        writer(codec="h266")
    with pytest.raises(vstream.ConfigError, match="one of them"):
        writer(crf=20, bitrate=1_000_000)
    with pytest.raises(vstream.ConfigError, match="range"):
        writer(range=(1, 1))
    with pytest.raises(vstream.ConfigError, match="order"):
        writer(order="gbr")
    with pytest.raises(vstream.ConfigError, match="lists the encoders"):
        writer(encoder="no_such_encoder")
    with pytest.raises(vstream.ConfigError, match="size"):
        vstream.FrameWriter("cam", (0, 48), recording=recorder.stream)
