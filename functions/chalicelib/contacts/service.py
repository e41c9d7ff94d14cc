"""What can be done with a contact; who handles it next is `routing`'s to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from chalicelib.contacts.model.contact import Arrival, Contact, Expected, SomebodyElses, State, opened, replayed
from chalicelib.contacts.model.conversation import Draft, Message, Pace
from chalicelib.contacts.model.errand import DialErrand, Errand, TransferErrand
from chalicelib.contacts.model.told import Telling, tellings
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TenantId, contact_id

MOST_TEXT = 65_536  # bytes of UTF-8: what is told of a message must fit into one of the topic's
CUSTOMER, OUTSIDE = "customer", "outside"  # whom telephony dials
FOUND = ("yes", "no", "failed")
BEST = 5
_SPOKEN_AFTER_THE_END = frozenset({"system", "note"})


class Store(Protocol):
    def add(self, contact: Contact) -> Contact: ...
    def get(self, tenant: TenantId, contact: ContactId) -> Contact: ...
    def get_many(self, keys: Sequence[tuple[TenantId, ContactId]]) -> list[Contact]: ...
    def move(
        self,
        tenant: TenantId,
        contact: ContactId,
        fact: Fact,
        expects: Expected | None = None,
        also: Mapping[str, str] | None = None,
    ) -> Contact: ...
    def set_desk(self, tenant: TenantId, contact: ContactId, agent: str, connection: str) -> None: ...
    def set_visitor(self, tenant: TenantId, contact: ContactId, connection: str) -> None: ...
    def say(self, contact: Contact, draft: Draft, now: datetime, pace: Pace | None = None) -> Message: ...
    def messages(self, tenant: TenantId, contact: ContactId, after: int = 0) -> list[Message]: ...
    def link(self, tenant: TenantId, contact: ContactId, keys: Sequence[str]) -> None: ...
    def thread(self, tenant: TenantId, keys: Sequence[str]) -> ContactId | None: ...
    def of_day(self, tenant: TenantId, date: str) -> list[ContactId]: ...
    def leave(self, errand: Errand) -> None: ...
    def transfer_errand(self, tenant: TenantId, contact: ContactId, now: datetime) -> TransferErrand | None: ...
    def dial_errand(self, agent: AgentId, now: datetime) -> DialErrand | None: ...


class Contacts:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.get = store.get
        self.get_many = store.get_many
        self.messages = store.messages
        self.link = store.link
        self.thread = store.thread
        self.of_day = store.of_day
        self.set_desk = store.set_desk
        self.set_visitor = store.set_visitor
        self.transfer_errand = store.transfer_errand
        self.dial_errand = store.dial_errand

    def open(self, tenant: TenantId, arrival: Arrival, now: datetime) -> Contact:
        """The contact that this arrival opened, now or when it was delivered before."""
        return self._store.add(opened(tenant, contact_id(arrival.channel, arrival.source_id), arrival, now))

    def refuse(self, tenant: TenantId, arrival: Arrival, reason: str, tier: str, now: datetime) -> Contact:
        """Records a contact that the tenant's tier does not take: nothing of it is lost, and no agent is asked."""
        arrived = opened(tenant, contact_id(arrival.channel, arrival.source_id), arrival, now)
        return self._store.add(arrived.after(Fact(kind="refused", at=now, data={"reason": reason, "tier": tier})))

    def adopt(self, tenant: TenantId, arrival: Arrival, facts: Sequence[Fact], at: datetime) -> Contact:
        """Records a contact that nobody of ours heard of while it was there: it arrived `at`, and all that came of it
        are `facts`, in their order. What was heard of it after all stays as it is. Raises IllegalMove."""
        arrived = opened(tenant, contact_id(arrival.channel, arrival.source_id), arrival, at)
        return self._store.add(replayed(arrived, facts))

    def serve(self, tenant: TenantId, contact: ContactId, topic: str, now: datetime) -> Contact:
        return self._store.move(tenant, contact, Fact(kind="self_served", at=now, data={"topic": topic}))

    def hold(self, tenant: TenantId, contact: ContactId, *, agent: str, now: datetime) -> Contact:
        return self._store.move(tenant, contact, Fact(kind="held", at=now, by=f"agent:{agent}"), {"agent": agent})

    def resume(self, tenant: TenantId, contact: ContactId, *, agent: str, now: datetime) -> Contact:
        return self._store.move(tenant, contact, Fact(kind="resumed", at=now, by=f"agent:{agent}"), {"agent": agent})

    def end(self, tenant: TenantId, contact: ContactId, *, by: str, now: datetime, why: str = "") -> Contact:
        """`by` is customer, system, or agent:<id>; an agent ends only a contact of his own."""
        who, _, agent = by.partition(":")
        fact = Fact(kind="ended", at=now, by=by, data={"why": why or who})
        return self._store.move(tenant, contact, fact, {"agent": agent} if agent else None)

    # The telephone's own

    def dialled(
        self,
        tenant: TenantId,
        contact: ContactId,
        *,
        to: str,
        call: str,
        now: datetime,
        agent: str = "",
        offered: bool = False,
    ) -> Contact:
        """Telephony calls out: `to` is customer or outside, `call` its own id of the leg, told once of each. `offered`:
        only as long as the contact is offered to this agent, and by one call of his; else SomebodyElses is raised."""
        if to not in (CUSTOMER, OUTSIDE):
            raise Invalid("to", f"is {to!r}", f"say {CUSTOMER} or {OUTSIDE}")
        expects = self._offered_to(agent, tenant, contact, call) if offered else None
        return self._tell(tenant, contact, "dialled", now, agent, {"to": to, "call": call}, expects)

    def _offered_to(self, agent: str, tenant: TenantId, contact: ContactId, call: str) -> Expected:
        """Two windows of one agent may dial at once: the second call would ring where the first one does."""
        standing = self._store.get(tenant, contact)
        others = {fact.data.get("call") for fact in standing.facts if fact.kind == "dialled"} - {call}
        if others:
            raise SomebodyElses(standing)
        return {"agent": agent, "state": State.OFFERED.value, "version": standing.version}

    def transferred(
        self, tenant: TenantId, contact: ContactId, *, agent: str, to: str, leg: ContactId, now: datetime
    ) -> Contact:
        """The agent hands the customer on; `leg` is the contact that this began."""
        data = {"to": to, "contact": leg}
        return self._tell(tenant, contact, "transferred", now, agent, data, {"agent": agent})

    def pause_recording(
        self, tenant: TenantId, contact: ContactId, *, agent: str, now: datetime, by: str = ""
    ) -> Contact:
        """Of the contact that this agent has; `by` is the colleague in the same conversation who paused it."""
        return self._tell(tenant, contact, "recording_paused", now, by or agent, {}, {"agent": agent})

    def resume_recording(
        self, tenant: TenantId, contact: ContactId, *, agent: str, now: datetime, by: str = ""
    ) -> Contact:
        return self._tell(tenant, contact, "recording_resumed", now, by or agent, {}, {"agent": agent})

    def looked_up(
        self, tenant: TenantId, contact: ContactId, *, what: str, found: str, now: datetime, id: str = ""
    ) -> Contact:
        """The client's own system was asked; `found` is yes, no or failed. With an `id`, told once of each."""
        if found not in FOUND:
            raise Invalid("found", f"is {found!r}", f"say one of {', '.join(FOUND)}")
        data = {"what": what, "found": found} | ({"id": id} if id else {})
        return self._tell(tenant, contact, "looked_up", now, "", data)

    def read_out(self, tenant: TenantId, contact: ContactId, topic: str, now: datetime) -> Contact:
        """The caller hears what he asked for; from then on he may hang up, and is served. Told once of each topic."""
        return self._tell(tenant, contact, "read_out", now, data={"topic": topic})

    def ask_callback(
        self, tenant: TenantId, contact: ContactId, *, number: str, attempts: int, retry_s: int, now: datetime
    ) -> Contact:
        """The customer hangs up and keeps his place. Raises IllegalMove where an agent was found in the meantime."""
        data = {"number": number, "attempts": attempts, "retry_s": retry_s}
        return self._store.move(tenant, contact, Fact(kind="callback_asked", at=now, by="customer", data=data))

    def notified(self, tenant: TenantId, contact: ContactId, *, by: str, to: str, id: str, now: datetime) -> Contact:
        """Who is on call was written to; `by` is sms or email, `to` the person's name, `id` tells it once of each."""
        return self._tell(tenant, contact, "notified", now, data={"by": by, "to": to, "id": id})

    def acknowledge(self, tenant: TenantId, contact: ContactId, *, who: str, how: str, now: datetime) -> Contact:
        """Somebody on call has taken it: the first one has it. `how` is voice, sms, email or desk."""
        return self._tell(tenant, contact, "acknowledged", now, data={"who": who, "how": how})

    def patched(self, tenant: TenantId, contact: ContactId, now: datetime) -> Contact:
        """A leg to the outside was answered there."""
        return self._tell(tenant, contact, "patched", now)

    def close(self, tenant: TenantId, contact: ContactId, now: datetime, why: str = "") -> Contact:
        """A leg to the outside is over, answered or not."""
        return self._tell(tenant, contact, "closed", now, data={"why": why} if why else {})

    def rate(self, tenant: TenantId, contact: ContactId, *, score: int, now: datetime) -> Contact:
        """What the customer thought of it, 1 to 5: his first word holds."""
        if not 1 <= score <= BEST:
            raise Invalid("score", f"is {score}", f"give 1 to {BEST}")
        return self._store.move(tenant, contact, Fact(kind="rated", at=now, by="customer", data={"score": score}))

    def leave_transfer(self, errand: TransferErrand) -> None:
        """For the telephone to ask for; raises Conflict where the customer is not (any more) with that agent."""
        self._store.leave(errand)

    def leave_dial(self, errand: DialErrand) -> None:
        """For the telephone to ask for; raises Conflict where the contact is not offered to that agent."""
        self._store.leave(errand)

    def _tell(
        self,
        tenant: TenantId,
        contact: ContactId,
        kind: str,
        now: datetime,
        agent: str = "",
        data: Mapping[str, Any] | None = None,
        expects: Expected | None = None,
    ) -> Contact:
        by = f"agent:{agent}" if agent else "system"
        return self._store.move(tenant, contact, Fact(kind=kind, at=now, by=by, data=data or {}), expects)

    def say(self, contact: Contact, draft: Draft, now: datetime, pace: Pace | None = None) -> Message:
        """Adds to the conversation. Raises Conflict when the contact has ended (but for notes and mail),
        TooMany when its author speaks faster than `pace`."""
        if (size := len(draft.text.encode())) > MOST_TEXT:
            raise Invalid("text", f"has {size} bytes", f"send at most {MOST_TEXT}")
        finished = contact.over or contact.state is State.ENDED
        if finished and contact.channel is not Channel.EMAIL and draft.kind not in _SPOKEN_AFTER_THE_END:
            raise Conflict("this conversation has ended", state=contact.state.value)
        return self._store.say(contact, draft, now, pace)


class Topic(Protocol):
    def publish(self, messages: Sequence[Telling]) -> None: ...


class Publisher:
    def __init__(self, topic: Topic) -> None:
        self._topic = topic

    def publish(self, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> int:
        """Tells what a change of the table means; how many things that were."""
        told = tellings(old, new)
        if told:
            self._topic.publish(told)
        return len(told)
