"""The rate files, from the folder of templates that comes with the code."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from chalicelib.billing.model.cost.rates import Rates
from chalicelib.billing.service.rates import CARD, OPERATOR, read_rates

_FOLDER = Path("templates", "rates")


def folder() -> Path:
    """In a Lambda `templates` lies beside `chalicelib`; in the repository it is at the top."""
    here = Path(__file__).resolve()
    found = next((parent / _FOLDER for parent in here.parents if (parent / _FOLDER).is_dir()), None)
    if found is None:
        raise FileNotFoundError(f"{_FOLDER} is in no folder above {here}")
    return found


@cache
def rates() -> Rates:
    """Raises Invalid, with everything that is wrong in them."""
    card, operator = (folder() / name for name in (CARD, OPERATOR))
    return read_rates(card.read_text(encoding="utf-8"), operator.read_text(encoding="utf-8"))
