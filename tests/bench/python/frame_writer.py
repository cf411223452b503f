"""`FrameWriter` against the PyAV loop of Rerun's documentation: wall time, CPU, and latency live.

600 pictures of 1280x720 in RGB to a file: the loop as documented (libx264 at its defaults: medium, crf 23), and both at
equal settings. Each run is a process of its own, and the ways take turns, so that a busy machine is busy for each.

python tests/bench/python/frame_writer.py [RUNS]
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

WIDTH, HEIGHT, FPS, FRAMES = 1280, 720, 30, 600
SETTINGS = {"preset": "veryfast", "crf": "23"}


def pictures() -> list[np.ndarray]:
    """Make a second of a camera's picture: soft shapes that move, and noise."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    made = []
    for i in range(FPS):
        t = 2 * np.pi * i / FPS
        waves = [np.sin(x / (60 + 9 * c) + t + c) + np.cos(y / (45 + 7 * c) - t) for c in range(3)]
        noise = random.normal(0, 2, (HEIGHT, WIDTH, 1))
        made.append(np.clip(128 + 55 * np.stack(waves, 2) + noise, 0, 255).astype(np.uint8))
    return made


def vstream_writer(path: str) -> Callable[[list[np.ndarray]], None]:
    import rerun as rr
    import vstream

    rr.init("bench")
    rr.save(path)

    def work(frames: list[np.ndarray]) -> None:
        with vstream.FrameWriter(
            "video", (WIDTH, HEIGHT), FPS, preset=SETTINGS["preset"], crf=int(SETTINGS["crf"])
        ) as video:
            for i in range(FRAMES):
                video.write(frames[i % FPS], i / FPS)
        rr.disconnect()

    return work


def pyav_loop_as_documented(path: str) -> Callable[[list[np.ndarray]], None]:
    return pyav_loop(path, {}, None)


def pyav_loop(
    path: str, settings: dict[str, str] = SETTINGS, gop: int | None = FPS
) -> Callable[[list[np.ndarray]], None]:
    import av
    import rerun as rr

    rr.init("bench")
    rr.save(path)

    def work(frames: list[np.ndarray]) -> None:
        container = av.open("/dev/null", "w", format="h264")
        stream = container.add_stream("libx264", rate=FPS, options=settings)
        stream.width, stream.height, stream.max_b_frames = WIDTH, HEIGHT, 0
        if gop is not None:
            stream.gop_size = gop
        rr.log("video", rr.VideoStream(codec=rr.VideoCodec.H264), static=True)

        def log(packets: list[av.Packet]) -> None:
            for packet in packets:
                rr.set_time("time", duration=float(packet.pts * packet.time_base))
                rr.log("video", rr.VideoStream.from_fields(sample=bytes(packet)))

        for i in range(FRAMES):
            log(stream.encode(av.VideoFrame.from_ndarray(frames[i % FPS], format="rgb24")))
        log(stream.encode())
        rr.disconnect()

    return work


def x264_alone(_: str) -> Callable[[list[np.ndarray]], None]:
    """Encode pictures that are 4:2:0 already and log nothing: what x264 itself takes."""
    import av

    def work(frames: list[np.ndarray]) -> None:
        container = av.open("/dev/null", "w", format="h264")
        stream = container.add_stream("libx264", rate=FPS, options=SETTINGS)
        stream.width, stream.height, stream.max_b_frames, stream.gop_size = WIDTH, HEIGHT, 0, FPS
        converted = [
            av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(format="yuv420p")
            for frame in frames
        ]
        began(work)
        for i in range(FRAMES):
            frame = converted[i % FPS]
            frame.pts = i
            stream.encode(frame)
        stream.encode()

    return work


WAYS = {
    "vstream": vstream_writer,
    "PyAV loop as documented": pyav_loop_as_documented,
    "PyAV loop at equal settings": pyav_loop,
    "x264 alone at equal settings": x264_alone,
}
_began: list[tuple[float, float]] = []


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def began(_: object) -> None:
    """Measure from here on."""
    _began[:] = [(time.perf_counter(), cpu())]


def measure(way: str) -> None:
    """Run one way in this process, and print its seconds."""
    frames = pictures()
    with tempfile.TemporaryDirectory() as folder:
        work = WAYS[way](f"{folder}/out.rrd")
        began(work)
        work(frames)
        (wall, used) = _began[0]
        print(json.dumps([time.perf_counter() - wall, cpu() - used]))


def latency() -> None:
    """Print the milliseconds from `write` to Rerun's `send_columns`, of a live writer at 30 pictures a second."""
    import rerun as rr
    import vstream

    rr.init("bench")
    written: dict[int, float] = {}
    taken: list[float] = []
    send = rr.send_columns

    def timed(entity: str, indexes: list, columns: object, **named: object) -> None:
        send(entity, indexes=indexes, columns=columns, **named)
        for column in indexes:
            if (
                column.timeline_name() == "frame"
                and (number := column.as_arrow_array()[0].as_py()) in written
            ):
                taken.append(1000 * (time.perf_counter() - written.pop(number)))

    rr.send_columns = timed
    frames = pictures()
    with tempfile.TemporaryDirectory() as folder:
        rr.save(f"{folder}/out.rrd")
        with vstream.FrameWriter("video", (WIDTH, HEIGHT), FPS, live=True) as video:
            number, start = 0, time.perf_counter()
            for i in range(300):
                time.sleep(max(0, start + i / FPS - time.perf_counter()))
                written[number] = time.perf_counter()
                number += video.write(frames[i % FPS], i / FPS)
    taken.sort()
    print(
        f"live: median {statistics.median(taken):.1f} ms, 99 of 100 within {taken[len(taken) * 99 // 100]:.1f} ms, "
        f"{300 - number} of 300 dropped"
    )


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for _ in range(runs):
        for way, results in found.items():
            command = [sys.executable, str(Path(__file__)), "--measure", way]
            results.append(tuple(json.loads(subprocess.check_output(command))))
    for way, results in found.items():
        walls, used = zip(*results, strict=True)
        print(
            f"{way:>28}: wall {statistics.median(walls):.2f} s (best {min(walls):.2f}), "
            f"CPU {statistics.median(used):.2f} s (best {min(used):.2f})"
        )
    latency()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2])
    else:
        main()
