"""However a program ends, what was written is there, and nothing hangs."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import vstream
from conftest import Recorder
from reading import Recording
from scripts import run

GREY = np.zeros((48, 64, 3), np.uint8)


def frames(path: Path, entity: str = "cam") -> int:
    return len(Recording(path)[entity].samples)


def test_an_exception_in_the_body_goes_on_and_loses_nothing(recorder: Recorder) -> None:
    with pytest.raises(ZeroDivisionError):
        with vstream.FrameWriter("cam", recording=recorder.stream) as video:
            for i in range(10):
                video.write(GREY, i / 30)
            raise ZeroDivisionError
    assert len(recorder.read()["cam"].samples) == 10


def test_closing_twice_is_once_and_writing_after_it_an_error(recorder: Recorder) -> None:
    video = vstream.FrameWriter("cam", (64, 48), recording=recorder.stream)
    video.write(GREY, 0.0)
    video.close()
    video.close()
    with pytest.raises(vstream.FrameError, match="closed"):
        video.write(GREY, 1.0)
    assert video.counts() == (1, 1, 0)


def test_a_writer_without_a_picture(recorder: Recorder) -> None:
    with vstream.FrameWriter("cam", recording=recorder.stream):
        pass
    with vstream.FrameWriter("cam", (64, 48), recording=recorder.stream):
        pass
    assert recorder.read()["cam"].samples == []


def test_a_writer_that_is_forgotten_is_closed_with_the_interpreter(tmp_path: Path) -> None:
    path = tmp_path / "out.rrd"
    body = """
video = vstream.FrameWriter("cam")
for i in range(50):
    video.write(picture(i), i / 30)
"""
    ended = run(body, path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert frames(path) == 50


def test_a_writer_that_is_dropped_is_closed_and_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "out.rrd"
    body = """
video = vstream.FrameWriter("cam")
for i in range(50):
    video.write(picture(i), i / 30)
del video
print("on")
"""
    ended = run(body, path, "-W", "always")
    assert (ended.returncode, ended.stdout) == (0, "on\n")
    assert "unclosed <vstream.FrameWriter 'cam' (64, 48)>" in ended.stderr
    assert frames(path) == 50


def test_an_exception_at_the_top_level(tmp_path: Path) -> None:
    path = tmp_path / "out.rrd"
    body = """
video = vstream.FrameWriter("cam")
for i in range(50):
    video.write(picture(i), i / 30)
sys.exit(3)
"""
    assert run(body, path).returncode == 3
    assert frames(path) == 50


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_in_the_body(tmp_path: Path) -> None:
    path = tmp_path / "out.rrd"
    body = """
try:
    with vstream.FrameWriter("cam", (64, 48)) as video:
        for i in range(10**9):
            video.write(picture(i), i)
            if i == 40:
                os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    print(video.counts().written, video.counts().logged)
"""
    ended = run(body, path)
    assert ended.stderr == ""
    written, logged = map(int, ended.stdout.split())
    assert written == logged >= 41
    assert frames(path) == logged


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_while_a_live_input_is_read(tmp_path: Path) -> None:
    path = tmp_path / "out.rrd"
    body = """
signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
signal.setitimer(signal.ITIMER_REAL, 1)
try:
    vstream.log_video("lavfi:testsrc2=size=64x48:rate=10", "cam", realtime=True)
except KeyboardInterrupt:
    print("interrupted")
"""
    ended = run(body, path)
    assert (ended.stdout, ended.stderr) == ("interrupted\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
def test_a_fork_leaves_the_writer_to_its_parent(tmp_path: Path) -> None:
    path = tmp_path / "out.rrd"
    # One child ends as multiprocessing's do, one as a program does.
    body = """
with vstream.FrameWriter("cam", (64, 48)) as video:
    for i in range(25):
        video.write(picture(i), i)
    for end in (os._exit, sys.exit):
        child = os.fork()
        if child == 0:
            try:
                video.write(picture(0), 100)
            except vstream.FrameError as error:
                assert "forked" in str(error), error
            else:
                os._exit(1)
            video.close()
            end(0)
        assert os.waitpid(child, 0)[1] == 0
    for i in range(25, 50):
        video.write(picture(i), i)
print(video.counts().logged)
"""
    ended = run(body, path, "-W", "ignore::DeprecationWarning")
    assert (ended.returncode, ended.stdout) == (0, "50\n"), ended.stderr
    # Rerun may complain of the fork.
    assert "Traceback" not in ended.stderr
    assert frames(path) == 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
def test_a_forked_process_has_writers_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "out.rrd"
    body = """
import logging
import multiprocessing

logging.basicConfig(level=logging.INFO)

def work(number):
    stream = rr.RecordingStream("vstream_test")
    stream.save(f"{path}.{number}")
    with vstream.FrameWriter("cam", recording=stream) as video:
        for i in range(25):
            video.write(picture(i), i)
    stream.disconnect()
    return video.counts().logged

with vstream.FrameWriter("cam", (64, 48)) as video:
    video.write(picture(0), 0.0)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(work, [1, 2]))
"""
    ended = run(body, path, "-W", "ignore::DeprecationWarning")
    assert (ended.returncode, ended.stdout) == (0, "[25, 25]\n"), ended.stderr
    assert [frames(Path(f"{path}.{number}")) for number in (1, 2)] == [25, 25]
    assert frames(path) == 1


def test_what_rerun_refuses_ends_the_writer(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import rerun

    def refuse(*arguments: object, **named: object) -> None:
        raise ValueError("refused")

    video = vstream.FrameWriter("cam", (64, 48), live=True, recording=recorder.stream)
    monkeypatch.setattr(rerun, "send_columns", refuse)
    video.write(GREY, 0.0)
    with pytest.raises(vstream.RecordingError, match="cannot log cam: refused") as caught:
        video.close()
    assert isinstance(caught.value.__cause__, ValueError)
    with pytest.raises(vstream.RecordingError):
        video.write(GREY, 1.0)


def test_a_disabled_recording_is_warned_of(tmp_path: Path) -> None:
    body = """
with vstream.FrameWriter("cam", (64, 48)) as video:
    print(video.write(picture(0), 0.0))
"""
    ended = run(body, tmp_path / "out.rrd", env={**os.environ, "RERUN": "off"})
    assert (ended.returncode, ended.stdout) == (0, "True\n")
    assert "Rerun is disabled" in ended.stderr


def test_a_signal_of_the_user_is_handled_while_write_waits(recorder: Recorder) -> None:
    if not hasattr(signal, "setitimer"):
        pytest.skip("signals")
    heard: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _: heard.append(number))
    try:
        with vstream.FrameWriter("cam", preset="veryslow", recording=recorder.stream) as video:
            signal.setitimer(signal.ITIMER_REAL, 0.001)
            i = 0
            while not heard:
                video.write(GREY, i)
                i += 1
    finally:
        signal.signal(signal.SIGALRM, before)
    assert len(recorder.read()["cam"].samples) == i
