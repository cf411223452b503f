"""The loop that Rerun's documentation shows for encoding pictures, over the pictures of a file.

python3 pyav_loop.py INPUT OUTPUT.rrd [PRESET]

Without a preset it is as documented: nothing is said of settings or threads. With one, it is what somebody who knows
PyAV makes of it.
"""

import sys

import av
import rerun as rr

source, target, *preset = sys.argv[1:]
rr.init("rerun_example_video_stream", recording_id="bench")
rr.save(target)

reader = av.open(source)
video = reader.streams.video[0]
if preset:
    # By itself PyAV does not decode frames side by side.
    video.thread_type = "AUTO"

container = av.open("/dev/null", "w", format="h264")
stream = container.add_stream("libx264", rate=video.average_rate)
stream.width = video.width
stream.height = video.height
stream.max_b_frames = 0
if preset:
    stream.options = {"preset": preset[0], "crf": "23"}

rr.log("video_stream", rr.VideoStream(codec=rr.VideoCodec.H264), static=True)


def log(packets):
    for packet in packets:
        rr.set_time("time", duration=float(packet.pts * packet.time_base))
        rr.log("video_stream", rr.VideoStream.from_fields(sample=bytes(packet)))


for picture in reader.decode(video):
    array = picture.to_ndarray(format="rgb24")
    frame = av.VideoFrame.from_ndarray(array, format="rgb24")
    log(stream.encode(frame))
log(stream.encode())
