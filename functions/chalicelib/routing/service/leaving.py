"""A contact leaves without having had an agent: its customer went, was not reached, or nobody asks for it any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.routing.model.seat import LineMoved, Seat
from chalicelib.routing.service.looking import Looking
from chalicelib.routing.service.returning import TRIES, Returning, place_of, seat_team

if TYPE_CHECKING:
    from chalicelib.routing.service.ports import Store

_PLACED = ("queued", "offered", "not_reached")


class Leaving:
    def __init__(self, store: Store, returning: Returning, looking: Looking, wait: Callable[[int], int]) -> None:
        self._store, self._returning, self._looking, self._wait = store, returning, looking, wait

    def not_reached(self, tenant: TenantId, contact: ContactId, now: datetime, *, id: str) -> Contact:
        for tries in range(1, TRIES + 1):
            standing = self._store.contact(tenant, contact)
            known = [told for kind in _PLACED if (told := standing.last(kind)) is not None]
            attempt = 1 + sum(fact.kind == "not_reached" for fact in standing.facts)
            # Whose desk it leaves: after that the contact names nobody.
            agent = {"agent": standing.agent} if standing.agent else {}
            fact = Fact(kind="not_reached", at=now, data={"attempt": attempt, "id": id, **agent})
            if standing.over or standing.has_already(fact) or any(now < told.at for told in known):
                return standing
            standing.check("not_reached")
            asked = standing.last("callback_asked")
            if attempt >= (int(asked.data["attempts"]) if asked else 1):
                return self.abandon(tenant, contact, "callback", now)
            try:
                self._leave(standing, fact, now)
            except (Conflict, LineMoved):
                self._wait(tries)
                continue
            return standing.after(fact)
        raise Conflict("the contact keeps changing; try again")

    def abandon(self, tenant: TenantId, contact: ContactId, where: str, now: datetime, by: str = "customer") -> Contact:
        for tries in range(1, TRIES + 1):
            standing = self._store.contact(tenant, contact)
            if standing.state is State.ABANDONED:
                return standing
            standing.check("abandoned")
            place = where or {State.ARRIVED: "ivr", State.QUEUED: "queue"}.get(standing.state, "offer")
            fact = Fact(kind="abandoned", at=now, by=by, data={"where": place})
            try:
                self._leave(standing, fact, now)
            except (Conflict, LineMoved):
                self._wait(tries)
                continue  # offered, requeued or connected in that moment: look again
            return standing.after(fact)
        raise Conflict("the contact keeps changing; try again")

    def gives_up(self, contact: Contact, now: datetime) -> bool:
        """Nobody else is asked to make an agent's own call. False where the customer answered in that moment."""
        fact = Fact(kind="abandoned", at=now, data={"where": "no_answer"})
        try:
            self._leave(contact, fact, now)
        except Conflict:
            return False
        return True

    def _leave(self, contact: Contact, fact: Fact, now: datetime) -> None:
        """From wherever it is, by the fact: its agent or its line is without it."""
        if contact.agent:
            expects = {"agent": contact.agent, "offer": contact.offer}
            seat = self._returning.release(
                contact.tenant, contact.contact, fact, expects, team=seat_team(contact), agent=contact.agent
            )
            if seat is not None:
                self._looks_again(seat, now)
            return
        if contact.state is not State.QUEUED:
            self._store.stop(contact, fact)
            return
        waiting = place_of(contact, self._store)
        self._store.leave(waiting, fact)
        if waiting.channel is Channel.VOICE:
            self._looking.for_team(waiting.line.team, now)  # who was kept free for it may be given other work

    def _looks_again(self, seat: Seat, now: datetime) -> None:
        if self._looking.for_agent(seat, now):
            self._looking.for_team(seat.team, now)
