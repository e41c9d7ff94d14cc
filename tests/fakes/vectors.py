"""Published figures of other systems and papers, in the file that RATING_VECTORS names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_PROVEN = {"match", "derived"}


def rows(model: str) -> list[Any]:
    """The rows of one kind; a single skipped one that says why where there is no file."""
    place = os.environ.get("RATING_VECTORS")
    if not place:
        why = "RATING_VECTORS does not name a file of published rating vectors"
        return [pytest.param({"id": "none"}, marks=pytest.mark.skip(reason=why))]
    vectors = json.loads(Path(place).read_text())["vectors"]
    # Costs that were published rounded up or down to a tenth are another engine's rule, not ours.
    return [
        row for row in vectors if row["model"] == model and row["status"] in _PROVEN and "round" not in row["input"]
    ]
