"""Pictures that a program makes, as video: what `pyav_loop.py` does, in three lines.

python frames.py out.rrd
"""

from __future__ import annotations

import sys

import numpy as np
import rerun as rr
import vstream

WIDTH, HEIGHT, FPS, SECONDS = 480, 320, 30, 4


def picture(number: int) -> np.ndarray:
    """Make a golden ball that swings before blue."""
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[..., 1], image[..., 2] = 100 * y / HEIGHT, 200 * y / HEIGHT
    middle = HEIGHT / 2 + 80 * np.sin(2 * np.pi * number / FPS)
    image[(x - WIDTH / 2) ** 2 + (y - middle) ** 2 < 30**2] = (255, 200, 0)
    return image


rr.init("vstream_example_frames")
rr.save(sys.argv[1])

with vstream.FrameWriter("video_stream", size=(WIDTH, HEIGHT), rate=FPS) as video:
    for number in range(FPS * SECONDS):
        video.write(picture(number), number / FPS)
