"""Which version of the time zones' rules this machine goes by: the system's, or those of the package `tzdata`."""

from __future__ import annotations

import re
import zoneinfo
from importlib import import_module
from pathlib import Path

_SAYS = re.compile(r"# version (\S+)")


def tzdata_version() -> str:
    """`2026f`; empty where nothing says so. zoneinfo looks at the system first, so this does, too."""
    for folder in map(Path, zoneinfo.TZPATH):
        file = folder / "tzdata.zi"
        if file.is_file():
            with file.open(encoding="utf-8") as rules:
                said = _SAYS.match(rules.readline())
            return said.group(1) if said else ""
        if folder.is_dir():
            return ""
    try:
        return str(import_module("tzdata").IANA_VERSION)
    except ImportError:
        return ""
