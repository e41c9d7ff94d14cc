"""The model as plain maps, lists and texts: the one form that TOML, the table and the JSON Schema share.

A field without `rule` is not part of it. What stands at its default is left out, so a new field with a
default changes no stored configuration and no fingerprint.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    name: str
    kind: Any  # the type, without `| None`
    says: str
    least: int | None
    most: int | None
    required: bool
    default: Any


@cache
def fields_of(kind: type) -> tuple[Field, ...]:
    """The fields that are written down, in the order of the class."""
    hints = get_type_hints(kind)
    return tuple(
        Field(
            name=field.name,
            kind=_without_none(hints[field.name]),
            says=field.metadata["says"],
            least=field.metadata["least"],
            most=field.metadata["most"],
            required=field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
            default=_default(field),
        )
        for field in dataclasses.fields(kind)
        if "says" in field.metadata
    )


def to_plain(value: Any) -> Any:
    """Dates stay dates: TOML has them. What is at its default is left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((field, getattr(value, field.name)) for field in fields_of(type(value)))
        return {field.name: to_plain(inner) for field, inner in pairs if field.required or inner != field.default}
    if isinstance(value, Mapping):
        return {str(to_plain(key)): to_plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [to_plain(inner) for inner in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return _shortest(value)
    return str(value) if isinstance(value, str) else value


def trusted(kind: Any, plain: Any, **more: Any) -> Any:
    """The reverse of `to_plain`, for what was checked before it was stored; `more` gives fields without a rule.

    Takes dates as dates or texts, and passes over what a newer version may have written beside.
    """
    origin = get_origin(kind)
    if origin is tuple:
        return tuple(trusted(get_args(kind)[0], inner) for inner in plain)
    if origin is not None:  # Mapping
        key_kind, value_kind = get_args(kind)
        return {trusted(key_kind, key): trusted(value_kind, inner) for key, inner in plain.items()}
    if "__dataclass_fields__" in vars(kind):
        present = (field for field in fields_of(kind) if field.name in plain)
        return kind(**{field.name: trusted(field.kind, plain[field.name]) for field in present}, **more)
    if kind is date:
        return plain if isinstance(plain, date) else date.fromisoformat(plain)
    return kind(plain)


def _shortest(value: Decimal) -> Decimal | int:
    """One form for 12, 12.0 and 12.00: what is written again reads the same and is no change."""
    return int(value) if value == value.to_integral_value() else value.normalize()


def _without_none(hint: Any) -> Any:
    if get_origin(hint) is UnionType:
        (hint,) = (inner for inner in get_args(hint) if inner is not type(None))
    return hint


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default
