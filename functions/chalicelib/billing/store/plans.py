"""The catalogue of plans, `templates/plans`, which travels with the templates to every Lambda."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from chalicelib.tenancy.model.offer import Offer
from chalicelib.tenancy.service.catalogue import read_catalogue

_FOLDER = Path("templates", "plans")


@cache
def catalogue() -> Mapping[str, Offer]:
    """Raises Invalid, with everything that is wrong in it."""
    here = Path(__file__).resolve()
    found = next((parent / _FOLDER for parent in here.parents if (parent / _FOLDER).is_dir()), None)
    if found is None:
        raise FileNotFoundError(f"{_FOLDER} is in no folder above {here}")
    return read_catalogue({file.name: file.read_text(encoding="utf-8") for file in found.glob("*.toml")})
