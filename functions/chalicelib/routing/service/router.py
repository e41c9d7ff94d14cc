"""Who handles what next, live: what channels, desk and clock tell the router, and what it does about it.

Matching is *write, then look*: each side first writes that it is there (a contact waits, an agent is free), then
looks for the other with consistent reads, then claims the pair in one conditional transaction (`looking`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING, Any

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
from chalicelib.routing.model.eligibility import Profile
from chalicelib.routing.model.line import Line, Waiting
from chalicelib.routing.model.offer import (
    MOST_PLACES,
    Offered,
    Outcome,
    Place,
    Queued,
    expected_s,
    offered_until,
    outcome_of,
)
from chalicelib.routing.model.seat import ContactGone, Seat, SeatTaken
from chalicelib.routing.model.terms import Terms, profile_of
from chalicelib.routing.service.leaving import Leaving
from chalicelib.routing.service.looking import Looking
from chalicelib.routing.service.own_doing import OwnDoing
from chalicelib.routing.service.own_line import Entered, OwnLine, queued
from chalicelib.routing.service.returning import TRIES, Returning, place_of, seat_team
from chalicelib.workforce.model import Agent, Status

if TYPE_CHECKING:
    from chalicelib.routing.model.share import Share
    from chalicelib.routing.service.ports import Later, Store

LONGEST_S = 900  # that a message can be kept
_MISSED = "missed"


def at_once(tries: int) -> int:
    """How long to wait after a lost claim, and how many candidates to pass over, where nobody else hurries: none."""
    return 0


class Router:
    def __init__(self, store: Store, later: Later, wait: Callable[[int], int] = at_once) -> None:
        self._store = store
        self._later = later
        self._wait = wait
        self.returning = Returning(store, wait)
        self.looking = Looking(store, later, wait)
        self._own_doing = OwnDoing(store, later, self.returning, wait)
        self._own_line = OwnLine(store, wait)
        self._leaving = Leaving(store, self.returning, self.looking, wait)
        self.seat = store.seat
        self.seats = store.seats
        self.connect = store.connect
        self.disconnect = store.disconnect
        self.beat = store.beat

    # A contact's side

    def enqueue(self, contact: Contact, terms: Terms, *, now: datetime, prefer: AgentId | str = "") -> Outcome:
        """Writes that the contact waits, then looks for an agent. Asked again, it says where the contact stands.

        `prefer` is the agent who had this case before: if he is signed in and may serve it, it waits for him alone
        for a while. A contact that was queued before, and is queued once more, keeps its deadline.
        """
        line = Line.of(terms, contact.channel)
        deadline = contact.deadline or stamp(line.deadline(now))
        waiting = Waiting(line=line, contact=contact.contact, deadline=deadline, since=stamp(now))
        if prefer and terms.sticky:
            entered = self._own_line.enter(AgentId(prefer), waiting, now, named=terms.named)
            if isinstance(entered, Entered):
                self._keep_looking(entered.waiting, now)
                self._find_contacts(entered.seat, now)
                return self.poll(waiting.tenant, waiting.contact, now)
            if entered is not None:
                return entered
        standing = self._store.enqueue(waiting, queued(waiting, now))
        return outcome_of(standing) if standing is not None else self._find_agent(waiting, now)

    def poll(self, tenant: TenantId, contact: ContactId, now: datetime) -> Outcome:
        """Where a waiting contact stands. Free agents look for themselves, so this only reads."""
        return outcome_of(self._store.contact(tenant, contact))

    def place(self, tenant: TenantId, contact: ContactId, now: datetime) -> Place | None:
        """The contact's place among those of its line, by one bounded query; None when it does not wait."""
        standing = self._store.contact(tenant, contact)
        if standing.state is not State.QUEUED:
            return None
        own = Waiting.of(standing)
        before = sum(1 for one in self._store.heads(own.line, MOST_PLACES + 1) if one.key < own.key)
        if before > MOST_PLACES:
            return Place(position=MOST_PLACES, more=True)
        expected = expected_s(before + 1, self._store.queue(own.line).pace_s(now))
        return Place(position=before + 1, expected_s=expected)

    def not_reached(self, tenant: TenantId, contact: ContactId, now: datetime, *, id: str) -> Contact:
        """A customer was called back and did not answer. With us, in no line, until telephony tries again; its agent
        is free and stays available. After the last attempt it is abandoned.

        `now` is when the attempt ended. A repetition (`id` is telephony's own of the attempt) is silence, and so is
        what comes so late that the contact waits for another one.
        """
        return self._leaving.not_reached(tenant, contact, now, id=id)

    def abandon(self, tenant: TenantId, contact: ContactId, where: str, now: datetime, by: str = "customer") -> Contact:
        """The customer left, or was not reached, before an agent had him; `where` is ivr, queue, offer, no_answer,
        callback or withdrawn, or empty to see for itself. `by` is agent:<id> where an agent gave up whom he had asked
        for.

        Withdrawn is a call of ours that is not to be made after all; raises Conflict where the customer is called
        already.
        """
        return self._leaving.abandon(tenant, contact, where, now, by)

    def serve(self, tenant: TenantId, contact: ContactId, topic: str, now: datetime) -> Contact:
        """The customer has what he wanted and waits for nobody any more: nothing that anybody missed. Raises Conflict
        where an agent has been asked for him by now."""
        return self._leaving.serve(tenant, contact, topic, now)

    # An agent's side

    def set_status(self, agent: Agent, status: Status, now: datetime, reason: str = "") -> None:
        """Writes what the agent does from now on. Available: looks for who waits; else: gives back his offers."""
        self._begin(agent.agent, agent.team, profile_of(agent), status, now, reason)

    def sign_out(self, seat: Seat, now: datetime, reason: str) -> None:
        self._begin(seat.agent, seat.team, seat.profile, Status.OFFLINE, now, reason)

    def _begin(
        self, agent: AgentId, team: TeamId, profile: Profile, status: Status, now: datetime, reason: str
    ) -> None:
        for tries in range(1, TRIES + 1):
            before = self._store.find(team, agent)
            if before is not None and before.personal and (status is Status.OFFLINE or before.team != team):
                self._join_all(before, now)
                continue
            stands = before or Seat(agent=agent, team=team, profile=profile)
            after = stands.doing(status, reason, profile, now).sitting_in(team)
            try:
                self._store.set_status(before, after)
            except SeatTaken:
                self._wait(tries)
                continue
            break
        else:
            raise Conflict("the seat keeps changing; try again")
        if status is not Status.AVAILABLE:
            self._give_back_all(after, now)
        self._find_contacts(after, now)
        if before is not None and before.signed_in and (status is Status.OFFLINE or before.team != after.team):
            self.looking.for_team(before.team, now)  # a ring that he alone was in is skipped now

    def accept(
        self, tenant: TenantId, contact: ContactId, *, now: datetime, agent: str = "", offer: str = ""
    ) -> Contact:
        """Raises SomebodyElses when the contact is not offered to this agent (any more)."""
        expects = {name: value for name, value in (("agent", agent), ("offer", offer)) if value}
        by = f"agent:{agent}" if agent else "system"
        return self._store.accept(tenant, contact, Fact(kind="connected", at=now, by=by, data=dict(expects)), expects)

    def take(
        self, tenant: TenantId, contact: ContactId, agent: AgentId, now: datetime, terms: Terms | None = None
    ) -> Contact:
        """The agent answered a call that had not been kept for him. It is his from now on: his seat is claimed
        whatever it was kept for, his other work rests, and what he was offered meanwhile goes back to its place.
        `terms` are those of a call that never came into any line.

        Raises Conflict where it is over, with somebody else, or queued again since; where he may not serve it, or is
        nobody of ours.
        """
        taken = self._own_doing.take(tenant, contact, agent, now, terms)
        for displaced in taken.displaced:
            self._requeue(displaced, "busy", now, away=False)
        if taken.freed is not None:
            self._find_contacts(taken.freed, now)
        if taken.waited:
            self.looking.for_team(TeamId(taken.contact.team), now)  # who was kept free for it may be given other work
        return taken.contact

    def claim_own(self, contact: Contact, terms: Terms, agent: Agent, now: datetime) -> Offered:
        """The agent calls a customer himself: the contact, which has just arrived, is offered to him and never to
        anybody else. Asked again, the same.

        Raises NotAllowed where he may not serve this client, Conflict where he is not available or has no room for a
        call (mail and post may rest for it), or where the client is at its ceiling.
        """
        return self._own_doing.claim_own(contact, terms, agent.agent, now)

    def decline(self, tenant: TenantId, contact: ContactId, *, agent: str, now: datetime) -> None:
        """The agent says no; he stays away from further offers until he is back, the contact keeps its place. A call
        of his own, and one that he has dialled, is given up."""
        standing = self._store.contact(tenant, contact)
        if standing.state is State.OFFERED and standing.agent == agent:
            self._requeue(standing, "declined", now, away=True)

    def miss(self, tenant: TenantId, contact: ContactId, offer: str, now: datetime) -> bool:
        """An offer ran out. False when it had been taken, given back or abandoned in time, or when it lasts longer
        than its line's: that its customer is called, and since when his telephone rings, the line does not know."""
        for _ in range(TRIES):
            standing = self._store.contact(tenant, contact)
            if standing.state is not State.OFFERED or standing.offer != offer:
                return False
            until = offered_until(standing)
            if standing.patient and until is not None and now < until:
                left_s = ceil((until - now).total_seconds())
                self._later.send({"tenant": tenant, "contact": contact, "offer": offer}, left_s)
                return False
            if self._requeue(standing, _MISSED, now, away=True):
                return True  # else it moved in that moment; if its customer was called, it lasts longer
        return False

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
        do_not_call: bool = False,
        by: str = "",
        now: datetime,
    ) -> bool:
        """Wrap-up is done: the contact is closed and the agent's place is free; he looks for who waits. With
        `do_not_call` its customer is never called again.

        False when it had been closed before.
        """
        data: dict[str, Any] = {"disposition": disposition}
        data |= ({"note": note} if note else {}) | ({"tags": list(tags)} if tags else {})
        data |= {"do_not_call": 1} if do_not_call else {}
        fact = Fact(kind="wrapped", at=now, by=by or f"agent:{agent}", data=data)
        call = channel is Channel.VOICE
        seat = self.returning.finish(tenant, contact, fact, agent=AgentId(agent), team=TeamId(team), call=call)
        if seat is not None:
            self._find_contacts(seat, now)
        return seat is not None

    def close(self, contact: Contact, disposition: str, now: datetime) -> bool:
        """Wraps up what its agent left lying."""
        return self.finish(
            contact.tenant,
            contact.contact,
            contact.channel,
            agent=contact.agent,
            team=seat_team(contact),
            disposition=disposition,
            by="system",
            now=now,
        )

    # What comes later

    def due(self, message: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """Does what one of our own messages asks for; what came of it, for the log line."""
        match message:
            case {"tenant": tenant, "contact": contact, "offer": offer}:
                return {"contact": contact, "missed": self.miss(TenantId(tenant), ContactId(contact), offer, now)}
            case {"tenant": tenant, "contact": contact}:
                return {"contact": contact, "waits": self.again(TenantId(tenant), ContactId(contact), now)}
            case _:
                self.looking.for_team(TeamId(message["team"]), now)
                return {"team": message["team"]}

    def again(self, tenant: TenantId, contact: ContactId, now: datetime) -> bool:
        """A moment has come that was waited for: the contact looks again, if it still waits. Whether it waits on."""
        standing = self._store.contact(tenant, contact)
        if standing.state is not State.QUEUED:
            return False
        waiting = place_of(standing, self._store)
        if waiting.prefer and waiting.joins_at <= now.timestamp():
            if not self._own_line.leave(waiting):
                return True  # its agent takes it in this moment, or it is gone
            waiting = Waiting.of(standing)
        if waiting.prefer:
            self._keep_looking(waiting, now)
            return True
        return not isinstance(self._find_agent(waiting, now), Offered)

    def stir(self, team: TeamId, now: datetime) -> None:
        """Everybody who is free looks."""
        self.looking.for_team(team, now)

    def set_terms(self, team: TeamId, shares: Mapping[TenantId, Share], helps: frozenset[TeamId]) -> None:
        """What the clients are promised, and which teams this one helps; from now on, for whoever looks."""
        self._store.set_terms(team, shares, helps)

    # Looking

    def _find_agent(self, waiting: Waiting, now: datetime) -> Outcome:
        try:
            offered, stirred = self.looking.for_contact(waiting, now)
        except ContactGone:
            return self.poll(waiting.tenant, waiting.contact, now)
        if stirred:
            self.looking.for_team(waiting.line.team, now)
        if offered is not None:
            return offered
        self._keep_looking(waiting, now)
        return Queued(waiting.deadline)

    def _find_contacts(self, seat: Seat, now: datetime) -> None:
        if self.looking.for_agent(seat, now):
            self.looking.for_team(seat.team, now)

    def _keep_looking(self, waiting: Waiting, now: datetime) -> None:
        """A message for the next moment at which time alone may change something."""
        at = now.timestamp()
        moment = waiting.next_moment(at)
        if moment is not None:
            delay = min(LONGEST_S, max(1, ceil(moment - at)))
            self._later.send({"tenant": waiting.tenant, "contact": waiting.contact}, delay)

    def _requeue(self, contact: Contact, why: str, now: datetime, *, away: bool) -> bool:
        if _is_for_him_alone(contact):
            return self._leaving.gives_up(contact, now, as_read=why == _MISSED)
        seat = self.returning.give_back(contact, why, now, away=away)
        if seat is None:
            return why != _MISSED and self._dialled_just_now(contact, now)
        self._find_agent(Waiting.of(contact), now)
        self._find_contacts(seat, now)
        return True

    def _dialled_just_now(self, contact: Contact, now: datetime) -> bool:
        """His telephone was faster than what took the call from him."""
        if not contact.outbound:
            return False
        standing = self._store.contact(contact.tenant, contact.contact)
        same = standing.state is State.OFFERED and standing.offer == contact.offer
        return same and standing.is_dialled and self._leaving.gives_up(standing, now)

    def _give_back_all(self, seat: Seat, now: datetime) -> None:
        for contact in self._store.contacts([(held.tenant, contact) for contact, held in seat.contacts.items()]):
            if contact.state is State.OFFERED and contact.agent == seat.agent:
                self._requeue(contact, "vanished", now, away=False)

    def _join_all(self, seat: Seat, now: datetime) -> None:
        for waiting in self._store.personal(seat.team, seat.agent):
            if self._own_line.leave(waiting):
                contact = self._store.contact(waiting.tenant, waiting.contact)
                self._find_agent(Waiting.of(contact), now)


def _is_for_him_alone(contact: Contact) -> bool:
    """A call that an agent makes of his own accord was in no line, and whoever was called must not be called by two."""
    return contact.outbound and (contact.is_dialled or contact.first("queued") is None)
