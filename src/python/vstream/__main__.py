"""``python -m vstream``: the command line tool that comes with the package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path


def program() -> str | None:
    """Find the tool: beside this Python, beside the package, or on PATH."""
    name = "vstream.exe" if os.name == "nt" else "vstream"
    folders = [
        sysconfig.get_path("scripts"),
        # Where `pip install --target` and, below, `pip install --user` put it.
        str(Path(__file__).parents[1] / "bin"),
        sysconfig.get_path("scripts", f"{os.name}_user"),
    ]
    return shutil.which(name, path=os.pathsep.join(folders)) or shutil.which(name)


def main() -> int:
    """Replace this process by the tool; run it as a child where that is impossible."""
    found = program()
    if found is None:
        print("vstream: the command line tool is not installed with this package", file=sys.stderr)
        return 1
    arguments = [found, *sys.argv[1:]]
    if os.name == "posix":
        os.execv(found, arguments)
    return subprocess.run(arguments, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
