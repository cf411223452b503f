# A ROS 2 bag in SQLite, `recorded`, of ten pictures on two topics: /camera/image_raw, 640x480 rgb8, and /camera/compressed, the
# JPEG that is named. Needs rosbags and numpy from PyPI.
import sys
from pathlib import Path

import numpy
from rosbags.rosbag2 import Writer
from rosbags.typesys import Stores, get_typestore

store = get_typestore(Stores.ROS2_HUMBLE)
types = store.types
jpeg = numpy.frombuffer(Path(sys.argv[1]).read_bytes(), dtype=numpy.uint8)
with Writer("recorded", version=8) as bag:
    image_type, compressed_type = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"
    images = bag.add_connection("/camera/image_raw", image_type, typestore=store)
    jpegs = bag.add_connection("/camera/compressed", compressed_type, typestore=store)
    for at in range(10):
        nanoseconds = at * 40_000_000
        stamp = types["builtin_interfaces/msg/Time"](sec=0, nanosec=nanoseconds)
        header = types["std_msgs/msg/Header"](stamp=stamp, frame_id="camera")
        picture = numpy.full(640 * 480 * 3, at * 20, dtype=numpy.uint8)
        image = types[image_type](header, 480, 640, "rgb8", 0, 640 * 3, picture)
        bag.write(images, nanoseconds, store.serialize_cdr(image, image_type))
        compressed = types[compressed_type](header, "jpeg", jpeg)
        bag.write(jpegs, nanoseconds, store.serialize_cdr(compressed, compressed_type))
