"""What an agent does without being asked: he answers a call that was not kept for him, or calls a customer himself.

Nobody is looked for. His seat is claimed as it stands, in one transaction with the contact and with whoever had been
asked in the meantime.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING

from chalicelib.contacts.model.contact import Contact, IllegalMove, SomebodyElses, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict, NotAllowed
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TenantId, digest
from chalicelib.routing.model.capacity import UNITS
from chalicelib.routing.model.eligibility import ring_of
from chalicelib.routing.model.line import Line, Waiting
from chalicelib.routing.model.offer import OFFER_PATIENT_S, Offered
from chalicelib.routing.model.seat import ContactGone, LineMoved, Losing, Seat, SeatTaken, Taking
from chalicelib.routing.model.terms import Terms
from chalicelib.routing.service.returning import TRIES, Returning, place_of, seat_team

if TYPE_CHECKING:
    from chalicelib.routing.service.ports import Later, Store

ANSWERED = "he answered it at the telephone; it had not been kept for him"
DIALS = "he calls the customer himself"
_HAS_IT = frozenset({State.CONNECTED, State.HELD, State.ENDED, State.WRAPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """`freed`: the seat of whom it had been offered to; `displaced`: what the agent himself had been offered."""

    contact: Contact
    freed: Seat | None = None
    displaced: tuple[Contact, ...] = ()
    waited: bool = False


class OwnDoing:
    def __init__(self, store: Store, later: Later, returning: Returning, wait: Callable[[int], int]) -> None:
        self._store, self._later, self._returning, self._wait = store, later, returning, wait

    def take(
        self, tenant: TenantId, contact: ContactId, agent: AgentId, now: datetime, terms: Terms | None = None
    ) -> Taken:
        for tries in range(1, TRIES + 1):
            standing = self._store.contact(tenant, contact)
            if standing.agent == agent and standing.state in _HAS_IT:
                return Taken(contact=standing)
            try:
                if standing.agent == agent and standing.state is State.OFFERED:
                    return Taken(contact=self._accept(standing, now))
                return self._take(standing, agent, now, terms)
            except (ContactGone, SeatTaken, LineMoved):
                self._wait(tries)
        raise Conflict("the contact keeps changing; try again")

    def _accept(self, contact: Contact, now: datetime) -> Contact:
        """It was kept for him after all."""
        fact = _connected(contact.agent, contact.offer, now)
        try:
            return self._store.accept(contact.tenant, contact.contact, fact, dict(fact.data))
        except Conflict:
            raise ContactGone() from None  # given back in that moment: he has it all the same

    def _take(self, contact: Contact, agent: AgentId, now: datetime, terms: Terms | None) -> Taken:
        waiting = self._waiting(contact, agent, now, terms)
        asked = {"team": waiting.line.team, "skill": waiting.line.need.skill} if not contact.team else {}
        seat = self._seat(waiting, agent)
        on_it = self._work_of(seat)
        offer = digest("offer", contact.contact, agent, seat.version)
        after = seat.taking(waiting, offer, [one for one, held in seat.contacts.items() if not held.paused])
        offered_to, expects = self._other(contact, now)
        taking = Taking(
            waiting=waiting,
            before=seat,
            after=after,
            waits=contact.state is State.QUEUED,
            other=offered_to,
            laid_aside=_laid_aside(seat, on_it, now),
        )
        facts = [
            *_given_back(contact, now),
            _offered(seat, waiting, offer, ANSWERED, now, **asked),
            _connected(agent, offer, now),
        ]
        self._store.take(taking, facts, expects)
        for fact in facts:
            contact = contact.after(fact)
        displaced = tuple(one for one in on_it if one.state is State.OFFERED and one.agent == agent)
        return Taken(
            contact=contact,
            freed=offered_to.after if offered_to else None,
            displaced=displaced,
            waited=taking.waits,
        )

    def _waiting(self, contact: Contact, agent: AgentId, now: datetime, terms: Terms | None) -> Waiting:
        """Its place, if it can be taken: it waits, or somebody else is asked, and it did so at that time already.

        Who is in no line as nothing of ours answered the telephone has the place of who comes in.
        """
        queued = contact.last("queued")
        if contact.agent != agent and contact.state in _HAS_IT:
            raise SomebodyElses(contact)
        if terms is not None and queued is None and contact.state is State.ARRIVED and not contact.outbound:
            line = Line.of(terms, contact.channel)
            deadline = stamp(line.deadline(now))
            return Waiting(line=line, contact=contact.contact, deadline=deadline, since=stamp(now))
        if queued is None or contact.state not in (State.QUEUED, State.OFFERED):
            raise IllegalMove(contact, "connected")
        if stamp(now) < stamp(queued.at):
            raise Conflict("it was queued again since", state=contact.state.value)
        return place_of(contact, self._store) if contact.state is State.QUEUED else Waiting.of(contact)

    def _seat(self, waiting: Waiting, agent: AgentId) -> Seat:
        seat = self._store.find(waiting.line.team, agent)
        if seat is None:
            raise Conflict("this agent has no seat here")
        if ring_of(seat.profile, waiting.line.need) is None:
            raise Conflict("this agent may not serve this client")
        return seat

    def _work_of(self, seat: Seat) -> list[Contact]:
        return self._store.contacts([(held.tenant, contact) for contact, held in seat.contacts.items()])

    def _other(self, contact: Contact, now: datetime) -> tuple[Losing | None, dict[str, str]]:
        """Whom it is offered to: his seat without it, and what the contact must still say."""
        if contact.state is not State.OFFERED:
            return None, {"state": contact.state.value}
        before = self._store.seat(seat_team(contact), contact.agent)
        if contact.contact not in before.contacts:
            raise SeatTaken()
        after = before.losing(contact.contact, now)
        taken_up = self._returning.taken_up(before, after, now)
        losing = Losing(before=before, after=after, taken_up=taken_up)
        return losing, {"agent": contact.agent, "offer": contact.offer}

    def claim_own(self, contact: Contact, terms: Terms, agent: AgentId, now: datetime) -> Offered:
        line = Line.of(terms, contact.channel)
        deadline = stamp(line.deadline(now))
        waiting = Waiting(line=line, contact=contact.contact, deadline=deadline, since=stamp(now))
        for tries in range(1, TRIES + 1):
            seat = self._store.find(line.team, agent)
            if seat is None:
                raise Conflict("this agent has no seat here")
            if contact.contact in seat.contacts:
                return self._already(contact, agent)
            try:
                return self._claim(waiting, seat, now)
            except ContactGone:
                return self._already(contact, agent)
            except (SeatTaken, LineMoved):
                self._wait(tries)
        raise Conflict("the seat keeps changing; try again")

    def _claim(self, waiting: Waiting, seat: Seat, now: datetime) -> Offered:
        if ring_of(seat.profile, waiting.line.need) is None:
            raise NotAllowed("this agent may not serve this client")
        if not seat.available:
            raise Conflict("this agent is not available", status=seat.status.value)
        rests = [contact for contact, held in seat.contacts.items() if held.pausable]
        if seat.units - seat.pausable + waiting.line.cost > UNITS:
            raise Conflict("this agent is busy")
        ceiling, claimed = self._ceiling(waiting, seat)
        offer = digest("offer", waiting.contact, seat.agent, seat.version)
        on_it = self._work_of(seat) if rests else []
        taking = Taking(
            waiting=waiting,
            before=seat,
            after=seat.taking(waiting, offer, rests),
            laid_aside=_laid_aside(seat, [one for one in on_it if one.contact in rests], now),
            ceiling=ceiling,
            claimed=claimed,
        )
        fact = _offered(seat, waiting, offer, DIALS, now, team=waiting.line.team, skill=waiting.line.need.skill)
        self._store.take(taking, [fact], {"state": State.ARRIVED.value})
        expiry = {"tenant": waiting.tenant, "contact": waiting.contact, "offer": offer}
        self._later.send(expiry, OFFER_PATIENT_S)
        return Offered(seat.agent, offer, DIALS)

    def _ceiling(self, waiting: Waiting, seat: Seat) -> tuple[float, int | None]:
        """A client is held below what it pays for at most, whoever dials."""
        if not seat.counts(waiting):
            return inf, 0
        board = self._store.board(waiting.line.team)
        ceiling, claimed = board.limit(waiting.tenant).ceiling, board.claimed.get(waiting.tenant)
        if (claimed or 0) + waiting.line.cost > ceiling:
            raise Conflict("this client is at its ceiling")
        return ceiling, claimed

    def _already(self, contact: Contact, agent: AgentId) -> Offered:
        standing = self._store.contact(contact.tenant, contact.contact)
        if standing.agent != agent:
            raise SomebodyElses(standing)
        if standing.state is not State.OFFERED:
            raise IllegalMove(standing, "offered")
        return Offered(agent, standing.offer, DIALS)


def _offered(seat: Seat, waiting: Waiting, offer: str, reason: str, now: datetime, **more: str) -> Fact:
    data = {
        "agent": seat.agent,
        "offer": offer,
        "reason": reason,
        **{name: text for name, text in more.items() if text},
    }
    data |= {"sits_in": seat.team} if seat.team != waiting.line.team else {}
    # As a decision of the matcher's says it: who serves this client alone is priced otherwise.
    why = {"why": ["dedicated=1"]} if seat.profile.dedicated else {}
    return Fact(kind="offered", at=now, by=f"agent:{seat.agent}", data={**data, **why})


def _connected(agent: AgentId, offer: str, now: datetime) -> Fact:
    return Fact(kind="connected", at=now, by=f"agent:{agent}", data={"agent": agent, "offer": offer})


def _given_back(contact: Contact, now: datetime) -> list[Fact]:
    if contact.state is not State.OFFERED:
        return []
    data = {"agent": contact.agent, "offer": contact.offer, "why": "overtaken"}
    return [Fact(kind="requeued", at=now, data=data)]


def _laid_aside(seat: Seat, contacts: Iterable[Contact], now: datetime) -> dict[ContactId, Fact]:
    """What is told of his other work. What he has not taken yet, or has ended, only rests; so does a call that nobody
    told us the end of."""
    fact = Fact(kind="held", at=now, data={"why": "voice came first"})
    talking = [one for one in contacts if one.state is State.CONNECTED and one.channel is not Channel.VOICE]
    return {one.contact: fact for one in talking if not seat.contacts[one.contact].paused}
