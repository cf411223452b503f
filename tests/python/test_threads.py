"""Writers and the threads that write to them."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest
import rerun as rr
import vstream
from conftest import Recorder

GREY = np.zeros((48, 64, 3), np.uint8)


def test_each_thread_has_a_writer(recorder: Recorder) -> None:
    def work(number: int) -> None:
        with vstream.FrameWriter(f"cam{number}", recording=recorder.stream) as video:
            for i in range(40):
                rr.set_time("step", sequence=number * 1000 + i, recording=recorder.stream)
                video.write(GREY, i / 30)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = recorder.read()
    for number in range(4):
        steps = made[f"cam{number}"].on("step")
        assert steps == [number * 1000 + i for i in range(40)]


def test_several_threads_write_to_one_writer(recorder: Recorder) -> None:
    times, lock = itertools.count(1), threading.Lock()
    steps: dict[int, int] = {}

    def work(video: vstream.FrameWriter, number: int) -> None:
        rr.set_time("thread", sequence=number, recording=recorder.stream)
        for _ in range(25):
            with lock:
                time = next(times)
                steps[time] = number
                video.write(GREY, time)

    with vstream.FrameWriter("cam", recording=recorder.stream) as video:
        threads = [threading.Thread(target=work, args=(video, number)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    made = recorder.read()["cam"]
    assert made.on("time") == list(range(1, 76))
    assert made.on("thread") == [steps[time] for time in range(1, 76)]


def test_a_live_writer_drops_and_counts(recorder: Recorder) -> None:
    video = vstream.FrameWriter("cam", live=True, preset="veryslow", recording=recorder.stream)
    picture = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    taken = [i for i in range(200) if video.write(picture, i)]
    assert 0 < len(taken) < 200, "it should have been too slow"
    with pytest.warns(vstream.VideoWarning, match=f"{200 - len(taken)} pictures were dropped"):
        video.close()
    assert video.counts() == (200, len(taken), 200 - len(taken))
    assert recorder.read()["cam"].on("time") == taken


def test_other_threads_run_while_a_writer_waits(recorder: Recorder) -> None:
    running = threading.Event()
    counted = 0

    def count() -> None:
        nonlocal counted
        while not running.is_set():
            counted += 1

    thread = threading.Thread(target=count)
    picture = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    with vstream.FrameWriter("cam", preset="slow", recording=recorder.stream) as video:
        thread.start()
        for i in range(20):
            video.write(picture, i)
        before = counted
        video.close()
        assert counted > before
    running.set()
    thread.join()
    assert len(recorder.read()["cam"].samples) == 20
