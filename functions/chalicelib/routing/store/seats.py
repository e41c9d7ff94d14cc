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
What is written of lines stands in `lines`.
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
    Update,
    Write,
)
from chalicelib.contacts.model.contact import Contact, Expected
from chalicelib.contacts.store import moving, moving_on, standing
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId, digest
from chalicelib.routing.model.board import Queue
from chalicelib.routing.model.line import Waiting
from chalicelib.routing.model.matcher import Choice
from chalicelib.routing.model.seat import ContactGone, LineMoved, Seat, SeatContact, SeatTaken, Taking, signature
from chalicelib.routing.store import items
from chalicelib.routing.store.items import TABLE
from chalicelib.routing.store.lines import Lines, forgets, joins, leaves
from chalicelib.workforce.model import Status, StatusBegan
from chalicelib.workforce.store import status_put

_CONTACT = 0  # the contact's write stands first in every transaction here


class RoutingStore(Lines):
    # A contact waits

    def enqueue(self, waiting: Waiting, fact: Fact, seat: Seat | None = None) -> Contact | None:
        """None when it now waits; the contact as it stands when it had been queued before. With `seat`, it waits
        for that agent alone: raises SeatTaken when he is not as he was seen."""
        rest: list[Write]
        if seat is None:
            rest = [items.waiting_put(waiting), joins(waiting.line, waiting.key)]
        else:
            rest = [items.waiting_put(waiting), *_seat_moves(seat, seat.awaited(1, waiting.contact))]
        return self._together(waiting.tenant, waiting.contact, fact, None, rest, seat_at=2)

    def join(self, waiting: Waiting) -> bool:
        """From an agent's own line to that of all others; False when it is no longer there. Raises LineMoved."""
        joined = replace(waiting, prefer=AgentId(""))
        place = Delete(table=TABLE, key=items.waiting_key(waiting), when=(Exists(),))
        writes: list[Write] = [place, forgets(waiting), items.waiting_put(joined), self.comes_back(joined)]
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
            *([leaves(queue, waiting, fact.at)] if queue else []),
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

    def take(self, taking: Taking, facts: Sequence[Fact], expects: Mapping[str, str]) -> Seat:
        """The agent has the contact, wherever it was before; the seat after it.

        Raises ContactGone, SeatTaken or LineMoved; then nothing has changed.
        """
        before, after, waiting = taking.before, taking.after, taking.waiting
        hint = {"desk": before.connection} if before.connection else None
        seats = [*_seat_moves(before, after), *_told(after, taking.laid_aside)]
        if other := taking.other:
            seats += [*_seat_moves(other.before, other.after), *_told(other.after, other.taken_up)]
        pairs = [(before, after), *([(other.before, other.after)] if other else [])]
        limit = _below(taking.ceiling, waiting.line.cost, taking.claimed)
        rest = items.standing_changes_of(pairs, {(waiting.line.team, waiting.tenant): limit})
        if taking.waits:
            rest.append(Delete(table=TABLE, key=items.waiting_key(waiting), when=(Exists(),)))
            if not waiting.prefer:
                rest.append(self.gives_up(waiting))
            elif waiting.prefer != after.agent:
                rest.append(forgets(waiting))
        writes: list[Write] = [moving_on(waiting.tenant, waiting.contact, facts, expects, hint), *seats, *rest]
        try:
            self._database.transact(writes)
        except ConditionLost as lost:
            if _CONTACT in lost.lost:
                raise ContactGone() from None
            raise (SeatTaken if min(lost.lost) <= len(seats) else LineMoved)() from None
        return self._saw(after)

    def accept(self, tenant: TenantId, contact: ContactId, fact: Fact, expects: Expected) -> Contact:
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
        rest += [items.waiting_put(waiting), self.comes_back(waiting)]
        if away:
            rest.append(status_put(away))
        expects: dict[str, str | int] = {"agent": contact.agent, "offer": contact.offer}
        if contact.outbound:
            expects["version"] = contact.version  # not dialled since it was read
        return self._together(contact.tenant, contact.contact, fact, expects, rest)

    def release(
        self,
        tenant: TenantId,
        contact: ContactId,
        fact: Fact,
        expects: Expected,
        before: Seat,
        after: Seat,
        told: Mapping[ContactId, Fact],
    ) -> Contact | None:
        """The contact is over and its agent's place is free. Raises SeatTaken when the seat is not as `before`."""
        rest = [*_seat_moves(before, after), *items.standing_changes(before, after), *_told(after, told)]
        return self._together(tenant, contact, fact, expects, rest)

    def leave(self, waiting: Waiting, *facts: Fact, expects: Expected | None = None) -> Contact | None:
        """Out of the line in which it waits, by one fact or several at once. Raises Conflict when it moved on since it
        was read."""
        rest: list[Write] = [Delete(table=TABLE, key=items.waiting_key(waiting), when=(Exists(),))]
        rest.append(forgets(waiting) if waiting.prefer else self.gives_up(waiting))
        *before, last = facts
        return self._together(waiting.tenant, waiting.contact, last, expects, rest, seat_at=None, before=before)

    def stop(self, contact: Contact, fact: Fact, expects: Expected | None = None) -> Contact | None:
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

    def _together(
        self,
        tenant: TenantId,
        contact: ContactId,
        fact: Fact,
        expects: Expected | None,
        rest: Sequence[Write],
        seat_at: int | None = 1,
        before: Sequence[Fact] = (),
    ) -> Contact | None:
        """None when it is done; the contact where it had been done before. `before` are facts that come with it, ahead
        of it. `seat_at` says where the seat's write stands, if there is one: SeatTaken is raised where it is lost,
        LineMoved where the line is, Conflict where the contact moved on."""
        try:
            self._database.transact([moving_on(tenant, contact, [*before, fact], expects), *rest])
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
