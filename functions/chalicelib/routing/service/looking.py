"""Looking and claiming: what an agent should get, and who should get a contact.

Whoever looks has written before that he is there. A look decides by what it read, and a claim holds all of that
against what stands; who loses one takes the next candidate, and looks again when there is none left. So of two who
come at once, the later look sees the earlier write, and they can neither both win nor both sleep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile
from math import inf
from typing import TYPE_CHECKING

from chalicelib.contacts.model.contact import State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, digest
from chalicelib.routing.model.board import Board
from chalicelib.routing.model.capacity import UNITS
from chalicelib.routing.model.eligibility import Ring, ring_of
from chalicelib.routing.model.line import Line, Waiting
from chalicelib.routing.model.matcher import (
    Choice,
    blocked,
    drained_of,
    lines_for,
    may_serve,
    packing,
    seats_for,
)
from chalicelib.routing.model.offer import Offered, offer_s
from chalicelib.routing.model.seat import ContactGone, LineMoved, Seat, SeatTaken, place_of

if TYPE_CHECKING:
    from chalicelib.routing.service.ports import Later, Store

LOOKS_MOST = 12  # with a lost claim in each; then a message has it looked at again
AGAIN_S = 1
AT_ONCE_S = 5  # who came so shortly before is looked after by who brought him
_MOST_HEADS = 25  # of a line of calls, where it matters how many of them press


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One team as one look sees it. `seats` are those who are free, as far as they were read."""

    board: Board
    seats: tuple[Seat, ...] = ()
    after: str = ""  # where the list of them was cut off
    last: Seat | None = None  # who stands there, whatever became of him since
    drained: frozenset[AgentId] = frozenset()

    def without(self, seat: Seat) -> Scene:
        return replace(self, seats=tuple(one for one in self.seats if one.agent != seat.agent))


