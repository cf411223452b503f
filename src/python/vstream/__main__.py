"""``python -m vstream``: the command line tool that comes with the package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path


def program() -> str | None:
    """Where the tool is: beside this Python, beside the package, or on PATH."""
    name = "vstream.exe" if os.name == "nt" else "vstream"
    folders = [
        sysconfig.get_path("scripts"),
        # Of `pip install --target`, and of `pip install --user`.
        str(Path(__file__).parents[1] / "bin"),
        sysconfig.get_path("scripts", f"{os.name}_user"),
    ]
    return shutil.which(name, path=os.pathsep.join(folders)) or shutil.which(name)


def main() -> int:
    """Become the tool, or run it where a process cannot be replaced."""
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
