"""The JSON Schema of a client's file, made from the model, for editors."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, get_args, get_origin

from chalicelib.tenancy.model.form import Written
from chalicelib.tenancy.model.plain import Field, fields_of
from chalicelib.tenancy.model.tenant import Tenant


def schema() -> str:
    """Draft 7, which the TOML extensions of the common editors read."""
    definitions: dict[str, Any] = {}
    root = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A client company of Manyline",
        **_record(Tenant, definitions),
        "definitions": dict(sorted(definitions.items())),
    }
    return json.dumps(root, indent=2, ensure_ascii=False) + "\n"


def _record(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    fields = fields_of(kind)
    return {
        "description": " ".join((kind.__doc__ or "").split()),
        "type": "object",
        "properties": {field.name: _field(field, definitions) for field in fields},
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
    }


def _field(field: Field, definitions: dict[str, Any]) -> dict[str, Any]:
    inner = _value(field.kind, field, definitions)
    # Draft 7 ignores what stands beside a $ref.
    return {"description": field.says, **({"allOf": [inner]} if "$ref" in inner else inner)}


def _value(kind: Any, field: Field, definitions: dict[str, Any]) -> dict[str, Any]:
    origin = get_origin(kind)
    if origin is tuple:
        items = _value(get_args(kind)[0], field, definitions)
        return {"type": "array", "items": items, **_bounds(field, "minItems", "maxItems")}
    if origin is not None:
        return _map(kind, field, definitions)
    if kind is bool:
        return {"type": "boolean"}
    if kind is Decimal:
        return {"type": "number", **_bounds(field, "minimum", "maximum")}
    if kind is int:
        return {"type": "integer", **_bounds(field, "minimum", "maximum")}
    if kind is date:
        return {"type": "string", "format": "date"}
    if "__dataclass_fields__" in vars(kind):
        return _reference(kind, definitions)
    if issubclass(kind, Enum):
        return {"enum": [choice.value for choice in kind]}
    return _written(kind)


def _reference(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}  # holds the place: a class may hold itself
        definitions[kind.__name__] = _record(kind, definitions)
    return {"$ref": f"#/definitions/{kind.__name__}"}


def _map(kind: Any, field: Field, definitions: dict[str, Any]) -> dict[str, Any]:
    key_kind, value_kind = get_args(kind)
    inner = _value(value_kind, field, definitions)
    least = _bounds(field, "minProperties", "maxProperties")
    if issubclass(key_kind, Enum):
        named = {choice.value: inner for choice in key_kind}
        return {"type": "object", "properties": named, "additionalProperties": False, **least}
    return {"type": "object", "propertyNames": _written(key_kind), "additionalProperties": inner, **least}


def _written(kind: type[Written]) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^(?:{kind.FORM})$"}


def _bounds(field: Field, least: str, most: str) -> dict[str, int]:
    bounds = {least: field.least, most: field.most}
    return {name: value for name, value in bounds.items() if value is not None}
