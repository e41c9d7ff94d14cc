"""Published figures of other systems and papers, in the file that RATING_VECTORS names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_PROVEN = {"match", "derived", "cautionary"}


def all_rows() -> list[Any]:
    """The rows that prove something; a single skipped one that says why where there is no file."""
    place = os.environ.get("RATING_VECTORS")
    if not place:
        why = "RATING_VECTORS does not name a file of published rating vectors"
        return [pytest.param({"id": "none"}, marks=pytest.mark.skip(reason=why))]
    vectors = json.loads(Path(place).read_text())["vectors"]
    return [row for row in vectors if row["status"] in _PROVEN and "same_as" not in row["input"]]
