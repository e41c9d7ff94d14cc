"""What a store may ask of a database, as values.

Stores build these; `aws/dynamo.py` turns them into DynamoDB requests, and the tests' memory
database carries them out in plain Python. So every store runs on both, and one contract suite
(`tests/contract`) holds the two to the same answers. One call here is one DynamoDB request
(`query` one per page).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from chalicelib.kernel.errors import Unavailable

Item = dict[str, Any]  # of str, int, bool, None, list, dict and set[str]; never a float


Cursor = Mapping[str, str]  # where a page ended; opaque to stores


class Key(NamedTuple):
    pk: str
    sk: str


# Conditions. A `path` is an attribute name, or names joined by dots into maps.


@dataclass(frozen=True, slots=True)
class Exists:
    path: str = "pk"


@dataclass(frozen=True, slots=True)
class Absent:
    path: str = "pk"


@dataclass(frozen=True, slots=True)
class Equals:
    path: str
    value: Any


@dataclass(frozen=True, slots=True)
class OneOf:
    path: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class AtMost:
    path: str
    value: int | str


@dataclass(frozen=True, slots=True)
class AtLeast:
    path: str
    value: int | str


@dataclass(frozen=True, slots=True)
class Has:
    """The set or list of texts at `path` holds `member`."""

    path: str
    member: str


@dataclass(frozen=True, slots=True)
class Lacks:
    """The list of texts at `path` does not hold `member`, or there is none."""

    path: str
    member: str


Condition = Exists | Absent | Equals | OneOf | AtMost | AtLeast | Has | Lacks


# Writes. All conditions of a write must hold, or nothing of it (and of its transaction) happens.


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    table: str
    item: Item
    when: tuple[Condition, ...] = ()

    @property
    def key(self) -> Key:
        return Key(self.item["pk"], self.item["sk"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """`default` sets what is not there yet, `append` extends lists (made if missing), `add` counts whole numbers
    up or down (from 0), `join` and `leave` add to and take from sets of texts."""

    table: str
    key: Key
    set: Mapping[str, Any] = field(default_factory=dict)
    default: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    append: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    join: Mapping[str, frozenset[str]] = field(default_factory=dict)
    leave: Mapping[str, frozenset[str]] = field(default_factory=dict)
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    table: str
    key: Key
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    table: str
    key: Key
    when: tuple[Condition, ...]


Write = Put | Update | Delete


class ConditionLost(Exception):
    """A condition did not hold; nothing was written.

    `lost` maps the position of each write whose condition failed to the item as it stands
    (None where there is none), so that the caller sees why without reading again.
    """

    def __init__(self, lost: Mapping[int, Item | None]) -> None:
        super().__init__(f"conditions lost at {sorted(lost)}")
        self.lost = lost


class Contended(Unavailable):
    """Others kept writing the same items; after several tries nothing was written."""


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Item]
    next: Cursor | None  # give it as `after` for the page that follows; None at the end


class Database(Protocol):
    """Reads are consistent, but on an index. `table` is a name of ours (`settings.Tables`)."""

    def get(self, table: str, key: Key) -> Item | None: ...

    def get_many(self, table: str, keys: Sequence[Key]) -> list[Item]:
        """At most 100 keys; what is missing is left out; order is not kept."""
        ...

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
        """One page of a partition in the order of `sk`; `between` is inclusive at both ends.

        On index NAME the partition is the attribute `NAME_pk`, the order `NAME_sk`.
        """
        ...

    def write(self, write: Write) -> Item:
        """One write; returns the item as it stands after it (an empty one after a Delete).

        Raises ConditionLost with position 0.
        """
        ...

    def transact(self, writes: Sequence[Write | Check]) -> None:
        """All or nothing, at most 100. Raises ConditionLost or Contended."""
        ...


def every(database: Database, table: str, pk: str, **how: Any) -> list[Item]:
    """All pages of a partition. Only for partitions that are small by nature."""
    page = database.query(table, pk, **how)
    items = list(page.items)
    while page.next is not None:
        page = database.query(table, pk, **{**how, "after": page.next})
        items.extend(page.items)
    return items
