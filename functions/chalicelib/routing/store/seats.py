"""Who waits and who sits where, in DynamoDB; ids and deadlines only, nothing a customer said.

    TEAM#<team>                 LINE                      the terms of its clients, and the teams it helps
    TEAM#<team>                 LINE#<tenant>             a client's standing: units in service on shared seats
    TEAM#<team>                 LINE#<tenant>#<digest>    a line: how many wait, and the place of the first one
    TEAM#<team>                 LINE@<signature>          agents of one profile: how many are signed in
    TEAM#<team>                 LINE~<rank>#<signature>#<load>#<idle since>#<agent>   one who is free, preferred ones
                                                          first; a copy of the seat as of its version
    TEAM#<team>                 SEAT#<agent>              an agent's status, load and contacts
    TEAM#<team>#WAIT#<line>     <deadline>#<since>#<contact>        the contacts of a line, in order
    TEAM#<team>#AGENT#<agent>   WAIT#<deadline>#<since>#<contact>   those who wait for this agent alone
    AGENT#<agent>               SEAT                      in which team his seat stands

One query has the lines of a team and, behind them, the agents who are free. Every change that concerns a contact
*and* a seat or a line is one transaction, and whoever changes a seat holds against it the version that he saw.
The head of a line is exact, or it is marked as unread: the first who comes into an empty line sets it, who takes the
head sets the next one, and who comes or goes out of turn marks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from types import MappingProxyType

from chalicelib.aws.table import (
    Absent,
    AtMost,
    Condition,
    ConditionLost,
    Delete,
    Equals,
    Exists,
    Item,
    Update,
    Write,
)
from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.store import moving, standing
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId, digest
from chalicelib.routing.model.board import Queue
from chalicelib.routing.model.line import Line, Waiting
from chalicelib.routing.model.matcher import Choice
from chalicelib.routing.model.seat import ContactGone, LineMoved, Seat, SeatContact, SeatTaken, signature
from chalicelib.routing.store import items
from chalicelib.routing.store.items import TABLE, UNREAD
from chalicelib.routing.store.presence import Presence
from chalicelib.workforce.model import Status, StatusBegan
from chalicelib.workforce.store import status_put

_CONTACT = 0  # the contact's write stands first in every transaction here


class RoutingStore(Presence):
    # A contact waits

    def enqueue(self, waiting: Waiting, fact: Fact, seat: Seat | None = None) -> Contact | None:
        """None when it now waits; the contact as it stands when it had been queued before. With `seat`, it waits
        for that agent alone: raises SeatTaken when he is not as he was seen."""
        rest: list[Write]
        if seat is None:
            rest = [items.waiting_put(waiting), _joins(waiting.line, waiting.key)]
        else:
            rest = [items.waiting_put(waiting), *_seat_moves(seat, seat.awaited(1, waiting.contact))]
        return self._together(waiting.tenant, waiting.contact, fact, None, rest, seat_at=2)

    def join(self, waiting: Waiting) -> bool:
        """From an agent's own line to that of all others; False when it is no longer there. Raises LineMoved."""
        joined = replace(waiting, prefer=AgentId(""))
        place = Delete(table=TABLE, key=items.waiting_key(waiting), when=(Exists(),))
        writes: list[Write] = [place, _forgets(waiting), items.waiting_put(joined), self._comes_back(joined)]
        try:
            self._database.transact(writes)
        except ConditionLost as lost:
            if set(lost.lost) == {3}:
                raise LineMoved() from None
            return False
        return True

    # Claims

    def claim(
        self,
        choice: Choice,
        fact: Fact,
        queue: Queue | None,
        *,
        claimed: int | None = 0,
        ceiling: float = inf,
        held: Mapping[ContactId, Fact] = MappingProxyType({}),
    ) -> Seat:
        """Gives the contact to the agent; the seat after it. `queue` is its line as it was seen (None: it waited for
        this agent alone), `claimed` the client's units (None: it never had any), `held` what is told of the work that
        is laid aside.

        Raises ContactGone, SeatTaken or LineMoved; then nothing has changed.
        """
        waiting, seat = choice.waiting, choice.seat
        after = seat.taking(waiting, fact.data["offer"], choice.laid_aside)
        hint = {"desk": seat.connection} if seat.connection else None
        place = Delete(table=TABLE, key=items.waiting_key(waiting), when=(Exists(),))
        seat_writes = [*_seat_moves(seat, after), *_told(seat, held)]
        limit = _below(ceiling, waiting.line.cost, claimed)
        rest = [
            *([_leaves(queue, waiting)] if queue else []),
            *items.standing_changes(seat, after, {(waiting.line.team, waiting.tenant): limit}),
        ]
        writes: list[Write] = [moving(waiting.tenant, waiting.contact, fact, also=hint), place, *seat_writes, *rest]
        try:
            self._database.transact(writes)
        except ConditionLost as lost:
            if {_CONTACT, 1} & set(lost.lost):
                raise ContactGone() from None
            raise (SeatTaken if min(lost.lost) < 2 + len(seat_writes) else LineMoved)() from None
        return self._saw(after)

    def accept(self, tenant: TenantId, contact: ContactId, fact: Fact, expects: dict[str, str]) -> Contact:
        try:
            return Contact.from_item(self._database.write(moving(tenant, contact, fact, expects)))
        except ConditionLost as lost:
            return standing(lost.lost[0], contact, fact, expects)

    # A contact leaves a seat

    def requeue(
        self,
        contact: Contact,
        fact: Fact,
        before: Seat,
        after: Seat,
        *,
        told: Mapping[ContactId, Fact],
        away: StatusBegan | None = None,
    ) -> Contact | None:
        """Back to its place in the line. Raises SeatTaken when the seat is not as `before`."""
        waiting = Waiting.of(contact)
        rest = [*_seat_moves(before, after), *items.standing_changes(before, after), *_told(after, told)]
        rest += [items.waiting_put(waiting), self._comes_back(waiting)]
        if away:
            rest.append(status_put(away))
        expects = {"agent": contact.agent, "offer": contact.offer}
        return self._together(contact.tenant, contact.contact, fact, expects, rest)

    def release(
        self,
        tenant: TenantId,
        contact: ContactId,
        fact: Fact,
        expects: dict[str, str],
        before: Seat,
        after: Seat,
        told: Mapping[ContactId, Fact],
    ) -> Contact | None:
        """The contact is over and its agent's place is free. Raises SeatTaken when the seat is not as `before`."""
        rest = [*_seat_moves(before, after), *items.standing_changes(before, after), *_told(after, told)]
        return self._together(tenant, contact, fact, expects, rest)

    def leave(self, waiting: Waiting, fact: Fact) -> Contact | None:
        """Out of the line in which it waits. Raises Conflict when it moved on since it was read."""
        rest: list[Write] = [Delete(table=TABLE, key=items.waiting_key(waiting), when=(Exists(),))]
        rest.append(_forgets(waiting) if waiting.prefer else self._gives_up(waiting))
        return self._together(waiting.tenant, waiting.contact, fact, None, rest, seat_at=None)

    def stop(self, contact: Contact, fact: Fact, expects: dict[str, str] | None = None) -> Contact | None:
        """A contact that is in no line and on no seat."""
        return self._together(contact.tenant, contact.contact, fact, expects, [])

    def hang_up(
        self, tenant: TenantId, contact: ContactId, fact: Fact, team: TeamId, agent: AgentId
    ) -> Seat | Contact | None:
        """Ends a call for an agent of whom we know where he sits, without reading his seat: whoever has a call has
        nothing else. The seat after it; the contact, where this had happened before; None, where the agent is not as
        we think: then nothing has changed."""
        seen = self._seen.get(agent)
        if seen is None or seen.team != team:
            return None
        held = SeatContact(tenant=tenant, channel=Channel.VOICE, team=team, counted=not seen.profile.dedicated)
        now = stamp(fact.at)
        version = digest("hang-up", agent, contact, now)
        after = replace(
            seen, status=Status.AVAILABLE, units=0, contacts={}, personal=0, idle_since=now, version=version
        )
        update = Update(
            table=TABLE,
            key=items.seat_key(team, agent),
            set={"units": 0, "held": 0, "contacts": {}, "idle_since": now, "version": after.version},
            when=(
                Equals("status", Status.AVAILABLE.value),
                Equals("held", 1),
                Equals("personal", 0),
                Equals("signature", signature(seen.profile)),
                Equals("connection", seen.connection) if seen.connection else Absent("connection"),
                Equals(f"contacts.{contact}.channel", held.channel.value),
                Equals(f"contacts.{contact}.team", team),
                Equals(f"contacts.{contact}.counted", held.counted),
            ),
        )
        rest: list[Write] = [update, *items.place_changes(Seat(agent=agent, team=team), after)]
        if held.counted:
            rest.append(items.standing_change(team, tenant, -held.cost, -held.cost))
        try:
            done = self._together(tenant, contact, fact, {"agent": agent}, rest, seat_at=1)
        except SeatTaken:
            return None
        return self._saw(after) if done is None else done

    def _comes_back(self, waiting: Waiting) -> Update:
        """To its place, which is mostly the first: it came before those who wait now."""
        line = self._database.get(TABLE, items.line_key(waiting.line)) or {}
        head = line.get("head", "") if line.get("waiting") else ""
        if head == UNREAD:
            return _jumps(waiting.line, 1, head, ())
        if not head or waiting.key < head:
            return _jumps(waiting.line, 1, waiting.key, _held_to(line))
        return _jumps(waiting.line, 1, head, (Equals("head", head),))

    def _gives_up(self, waiting: Waiting) -> Update:
        line = self._database.get(TABLE, items.line_key(waiting.line)) or {}
        if line.get("head") != waiting.key:
            return Update(table=TABLE, key=items.line_key(waiting.line), add={"waiting": -1})
        behind = self.heads(waiting.line, 2)[1:] if line["waiting"] > 1 else ()
        if behind:
            return _jumps(waiting.line, -1, behind[0].key, _held_to(line))
        alone = (*_held_to(line), Equals("waiting", 1))
        return Update(table=TABLE, key=items.line_key(waiting.line), add={"waiting": -1}, remove=("head",), when=alone)

    def _together(
        self,
        tenant: TenantId,
        contact: ContactId,
        fact: Fact,
        expects: dict[str, str] | None,
        rest: Sequence[Write],
        seat_at: int | None = 1,
    ) -> Contact | None:
        """None when it is done; the contact where it had been done before. `seat_at` says where the seat's write
        stands, if there is one: SeatTaken is raised where it is lost, LineMoved where the line is, Conflict where the
        contact moved on."""
        try:
            self._database.transact([moving(tenant, contact, fact, expects), *rest])
        except ConditionLost as lost:
            if _CONTACT in lost.lost:
                return standing(lost.lost[_CONTACT], contact, fact, expects)
            if seat_at is None or seat_at not in lost.lost:
                moved = any(rest[at - 1].key[1].startswith("LINE#") for at in lost.lost)
                raise LineMoved() if moved else Conflict("the contact changed in that moment; try again") from None
            if item := lost.lost[seat_at]:
                self._saw(items.as_seat(item))
            raise SeatTaken() from None
        return None


