"""Rerun's own reader of MP4 files, into a recording.

python3 mp4_reader.py INPUT.mp4 OUTPUT.rrd
"""

import sys

from rerun.experimental import Mp4Reader

source, target = sys.argv[1:]
Mp4Reader(source).stream().write_rrd(target, application_id="bench", recording_id="bench")
