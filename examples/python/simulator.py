"""A simulator's loop: a colour camera, a depth camera and the state, all on the same timelines.

python simulator.py out.rrd
"""

from __future__ import annotations

import sys

import numpy as np
import rerun as rr
import vstream

WIDTH, HEIGHT, STEP = 320, 240, 0.02


def render(x: float) -> tuple[np.ndarray, np.ndarray]:
    """Return colours as uint8, and depth in metres, of a ball at x."""
    v, u = np.mgrid[:HEIGHT, :WIDTH]
    ball = (u - WIDTH / 2 - 100 * x) ** 2 + (v - HEIGHT / 2) ** 2 < 40**2
    colour = np.where(ball[..., None], np.uint8([220, 40, 40]), np.uint8([70, 90, 110]))
    return colour, np.where(ball, 1.5, 4.0 - 2 * v / HEIGHT).astype(np.float32)


rr.init("vstream_example_simulator")
rr.save(sys.argv[1])

x, speed = 1.0, 0.0
with (
    vstream.FrameWriter("robot/camera", rate=1 / STEP) as camera,
    # Depth is shown from 4 metres, black, to half a metre, white.
    vstream.FrameWriter("robot/depth", rate=1 / STEP, range=(4.0, 0.5)) as depth,
):
    for step in range(200):
        time = step * STEP
        # These hold for the pictures as well.
        rr.set_time("time", duration=time)
        rr.set_time("step", sequence=step)
        speed -= 4 * x * STEP
        x += speed * STEP
        rr.log("robot/x", rr.Scalars(x))
        colour_picture, depth_picture = render(x)
        camera.write(colour_picture, time)
        depth.write(depth_picture, time)