def _seat_moves(before: Seat, after: Seat) -> list[Write]:
    return [items.seat_change(before, after), *items.place_changes(before, after)]


def _told(seat: Seat, facts: Mapping[ContactId, Fact]) -> list[Write]:
    """Of the agent's other work, which this lays aside or takes up again."""
    return [
        moving(seat.contacts[contact].tenant, contact, fact, {"agent": seat.agent}) for contact, fact in facts.items()
    ]


def _below(ceiling: float, cost: int, claimed: int | None) -> tuple[Condition, ...]:
    """Holds a client with a ceiling below it, whoever else takes of it in that moment."""
    if ceiling == inf:
        return ()
    return (AtMost("claimed", int(ceiling) - cost) if claimed is not None else Absent("claimed"),)


def _joins(line: Line, key: str) -> Update:
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


def _leaves(queue: Queue, waiting: Waiting) -> Update:
    """The head goes, the next one is the head: as far as nobody came or went out of turn since we looked.

    Who goes from behind the head leaves it alone; if the head goes in that moment, it may name one who is gone.
    That is found out by who asks for him.
    """
    key, less = items.line_key(queue.line), {"waiting": -1}
    if queue.heads and queue.heads[0].contact != waiting.contact:
        return Update(table=TABLE, key=key, add=less)
    if queue.alone:
        return Update(table=TABLE, key=key, add=less, remove=("head",), when=(Equals("waiting", 1),))
    if len(queue.heads) > 1:
        known = Equals("jumps", queue.jumps)
        return Update(table=TABLE, key=key, add=less, set={"head": queue.heads[1].key}, when=(known,))
    return Update(table=TABLE, key=key, add=less, set={"head": UNREAD})


def _forgets(waiting: Waiting) -> Update:
    key = items.seat_key(waiting.line.team, waiting.prefer)
    return Update(table=TABLE, key=key, add={"personal": -1}, when=(Exists(),))
