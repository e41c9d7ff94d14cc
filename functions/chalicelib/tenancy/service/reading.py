"""From a file's plain form to a Tenant, with every mistake in it and not only the first."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, get_args, get_origin

from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.form import Slug, Unfit, Written, did_you_mean
from chalicelib.tenancy.model.plain import Field, fields_of, to_plain
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.agreement import AGREEMENTS

Path = tuple[str | int, ...]

_DECIMALS = 4

_BAD: Any = object()  # stands where a value could not be read


@dataclass(frozen=True, slots=True)
class Mistake:
    path: Path
    why: str
    fix: str

    @property
    def key(self) -> str:
        """`menu.options[2].say.en`, counting from 1 as people do."""
        return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in self.path).lstrip(".")


def read_tenant(tenant_id: str, plain: Mapping[str, Any]) -> tuple[Tenant | None, list[Mistake]]:
    """A whole Tenant and no mistakes, or None and all of them."""
    reader = _Reader()
    reader.written(Slug, tenant_id, ("(file name)",))
    tenant = reader.record(Tenant, plain, (), id=TenantId(tenant_id))
    whole = not reader.mistakes
    for agreement in AGREEMENTS:
        try:
            found = [Mistake(path, why, fix) for path, why, fix in agreement(tenant)]
        except (AttributeError, LookupError):
            if whole:
                raise
            continue  # it asks for a field that could not be read, which is reported already
        reader.mistakes += found
    return (tenant, []) if not reader.mistakes else (None, reader.mistakes)


def unfit(tenant: Tenant) -> list[str]:
    """What would be wrong with the client's file; nothing where it is whole."""
    return [f"{mistake.key} {mistake.why}; {mistake.fix}" for mistake in read_tenant(tenant.id, to_plain(tenant))[1]]


def read_part(kind: Any, plain: Mapping[str, Any], **more: Any) -> tuple[Any, list[Mistake]]:
    """A record of another kind by the same rules; what it must agree on is the caller's to ask. With mistakes in it,
    it lacks the fields that could not be read."""
    reader = _Reader()
    return reader.record(kind, plain, (), **more), reader.mistakes


