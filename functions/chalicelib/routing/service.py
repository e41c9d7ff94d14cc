"""Matching is *write, then look*: each side first writes that it is there (a contact waits, an agent is free),
then looks for the other with consistent reads, then claims the pair in one conditional transaction.

Whoever loses a claim takes the next candidate. Of two who arrive at once, the later look sees the earlier
write, so they can neither both win nor both sleep. `sweep` is a safety net, and counts what it caught.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.errors import Conflict, Unavailable
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId, digest
from chalicelib.routing.model import Choice, ContactGone, Seat, SeatTaken, Waiting, contact_for, seats_for
from chalicelib.workforce.model import Agent, Status, StatusBegan

# Seconds until an offer that nobody takes goes to the next agent. A call needs longer: the waiting
# caller's flow polls every 10 s, and then the phone rings for 20.
OFFER_S: Mapping[Channel, int] = {Channel.VOICE: 40}
OFFER_WRITTEN_S = 20
VANISHED_S = 600  # without a sign of life from his page (it pings every 4 minutes) an agent is gone
WRAP_UP_S = 900  # the longest that Amazon Connect allows, too
INCOMPLETE = "incomplete"  # the disposition of a contact whose wrap-up ran out
_SLEPT_S = 5
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Offered:
    agent: AgentId
    offer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Queued:
    deadline: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The contact neither waits nor is it offered: it is connected, over, or was never queued."""

    state: State


Outcome = Offered | Queued | Gone


class Store(Protocol):
    def seats(self, team: TeamId) -> list[Seat]: ...
    def seat(self, team: TeamId, agent: AgentId) -> Seat: ...
    def waiting(self, team: TeamId) -> Iterator[list[Waiting]]: ...
    def contact(self, tenant: TenantId, contact: ContactId) -> Contact: ...
    def contacts(self, keys: Sequence[tuple[TenantId, ContactId]]) -> list[Contact]: ...
    def enqueue(self, waiting: Waiting, fact: Fact) -> Contact | None: ...
    def claim(self, choice: Choice, fact: Fact) -> None: ...
    def requeue(
        self, contact: Contact, waiting: Waiting, fact: Fact, *, away: StatusBegan | None
    ) -> Contact | None: ...
    def accept(self, tenant: TenantId, contact: ContactId, fact: Fact, expects: dict[str, str]) -> Contact: ...
    def finish(
        self, tenant: TenantId, contact: ContactId, channel: Channel, team: TeamId, agent: AgentId, fact: Fact
    ) -> Contact | None: ...
    def abandon(self, contact: Contact, fact: Fact) -> Contact | None: ...
    def set_status(self, agent: Agent, began: StatusBegan) -> None: ...
    def beat(self, team: TeamId, agent: AgentId, now: datetime) -> None: ...
    def connect(self, team: TeamId, agent: AgentId, connection: str, now: datetime) -> tuple[Seat, str] | None: ...
    def disconnect(self, team: TeamId, agent: AgentId, connection: str) -> None: ...


class Later(Protocol):
    def send(self, message: Mapping[str, Any], delay_s: int) -> None: ...


