"""A contact leaves an agent: it goes back to its place, or it is over. His seat is read first, and held to that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.contacts.model.contact import Contact, Expected, State
from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
from chalicelib.routing.model.line import Waiting
from chalicelib.routing.model.seat import LineMoved, Seat, SeatTaken
from chalicelib.workforce.model import Status, StatusBegan

if TYPE_CHECKING:
    from chalicelib.routing.service.ports import Store

TRIES = 12


class Returning:
    def __init__(self, store: Store, wait: Callable[[int], int]) -> None:
        self._store = store
        self._wait = wait

    def give_back(self, contact: Contact, why: str, now: datetime, *, away: bool = False) -> Seat | None:
        """To its line, with its deadline and its place; `away`: the agent gets no more until he is back, unless it
        was laid aside for a call, so that he could not take it.

        The agent's seat after it; None when the offer was taken, given back or abandoned before.
        """
        fact = Fact(kind="requeued", at=now, data={"agent": contact.agent, "offer": contact.offer, "why": why})
        for tries in range(1, TRIES + 1):
            before = self._store.seat(seat_team(contact), contact.agent)
            if contact.contact not in before.contacts:
                return None
            after = before.losing(contact.contact, now)
            if away and before.available and not before.contacts[contact.contact].paused:
                after = after.doing(Status.MISSED, "declined" if why == "declined" else "", after.profile, now)
            told = self.taken_up(before, after, now)
            left = (
                StatusBegan(
                    agent=after.agent,
                    status=after.status,
                    at=instant(after.since),
                    dedicated=after.profile.tenants,
                )
                if after.status is not before.status
                else None
            )
            try:
                done = self._store.requeue(contact, fact, before, after, told=told, away=left)
            except (SeatTaken, LineMoved):
                self._wait(tries)
                continue
            except Conflict:
                return None
            return after if done is None else None
        raise Conflict("the seat keeps changing; try again")

    def finish(
        self, tenant: TenantId, contact: ContactId, fact: Fact, *, agent: AgentId, team: TeamId, call: bool
    ) -> Seat | None:
        """The contact is over. The agent's seat after it; None where this had happened before."""
        if call:
            done = self._store.hang_up(tenant, contact, fact, team, agent)
            if done is not None:
                return done if isinstance(done, Seat) else None
        return self.release(tenant, contact, fact, {"agent": agent}, team=team, agent=agent)

    def release(
        self,
        tenant: TenantId,
        contact: ContactId,
        fact: Fact,
        expects: Expected,
        *,
        team: TeamId,
        agent: AgentId,
    ) -> Seat | None:
        for tries in range(1, TRIES + 1):
            before = self._seat(team, agent)
            if before is None or contact not in before.contacts:
                self._store.stop(self._store.contact(tenant, contact), fact, expects)
                return None
            after = before.losing(contact, fact.at)
            told = self.taken_up(before, after, fact.at)
            try:
                done = self._store.release(tenant, contact, fact, expects, before, after, told)
            except SeatTaken:
                self._wait(tries)
                continue
            return after if done is None else None
        raise Conflict("the seat keeps changing; try again")

    def _seat(self, team: TeamId, agent: AgentId) -> Seat | None:
        try:
            return self._store.seat(team, agent)
        except NotFound:
            return None

    def taken_up(self, before: Seat, after: Seat, now: datetime) -> dict[ContactId, Fact]:
        """What was laid aside and is no more. What ended in the meantime has nothing to be told."""
        contacts = before.taken_up(after)
        if not contacts:
            return {}
        standing = self._store.contacts([(after.contacts[contact].tenant, contact) for contact in contacts])
        held = [contact.contact for contact in standing if contact.state is State.HELD]
        return {contact: Fact(kind="resumed", at=now, data={"why": "there is room again"}) for contact in held}


def seat_team(contact: Contact) -> TeamId:
    """Where the agent sits whom the contact was offered to: mostly in the contact's own team."""
    offered = contact.last("offered")
    return TeamId(offered.data.get("sits_in", contact.team) if offered is not None else contact.team)


def preferred(contact: Contact) -> Waiting | None:
    """The place of a queued contact in the line of the agent whom it preferred, if it did."""
    queued = contact.last("queued")
    agent = str(queued.data.get("prefer", "")) if queued is not None else ""
    if not agent:
        return None
    place = Waiting.of(contact)
    return Waiting(
        line=place.line, contact=place.contact, deadline=place.deadline, since=place.since, prefer=AgentId(agent)
    )  # fmt: skip


def place_of(contact: Contact, store: Store) -> Waiting:
    """Where a queued contact waits: in its line, or in that of its own agent."""
    own = preferred(contact)
    return own if own is not None and store.waits_alone(own) else Waiting.of(contact)
