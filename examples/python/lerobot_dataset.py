"""An episode of a LeRobot dataset: the pictures of all cameras, state and action, in step.

python lerobot_dataset.py lerobot/pusht 0 out.rrd
"""

from __future__ import annotations

import contextlib
import sys

import rerun as rr
import vstream
from lerobot.datasets.lerobot_dataset import LeRobotDataset

name, episode, output = sys.argv[1:]
dataset = LeRobotDataset(name, episodes=[int(episode)])
rr.init("vstream_example_lerobot")
rr.save(output)

with contextlib.ExitStack() as writers:
    videos = {
        key: writers.enter_context(vstream.FrameWriter(key, rate=dataset.fps))
        for key in dataset.meta.camera_keys
    }
    for item in dataset:
        number = item["frame_index"].item()
        time = number / dataset.fps
        rr.set_time("time", duration=time)
        rr.set_time("frame_index", sequence=number)
        for key, video in videos.items():
            # Floats from 0 to 1, with the colours first.
            video.write(item[key].permute(1, 2, 0), time)
        for key in ("observation.state", "action"):
            if key in item:
                rr.log(key, rr.Scalars(item[key].numpy()))
