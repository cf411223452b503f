"""A camera by OpenCV, shown live, with what a program finds in each picture beside it.

python opencv_camera.py [CAMERA or FILE] [out.rrd]
"""

from __future__ import annotations

import sys
import time

import cv2
import rerun as rr
import vstream

source = sys.argv[1] if len(sys.argv) > 1 else "0"
rr.init("vstream_example_opencv_camera", spawn=len(sys.argv) < 3)
if len(sys.argv) > 2:
    rr.save(sys.argv[2])

camera = cv2.VideoCapture(int(source) if source.isdigit() else source)
began = time.monotonic()
# OpenCV's colours are in another order; live, a picture is shown at once or dropped.
with vstream.FrameWriter("camera", order="bgr", live=True) as video:
    while True:
        taken, picture = camera.read()
        if not taken:
            break
        now = time.monotonic() - began
        video.write(picture, now)
        sharpness = cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var()
        rr.set_time("time", duration=now)
        rr.log("camera/sharpness", rr.Scalars(sharpness))
camera.release()
