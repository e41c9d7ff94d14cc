"""Who sends the invoices: `templates/invoices/operator.toml`, which travels with the templates to every Lambda."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.billing.model.documents.entity import Operator
from chalicelib.kernel.errors import Invalid
from chalicelib.tenancy.model.plain import to_plain
from chalicelib.tenancy.service.reading import read_part

_FILE = Path("templates", "invoices", "operator.toml")
_USUAL = "operator"  # as `contract.entity` says where a client's file does not


def seller(entity: str = _USUAL) -> Mapping[str, Any]:
    """As it stands in an invoice's `seller` (`model/documents/parties`). Raises Invalid for an entity there is not."""
    known = _entities()
    if entity not in known:
        fix = f"add [entities.{entity}] to {_FILE}, or name one of: {', '.join(known)}"
        raise Invalid("contract.entity", f"{entity!r} is no legal entity of the operator", fix)
    return known[entity]


def read_entities(text: str) -> dict[str, dict[str, Any]]:
    """The legal entities of a file, by id. Raises Invalid with every mistake in it."""
    operator, mistakes = read_part(Operator, tomllib.loads(text))
    if mistakes:
        said = " / ".join(f"{one.key} {one.why}; {one.fix}" for one in mistakes)
        raise Invalid("operator.toml", said, "mend the file")
    return {str(name): to_plain(entity) for name, entity in operator.entities.items()}


@cache
def _entities() -> Mapping[str, Mapping[str, Any]]:
    """In a Lambda `templates` lies beside ours."""
    here = Path(__file__).resolve()
    found = next((parent / _FILE for parent in here.parents if (parent / _FILE).is_file()), None)
    if found is None:
        raise FileNotFoundError(f"{_FILE} is in no folder above {here}")
    return read_entities(found.read_text(encoding="utf-8"))
