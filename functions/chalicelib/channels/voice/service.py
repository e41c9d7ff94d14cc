"""The attendant answers our flows; the line monitor hears from Connect who was connected and who hung up.

Both may be asked the same thing again, and the monitor hears things late and out of order. The contact's
state machine makes a repetition silent and a late move illegal, so neither needs a memory of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from chalicelib.channels.voice.model import (
    MOST_MOVES,
    Answer,
    ContactEvent,
    FlowCall,
    Outcome,
    Place,
    Step,
    answer,
)
from chalicelib.channels.voice.phrases import NOT_IN_SERVICE, phrases, voice
from chalicelib.contacts.model.contact import Arrival, Contact, State, opened
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.routing.model.offer import Gone, Offered
from chalicelib.routing.model.offer import Outcome as Standing
from chalicelib.routing.model.terms import Terms, terms_of
from chalicelib.tenancy.model.form import Language
from chalicelib.tenancy.model.gate import Refused, gate
from chalicelib.tenancy.model.menu import SayText, SwitchLanguage, ToQueue
from chalicelib.tenancy.model.tenant import Tenant

_WITH_AN_AGENT = frozenset({State.CONNECTED, State.HELD, State.ENDED})
_OUTSIDE = "answered_outside_routing"
_MOST_TRIES = 2  # of a menu, before a wrong key is taken as none


class Directory(Protocol):
    def asked(self, kind: str, text: str) -> Tenant | None: ...


class Contacts(Protocol):
    def open(self, tenant: TenantId, arrival: Arrival, now: datetime) -> Contact: ...
    def refuse(self, tenant: TenantId, arrival: Arrival, reason: str, tier: str, now: datetime) -> Contact: ...
    def serve(self, tenant: TenantId, contact: ContactId, topic: str, now: datetime) -> Contact: ...
    def end(self, tenant: TenantId, contact: ContactId, *, by: str, now: datetime, why: str = "") -> Contact: ...


class Router(Protocol):
    def enqueue(self, contact: Contact, terms: Terms, *, now: datetime) -> Standing: ...
    def poll(self, tenant: TenantId, contact: ContactId, now: datetime) -> Standing: ...
    def accept(
        self, tenant: TenantId, contact: ContactId, *, now: datetime, agent: str = "", offer: str = ""
    ) -> Contact: ...
    def abandon(self, tenant: TenantId, contact: ContactId, where: str, now: datetime) -> Contact: ...


class Attendant:
    """Answers `InvokeLambdaFunction`: one answer per step, and the same one when asked again."""

    def __init__(self, directory: Directory, contacts: Contacts, router: Router) -> None:
        self._directory, self._contacts, self._router = directory, contacts, router

    def answer(self, call: FlowCall, now: datetime) -> Answer:
        if not call.is_call:
            return _not_in_service()
        match call.step:
            case Step.ARRIVE:
                return self._arrive(call, now)
            case Step.CHOOSE:
                return self._choose(call, now)
            case Step.POLL:
                return self._poll(call, now)
            case _:
                return _not_in_service()

    def _arrive(self, call: FlowCall, now: datetime) -> Answer:
        tenant = self._asked(call)
        if tenant is None:
            return _not_in_service()
        admitted = gate(tenant, Channel.VOICE)
        if isinstance(admitted, Refused):
            self._contacts.refuse(tenant.id, _arrival(call), admitted.reason.value, admitted.tier.value, now)
            return answer(Outcome.REFUSED, message=admitted.answer, **_name(tenant))
        contact = self._contacts.open(tenant.id, _arrival(call), now)
        if not tenant.is_open(now):
            # The caller heard when to call again: that is an answer, not an abandoned call.
            self._contacts.serve(tenant.id, contact.contact, "closed", now)
            return answer(Outcome.CLOSED, message=tenant.closed_answer(Channel.VOICE), **_name(tenant))
        language = tenant.language
        return answer(
            Outcome.MENU if tenant.menu.options else Outcome.QUEUE,
            contactId=contact.contact,
            team=tenant.team,
            greeting=tenant.say(tenant.greeting),
            **_name(tenant),
            **_in_language(tenant, language),
        )

    def _choose(self, call: FlowCall, now: datetime) -> Answer:
        tenant = self._asked(call)
        if tenant is None or tenant.id != call.remembered("tenantId"):
            return _not_in_service()
        language = Language(call.remembered("language") or tenant.language)
        chosen, tries = call.given("choice"), call.count("tries") + 1
        match tenant.menu.pressed(chosen):
            case ToQueue() as chosen_line:
                terms = terms_of(tenant, Channel.VOICE, chosen=chosen_line, language=language)
                return self._enqueue(tenant, call, terms, now)
            case SayText(topic, text):
                self._contacts.serve(tenant.id, call.ours, topic, now)
                return answer(Outcome.SAY, message=tenant.say(text, language))
            case SwitchLanguage(other):
                return answer(Outcome.AGAIN, tries=str(tries), **_in_language(tenant, other))
        if chosen.isdecimal() and tenant.menu.options and tries < _MOST_TRIES:
            return answer(Outcome.AGAIN, tries=str(tries), **_in_language(tenant, language))
        return self._enqueue(tenant, call, terms_of(tenant, Channel.VOICE, language=language), now)

    def _enqueue(self, tenant: Tenant, call: FlowCall, terms: Terms, now: datetime) -> Answer:
        # The contact as it was opened: the router's transaction holds it against what is written, so no read.
        contact = opened(tenant.id, call.ours, _arrival(call), now)
        try:
            standing = self._router.enqueue(contact, terms, now=now)
        except (NotFound, Conflict):
            return answer(Outcome.FALLBACK)
        match standing:
            case Offered(agent):
                return answer(Outcome.AGENT, agent=agent)
            case Gone(state) if state not in _WITH_AN_AGENT:
                return answer(Outcome.FALLBACK)
            case _:
                return answer(Outcome.WAIT)

    def _poll(self, call: FlowCall, now: datetime) -> Answer:
        """Where a waiting caller should be now. A caller whose contact we cannot find is a person all the same."""
        place = call.given("place")
        moves = call.count("moves") + 1
        wanted = self._wanted(call, now)
        agent = wanted.get("agent", "")
        stays = wanted["outcome"] == place and agent == call.given("agent")
        if wanted["outcome"] == Outcome.STAY or stays:
            return answer(Outcome.STAY)
        if moves > MOST_MOVES:
            return answer(Outcome.STAY if place == Place.FALLBACK else Outcome.FALLBACK)
        return {**wanted, "moves": str(moves)}

    def _wanted(self, call: FlowCall, now: datetime) -> Answer:
        tenant = call.remembered("tenantId")
        if not tenant:
            return answer(Outcome.FALLBACK)
        # Set by our own flow on a chain that began with a dialled number of this tenant; and a contact of
        # another tenant would not be found under this one.
        try:
            standing = self._router.poll(TenantId(tenant), call.ours, now)
        except NotFound:
            return answer(Outcome.FALLBACK)
        match standing:
            case Offered(agent):
                return answer(Outcome.AGENT, agent=agent)
            case Gone(state):
                return answer(Outcome.STAY if state in _WITH_AN_AGENT else Outcome.FALLBACK)
            case _:
                # Who waits in the fallback queue stays there until an agent is reserved.
                waits = call.given("place") == Place.FALLBACK
                return answer(Outcome.STAY if waits else Outcome.HOLDING)

    def _asked(self, call: FlowCall) -> Tenant | None:
        return self._directory.asked("phone", call.dialled) if call.dialled else None


class LineMonitor:
    """Hears contact events; what it says is for the log line."""

    def __init__(self, directory: Directory, contacts: Contacts, router: Router) -> None:
        self._directory, self._contacts, self._router = directory, contacts, router

    def notice(self, event: ContactEvent, now: datetime) -> str:
        """What the event meant: connected, ended, abandoned, or why nothing. Only a fault of ours raises."""
        if event.channel != "voice" or not event.initial:
            return "not_a_call"
        if event.type not in ("CONNECTED_TO_AGENT", "DISCONNECTED"):
            return "noted"
        tenant = self._tenant(event)
        if tenant is None:
            return "unknown_tenant"
        try:
            if event.type == "CONNECTED_TO_AGENT":
                return self._connected(tenant, event, now)
            return self._disconnected(tenant, event, now)
        except NotFound:
            return "unknown_contact"
        except Conflict as late:
            return f"too_late_{late.facts.get('state', '')}"

    def _connected(self, tenant: TenantId, event: ContactEvent, now: datetime) -> str:
        if event.outside_routing:
            return _OUTSIDE
        self._router.accept(tenant, event.ours, agent=event.agent, now=_at(event.connected_at, now))
        return "connected"

    def _disconnected(self, tenant: TenantId, event: ContactEvent, now: datetime) -> str:
        if not event.left:
            return "moved"
        at = _at(event.disconnected_at, now)
        if event.connected_at is None:
            self._router.abandon(tenant, event.ours, "", at)
            return "abandoned"
        try:
            self._end(tenant, event, at)
        except Conflict:
            return self._ended_unheard(tenant, event, at, now)
        return "ended"

    def _ended_unheard(self, tenant: TenantId, event: ContactEvent, at: datetime, now: datetime) -> str:
        """Events come in any order: the connection that this end belongs to has not been heard of yet.

        Or an agent took the call whom the router did not reserve: then nobody must be offered it any more.
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
        elif event.reason in ("CONTACT_FLOW_DISCONNECT", "TELECOM_PROBLEM"):
            self._contacts.end(tenant, event.ours, by="system", now=at, why="system")
        else:
            self._contacts.end(tenant, event.ours, by="customer", now=at, why="customer")

    def _tenant(self, event: ContactEvent) -> TenantId | None:
        """Our flow tags every contact; an untagged one is known by the number that was dialled, if that is told."""
        if tagged := event.tags.get("tenantId"):
            return TenantId(tagged)
        asked = self._directory.asked("phone", event.dialled) if event.dialled else None
        return asked.id if asked else None


def _arrival(call: FlowCall) -> Arrival:
    return Arrival(channel=Channel.VOICE, entry_point=call.dialled, customer=call.caller, source_id=call.initial)


def _name(tenant: Tenant) -> Answer:
    return {"tenantId": tenant.id, "tenantName": tenant.name}


def _in_language(tenant: Tenant, language: str) -> Answer:
    menu = " ".join(tenant.say(option.label, language) for option in tenant.menu.options)
    return {"language": language, "menu": menu, **voice(language), **phrases(language, tenant.name)}


def _not_in_service() -> Answer:
    return answer(Outcome.UNKNOWN, message=NOT_IN_SERVICE)


def _at(told: datetime | None, now: datetime) -> datetime:
    """When it happened by Connect's clock, which is not believed about the future."""
    return now if told is None else min(told, now)
