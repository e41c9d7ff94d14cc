"""Where things are in the repository: the only place that knows."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = ROOT / "functions"
TEMPLATES = ROOT / "templates"
FLOWS = TEMPLATES / "flows"
PAGES_STATIC = TEMPLATES / "pages" / "static"
NODE_MODULES = ROOT / "node_modules"
BUILD = ROOT / ".manyline" / "build"


def open_functions() -> None:
    """Lets infra import `chalicelib`, which lives where Chalice wants it."""
    if str(FUNCTIONS) not in sys.path:
        sys.path.insert(0, str(FUNCTIONS))
