"""`aws.table.Database` in plain Python, for fast tests: same answers as the real one, one thread at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chalicelib.aws.table import (
    Absent,
    AtLeast,
    AtMost,
    Check,
    Condition,
    ConditionLost,
    Cursor,
    Delete,
    Equals,
    Exists,
    Has,
    Item,
    Key,
    Lacks,
    OneOf,
    Page,
    Put,
    Update,
    Write,
)

_NOTHING = object()
_PAGE = 100  # items; small, so that tests meet the second page


def _copied(value: Any) -> Any:
    """So that what one reader changes no other sees; for what an item can hold, ten times faster than `deepcopy`."""
    if isinstance(value, dict):
        return {name: _copied(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(inner) for inner in value]
    return set(value) if isinstance(value, set | frozenset) else value


def _at(item: Item | None, path: str) -> Any:
    value: Any = item if item is not None else {}
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            return _NOTHING
        value = value[part]
    return value


def _holds(item: Item | None, condition: Condition) -> bool:
    value = _at(item, condition.path)
    match condition:
        case Exists():
            return value is not _NOTHING
        case Absent():
            return value is _NOTHING
        case Lacks(_, member):
            return value is _NOTHING or member not in value
        case _ if value is _NOTHING:
            return False
        case Equals(_, wanted):
            return bool(value == wanted and type(value) is type(wanted))
        case OneOf(_, values):
            return value in values
        case AtMost(_, most):
            return bool(type(value) is type(most) and value <= most)
        case AtLeast(_, least):
            return bool(type(value) is type(least) and value >= least)
        case Has(_, member):
            return member in value
    raise AssertionError(condition)


def _parent(item: Item, path: str) -> tuple[dict[str, Any], str]:
    *parents, last = path.split(".")
    for name in parents:
        if name not in item:
            raise ValueError(f"the path {path} leads through {name}, which is not there")
        item = item[name]
    return item, last


def _changed(item: Item, update: Update) -> Item:
    after = _copied(item)
    for path, value in update.set.items():
        parent, name = _parent(after, path)
        parent[name] = _copied(value)
    for path, value in update.default.items():
        parent, name = _parent(after, path)
        parent.setdefault(name, _copied(value))
    for path, values in update.append.items():
        parent, name = _parent(after, path)
        parent[name] = [*parent.get(name, []), *_copied(list(values))]
    for path, number in update.add.items():
        parent, name = _parent(after, path)
        parent[name] = parent.get(name, 0) + number
    for path, members in update.join.items():
        parent, name = _parent(after, path)
        parent[name] = set(parent.get(name, set())) | members
    for path, members in update.leave.items():
        parent, name = _parent(after, path)
        left = set(parent.get(name, set())) - members
        parent[name] = left
        if not left:
            del parent[name]
    for path in update.remove:
        if _at(after, path) is not _NOTHING:
            parent, name = _parent(after, path)
            del parent[name]
    return after


class MemoryDatabase:
    """`requests` counts by operation; `on_change(table, old, new)` sees what a stream would;
    `before(operation)` runs ahead of each request, so that a test can put others in between."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Key, Item]] = {}
        self.requests: list[str] = []
        self.before: Callable[[str], None] = lambda operation: None
        self.on_change: Callable[[str, Item | None, Item | None], None] | None = None

    def get(self, table: str, key: Key) -> Item | None:
        self._count("get")
        return _copied(self._table(table).get(Key(*key)))

    def get_many(self, table: str, keys: Sequence[Key]) -> list[Item]:
        self._count("get_many")
        if len(keys) > 100:
            raise ValueError("at most 100 keys")
        found = [self._table(table).get(Key(*key)) for key in dict.fromkeys(keys)]
        return [_copied(item) for item in found if item is not None]

    def query(
        self,
        table: str,
        pk: str,
        *,
        begins: str = "",
        after: Cursor | None = None,
        between: tuple[str, str] | None = None,
        limit: int = 0,
        newest_first: bool = False,
        index: str = "",
    ) -> Page:
        self._count("query")
        pk_name, sk_name = (f"{index}_pk", f"{index}_sk") if index else ("pk", "sk")
        rows = [item for item in self._table(table).values() if item.get(pk_name) == pk and sk_name in item]
        rows.sort(key=lambda item: (item[sk_name], item["pk"], item["sk"]), reverse=newest_first)
        if between is not None:
            rows = [item for item in rows if between[0] <= item[sk_name] <= between[1]]
        elif begins:
            rows = [item for item in rows if item[sk_name].startswith(begins)]
        if after is not None:
            marks = [(item[sk_name], item["pk"], item["sk"]) for item in rows]
            mark = (after[sk_name], after["pk"], after["sk"])
            rows = [
                item for item, here in zip(rows, marks, strict=True) if (here < mark if newest_first else here > mark)
            ]
        size = limit or _PAGE
        page = rows[:size]
        cursor = {name: page[-1][name] for name in {"pk", "sk", pk_name, sk_name}} if len(rows) > size else None
        return Page([_copied(item) for item in page], cursor)

    def write(self, write: Write) -> Item:
        self._count("write")
        self._demand([write])
        return _copied(self._apply(write) or {})

    def transact(self, writes: Sequence[Write | Check]) -> None:
        self._count("transact")
        keys = [(write.table, Key(*write.key)) for write in writes]
        if len(set(keys)) != len(keys) or len(keys) > 100:
            raise ValueError("a transaction touches each item once, and at most 100")
        self._demand(writes)
        for write in writes:
            if not isinstance(write, Check):
                self._apply(write)

    def _table(self, table: str) -> dict[Key, Item]:
        return self.tables.setdefault(table, {})

    def _count(self, operation: str) -> None:
        self.before(operation)
        self.requests.append(operation)

    def _demand(self, writes: Sequence[Write | Check]) -> None:
        lost: dict[int, Item | None] = {}
        for position, write in enumerate(writes):
            item = self._table(write.table).get(Key(*write.key))
            if not all(_holds(item, condition) for condition in write.when):
                lost[position] = _copied(item)
        if lost:
            raise ConditionLost(lost)

    def _apply(self, write: Write) -> Item | None:
        table = self._table(write.table)
        key = Key(*write.key)
        old = table.get(key)
        new: Item | None
        match write:
            case Put():
                new = {name: _copied(value) for name, value in write.item.items() if value != set()}
            case Update():
                new = _changed(old if old is not None else {"pk": key.pk, "sk": key.sk}, write)
            case Delete():
                new = None
        if new is None:
            table.pop(key, None)
        else:
            table[key] = new
        if self.on_change is not None:
            self.on_change(write.table, _copied(old), _copied(new))
        return new
