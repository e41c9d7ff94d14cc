"""What one decision sees of a team: the clients' terms and standings, its lines, and who is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import instant
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.model.eligibility import Need, Profile, Ring, open_ring, ring_of
from chalicelib.routing.model.line import Line, Waiting
from chalicelib.routing.model.seat import Seat
from chalicelib.routing.model.share import UNLIMITED, Limits, Share, limits

PACE_HOLDS_S = 3600  # how long a line's pace is believed
_SMOOTH = 8  # of so many times the latest one is a part


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A line as it stands. `heads` are its first contacts as far as they were read, the first one first."""

    line: Line
    waiting: int
    heads: tuple[Waiting, ...] = ()
    jumps: int = 0  # how often somebody came in ahead of others: then a head read before is none
    taken: str = ""  # a stamp: when the last one was taken from those who wait now
    pace_ms: int = 0  # between two who are taken while others wait, on average; 0: not known
    paced: str = ""  # when that was last measured

    @property
    def known(self) -> bool:
        return not self.waiting or bool(self.heads)

    @property
    def alone(self) -> bool:
        return self.waiting == 1

    def paced_at(self, now: datetime) -> int:
        """The pace when another one is taken now: the latest of such times count most."""
        if not self.taken:
            return self.pace_ms
        took = max(0, round((now - instant(self.taken)).total_seconds() * 1000))
        return took if not self.pace_ms else self.pace_ms + (took - self.pace_ms) // _SMOOTH

    def pace_s(self, now: datetime) -> float | None:
        """None where it was not measured lately."""
        fresh = bool(self.paced) and (now - instant(self.paced)).total_seconds() <= PACE_HOLDS_S
        return self.pace_ms / 1000 if fresh else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """`free` are the units without work of the shared agents who are available; None: nobody counted.

    A hard reserve holds nobody back where they were not counted, so whoever decides counts them where one is sold.
    """

    team: TeamId
    shares: Mapping[TenantId, Share] = field(default_factory=dict)
    helps: frozenset[TeamId] = frozenset()  # whose lines its agents look at when their own have nothing for them
    profiles: Mapping[Profile, int] = field(default_factory=dict)  # agents signed in
    helpers: frozenset[Profile] = frozenset()  # signed in in the teams that help out, as far as anybody asked
    busy: Mapping[TenantId, int] = field(default_factory=dict)  # units in service on shared seats of the team
    claimed: Mapping[TenantId, int] = field(default_factory=dict)  # the same with those that are laid aside
    queues: Mapping[str, Queue] = field(default_factory=dict)  # by the line's id
    free: int | None = None
    _limits: dict[TenantId, Limits] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def signed_in(self) -> int:
        """Shared agents; an agent on a break counts."""
        return sum(count for profile, count in self.profiles.items() if not profile.dedicated)

    @property
    def limits(self) -> Mapping[TenantId, Limits]:
        """Worked out once: each of many lines asks for them."""
        if not self._limits and self.shares:
            self._limits.update(limits(self.shares, self.signed_in))
        return self._limits

    def limit(self, tenant: TenantId) -> Limits:
        return self.limits.get(tenant, UNLIMITED)

    def units(self, tenant: TenantId) -> int:
        return self.busy.get(tenant, 0)

    @property
    def reserves_hard(self) -> bool:
        return any(share.hard for share in self.shares.values())

    @property
    def holds_back(self) -> bool:
        """Whether a priced option may keep a contact from an agent who is free."""
        return any(share.hard or share.ceiling is not None for share in self.shares.values())

    def manned(self, need: Need) -> set[Ring]:
        present = (profile for profile, count in self.profiles.items() if count > 0)
        rings = (ring_of(profile, need) for profile in (*present, *self.helpers))
        return {ring for ring in rings if ring is not None}

    def open(self, waiting: Waiting, now: float) -> Ring:
        """The widest ring that is open for the contact."""
        need = waiting.line.need
        return open_ring(waiting.deadline_s, waiting.line.target_s, now, self.manned(need), need.widest)

    def calls_waiting(self) -> int:
        return sum(queue.waiting for queue in self.queues.values() if queue.line.channel is Channel.VOICE)

    def pressing_calls(self, now: float) -> list[Waiting]:
        """As far as the heads of their lines were read."""
        calls = (queue for queue in self.queues.values() if queue.waiting and queue.line.channel is Channel.VOICE)
        return [one for queue in calls for one in queue.heads if one.presses(now)]

    def with_heads(self, line: Line, heads: tuple[Waiting, ...], asked: int) -> Board:
        """What the line itself showed when `asked` for so many; it is believed before what was noted about it."""
        queue = self.queues.get(line.id) or Queue(line=line, waiting=0)
        waiting = len(heads) if len(heads) < asked else max(queue.waiting, len(heads))
        return replace(self, queues={**self.queues, line.id: replace(queue, heads=heads, waiting=waiting)})


@dataclass(frozen=True, slots=True)
class View:
    """What one look showed. `after` is where the list of those who are free was cut off; empty if it was not."""

    board: Board
    seats: tuple[Seat, ...]
    after: str = ""
