"""The JPEGs of a recording as video in another one: what one writes with rerun-sdk, Pillow and PyAV.

python3 recording_loop.py INPUT.rrd OUTPUT.rrd ENTITY

Times, and everything else in the recording, are kept. Encoder settings are vstream's.
"""

import io
import sys

import av
import numpy as np
import rerun as rr
from PIL import Image
from rerun.experimental import RrdReader, send_chunks

source, target, entity = sys.argv[1:]
RATE = 30
CHUNK = 30

recording = rr.RecordingStream("bench", recording_id="bench")
recording.save(target)
recording.log(entity, rr.VideoStream(codec=rr.VideoCodec.H264), static=True)

stream = None
times = {}
rows = []


def flush():
    if not rows:
        return
    columns = []
    for name, (kind, _) in rows[0][0].items():
        values = np.array([row[name][1] for row, _ in rows], dtype="int64")
        if kind == "duration":
            columns.append(rr.TimeColumn(name, duration=values.view("timedelta64[ns]")))
        elif kind == "timestamp":
            columns.append(rr.TimeColumn(name, timestamp=values.view("datetime64[ns]")))
        else:
            columns.append(rr.TimeColumn(name, sequence=values))
    samples = rr.VideoStream.columns(sample=[sample for _, sample in rows])
    recording.send_columns(entity, indexes=columns, columns=samples)
    rows.clear()


def log(packets):
    for packet in packets:
        rows.append((times.pop(packet.pts), bytes(packet)))
        if len(rows) >= CHUNK:
            flush()


def kind_of(column):
    return str(column.type).split("[")[0]


number = 0
for chunk in RrdReader(source).stream():
    batch = chunk.to_record_batch()
    if chunk.entity_path != f"/{entity}" or "EncodedImage:blob" not in batch.schema.names:
        send_chunks(chunk, recording=recording)
        continue
    columns = {
        name: (kind_of(batch.column(name)), batch.column(name).cast("int64").to_pylist())
        for name in chunk.timeline_names
    }
    blobs = batch.column("EncodedImage:blob")
    for row in range(batch.num_rows):
        picture = Image.open(io.BytesIO(blobs[row].values[0].values.to_numpy().tobytes()))
        frame = av.VideoFrame.from_image(picture.convert("RGB"))
        if stream is None:
            container = av.open("/dev/null", "w", format="h264")
            stream = container.add_stream("libx264", rate=RATE)
            stream.width, stream.height = frame.width, frame.height
            stream.pix_fmt = "yuv420p"
            stream.max_b_frames = 0
            stream.options = {"preset": "veryfast", "crf": "23", "g": str(RATE)}
        frame.pts = number
        times[number] = {name: (kind, column[row]) for name, (kind, column) in columns.items()}
        log(stream.encode(frame))
        number += 1
if stream is not None:
    log(stream.encode())
flush()
