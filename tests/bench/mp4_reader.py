"""Rerun's own reader of MP4 files, into a recording; of a folder, each file into one of its own.

python3 mp4_reader.py INPUT.mp4 OUTPUT.rrd
python3 mp4_reader.py FOLDER FOLDER
"""

import sys
from pathlib import Path

from rerun.experimental import Mp4Reader

source, target = map(Path, sys.argv[1:])
pairs = [(source, target)]
if source.is_dir():
    pairs = [(file, target / f"{file.stem}.rrd") for file in sorted(source.glob("*.mp4"))]
for file, recording in pairs:
    Mp4Reader(file).stream().write_rrd(recording, application_id="bench", recording_id=file.stem)
