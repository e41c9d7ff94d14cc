"""Lambda layers from locks: what functions import is installed once per lock, not once per deployment.

Chalice would install functions/requirements.txt again at every change of our own code; there is none, and the
code asset stays small enough to be replaced in a fraction of a second.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from infra.layout import BUILD, FUNCTIONS

LOCKS = FUNCTIONS / "layers"


def locked(name: str) -> Path:
    """The zip file of a layer, for Lambda's Python 3.11 on x86_64 whatever machine this is."""
    lock = LOCKS / f"{name}.txt"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    packed = BUILD / "layers" / f"{name}-{digest}.zip"
    if not packed.exists():
        packed.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=packed.parent) as folder:
            _install(lock, Path(folder, "python"))
            draft = packed.with_suffix(f".{os.getpid()}")
            _pack(Path(folder), draft)
            draft.rename(packed)
    return packed


def _install(lock: Path, target: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(
        [
            *(str(uv), "pip", "install", "--quiet", "--target", str(target), "--requirements", str(lock)),
            *("--require-hashes", "--no-deps", "--only-binary", ":all:"),
            *("--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_28"),
        ],
        check=True,
    )
    shutil.rmtree(target / "bin", ignore_errors=True)
    (target / ".lock").unlink(missing_ok=True)


def _pack(folder: Path, target: Path) -> None:
    """The same bytes for the same files, whenever they were installed."""
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), date_time=(2026, 1, 1, 0, 0, 0))
                entry.external_attr = (file.stat().st_mode & 0o777) << 16
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