class _Reader:
    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def value(self, kind: Any, plain: Any, path: Path, field: Field) -> Any:
        origin = get_origin(kind)
        if origin is tuple:
            return self._list(get_args(kind)[0], plain, path, field)
        if origin is not None:
            return self._map(kind, plain, path, field)
        if dataclasses.is_dataclass(kind):
            return self.record(kind, plain, path)
        if kind is bool:
            return plain if isinstance(plain, bool) else self._wrong(path, plain, f"true or false: {field.says}")
        if kind is int:
            return self._number(plain, path, field)
        if kind is Decimal:
            return self._decimal(plain, path, field)
        if kind is date:
            return self._date(plain, path)
        if issubclass(kind, Enum):
            return self._choice(kind, plain, path)
        return self.written(kind, plain, path)

    def record(self, kind: Any, plain: Any, path: Path, **more: Any) -> Any:
        """An instance of the class. With mistakes in it, it lacks the fields that could not be read."""
        if not isinstance(plain, Mapping):
            return self._wrong(path, plain, f"a table with {', '.join(field.name for field in fields_of(kind))}")
        fields = {field.name: field for field in fields_of(kind)}
        for name in plain:
            if name not in fields:
                known = ", ".join(fields)
                self._add((*path, name), "is no key here", f"{did_you_mean(name, fields)}Known are: {known}")
        values = dict(more)
        for field in fields.values():
            if field.name in plain:
                values[field.name] = self.value(field.kind, plain[field.name], (*path, field.name), field)
            elif field.required:
                self._add((*path, field.name), "is missing", f"add it: {field.says}")
                values[field.name] = _BAD
            else:
                values[field.name] = field.default
        if _BAD not in values.values():
            return kind(**values)
        unfinished = object.__new__(kind)
        for name, value in values.items():
            if value is not _BAD:
                object.__setattr__(unfinished, name, value)
        return unfinished

    def written(self, kind: type[Written], plain: Any, path: Path) -> Any:
        if not isinstance(plain, str):
            return self._wrong(path, plain, kind.ALLOWED)
        try:
            return kind.parse(plain)
        except Unfit as unfit:
            return self._add(path, unfit.why, unfit.allowed)

    def _list(self, kind: Any, plain: Any, path: Path, field: Field) -> Any:
        if not isinstance(plain, Sequence) or isinstance(plain, str):
            return self._wrong(path, plain, f"a list between [ and ]: {field.says}")
        self._bounds(len(plain), "entries", path, field)
        values = [self.value(kind, inner, (*path, place), field) for place, inner in enumerate(plain)]
        return _BAD if any(value is _BAD for value in values) else tuple(values)

    def _map(self, kind: Any, plain: Any, path: Path, field: Field) -> Any:
        key_kind, value_kind = get_args(kind)
        if not isinstance(plain, Mapping):
            return self._wrong(path, plain, f"a table: {field.says}")
        self._bounds(len(plain), "entries", path, field)
        values = {}
        for name, inner in plain.items():
            key = self.value(key_kind, name, (*path, name), field)
            value = self.value(value_kind, inner, (*path, name), field)
            values[key] = value
        return _BAD if any(_BAD in pair for pair in values.items()) else values

    def _number(self, plain: Any, path: Path, field: Field) -> Any:
        if not isinstance(plain, int) or isinstance(plain, bool):
            return self._wrong(path, plain, f"a whole number: {field.says}")
        return plain if self._bounds(plain, "", path, field) else _BAD

    def _decimal(self, plain: Any, path: Path, field: Field) -> Any:
        if not isinstance(plain, int | float | Decimal) or isinstance(plain, bool):
            return self._wrong(path, plain, f"a number without quotes: {field.says}")
        number = Decimal(str(plain))
        if not number.is_finite() or number != round(number, _DECIMALS):
            return self._add(path, f"is {plain}", f"write a number with at most {_DECIMALS} decimals")
        return number if self._bounds(number, "", path, field) else _BAD

    def _date(self, plain: Any, path: Path) -> Any:
        if isinstance(plain, date) and not isinstance(plain, datetime):
            return plain
        return self._wrong(path, plain, "a date without quotes, like 2026-12-25")

    def _choice(self, kind: type[Enum], plain: Any, path: Path) -> Any:
        allowed = [choice.value for choice in kind]
        if plain in allowed:
            return kind(plain)
        if issubclass(kind, int):
            return self._add(path, f"is {plain!r}", f"allowed are {', '.join(map(str, allowed))}, without quotes")
        hint = did_you_mean(plain, allowed) if isinstance(plain, str) else ""
        return self._add(path, f"{plain!r} is not known", f"{hint}Allowed are: {', '.join(allowed)}")

    def _bounds(self, number: int | Decimal, unit: str, path: Path, field: Field) -> bool:
        least, most = field.least, field.most
        if (least is None or number >= least) and (most is None or number <= most):
            return True
        allowed = f"allowed are {least or 0} to {most}" if most is not None else f"allowed are {least} and more"
        self._add(path, f"has {number} {unit}" if unit else f"is {number}", allowed)
        return False

    def _wrong(self, path: Path, plain: Any, wanted: str) -> Any:
        return self._add(path, f"is {_told(plain)}", f"write {wanted}")

    def _add(self, path: Path, why: str, fix: str) -> Any:
        self.mistakes.append(Mistake(path, why, fix))
        return _BAD


def _told(plain: Any) -> str:
    match plain:
        case bool():
            return "true" if plain else "false"
        case int() | float():
            return f"the number {plain}"
        case str():
            return "a text"
        case Mapping():
            return "a table"
        case Sequence():
            return "a list"
        case _:
            return f"a {type(plain).__name__}"