class Router:
    def __init__(self, store: Store, later: Later) -> None:
        self._store = store
        self._later = later
        self.seat = store.seat
        self.seats = store.seats
        self.connect = store.connect
        self.disconnect = store.disconnect
        self.beat = store.beat

    # A contact's side

    def enqueue(self, contact: Contact, *, team: str, skill: str = "", target_s: int, now: datetime) -> Outcome:
        """Writes that the contact waits, then looks for an agent. Asked again, it says where the contact stands."""
        waiting = Waiting(
            tenant=contact.tenant,
            contact=contact.contact,
            channel=contact.channel,
            team=TeamId(team),
            deadline=stamp(now + timedelta(seconds=target_s)),
            since=stamp(now),
            skill=skill,
        )
        data = {"team": team, "deadline": waiting.deadline} | ({"skill": skill} if skill else {})
        standing = self._store.enqueue(waiting, Fact(kind="queued", at=now, data=data))
        if standing is not None:
            return _outcome(standing)
        return self._look_for_agent(waiting, now)

    def poll(self, tenant: TenantId, contact: ContactId, now: datetime) -> Outcome:
        """Where a waiting contact stands. Free agents look for themselves, so this only reads."""
        return _outcome(self._store.contact(tenant, contact))

    def abandon(self, tenant: TenantId, contact: ContactId, where: str, now: datetime) -> Contact:
        """The customer left before an agent was there; `where` is ivr, queue or offer, or empty to see for itself."""
        for _ in range(_ROUNDS):
            standing = self._store.contact(tenant, contact)
            if standing.state is State.ABANDONED:
                return standing
            standing.check("abandoned")
            place = where or {State.ARRIVED: "ivr", State.QUEUED: "queue"}.get(standing.state, "offer")
            fact = Fact(kind="abandoned", at=now, by="customer", data={"where": place})
            try:
                self._store.abandon(standing, fact)
            except Conflict:
                continue  # offered, requeued or connected in that moment: look again
            if standing.agent:
                self._look_for_contacts(TeamId(standing.team), standing.agent, now)
            return standing.after(fact)
        raise Conflict("the contact keeps changing; try again")

    # An agent's side

    def set_status(self, agent: Agent, status: Status, now: datetime, reason: str = "") -> None:
        """Writes what the agent does from now on. Available: looks for who waits; else: gives back his offers."""
        self._store.set_status(agent, StatusBegan(agent=agent.agent, status=status, at=now, reason=reason))
        if status is Status.AVAILABLE:
            self._look_for_contacts(agent.team, agent.agent, now)
        else:
            self._give_back(agent.team, agent.agent, now)

    def accept(
        self, tenant: TenantId, contact: ContactId, *, now: datetime, agent: str = "", offer: str = ""
    ) -> Contact:
        """Raises SomebodyElses when the contact is not offered to this agent (any more)."""
        expects = {name: value for name, value in (("agent", agent), ("offer", offer)) if value}
        by = f"agent:{agent}" if agent else "system"
        return self._store.accept(tenant, contact, Fact(kind="connected", at=now, by=by, data=dict(expects)), expects)

    def decline(self, tenant: TenantId, contact: ContactId, *, agent: str, now: datetime) -> None:
        """The agent says no; he stays away from further offers until he is back, the contact keeps its place."""
        standing = self._store.contact(tenant, contact)
        if standing.state is State.OFFERED and standing.agent == agent:
            self._requeue(standing, "declined", now, away=True)

    def miss(self, tenant: TenantId, contact: ContactId, offer: str, now: datetime) -> bool:
        """An offer ran out. False when it had been taken, given back or abandoned in time."""
        standing = self._store.contact(tenant, contact)
        if standing.state is not State.OFFERED or standing.offer != offer:
            return False
        self._requeue(standing, "missed", now, away=True)
        return True

    def finish(
        self,
        tenant: TenantId,
        contact: ContactId,
        channel: Channel,
        *,
        agent: str,
        team: str,
        disposition: str,
        note: str = "",
        tags: Sequence[str] = (),
        now: datetime,
    ) -> None:
        """Wrap-up is done: the contact is closed and the agent's place is free; he looks for who waits."""
        data: dict[str, Any] = {"disposition": disposition}
        data |= ({"note": note} if note else {}) | ({"tags": list(tags)} if tags else {})
        fact = Fact(kind="wrapped", at=now, by=f"agent:{agent}", data=data)
        standing = self._store.finish(tenant, contact, channel, TeamId(team), AgentId(agent), fact)
        if standing is None:
            self._look_for_contacts(TeamId(team), AgentId(agent), now)

    # The safety net

    def sweep(self, team: TeamId, now: datetime) -> dict[str, int]:
        """Repairs what no message came for; the counts are alarmed on: they should be 0."""
        caught: Counter[str] = Counter(vanished=0, overdue_offers=0, unwrapped=0, slept=0)
        seats = self._store.seats(team)
        for seat in seats:
            if seat.status is not Status.OFFLINE and _longer_than(VANISHED_S, seat.beat, now):
                who = Agent(agent=seat.agent, name="", team=team, skills=seat.skills)
                self.set_status(who, Status.OFFLINE, now, "vanished")
                caught["vanished"] += 1
        for contact in self._store.contacts(
            [(held.tenant, id) for seat in seats for id, held in seat.contacts.items()]
        ):
            caught["overdue_offers"] += self._missed_long_ago(contact, now)
            caught["unwrapped"] += self._ended_long_ago(contact, team, now)
        for page in self._store.waiting(team):
            for waiting in page:
                if _longer_than(_SLEPT_S, waiting.since, now):
                    caught["slept"] += isinstance(self._look_for_agent(waiting, now), Offered)
        return dict(caught)

    def _missed_long_ago(self, contact: Contact, now: datetime) -> bool:
        offered = contact.last("offered")
        if contact.state is not State.OFFERED or offered is None:
            return False
        overdue = _longer_than(_offer_s(contact.channel) + 15, stamp(offered.at), now)
        return overdue and self.miss(contact.tenant, contact.contact, contact.offer, now)

    def _ended_long_ago(self, contact: Contact, team: TeamId, now: datetime) -> bool:
        """Closes what its agent never wrapped up: it would keep his place, and would never be billed."""
        ended = contact.last("ended")
        if contact.state is not State.ENDED or ended is None or not _longer_than(WRAP_UP_S, stamp(ended.at), now):
            return False
        fact = Fact(kind="wrapped", at=now, data={"disposition": INCOMPLETE})
        standing = self._store.finish(contact.tenant, contact.contact, contact.channel, team, contact.agent, fact)
        if standing is None:
            self._look_for_contacts(team, contact.agent, now)
        return standing is None

    # Looking and claiming

    def _look_for_agent(self, waiting: Waiting, now: datetime) -> Outcome:
        for _ in range(_ROUNDS):
            contended = False
            for choice in seats_for(waiting, self._store.seats(waiting.team)):
                try:
                    return self._claim(choice, now)
                except SeatTaken:
                    continue  # his new contact's agent side will look again when he is free
                except ContactGone:
                    return self.poll(waiting.tenant, waiting.contact, now)
                except Unavailable:
                    contended = True
            if not contended:
                break
        return Queued(waiting.deadline)

    def _look_for_contacts(self, team: TeamId, agent: AgentId, now: datetime) -> None:
        seat: Seat | None = None
        for page in self._store.waiting(team):
            left = list(page)
            while left:
                seat = seat or self._store.seat(team, agent)
                choice = contact_for(seat, left)
                if choice is None:
                    break
                left.remove(choice.waiting)
                try:
                    self._claim(choice, now)
                    seat = seat.with_also(choice.waiting)
                except ContactGone:
                    continue
                except SeatTaken:
                    seat = None  # somebody else gave him a contact: see what room is left
            if seat is not None and not seat.has_room_for(1):
                return

    def _claim(self, choice: Choice, now: datetime) -> Offered:
        waiting, seat = choice.waiting, choice.seat
        offer = digest("offer", waiting.contact, seat.agent, stamp(now))
        data = {"agent": seat.agent, "offer": offer, "reason": choice.reason}
        self._store.claim(choice, Fact(kind="offered", at=now, data=data))
        expiry = {"tenant": waiting.tenant, "contact": waiting.contact, "offer": offer}
        self._later.send(expiry, _offer_s(waiting.channel))
        return Offered(seat.agent, offer, choice.reason)

    def _give_back(self, team: TeamId, agent: AgentId, now: datetime) -> None:
        for contact, held in self._store.seat(team, agent).contacts.items():
            standing = self._store.contact(held.tenant, contact)
            if standing.state is State.OFFERED and standing.agent == agent:
                self._requeue(standing, "vanished", now, away=False)

    def _requeue(self, contact: Contact, why: str, now: datetime, *, away: bool) -> None:
        queued = contact.last("queued")
        assert queued is not None, "only a queued contact is ever offered"
        waiting = Waiting(
            tenant=contact.tenant,
            contact=contact.contact,
            channel=contact.channel,
            team=TeamId(contact.team),
            deadline=contact.deadline,
            since=stamp(queued.at),
            skill=contact.skill,
        )
        data = {"agent": contact.agent, "offer": contact.offer, "why": why}
        fact = Fact(kind="requeued", at=now, data=data)
        left = StatusBegan(agent=contact.agent, status=Status.MISSED, at=now) if away else None
        if self._store.requeue(contact, waiting, fact, away=left) is None:
            self._look_for_agent(waiting, now)


def _longer_than(seconds: int, since: str, now: datetime) -> bool:
    return bool(since) and instant(since) < now - timedelta(seconds=seconds)


def _offer_s(channel: Channel) -> int:
    return OFFER_S.get(channel, OFFER_WRITTEN_S)


def _outcome(contact: Contact) -> Outcome:
    if contact.state is State.OFFERED:
        offered = contact.last("offered")
        return Offered(contact.agent, contact.offer, str(offered.data["reason"]) if offered else "")
    if contact.state is State.QUEUED:
        return Queued(contact.deadline)
    return Gone(contact.state)


class SafetyNet:
    """The sweep over every team, once a minute."""

    def __init__(self, router: Router, teams: Callable[[], Sequence[TeamId]]) -> None:
        self._router = router
        self._teams = teams

    def sweep(self, now: datetime) -> dict[str, int]:
        caught: Counter[str] = Counter()
        for team in self._teams():
            caught.update(self._router.sweep(team, now))
        return dict(caught)
