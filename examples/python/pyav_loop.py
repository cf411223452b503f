"""The loop of Rerun's documentation that encodes with PyAV, for comparison with `frames.py`.

Its colours are BT.601, which the viewer takes for BT.709: red is shown as 255, 25, 0.

python pyav_loop.py out.rrd
"""

from __future__ import annotations

import sys

import av
import numpy as np
import rerun as rr

WIDTH, HEIGHT, FPS, SECONDS = 480, 320, 30, 4


def picture(number: int) -> np.ndarray:
    """Make a golden ball that swings before blue."""
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[..., 1], image[..., 2] = 100 * y / HEIGHT, 200 * y / HEIGHT
    middle = HEIGHT / 2 + 80 * np.sin(2 * np.pi * number / FPS)
    image[(x - WIDTH / 2) ** 2 + (y - middle) ** 2 < 30**2] = (255, 200, 0)
    return image


rr.init("vstream_example_pyav_loop")
rr.save(sys.argv[1])

container = av.open("/dev/null", "w", format="h264")
stream = container.add_stream("libx264", rate=FPS)
stream.width, stream.height = WIDTH, HEIGHT
stream.max_b_frames = 0
rr.log("video_stream", rr.VideoStream(codec=rr.VideoCodec.H264), static=True)


def log(packets: list[av.Packet]) -> None:
    """Log what the encoder gives."""
    for packet in packets:
        if packet.pts is not None:
            rr.set_time("time", duration=float(packet.pts * packet.time_base))
            rr.log("video_stream", rr.VideoStream.from_fields(sample=bytes(packet)))


for number in range(FPS * SECONDS):
    log(stream.encode(av.VideoFrame.from_ndarray(picture(number), format="rgb24")))
log(stream.encode())