class Looking:
    def __init__(self, store: Store, later: Later, wait: Callable[[int], int]) -> None:
        """`wait` is called before a look that follows a lost claim, with how many looks there were. It says how many
        of the first candidates to pass over: where many are after the same, the next ones are there for some."""
        self._store = store
        self._later = later
        self._wait = wait

    # An agent looks

    def for_agent(self, seat: Seat, now: datetime) -> bool:
        """Gives the agent what he should get, until he has no room or nothing waits for him. Whether another agent
        may now get what he could not before."""
        gone: set[ContactId] = set()
        looks, skip, stirred = 0, 0, not seat.free
        while seat.free:
            board = self._store.board(seat.team)
            stirred = stirred or board.holds_back
            choice, board = self._choice_for_seat(seat, board, now, gone, skip)
            if choice is None:
                return stirred
            try:
                _, seat = self._claim(choice, board, now)
            except SeatTaken:
                seat = self._store.seat(seat.team, seat.agent)
            except (ContactGone, LineMoved):
                gone.add(choice.waiting.contact)
            except Unavailable:
                stirred = True
            else:
                stirred = stirred or _presses(choice.waiting, now)
                skip = 0
                continue
            looks += 1
            if looks == LOOKS_MOST:
                self._later.send({"team": seat.team}, AGAIN_S)
                return stirred
            skip = self._wait(looks)
        return stirred

    def _choice_for_seat(
        self, seat: Seat, board: Board, now: datetime, gone: set[ContactId], skip: int
    ) -> tuple[Choice | None, Board]:
        """In his own team first; where that has nothing for him, in those that it helps."""
        choice, seen = self._first_line(seat, Scene(board=board), now, gone, skip)
        for team in sorted(board.helps) if choice is None else ():
            choice, seen = self._first_line(seat, Scene(board=self._store.board(team)), now, gone)
            if choice is not None:
                break
        return choice, seen

    def _first_line(
        self, seat: Seat, scene: Scene, now: datetime, gone: set[ContactId], skip: int = 0
    ) -> tuple[Choice | None, Board]:
        at = now.timestamp()
        lines = [queue.line for queue in scene.board.queues.values() if queue.waiting]
        mine = [line for line in lines if ring_of(seat.profile, line.need) is not None]
        written = 0 < seat.units < UNITS and any(line.channel is not Channel.VOICE for line in mine)
        scene = self._prepared(scene, mine, at, gone, drains=written)
        own = seat.personal and seat.team == scene.board.team
        personal = self._store.personal(seat.team, seat.agent) if own else []
        while choices := lines_for(seat, scene.board, at, personal=personal, drained=scene.drained):
            first = choices[skip if skip < len(choices) else 0]
            exact = self._exact(first.waiting, scene.board)
            if exact is scene.board or exact.queues[first.waiting.line.id].heads[:1] == (first.waiting,):
                return first, exact
            scene = replace(scene, board=exact)
        return None, scene.board

    def _exact(self, waiting: Waiting, board: Board) -> Board:
        """With the head of the line and the one behind it, as far as a claim needs them."""
        queue = board.queues.get(waiting.line.id)
        if waiting.prefer or queue is None or queue.alone or len(queue.heads) > 1:
            return board
        return self._read(board, waiting.line, 2)

    # A contact looks

    def for_contact(self, waiting: Waiting, now: datetime) -> tuple[Offered | None, bool]:
        """Gives the contact to who should get it. Whoever has the better claim to that agent is served first.

        Nobody, when none may take it now; and whether another agent may now get what he could not before. Raises
        ContactGone when it waits no more.
        """
        gone: set[ContactId] = set()
        stirred, skip = False, 0
        for looks in range(1, LOOKS_MOST + 1):
            scene = self._scene(waiting, now, gone)
            lost = False
            while found := self._choice_for_contact(waiting, scene, now, gone, skip):
                choice, board = found
                lost = True
                try:
                    offered, _ = self._claim(choice, board, now)
                except SeatTaken:
                    scene = scene.without(choice.seat)
                    continue
                except (ContactGone, LineMoved) as moved:
                    if isinstance(moved, ContactGone) and choice.waiting.contact == waiting.contact:
                        raise
                    gone.add(choice.waiting.contact)
                except Unavailable:
                    break
                else:
                    stirred = stirred or _presses(choice.waiting, now)
                    if choice.waiting.contact == waiting.contact:
                        return offered, stirred
                break
            if not lost:
                return None, stirred
            skip = self._wait(looks)
        self._later.send({"tenant": waiting.tenant, "contact": waiting.contact}, AGAIN_S)
        return None, stirred

    def _choice_for_contact(
        self, waiting: Waiting, scene: Scene, now: datetime, gone: set[ContactId], skip: int
    ) -> tuple[Choice, Board] | None:
        at = now.timestamp()
        while True:
            choices = seats_for(waiting, scene.seats, scene.board, at, drained=scene.drained)
            if not scene.after:
                break
            able = (seat for seat in scene.seats if may_serve(seat, waiting, scene.board, at))
            packed = packing(waiting, able, scene.board)
            if not packed and _is_settled(choices, waiting, scene):
                break
            scene = self._further(scene, waiting, choices, packed)
        if not choices:
            return None
        beside = self._beside(waiting, choices, scene, now, skip)
        if beside is not None:
            return beside
        best = choices[skip if skip < len(choices) else 0]
        first, board = self._first_line(best.seat, scene, now, gone, skip)
        if first is None:
            return best, board
        if first.waiting.contact == waiting.contact:
            reason = replace(first.reason, able=best.reason.able, packed=best.reason.packed)
            return replace(first, reason=reason), board
        return first, board

    def _beside(
        self, waiting: Waiting, choices: list[Choice], scene: Scene, now: datetime, skip: int
    ) -> tuple[Choice, Board] | None:
        """Several came at once, and there are agents for all of them: each takes the one in its own order. Else all
        would first try to give the first agent to the first of them."""
        queue, just_now = scene.board.queues.get(waiting.line.id), stamp(now - timedelta(seconds=AT_ONCE_S))
        if queue is None or len(choices) < 2:
            return None
        ahead = [] if skip else self._ahead(waiting, choices[0], scene, now)
        if ahead is None or any(one.since < just_now for one in ahead):
            return None
        place, board = skip + len(ahead), scene.board
        if not queue.alone and queue.heads[:1] != (waiting,):
            board = self._read(board, waiting.line, len(choices))
            heads = board.queues[waiting.line.id].heads
            if waiting not in heads or any(one.since < just_now for one in heads):
                return None
            place += heads.index(waiting)
        elif not place:
            return None
        elif not queue.alone:
            board = self._read(board, waiting.line, 2)
        if place >= len(choices) and not skip:
            return None
        choice = choices[place if place < len(choices) else 0]
        return None if choice.laid_aside else (choice, board)

    def _ahead(self, waiting: Waiting, best: Choice, scene: Scene, now: datetime) -> list[Waiting] | None:
        """Whom that agent should get first of other lines, as far as the heads are known; None where some are not."""
        if any(queue.waiting and not queue.known for queue in scene.board.queues.values()):
            return None
        firsts = [one.waiting for one in lines_for(best.seat, scene.board, now.timestamp(), drained=scene.drained)]
        return list(takewhile(lambda one: one.line != waiting.line, firsts))

    def _scene(self, waiting: Waiting, now: datetime, gone: set[ContactId]) -> Scene:
        view, at = self._store.look(waiting.line.team), now.timestamp()
        scene = Scene(board=view.board, seats=view.seats, after=view.after, last=view.seats[-1] if view.after else None)
        scene = self._prepared(scene, [waiting.line], at, gone, drains=waiting.channel is not Channel.VOICE)
        need = waiting.line.need
        if need.overflow and scene.board.open(waiting, at) >= Ring.OVERFLOW:
            others = [seat for team in sorted(need.overflow) for seat in self._free(team)]
            scene = replace(scene, seats=(*scene.seats, *others))
        return scene

    def _further(self, scene: Scene, waiting: Waiting, choices: list[Choice], packed: bool) -> Scene:
        """The next of those who are free; past the rest of a profile that may not serve, or whose first was seen."""
        last = scene.last
        assert last is not None, "the list was cut off somewhere"
        able = ring_of(last.profile, waiting.line.need) is not None
        seen = any(choice.seat.profile == last.profile for choice in choices)
        skips = not able or (seen and not packed)
        seats, after = self._store.free(scene.board.team, place_of(last.profile) + "$" if skips else last.place)
        return replace(scene, seats=(*scene.seats, *seats), after=after, last=seats[-1] if after else None)

    # Everybody looks

    def for_team(self, team: TeamId, now: datetime) -> None:
        """After something that may concern agents other than the one whom it happened to."""
        tried: set[tuple[AgentId, str]] = set()
        while True:
            view = self._store.look(team)
            seats = [seat for seat in view.seats if (seat.agent, seat.version) not in tried]
            hungry = next((seat for seat in seats if self._wants(seat, view.board, now)), None)
            if hungry is None:
                return
            tried.add((hungry.agent, hungry.version))
            self.for_agent(hungry, now)

    def _wants(self, seat: Seat, board: Board, now: datetime) -> bool:
        """Whether something waits that might be for him, as far as the heads are known."""
        unread = any(not queue.known for queue in board.queues.values())
        return unread or seat.personal > 0 or bool(lines_for(seat, board, now.timestamp()))

    # What a look needs to know

    def _prepared(self, scene: Scene, lines: Iterable[Line], at: float, gone: set[ContactId], *, drains: bool) -> Scene:
        """Reads what the look at the lines left open: unread heads, other teams' people, and, where an option or a
        pressing call makes it matter, everybody who is free."""
        board = scene.board
        asked = {line.id for line in lines}
        for queue in list(board.queues.values()):
            counts = queue.line.id in asked or (drains and queue.line.channel is Channel.VOICE)
            if queue.waiting and counts and (not queue.known or queue.heads[0].contact in gone):
                board = self._read(board, queue.line, 2)
        board = self._with_helpers(board, asked, at)
        presses = drains and any(not blocked(call, board) for call in board.pressing_calls(at))
        scene = replace(scene, board=board)
        if not presses and not board.reserves_hard:
            return scene
        scene = self._in_full(scene)
        if board.reserves_hard:
            free = sum(UNITS - seat.units for seat in scene.seats if _is_counted(seat, board.team))
            scene = replace(scene, board=replace(scene.board, free=free))
        return self._with_drained(scene, at) if presses else scene

    def _read(self, board: Board, line: Line, most: int) -> Board:
        return board.with_heads(line, self._store.heads(line, most), most)

    def _with_drained(self, scene: Scene, at: float) -> Scene:
        board = scene.board
        for call in board.pressing_calls(at):
            queue = board.queues[call.line.id]
            if queue.waiting > len(queue.heads):
                board = self._read(board, call.line, _MOST_HEADS)
        return replace(scene, board=board, drained=drained_of(scene.seats, board, at))

    def _with_helpers(self, board: Board, asked: set[str], at: float) -> Board:
        """An empty ring is skipped: before the time of who lacks the skill has come, it matters who is signed in in the
        teams that help. Who is not looked up is not there."""
        teams: set[TeamId] = set()
        for queue in board.queues.values():
            need = queue.line.need
            if queue.line.id in asked and need.overflow and queue.heads and _skips_helpers(queue.heads[0], board, at):
                teams |= need.overflow
        if not teams or board.helpers:
            return board
        signed_in = [
            profile for team in sorted(teams) for profile, count in self._store.profiles(team).items() if count
        ]
        return replace(board, helpers=frozenset(signed_in))

    def _in_full(self, scene: Scene) -> Scene:
        if scene.after or not scene.seats:
            return replace(scene, seats=tuple(self._free(scene.board.team)), after="")
        return scene

    def _free(self, team: TeamId) -> list[Seat]:
        seats, after = self._store.free(team)
        while after:
            more, after = self._store.free(team, after)
            seats += more
        return seats

    # Claims

    def _claim(self, choice: Choice, board: Board, now: datetime) -> tuple[Offered, Seat]:
        waiting, seat, line = choice.waiting, choice.seat, choice.waiting.line
        if not waiting.prefer and line.id not in board.queues:
            raise ContactGone()  # it waited for one agent alone, and was taken from there
        held = self._laid_aside(choice, now) if choice.laid_aside else {}
        offer = digest("offer", waiting.contact, seat.agent, seat.version)
        data = {"agent": seat.agent, "offer": offer, **choice.reason.as_data()}
        data |= {"sits_in": seat.team} if seat.team != line.team else {}
        after = self._store.claim(
            choice,
            Fact(kind="offered", at=now, data=data),
            None if waiting.prefer else board.queues[line.id],
            claimed=board.claimed.get(line.tenant) if seat.counts(waiting) else 0,
            ceiling=board.limit(line.tenant).ceiling if seat.counts(waiting) else inf,
            held=held,
        )
        expiry = {"tenant": waiting.tenant, "contact": waiting.contact, "offer": offer}
        self._later.send(expiry, offer_s(waiting.channel))
        return Offered(seat.agent, offer, choice.reason.sentence), after

    def _laid_aside(self, choice: Choice, now: datetime) -> dict[ContactId, Fact]:
        """What is told of the work that makes room. What its agent has not taken yet, or has ended, only rests."""
        keys = [(choice.seat.contacts[contact].tenant, contact) for contact in choice.laid_aside]
        taken = [contact for contact in self._store.contacts(keys) if contact.state is State.CONNECTED]
        fact = Fact(kind="held", at=now, data={"why": f"{choice.waiting.channel} came first"})
        return {contact.contact: fact for contact in taken}


def _presses(waiting: Waiting, now: datetime) -> bool:
    """Whether agents may have been kept free for it, who now need not be."""
    return waiting.channel is Channel.VOICE and waiting.presses(now.timestamp())


def _is_counted(seat: Seat, team: TeamId) -> bool:
    return seat.team == team and seat.units < UNITS and not seat.profile.dedicated


def _skips_helpers(waiting: Waiting, board: Board, at: float) -> bool:
    """Whether who lacks the skill would be asked before his time, as nobody of the teams that help is known to be
    there."""
    return at < waiting.deadline_s and board.open(waiting, at) > Ring.OVERFLOW


def _is_settled(choices: list[Choice], waiting: Waiting, scene: Scene) -> bool:
    """Whether nobody better can stand where the list of those who are free was cut off; where nothing is packed."""
    if not choices or choices[0].laid_aside:
        return False
    best, last = choices[0], scene.last
    if last is None or best.seat.profile.preference < last.profile.preference:
        return True
    peers = (profile for profile, count in scene.board.profiles.items() if count)
    behind = (
        one for one in peers if one.preference == last.profile.preference and place_of(one) > place_of(last.profile)
    )
    return not any(ring_of(profile, waiting.line.need) is not None for profile in behind)
