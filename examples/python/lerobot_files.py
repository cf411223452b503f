"""An episode of a LeRobot dataset of version 3, from its files, without lerobot.

Its videos are copied where Rerun shows them right, and encoded otherwise.

python lerobot_files.py FOLDER 0 out.rrd
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import rerun as rr
import vstream

folder, number, output = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
info = json.loads((folder / "meta/info.json").read_text())
episodes = pq.read_table(folder / "meta/episodes", filters=pc.field("episode_index") == number)
(episode,) = episodes.to_pylist()
rr.init("vstream_example_lerobot_files")
rr.save(output)

for key, feature in info["features"].items():
    if feature["dtype"] == "video":
        # A file holds many episodes.
        place = {name: episode[f"videos/{key}/{name}"] for name in ("chunk_index", "file_index")}
        begin, end = (episode[f"videos/{key}/{side}_timestamp"] for side in ("from", "to"))
        vstream.log_video(
            folder / info["video_path"].format(video_key=key, **place),
            key,
            codec="auto",
            start=begin,
            duration=end - begin,
            rebase=True,
        )

rows = pq.read_table(folder / "data", filters=pc.field("episode_index") == number)
times = [
    rr.TimeColumn("time", duration=np.array(rows["frame_index"]) / info["fps"]),
    rr.TimeColumn("frame", sequence=rows["frame_index"]),
]
for key in ("observation.state", "action"):
    if key in rows.column_names:
        values = np.stack(rows[key].to_numpy())
        scalars = rr.Scalars.columns(scalars=values.flatten()).partition(
            [len(values[0])] * len(rows)
        )
        rr.send_columns(key, indexes=times, columns=scalars)
