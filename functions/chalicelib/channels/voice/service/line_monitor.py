"""Hears contact events, which come late, twice and out of order, and sometimes not at all.

The contact's state machine makes a repetition silent and a late move illegal, so no memory is needed here. None is
needed of the other events of a segment either: each says all that was known of it by then (`ContactEvent`), so that
any one of them does. What no event told, the call's record does.
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.channels.voice.model.event import API, OUTBOUND, ContactEvent
from chalicelib.channels.voice.service.consulting import given_up_by, left_alone
from chalicelib.channels.voice.service.paused import Pauses
from chalicelib.channels.voice.service.ports import Clients, Contacts, Router, Tried
from chalicelib.contacts.model.contact import Contact, State
from chalicelib.contacts.service import CUSTOMER, OUTSIDE
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.ids import AgentId, TenantId
from chalicelib.routing.model.terms import Terms, terms_of

_OUTSIDE = "answered_outside_routing"
_TALKING = frozenset({State.CONNECTED, State.HELD})
_BEFORE_AN_AGENT = frozenset({State.ARRIVED, State.QUEUED, State.OFFERED})
# Reasons with which a leg ends that an agent had, though neither of the two hung up.
_BY_SYSTEM = frozenset(
    {"CONTACT_FLOW_DISCONNECT", "TELECOM_PROBLEM", "THIRD_PARTY_DISCONNECT", "BARGED", "EXPIRED", "OTHER"}
)
_TRANSFERRED = "TRANSFERRED"


class LineMonitor:
    """Hears contact events; what it says is for the log line."""

    def __init__(self, clients: Clients, contacts: Contacts, router: Router, tried: Tried, pauses: Pauses) -> None:
        self._clients, self._contacts, self._router = clients, contacts, router
        self._tried, self._pauses = tried, pauses

    def notice(self, event: ContactEvent, now: datetime) -> str:
        """What the event meant: connected, ended, abandoned, or why nothing. Only a fault of ours raises."""
        if event.channel != "voice" or not event.initial:
            return "not_a_call"
        if event.type not in ("CONNECTED_TO_AGENT", "CONNECTED_TO_SYSTEM", "DISCONNECTED"):
            return "noted"
        if event.method == API:
            return self._tried_somebody(event, now)
        tenant = self._tenant(event)
        if tenant is None:
            return "unknown_tenant"
        try:
            event = self._as_called(tenant, event)
            if event.type == "DISCONNECTED":
                return self._disconnected(tenant, event, now)
            return self._connected(tenant, event, now)
        except NotFound:
            return "unknown_contact"
        except Conflict as late:
            return f"too_late_{late.facts.get('state', '')}"

    def _tried_somebody(self, event: ContactEvent, now: datetime) -> str:
        """Nobody of ours is on such a call, and no flow has tagged one that was not answered: it is known by its id."""
        if event.type != "DISCONNECTED":
            return "noted"
        at = _at(event.disconnected_at, now)
        try:
            return self._tried.over(event.contact, now, at=at, answered=event.system_at is not None)
        except (Conflict, NotFound):
            return "unknown_call"

    def _as_called(self, tenant: TenantId, event: ContactEvent) -> ContactEvent:
        """A callback that its queue flow sent on is a requeue to telephony: only our contact knows that we call."""
        if not event.requeued:
            return event
        asked = self._contacts.get(tenant, event.ours).last("callback_asked")
        return event.calling_back(asked.at) if asked is not None else event

    def _connected(self, tenant: TenantId, event: ContactEvent, now: datetime) -> str:
        """Of a call out, both instants must be there: the event that came to be later has them."""
        if event.goes_out and event.connected_at is None:
            return "rings"
        if event.type == "CONNECTED_TO_SYSTEM" and not event.goes_out:
            return "noted"  # a caller is with us before he is with an agent
        if event.outside_routing:
            return _OUTSIDE
        if event.goes_out:
            self._dialled(tenant, event, _at(event.system_at, now))
        meaning, contact = self._answered(tenant, event, _at(event.connected_at, now))
        if contact is not None and event.type != "DISCONNECTED":
            self._pauses.go_on(contact, event, now)
        return meaning

    def _dialled(self, tenant: TenantId, event: ContactEvent, at: datetime) -> None:
        """One attempt each, whether or not the flow could tell it before."""
        agent = event.agent
        self._contacts.dialled(tenant, event.ours, to=CUSTOMER, call=event.contact, now=at, agent=agent)

    def _answered(self, tenant: TenantId, event: ContactEvent, at: datetime) -> tuple[str, Contact | None]:
        """By whom it was kept for; or by somebody else, whose it is from now on, if he may serve it."""
        # No whisper flow names the agent of his own call: it is kept for him.
        agent = event.agent or self._contacts.get(tenant, event.ours).agent
        try:
            return "connected", self._router.accept(tenant, event.ours, agent=agent, now=at)
        except Conflict as refused:
            if not event.agent:
                raise
            try:
                taken = self._router.take(tenant, event.ours, AgentId(event.agent), at, self._terms(tenant, refused))
            except Conflict:
                if refused.facts.get("state") in _BEFORE_AN_AGENT:
                    return _OUTSIDE, None
                raise refused from None
            return "taken", taken

    def _terms(self, tenant: TenantId, refused: Conflict) -> Terms | None:
        """What the client usually asks for: of a call that reached an agent before we could put it into any line."""
        if refused.facts.get("state") != State.ARRIVED:
            return None
        return terms_of(self._clients.get(tenant), Channel.VOICE)

    def _disconnected(self, tenant: TenantId, event: ContactEvent, now: datetime) -> str:
        if not event.left:
            return "moved"
        at = _at(event.disconnected_at, now)
        if event.connected_at is None:
            return self._never_connected(tenant, event, at)
        try:
            self._end(tenant, event, at)
        except Conflict:
            return self._ended_unheard(tenant, event, at, now)
        return "ended"

    def _never_connected(self, tenant: TenantId, event: ContactEvent, at: datetime) -> str:
        if event.untaken and (became := left_alone(self._contacts, self._router, tenant, event.untaken, at)):
            return became
        contact = self._contacts.get(tenant, event.ours)
        if _leads_outside(contact):
            return "outside_leg"  # its record tells whether somebody answered there, and how long they spoke
        if event.goes_out and event.method != OUTBOUND and event.given_up:
            return self._taken_back(contact, at)
        if event.goes_out and contact.state in _TALKING:
            return self._over_without_instants(tenant, event, contact, at)
        if event.goes_out and event.method != OUTBOUND:
            return self._not_reached(tenant, event, at)
        if contact.callback:
            return "waits_for_callback"  # he hung up because we call him
        if served := contact.answered_by_machine:
            self._contacts.serve(tenant, event.ours, served, at)
            return "self_served"
        by = given_up_by(self._contacts, contact) if event.by_agent else ""
        self._router.abandon(tenant, event.ours, "no_answer" if event.goes_out else "", at, by or "customer")
        return "abandoned"

    def _taken_back(self, contact: Contact, at: datetime) -> str:
        """Nobody is called any more. Who was never promised it is on the line himself, or talks by now."""
        if contact.callback and contact.state in _BEFORE_AN_AGENT:
            self._router.abandon(contact.tenant, contact.contact, "callback", at)
            return "abandoned"
        return "not_called"

    def _not_reached(self, tenant: TenantId, event: ContactEvent, at: datetime) -> str:
        self._dialled(tenant, event, at)
        return self._router.not_reached(tenant, event.ours, at, id=event.contact).state.value

    def _over_without_instants(self, tenant: TenantId, event: ContactEvent, contact: Contact, at: datetime) -> str:
        """A poorer event than it should be: the conversation was heard of, or this is of an attempt before it."""
        connected = contact.last("connected")
        if connected is not None and at < connected.at:
            return "too_late_connected"
        self._end(tenant, event, at)
        return "ended"

    def _ended_unheard(self, tenant: TenantId, event: ContactEvent, at: datetime, now: datetime) -> str:
        """Events come in any order: the connection that this end belongs to has not been heard of yet.

        Or an agent took the call who may not serve this client: then nobody must be offered it any more.
        """
        try:
            self._connected(tenant, event, now)
            self._end(tenant, event, at)
        except Conflict:
            self._router.abandon(tenant, event.ours, "", at)
            return _OUTSIDE
        return "ended"

    def _end(self, tenant: TenantId, event: ContactEvent, at: datetime) -> None:
        if event.by_agent:
            by = f"agent:{event.agent}" if event.agent else "system"
            self._contacts.end(tenant, event.ours, by=by, now=at, why="agent")
        elif event.reason == _TRANSFERRED:
            self._contacts.end(tenant, event.ours, by="system", now=at, why="transferred")
        elif event.reason in _BY_SYSTEM:
            self._contacts.end(tenant, event.ours, by="system", now=at, why="system")
        else:
            self._contacts.end(tenant, event.ours, by="customer", now=at, why="customer")

    def _tenant(self, event: ContactEvent) -> TenantId | None:
        """Our flow tags every contact; an untagged one is known by the number that was dialled, if that is told."""
        if tagged := event.tags.get("tenantId"):
            return TenantId(tagged)
        asked = self._clients.asked("phone", event.dialled) if event.dialled else None
        return asked.id if asked else None


def _leads_outside(contact: Contact) -> bool:
    dialled = contact.last("dialled")
    beyond = contact.state in (State.ARRIVED, State.PATCHED)
    return beyond and dialled is not None and dialled.data.get("to") == OUTSIDE


def _at(told: datetime | None, now: datetime) -> datetime:
    """When it happened by Connect's clock, which is not believed about the future."""
    return now if told is None else min(told, now)
