"""Collects the licence texts of all that is linked into the wheel.

licences.py FOLDER SOURCES CARGO_METADATA: one file for each C library, one with those of all crates.
"""

import hashlib
import json
import pathlib
import shutil
import sys

folder, sources, metadata = map(pathlib.Path, sys.argv[1:])
folder.mkdir(parents=True, exist_ok=True)


def texts(root):
    """The licence files of a source tree."""
    names = ("licen", "copying", "notice", "copyright", "patents")
    files = [f for f in sorted(root.iterdir()) if f.is_file() and f.name.lower().startswith(names)]
    return [f for f in files if f.suffix not in (".py", ".sh", ".json", ".h", ".c", ".rs")]


for library in sorted(path for path in sources.iterdir() if path.is_dir()):
    found = texts(library)
    if not found and library.name == "nv-codec-headers":
        # Headers alone, whose licence stands in each of them.
        found = [library / "include/ffnvcodec/nvEncodeAPI.h"]
    if not found:
        sys.exit(f"error: no licence in {library}")
    for file in found:
        shutil.copy(file, folder / f"{library.name}-{file.name}")

packages = json.loads(metadata.read_text())["packages"]
seen, parts = set(), []
for package in sorted(packages, key=lambda package: package["name"]):
    if package["source"] is None:
        continue
    parts.append(f"==== {package['name']} {package['version']}: {package['license']}\n")
    for file in texts(pathlib.Path(package["manifest_path"]).parent):
        text = file.read_text(errors="replace")
        digest = hashlib.sha256(text.encode()).hexdigest()
        # Most are word for word the same.
        if digest not in seen:
            seen.add(digest)
            parts.append(f"\n---- {file.name}\n\n{text}\n")
(folder / "rust-crates.txt").write_text("".join(parts))
