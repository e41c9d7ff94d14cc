"""Who handles what next: the rule, applied to what one decision sees. Pure; the store only feeds it.

Two questions, asked by whoever changed something: `lines_for` a seat (what should this agent get?) and `seats_for`
a contact (who should get this?). Both answer with every candidate in order, so that who loses one takes the next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.ids import AgentId, ContactId
from chalicelib.routing.model.board import Board
from chalicelib.routing.model.capacity import MAY_PAUSE, UNITS, packs
from chalicelib.routing.model.eligibility import Ring, opens_at, ring_of
from chalicelib.routing.model.line import Waiting
from chalicelib.routing.model.reason import Cause, Reason
from chalicelib.routing.model.seat import Seat, place_of
from chalicelib.routing.model.share import Rank, held_back, key_of, rank_of, turn_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    waiting: Waiting
    seat: Seat
    reason: Reason
    laid_aside: tuple[ContactId, ...] = ()


def lines_for(
    seat: Seat,
    board: Board,
    now: float,
    *,
    personal: Iterable[Waiting] = (),
    drained: Collection[AgentId] = (),
) -> list[Choice]:
    """The first contact of each line that the agent could take now, whose turn it is first; his own line's too."""
    heads = (queue.heads[0] for queue in board.queues.values() if queue.waiting and queue.heads)
    mine = [*(one for one in heads if may_serve(seat, one, board, now)), *personal]
    fitting: list[tuple[Rank, Waiting, tuple[ContactId, ...]]] = []
    passed: list[str] = []
    for waiting in mine:
        laid_aside = _room(seat, waiting, now)
        if laid_aside is None or (seat.agent in drained and not laid_aside and _can_rest(waiting, now)):
            continue
        if why := held(seat, waiting, board, len(laid_aside)):
            passed.append(why)
            continue
        fitting.append((key(waiting, board), waiting, laid_aside))
    fitting.sort(key=lambda one: one[0])
    ranks = [*(place for place, _, _ in fitting), None]
    more = {"rivals": len(fitting) - 1, "passed_over": tuple(dict.fromkeys(passed))}
    return [
        Choice(
            waiting=waiting,
            seat=seat,
            reason=_reason(
                seat, waiting, board, now, cause=Cause.between(place, ranks[at + 1]), laid_aside=len(aside), **more
            ),
            laid_aside=aside,
        )
        for at, (place, waiting, aside) in enumerate(fitting)
    ]


def seats_for(
    waiting: Waiting, seats: Sequence[Seat], board: Board, now: float, *, drained: Collection[AgentId] = ()
) -> list[Choice]:
    """The agents who could take the contact now, best first; those whose work must be laid aside only if no other
    has room."""
    rests = _can_rest(waiting, now)
    able = [seat for seat in seats if may_serve(seat, waiting, board, now)]
    whole = [seat for seat in able if not held(seat, waiting, board)]
    packed = packing(waiting, able, board)
    ready: list[tuple[Seat, tuple[ContactId, ...]]] = [
        (seat, aside)
        for seat in whole
        if (aside := _room(seat, waiting, now)) == () and not (rests and seat.agent in drained)
    ]
    chosen = ready or [
        (seat, aside)
        for seat in able
        if (aside := _room(seat, waiting, now)) and not held(seat, waiting, board, len(aside))
    ]
    packed = packed and bool(ready)
    chosen.sort(key=lambda one: agent_order(one[0], packed=packed))
    return [
        Choice(
            waiting=waiting,
            seat=seat,
            reason=_reason(
                seat,
                waiting,
                board,
                now,
                able=len(chosen),
                laid_aside=len(aside),
                packed=packed and seat.units > 0,
            ),
            laid_aside=aside,
        )
        for seat, aside in chosen
    ]


def drained_of(seats: Sequence[Seat], board: Board, now: float) -> frozenset[AgentId]:
    """Who gets no new written work, so that the pressing calls find a whole agent soon: as many agents as there
    are such calls, those with the least to finish first. A call that nobody signed in may serve keeps nobody free."""
    calls = [call for call in board.pressing_calls(now) if not blocked(call, board) and board.manned(call.line.need)]
    firsts = {call.line.id: board.queues[call.line.id].heads[0] for call in calls}
    # A call that nobody on shift may take is not waited for.
    firsts = {line: first for line, first in firsts.items() if _is_manned(first, board, now)}
    reach = {
        line: {seat.agent for seat in seats if seat.available and may_serve(seat, first, board, now)}
        for line, first in firsts.items()
    }
    idle = {seat.agent for seat in seats if not seat.units}
    unserved = sum(1 for call in calls if call.line.id in reach and not reach[call.line.id] & idle)
    able = set().union(*reach.values())
    busy = [seat for seat in seats if 0 < seat.units < UNITS and seat.agent in able]
    # Those who have been idle longest are asked first for other work, so they are the last to be kept free.
    busy.sort(key=lambda seat: (seat.idle_since, seat.agent), reverse=True)
    busy.sort(key=lambda seat: (seat.units, place_of(seat.profile)))
    return frozenset(seat.agent for seat in busy[:unserved])


