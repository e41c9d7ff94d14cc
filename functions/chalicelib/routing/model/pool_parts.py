"""Who and what is on a pool's floor: clients, lines and those who wait in them, signatures, agents.

Plain records, changed in place by the floor alone. A pool is asked many times for each contact, and a slot is the
cheapest place there is to keep a figure.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass
from math import inf

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.model.capacity import COST, MAY_PAUSE, PAUSABLE, PRESSING
from chalicelib.routing.model.eligibility import Need, Profile, Ring

# What a waiting contact asks of a free agent, beside its key.
CALL, CHAT, OTHER = 0, 1, 2  # the whole agent; one unit, and a mail may be laid aside for it; one unit

# A contact presses when less than half of its target is left. A billionth of it keeps exactly half from counting.
URGENT = PRESSING * (1 - 1e-9)
NEVER = 99

AVAILABLE, PAUSED, LEAVING, GONE = range(4)


def kind_of(channel: Channel) -> int:
    if channel is Channel.VOICE:
        return CALL
    return CHAT if channel in MAY_PAUSE else OTHER


@dataclass(frozen=True, slots=True)
class Line:
    need: Need
    channel: Channel
    target_s: float


class Client:
    __slots__ = ("aside", "busy", "cap", "ceiling", "hard", "heads", "name", "number", "reserve", "turn", "worst")

    def __init__(self, number: int, name: TenantId, hard: bool) -> None:
        self.number = number
        self.name = name
        self.hard = hard  # whether its reserve is kept free
        self.reserve = 0.0  # this and the next two in units
        self.cap = inf
        self.ceiling = inf
        self.busy = 0  # units in service on the seats that count
        self.aside = 0  # units laid aside there; they keep their claim on the ceiling
        self.turn = 0.0  # 0 reserved, 0.5 fair, from 1 on over: then it is the ratio of `over_share`
        self.worst = 0.0  # the worst turn with which one of its lines may be listed
        self.heads: list[Waiting] = []  # who is first in each of its lines, the earliest deadline first

    def turn_now(self) -> float:
        """Orders as turn and ratio do in `key_of`: whoever is over its cap has a ratio of at least 1."""
        busy, cap = self.busy, self.cap
        if busy < self.reserve:
            return 0.0
        if busy < cap:
            return 0.5
        return busy / cap if cap else inf

    def replace(self, head: Waiting, by: Waiting | None) -> None:
        """Another is first in a line, or nobody."""
        del self.heads[bisect_left(self.heads, head)]
        if by is not None:
            insort(self.heads, by)


class Queue:
    """A line, and who waits in it. Only its head is looked at; the rings that are open are the head's."""

    __slots__ = (
        "call", "cost", "counted_for", "gone", "head", "kind", "line", "listed", "number", "owner",
        "pausable", "press_step", "pressed", "reach", "rings", "shown", "standing", "step", "steps", "target",
        "urgent", "waiting", "watch",
    )  # fmt: skip

    def __init__(self, number: int, line: Line, owner: Client, rings: dict[int, Ring | None]) -> None:
        self.number = number
        self.line = line
        self.owner = owner
        self.kind = kind_of(line.channel)
        self.call = self.kind == CALL
        self.cost = COST[line.channel]
        self.pausable = line.channel in PAUSABLE
        self.target = line.target_s
        self.urgent = URGENT * line.target_s  # how long before the deadline a contact begins to press
        self.rings = rings  # what ring_of says of a profile, by first sign-in; the same for all lines of its need
        self.steps: tuple[Step, ...] = ()
        self.press_step = NEVER  # from which step on the head presses
        self.waiting: list[Waiting] = []  # a heap
        self.gone = 0  # how many of them wait no more
        self.head = -1  # the first contact; -1: nobody waits
        self.shown = -1  # the same; -1 also where the client is at its ceiling
        self.step = 0  # how far the rings are open for the head
        self.reach = 0  # the signatures that may serve it
        self.standing: tuple[Heap, ...] = ()  # the groups in which it stands
        self.listed = inf  # in each of them with this turn or a smaller one
        self.watch: deque[Waiting] = deque()  # calls, in order of arrival, that will press
        self.pressed = 0  # how many of the calls press
        self.counted_for = 0  # the signatures for which the drain counts those


class Signature:
    """Agents of one profile. They are not told apart when it is looked up who may serve a line."""

    __slots__ = (
        "bit", "clients", "counted", "heaps", "idle", "number", "one", "peers", "pressing_heaps", "profile",
        "seats", "two", "written_heaps",
    )  # fmt: skip

    def __init__(self, number: int, profile: Profile, counted: bool) -> None:
        self.number = number  # in the order in which they are asked
        self.bit = 1 << number
        self.profile = profile
        self.counted = counted  # whether the shares divide their seats
        self.peers = 0  # the signatures of the same preference
        self.clients: tuple[Client, ...] = ()  # to whom they are dedicated
        # Who is free, the longest idle first, by load: (since, number, agent)
        self.seats: tuple[list[Seat], list[Seat], list[Seat]] = ([], [], [])
        self.idle, self.one, self.two = self.seats
        self.heaps: list[Heap] = []  # where its agents look
        self.written_heaps: list[Heap] = []  # where those with some work do
        self.pressing_heaps: list[Heap] = []  # where drained ones do


class Agent:
    __slots__ = ("counts", "laid", "load", "mails", "number", "place", "profile", "seat", "signature", "status")

    def __init__(self, number: int, profile: int, signature: Signature, now: float) -> None:
        self.number = number
        self.profile = profile  # by first sign-in
        self.signature = signature
        self.counts = signature.counted
        self.status = AVAILABLE
        self.load = 0
        self.seat: Seat = (now, number, self)  # since when he is free for something
        self.place = -1  # his load, while he has room and may be asked; else -1
        self.mails: list[int] = []  # what he serves that may be laid aside
        self.laid: list[tuple[float, int]] = []  # what he has laid aside: (deadline, contact)


Waiting = tuple[float, int, Queue]  # deadline, contact, line
Seat = tuple[float, int, Agent]  # since, number, agent
Entry = tuple[float, float, int, Queue]  # turn, deadline, contact, line: the key of a line's head
Heap = list[Entry]
Timer = tuple[float, int, Queue]  # when, contact or ~contact, line
Held = tuple[Agent, Queue, float, int, int, bool]  # deadline; busy, signed in, sticky at the decision

# (lead, signatures, groups): from `lead` seconds before its deadline on, these may serve a contact of the line, and
# its head stands in these groups. Signatures of which nobody is signed in are left out.
Step = tuple[float, int, tuple[Heap, ...]]

_NO_NEED = Need(tenant=TenantId(""), team=TeamId(""))
NO_LINE = Queue(-1, Line(_NO_NEED, Channel.VOICE, 1.0), Client(-1, _NO_NEED.tenant, False), {})
NOBODY: Entry = (inf, inf, -1, NO_LINE)


def numbers(bits: int) -> list[int]:
    """The numbers whose bits are set, lowest first."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found
