"""Who waits and who sits where, in DynamoDB; ids and deadlines only, nothing a customer said.

    TEAM#<team>        SEAT#<agent>            an agent's status, load and contacts
    TEAM#<team>#WAIT   <deadline>#<contact>    a contact in the queue

Every change that concerns a contact *and* a seat or the queue is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from chalicelib.aws.table import (
    Absent,
    AtMost,
    ConditionLost,
    Cursor,
    Database,
    Delete,
    Equals,
    Exists,
    Item,
    Key,
    Put,
    Update,
    Write,
    every,
)
from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.store import contact_key, moving, standing
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
from chalicelib.routing.model import COST, UNITS, Choice, ContactGone, Seat, SeatContact, SeatTaken, Waiting
from chalicelib.workforce.model import Agent, Status, StatusBegan
from chalicelib.workforce.store import status_put

TABLE = "routing"
_CONTACT = 0  # the contact's write stands first in every transaction here


def _seat_key(team: TeamId, agent: AgentId) -> Key:
    return Key(f"TEAM#{team}", f"SEAT#{agent}")


def _wait_key(waiting: Waiting) -> Key:
    return Key(f"TEAM#{waiting.team}#WAIT", f"{waiting.deadline}#{waiting.contact}")


def _wait_put(waiting: Waiting) -> Put:
    key = _wait_key(waiting)
    item: Item = {
        "pk": key.pk,
        "sk": key.sk,
        "tenant": waiting.tenant,
        "contact": waiting.contact,
        "channel": waiting.channel.value,
        "team": waiting.team,
        "deadline": waiting.deadline,
        "since": waiting.since,
    }
    return Put(table=TABLE, item=item | ({"skill": waiting.skill} if waiting.skill else {}))


def _as_waiting(item: Item) -> Waiting:
    texts = {name: value for name, value in item.items() if name not in {"pk", "sk"}}
    return Waiting(**{**texts, "channel": Channel(item["channel"])})


def _as_seat(item: Item) -> Seat:
    contacts = {
        ContactId(contact): SeatContact(tenant=TenantId(held["tenant"]), channel=Channel(held["channel"]))
        for contact, held in item["contacts"].items()
    }
    return Seat(
        agent=AgentId(item["agent"]),
        team=TeamId(item["team"]),
        status=Status(item["status"]),
        reason=item.get("reason", ""),
        since=item.get("since", ""),
        units=item["units"],
        idle_since=item.get("idle_since", ""),
        skills=frozenset(item.get("skills", ())),
        contacts=contacts,
        connection=item.get("connection", ""),
        beat=item.get("beat", ""),
    )


def _freed(team: TeamId, agent: AgentId, contact: Contact, now: datetime, **also: Any) -> Update:
    return Update(
        table=TABLE,
        key=_seat_key(team, agent),
        set={"idle_since": stamp(now), **also},
        add={"units": -COST[contact.channel]},
        remove=(f"contacts.{contact.contact}",),
        when=(Exists(f"contacts.{contact.contact}"),),
    )


class RoutingStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    # Looking

    def seats(self, team: TeamId) -> list[Seat]:
        return [_as_seat(item) for item in every(self._database, TABLE, f"TEAM#{team}", begins="SEAT#")]

    def seat(self, team: TeamId, agent: AgentId) -> Seat:
        item = self._database.get(TABLE, _seat_key(team, agent))
        if item is None:
            raise NotFound("seat", agent)
        return _as_seat(item)

    def waiting(self, team: TeamId) -> Iterator[list[Waiting]]:
        """The queue in order of deadline, page by page, as far as it is asked for."""
        cursor: Cursor | None = None
        while True:
            page = self._database.query(TABLE, f"TEAM#{team}#WAIT", after=cursor, limit=25)
            yield [_as_waiting(item) for item in page.items]
            if page.next is None:
                return
            cursor = page.next

    def contact(self, tenant: TenantId, contact: ContactId) -> Contact:
        item = self._database.get("contacts", contact_key(tenant, contact))
        if item is None:
            raise NotFound("contact", contact)
        return Contact.from_item(item)

    def contacts(self, keys: Sequence[tuple[TenantId, ContactId]]) -> list[Contact]:
        found: list[Contact] = []
        for start in range(0, len(keys), 100):
            asked = [contact_key(*key) for key in keys[start : start + 100]]
            found += [Contact.from_item(item) for item in self._database.get_many("contacts", asked)]
        return found

    # Writing

    def enqueue(self, waiting: Waiting, fact: Fact) -> Contact | None:
        """None when it now waits; the contact as it stands when it had been queued before."""
        return self._together(waiting.tenant, waiting.contact, fact, None, [_wait_put(waiting)])

    def claim(self, choice: Choice, fact: Fact) -> None:
        """Gives the contact to the agent. Raises ContactGone or SeatTaken; then nothing has changed."""
        waiting, seat = choice.waiting, choice.seat
        held = {"tenant": waiting.tenant, "channel": waiting.channel.value}
        hint = {"desk": seat.connection} if seat.connection else None
        try:
            self._database.transact(
                [
                    moving(waiting.tenant, waiting.contact, fact, also=hint),
                    Update(
                        table=TABLE,
                        key=_seat_key(seat.team, seat.agent),
                        set={f"contacts.{waiting.contact}": held},
                        add={"units": waiting.cost},
                        when=(Equals("status", Status.AVAILABLE.value), AtMost("units", UNITS - waiting.cost)),
                    ),
                    Delete(table=TABLE, key=_wait_key(waiting), when=(Exists(),)),
                ]
            )
        except ConditionLost as lost:
            raise (SeatTaken if set(lost.lost) == {1} else ContactGone)() from None

    def requeue(self, contact: Contact, waiting: Waiting, fact: Fact, *, away: StatusBegan | None) -> Contact | None:
        """Back to its place in the queue; with `away`, the agent gets no more until he is back."""
        status = {"status": away.status.value, "reason": "", "since": stamp(away.at)} if away else {}
        expects = {"agent": contact.agent, "offer": contact.offer}
        rest: list[Write] = [_freed(waiting.team, contact.agent, contact, fact.at, **status), _wait_put(waiting)]
        if away:
            rest.append(status_put(away))
        return self._together(contact.tenant, contact.contact, fact, expects, rest)

    def accept(self, tenant: TenantId, contact: ContactId, fact: Fact, expects: dict[str, str]) -> Contact:
        try:
            return Contact.from_item(self._database.write(moving(tenant, contact, fact, expects)))
        except ConditionLost as lost:
            return standing(lost.lost[0], contact, fact, expects)

    def finish(
        self, tenant: TenantId, contact: ContactId, channel: Channel, team: TeamId, agent: AgentId, fact: Fact
    ) -> Contact | None:
        freed = Update(
            table=TABLE,
            key=_seat_key(team, agent),
            set={"idle_since": stamp(fact.at)},
            add={"units": -COST[channel]},
            remove=(f"contacts.{contact}",),
            when=(Equals(f"contacts.{contact}.channel", channel.value),),
        )
        return self._together(tenant, contact, fact, {"agent": agent}, [freed])

    def abandon(self, contact: Contact, fact: Fact) -> Contact | None:
        """Raises Conflict when the contact moved on since it was read."""
        rest: list[Write] = []
        expects = None
        if contact.agent:
            rest.append(_freed(TeamId(contact.team), contact.agent, contact, fact.at))
            expects = {"agent": contact.agent, "offer": contact.offer}
        elif contact.team:
            key = Key(f"TEAM#{contact.team}#WAIT", f"{contact.deadline}#{contact.contact}")
            rest.append(Delete(table=TABLE, key=key, when=(Exists(),)))
        return self._together(contact.tenant, contact.contact, fact, expects, rest)

    def _together(
        self,
        tenant: TenantId,
        contact: ContactId,
        fact: Fact,
        expects: dict[str, str] | None,
        rest: list[Write],
    ) -> Contact | None:
        try:
            self._database.transact([moving(tenant, contact, fact, expects), *rest])
        except ConditionLost as lost:
            item = lost.lost.get(_CONTACT) or self._database.get("contacts", contact_key(tenant, contact))
            return standing(item, contact, fact, expects)
        return None

    # Seats

    def set_status(self, agent: Agent, began: StatusBegan) -> None:
        """The agent's seat and the fact of his presence, together; the first status makes the seat."""
        at = stamp(began.at)
        now = {"status": began.status.value, "reason": began.reason, "since": at, "beat": at, "idle_since": at}
        key = _seat_key(agent.team, agent.agent)
        skills: dict[str, Any] = {"skills": set(agent.skills)} if agent.skills else {}
        update = Update(
            table=TABLE, key=key, set={**now, **skills}, remove=() if skills else ("skills",), when=(Exists(),)
        )
        try:
            self._database.transact([update, status_put(began)])
        except ConditionLost:
            names = {"pk": key.pk, "sk": key.sk, "agent": agent.agent, "team": agent.team}
            seat = {**names, **now, **skills, "units": 0, "contacts": {}}
            self._database.transact([Put(table=TABLE, item=seat, when=(Absent(),)), status_put(began)])

    def beat(self, team: TeamId, agent: AgentId, now: datetime) -> None:
        self._touch(team, agent, {"beat": stamp(now)}, Exists())

    def connect(self, team: TeamId, agent: AgentId, connection: str, now: datetime) -> tuple[Seat, str] | None:
        """The seat with its page, and the connection that the page before had; None for who has no seat yet."""
        before = self._database.get(TABLE, _seat_key(team, agent))
        seat = self._touch(team, agent, {"connection": connection, "beat": stamp(now)}, Exists())
        return (seat, (before or {}).get("connection", "")) if seat else None

    def disconnect(self, team: TeamId, agent: AgentId, connection: str) -> None:
        """Forgets the page, unless a newer one took its place."""
        update = Update(
            table=TABLE,
            key=_seat_key(team, agent),
            remove=("connection",),
            when=(Equals("connection", connection),),
        )
        try:
            self._database.write(update)
        except ConditionLost:
            return  # a newer page is there

    def _touch(self, team: TeamId, agent: AgentId, values: dict[str, Any], when: Exists) -> Seat | None:
        try:
            update = Update(table=TABLE, key=_seat_key(team, agent), set=values, when=(when,))
            return _as_seat(self._database.write(update))
        except ConditionLost:
            return None
