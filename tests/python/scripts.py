"""Programs that are run in an interpreter of their own, to see how they end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PRELUDE = """
import os, signal, sys, threading, time, warnings
import numpy as np
import rerun as rr
import vstream

# A shell has what it starts in the background ignore Ctrl-C, and all that that starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
path = sys.argv[1]
rr.init("vstream_test")
rr.save(path)

def picture(i, width=64, height=48):
    return np.full((height, width, 3), i % 256, np.uint8)
"""


def run(
    body: str, path: Path, *options: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program after the prelude; one that hangs is a failure."""
    command = [sys.executable, *options, "-c", PRELUDE + body, str(path)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=env
    )
