"""Who looks where: the tables of a pool that follow from its lines and from who is signed in.

Agents are not indexed, signatures are (their profiles): a few dozen, each a bit in a whole number, in the order in
which they are asked. Lines that the same signatures may serve share a *group*, so an agent who becomes free looks at
the heads of a handful of groups, however many clients there are.

Dedicated agents look at the lines of their clients instead, so that they split no group. When a ring opens, the head
of the line moves on to a group of more signatures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.model.capacity import PRESSING
from chalicelib.routing.model.eligibility import OPENS, Profile, Ring, open_ring, opens_at, ring_of
from chalicelib.routing.model.pool_parts import CALL, NEVER, Heap, Queue, Signature, Step, numbers

_PRESSED = max(ring for ring in Ring if OPENS[ring] <= PRESSING)  # what is open when a contact begins to press


@dataclass(frozen=True, slots=True)
class Group:
    heap: Heap
    kind: int
    pressing: bool  # written contacts for whom nobody is drained
    signatures: int  # who looks here
    counted: bool  # whether the shares divide their seats
    hard: bool  # whether the reserves of its clients are kept free


@dataclass(slots=True)
class Layout:
    """Signatures are numbers, and bits of whole numbers. Signature 0 is asked first."""

    order: list[int]  # of a signature: the number of its profile by first sign-in
    signatures: list[Signature]
    shared: int = 0  # signatures that are not dedicated
    counted: int = 0  # those of the team itself among them: their seats are what the shares divide
    manned: dict[TenantId | None, list[Signature]] = field(default_factory=dict)  # by client; None: who serves all
    groups: dict[tuple[int, bool, bool, int], Group] = field(default_factory=dict)  # by kind, pressing, hard, who looks
    calm: Heap = field(default_factory=list)  # the heads of all written lines that do not press yet


def laid_out(profiles: Sequence[Profile], signed_in: Sequence[int], team: TeamId | None) -> Layout:
    """Without lines yet. `signed_in` counts the agents of each profile; `team` is whose seats are shared."""
    order = sorted(range(len(profiles)), key=lambda number: profiles[number].preference)  # among equals, who came first
    signatures = []
    for number, first in enumerate(order):
        profile = profiles[first]
        signatures.append(Signature(number, profile, not profile.dedicated and profile.team == team))
    layout = Layout(order, signatures)
    layout.shared = _bits(one.number for one in signatures if not one.profile.dedicated)
    layout.counted = _bits(one.number for one in signatures if one.counted)
    for one in signatures:
        if signed_in[order[one.number]]:
            for tenant in one.profile.tenants or (None,):
                layout.manned.setdefault(tenant, []).append(one)
    ranks: dict[tuple[bool, int], int] = {}
    for one in signatures:
        rank = one.profile.preference
        ranks[rank] = ranks.get(rank, 0) | one.bit
    for one in signatures:
        one.peers = ranks[one.profile.preference]
    return layout


def steps_of(layout: Layout, queue: Queue, watched: bool) -> tuple[tuple[Step, ...], int]:
    """The steps of a line, of which the first is open from the start, and from which on its head presses.

    `watched`: it matters when its contacts begin to press. What is missing in the line's rings is filled in, so that
    `ring_of` is asked once for a pair.
    """
    need, rings, able = queue.line.need, queue.rings, []
    for signature in layout.manned.get(None, []) + layout.manned.get(need.tenant, []):
        profile = layout.order[signature.number]
        if profile not in rings:
            rings[profile] = ring_of(signature.profile, need)
        ring = rings[profile]
        if ring is not None:
            able.append((ring, signature.number))
    widest = _widest(frozenset(ring for ring, _ in able), need.widest)
    moments = [((1 - OPENS[ring]) * queue.target, widest[ring]) for ring in Ring]
    if watched:
        moments.append((queue.urgent, widest[_PRESSED]))
    steps: list[Step] = []
    press_step = NEVER
    reached = -1
    for lead, ring in sorted(moments, reverse=True):
        reach = _bits([number for inner, number in able if inner <= ring])
        presses = watched and lead <= queue.urgent
        if presses and press_step == NEVER:
            press_step = len(steps)
        elif reach == reached:
            continue
        apart = presses and not queue.call
        if reach == reached and not apart:
            heaps = steps[-1][2]  # a call that presses stands where it stood
        else:
            heaps = tuple(_group(layout, queue, apart, block).heap for block in _blocks(layout, reach))
            if watched and not queue.call and not presses:
                heaps = (*heaps, layout.calm)
        reached = reach
        steps.append((lead, reach, heaps))
    return tuple(steps), press_step


@cache
def _widest(manned: frozenset[Ring], most: Ring) -> Mapping[Ring, Ring]:
    """How wide the rings are open when each of them opens."""
    # A deadline of 0 and a target of 1 put every ring's opening where nothing is lost by rounding.
    return {ring: open_ring(0.0, 1.0, opens_at(ring, 0.0, 1.0), manned, most) for ring in Ring}


def _blocks(layout: Layout, signatures: int) -> list[int]:
    """Seats that the shares divide are apart from those that help out."""
    shared = signatures & layout.shared
    return [block for block in (shared & layout.counted, shared & ~layout.counted) if block]


def _group(layout: Layout, queue: Queue, pressing: bool, block: int) -> Group:
    kind, hard = queue.kind, queue.owner.hard
    group = layout.groups.get((kind, pressing, hard, block))
    if group is None:
        group = Group([], kind, pressing, block, bool(block & layout.counted), hard)
        layout.groups[kind, pressing, hard, block] = group
        for number in numbers(block):
            signature = layout.signatures[number]
            signature.heaps.append(group.heap)
            if kind != CALL:
                signature.written_heaps.append(group.heap)
            if pressing:
                signature.pressing_heaps.append(group.heap)
    return group


def _bits(of: Iterable[int]) -> int:
    return sum(1 << number for number in of)