def _is_manned(waiting: Waiting, board: Board, now: float) -> bool:
    return min(board.manned(waiting.line.need), default=Ring.ANYONE + 1) <= board.open(waiting, now)


def _can_rest(waiting: Waiting, now: float) -> bool:
    """Whether it may be left lying for a call that presses: written work that does not press itself."""
    return waiting.channel is not Channel.VOICE and not waiting.presses(now)


def may_serve(seat: Seat, waiting: Waiting, board: Board, now: float) -> bool:
    """Whether skills, walls and the rings allow it now; not whether there is room."""
    line = waiting.line
    ring = ring_of(seat.profile, line.need)
    if ring is None:
        return False
    # Who is signed in matters only for a ring that time alone has not opened.
    return opens_at(ring, waiting.deadline_s, line.target_s) <= now or ring <= board.open(waiting, now)


def blocked(waiting: Waiting, board: Board) -> bool:
    """Whether its client is at its ceiling. What is laid aside keeps its claim: it will be taken up again."""
    limit = board.limit(waiting.tenant)
    return board.claimed.get(waiting.tenant, 0) + waiting.line.cost > limit.ceiling


def held(seat: Seat, waiting: Waiting, board: Board, laid_aside: int = 0) -> str:
    """Why a priced option keeps the contact from the agent; empty if none does. Units that are laid aside for it
    were not free."""
    tenant, cost = waiting.tenant, waiting.line.cost - laid_aside
    if blocked(waiting, board):
        return f"{tenant} is at its ceiling of {board.limit(tenant).ceiling / UNITS:g} seats"
    if board.free is None or not seat.counts(waiting):
        return ""
    if held_back(tenant, cost, board.free, board.busy, board.limits):
        return f"{tenant} waits: the seats that are left are reserved for others"
    return ""


def key(waiting: Waiting, board: Board) -> Rank:
    line = waiting.line
    busy, limit = board.units(line.tenant), board.limit(line.tenant)
    by_share = key_of(busy, limit, line.cost, waiting.deadline_s, waiting.order)
    return rank_of(by_share, gives_way=line.gives_way)


def agent_order(seat: Seat, *, packed: bool) -> tuple[object, ...]:
    load = -seat.units if packed else seat.units
    return (*seat.profile.preference, load, seat.idle_since, seat.agent)


def packing(waiting: Waiting, able: Iterable[Seat], board: Board) -> bool:
    """Whether the contact goes to the most loaded of those who may serve it, as far as they were read. More of them
    may only show that there are whole agents enough."""
    return waiting.channel is not Channel.VOICE and packs(idle_whole(able), board.calls_waiting(), board.signed_in)


def idle_whole(able: Iterable[Seat]) -> int:
    """Shared agents who carry nothing, of those who may serve a contact."""
    return sum(1 for seat in able if seat.available and not seat.units and not seat.profile.dedicated)


def _room(seat: Seat, waiting: Waiting, now: float) -> tuple[ContactId, ...] | None:
    """What must be laid aside for the contact, often nothing; None if there is no room for it."""
    if not seat.available:
        return None
    if seat.units + waiting.line.cost <= UNITS:
        return ()
    line = waiting.line
    if waiting.prefer or line.channel not in MAY_PAUSE or not waiting.presses(now):
        return None
    asides = sorted((one.deadline, contact) for contact, one in seat.contacts.items() if one.pausable)
    if line.channel is Channel.VOICE:
        return tuple(contact for _, contact in asides) if seat.pausable == seat.units else None
    return tuple(contact for _, contact in asides[-1:]) or None


def _reason(seat: Seat, waiting: Waiting, board: Board, now: float, **more: object) -> Reason:
    line = waiting.line
    busy, limit = board.units(line.tenant), board.limit(line.tenant)
    ring = ring_of(seat.profile, line.need) or Ring.PRIMARY
    opened = min(opens_at(ring, waiting.deadline_s, line.target_s), now)
    return Reason(
        tenant=line.tenant,
        agent=seat.agent,
        turn=turn_of(busy, limit, line.cost),
        busy=busy,
        limit=limit,
        ring=ring,
        ring_since=stamp(datetime.fromtimestamp(opened, UTC)),
        deadline=waiting.deadline,
        load=seat.units,
        idle_since=seat.idle_since,
        personal=bool(waiting.prefer),
        dedicated=seat.profile.dedicated,
        **more,  # type: ignore[arg-type]
    )
