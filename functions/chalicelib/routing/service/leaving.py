"""A contact leaves without having had an agent: its customer went, was not reached, or nobody asks for it any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.contacts.model.contact import Contact, Expected, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.routing.model.seat import LineMoved, Seat
from chalicelib.routing.service.looking import Looking
from chalicelib.routing.service.returning import TRIES, Returning, place_of, seat_team

if TYPE_CHECKING:
    from chalicelib.routing.service.ports import Store

WITHDRAWN = "withdrawn"
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
            if where == WITHDRAWN and standing.is_dialled:
                raise Conflict("the customer is being called", state=standing.state.value)
            place = where or {State.ARRIVED: "ivr", State.QUEUED: "queue"}.get(standing.state, "offer")
            who = "system" if where == WITHDRAWN and by == "customer" else by
            fact = Fact(kind="abandoned", at=now, by=who, data={"where": place})
            try:
                self._leave(standing, fact, now)
            except (Conflict, LineMoved):
                self._wait(tries)
                continue  # offered, requeued or connected in that moment: look again
            return standing.after(fact)
        raise Conflict("the contact keeps changing; try again")

    def serve(self, tenant: TenantId, contact: ContactId, topic: str, now: datetime) -> Contact:
        for tries in range(1, TRIES + 1):
            standing = self._store.contact(tenant, contact)
            served = Fact(kind="self_served", at=now, data={"topic": topic})
            if standing.has_already(served):
                return standing
            if standing.state is State.QUEUED:
                left = Fact(kind="left_line", at=now, by="customer")
                leaves, gone = [left, served], standing.after(left).after(served)
            else:
                leaves, gone = [], standing.after(served)
            try:
                if leaves:
                    self._leave_line(standing, now, *leaves)
                else:
                    self._store.stop(standing, served)
            except (Conflict, LineMoved):
                self._wait(tries)
                continue  # queued or offered in that moment: look again
            return gone
        raise Conflict("the contact keeps changing; try again")

    def gives_up(self, contact: Contact, now: datetime, *, as_read: bool = False) -> bool:
        """Nobody else is asked to make an agent's own call, or to call whom he has called. False where the customer
        answered in that moment; `as_read`: and where he was called in it."""
        fact = Fact(kind="abandoned", at=now, data={"where": "no_answer"})
        try:
            self._leave(contact, fact, now, as_read=as_read)
        except Conflict:
            return False
        return True

    def _leave(self, contact: Contact, fact: Fact, now: datetime, *, as_read: bool = False) -> None:
        """From wherever it is, by the fact: its agent or its line is without it. `as_read`: only as it was read; one
        that is withdrawn only as long as it is not dialled."""
        version = {"version": contact.version}
        strictly = as_read or fact.data.get("where") == WITHDRAWN
        if contact.agent:
            expects: dict[str, str | int] = {"agent": contact.agent, "offer": contact.offer}
            seat = self._returning.release(
                contact.tenant,
                contact.contact,
                fact,
                expects | version if strictly else expects,
                team=seat_team(contact),
                agent=contact.agent,
            )
            if seat is not None:
                self._looks_again(seat, now)
            return
        if contact.state is not State.QUEUED:
            self._store.stop(contact, fact, version)  # who was queued since then would leave his place behind
            return
        self._leave_line(contact, now, fact, expects=version if strictly else None)

    def _leave_line(self, contact: Contact, now: datetime, *facts: Fact, expects: Expected | None = None) -> None:
        waiting = place_of(contact, self._store)
        self._store.leave(waiting, *facts, expects=expects)
        if waiting.channel is Channel.VOICE:
            self._looking.for_team(waiting.line.team, now)  # who was kept free for it may be given other work

    def _looks_again(self, seat: Seat, now: datetime) -> None:
        if self._looking.for_agent(seat, now):
            self._looking.for_team(seat.team, now)
