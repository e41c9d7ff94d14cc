"""What is written of a line when somebody comes or goes.

The head of a line is exact, or it is marked as unread: the first who comes into an empty line sets it, who takes the
head sets the next one, and who comes or goes out of turn marks it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.aws.table import Absent, Condition, Equals, Exists, Item, Update
from chalicelib.kernel.clock import stamp
from chalicelib.routing.model.board import Queue
from chalicelib.routing.model.line import Line, Waiting
from chalicelib.routing.store import items
from chalicelib.routing.store.items import TABLE, UNREAD
from chalicelib.routing.store.presence import Presence

_ALL = ("head", "taken")  # of a line that is empty


class Lines(Presence):
    def comes_back(self, waiting: Waiting) -> Update:
        """To its place, which is mostly the first: it came before those who wait now."""
        line = self._database.get(TABLE, items.line_key(waiting.line)) or {}
        head = line.get("head", "") if line.get("waiting") else ""
        if head == UNREAD:
            return _jumps(waiting.line, 1, head, ())
        if not head or waiting.key < head:
            return _jumps(waiting.line, 1, waiting.key, _held_to(line))
        return _jumps(waiting.line, 1, head, (Equals("head", head),))

    def gives_up(self, waiting: Waiting) -> Update:
        line = self._database.get(TABLE, items.line_key(waiting.line)) or {}
        if line.get("head") != waiting.key:
            return Update(table=TABLE, key=items.line_key(waiting.line), add={"waiting": -1})
        behind = self.heads(waiting.line, 2)[1:] if line["waiting"] > 1 else ()
        if behind:
            return _jumps(waiting.line, -1, behind[0].key, _held_to(line))
        alone = (*_held_to(line), Equals("waiting", 1))
        return Update(table=TABLE, key=items.line_key(waiting.line), add={"waiting": -1}, remove=_ALL, when=alone)


def joins(line: Line, key: str) -> Update:
    """Behind all others: the first one of an empty line is its head."""
    return Update(
        table=TABLE,
        key=items.line_key(line),
        set={"line": line.text, "used": key[:10]},
        default={"head": key, "jumps": 0},
        add={"waiting": 1},
    )


def _held_to(line: Item) -> tuple[Condition, ...]:
    """Nobody came or went out of turn since the line was read."""
    return (Equals("jumps", line["jumps"]) if "jumps" in line else Absent("jumps"),)


def _jumps(line: Line, change: int, head: str, when: tuple[Condition, ...]) -> Update:
    """In or out, ahead of others: whoever read the line before has read another one."""
    return Update(
        table=TABLE,
        key=items.line_key(line),
        set={"line": line.text, "head": head},
        add={"waiting": change, "jumps": 1},
        when=when,
    )


def leaves(queue: Queue, waiting: Waiting, now: datetime) -> Update:
    """The head goes, the next one is the head: as far as nobody came or went out of turn since we looked.

    Who goes from behind the head leaves it alone; if the head goes in that moment, it may name one who is gone.
    That is found out by who asks for him. The line's pace is measured on the way; it is an estimate, so that of two
    who measure at once one may be forgotten.
    """
    key, less = items.line_key(queue.line), {"waiting": -1}
    pace: dict[str, Any] = {"pace_ms": queue.paced_at(now), "paced": stamp(now)} if queue.taken else {}
    if queue.alone and (not queue.heads or queue.heads[0].contact == waiting.contact):
        return Update(table=TABLE, key=key, add=less, set=pace, remove=_ALL, when=(Equals("waiting", 1),))
    pace |= {"taken": stamp(now)}
    if queue.heads and queue.heads[0].contact != waiting.contact:
        return Update(table=TABLE, key=key, add=less, set=pace)
    if len(queue.heads) > 1:
        known = Equals("jumps", queue.jumps)
        return Update(table=TABLE, key=key, add=less, set={**pace, "head": queue.heads[1].key}, when=(known,))
    return Update(table=TABLE, key=key, add=less, set={**pace, "head": UNREAD})


def forgets(waiting: Waiting) -> Update:
    key = items.seat_key(waiting.line.team, waiting.prefer)
    return Update(table=TABLE, key=key, add={"personal": -1}, when=(Exists(),))
