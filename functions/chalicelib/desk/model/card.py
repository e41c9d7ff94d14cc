"""A contact as the agent who handles it sees it: with its client, its conversation and its clocks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.contacts.model.contact import TRANSFER, Contact, State
from chalicelib.contacts.model.conversation import Message
from chalicelib.desk.model.handover import Handover
from chalicelib.desk.model.history import Earlier
from chalicelib.desk.model.telephone import keeps_calls_away
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.ids import AgentId
from chalicelib.outreach.model.about import About
from chalicelib.routing.model.offer import HANDED_ON, offer_s_of, offered_until
from chalicelib.tenancy.model.tenant import Tenant

OPEN = frozenset({State.OFFERED, State.CONNECTED, State.HELD, State.ENDED})

# Word and tone: a state is never told by its colour alone.
_WORDS: Mapping[State, tuple[str, str]] = {
    State.OFFERED: ("Offered", "ringing"),
    State.CONNECTED: ("Active", "ready"),
    State.HELD: ("On hold", "due"),
    State.ENDED: ("Wrap-up", "acw"),
}
_COMMANDS: Mapping[State, frozenset[str]] = {
    State.OFFERED: frozenset({"accept", "decline"}),
    State.CONNECTED: frozenset({"hold", "end", "say", "note"}),
    State.HELD: frozenset({"resume", "end", "say", "note"}),
    State.ENDED: frozenset({"wrap", "note"}),
}
_KEPT = "the customer was promised a call from you"
_NAMELESS: Mapping[Channel, str] = {Channel.VOICE: "Withheld number", Channel.CHAT: "Website visitor"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`messages` is None where nobody looked for them: a push knows the contact, not its conversation."""

    contact: Contact
    client: Tenant
    at: datetime
    messages: tuple[Message, ...] | None = None
    handed: Handover | None = None  # where a colleague had this call before; looked for with the messages
    before: tuple[Earlier, ...] = ()  # the last first; looked for with the messages
    about: About | None = None  # why we call, if we began it
    ours: bool = False  # the call began with us, though a colleague made it
    handed_on: bool = False  # his part is over, and the customer's is not: somebody else has him now
    agent_name: str = ""  # while it is offered to him

    @property
    def id(self) -> str:
        return self.contact.contact

    @property
    def path(self) -> str:
        return f"{self.contact.tenant}/{self.contact.contact}"

    @property
    def state(self) -> str:
        return self.contact.state.value

    @property
    def channel(self) -> str:
        return self.contact.channel.value

    @property
    def is_call(self) -> bool:
        """Somebody is, or was, on the line; a message that a caller left is none."""
        return self.contact.channel is Channel.VOICE and not self.is_voicemail

    @property
    def is_voicemail(self) -> bool:
        return bool(self.contact.voicemail)

    @property
    def is_outbound(self) -> bool:
        """The agent himself called."""
        return self.contact.outbound

    @property
    def we_called(self) -> bool:
        """He, or a colleague who handed it on to him."""
        return self.ours or self.is_outbound

    @property
    def is_to_call(self) -> bool:
        """Offered to him, so that he calls; nobody has been called yet."""
        return self.is_outbound and bool(self.contact.outreach) and self._is_offered and not self.contact.is_dialled

    @property
    def calls_by_itself(self) -> bool:
        return self.is_to_call and self.about is not None and self.about.at_once

    @property
    def _is_offered(self) -> bool:
        return self.contact.state is State.OFFERED

    @property
    def is_callback(self) -> bool:
        """The customer asked to be called back, and waits for that."""
        return bool(self.contact.callback)

    @property
    def look(self) -> str:
        """How it looks on the desk: its channel, but for a message that a caller left."""
        return "voicemail" if self.is_voicemail else self.channel

    @property
    def keeps_calls_away(self) -> bool:
        return keeps_calls_away(self.contact.channel, is_voicemail=self.is_voicemail)

    @property
    def recording_paused(self) -> datetime | None:
        """Since when nothing is recorded; None while it is, or where it never was."""
        paused = self.contact.last("recording_paused")
        return paused.at if self.contact.recording == "paused" and paused is not None else None

    @property
    def recording_marks(self) -> tuple[tuple[datetime, str], ...]:
        """When the recording was paused and went on."""
        words = {"recording_paused": "Recording paused", "recording_resumed": "Recording goes on"}
        return tuple((fact.at, words[fact.kind]) for fact in self.contact.facts if fact.kind in words)

    @property
    def outcomes(self) -> tuple[tuple[str, str, str], ...]:
        """(code, words, what it needs) of each way in which it may be wrapped up."""
        own = tuple((one.code, one.label, " ".join(one.requires)) for one in self.client.dispositions)
        return ((HANDED_ON, "Handed on", ""), *own) if self.handed_on else own

    @property
    def number(self) -> str:
        """Whom to call back; empty where that is not known, or is no number."""
        known = self.contact.callback or self.contact.customer
        return known if self.contact.channel is Channel.VOICE and known.startswith("+") else ""

    @property
    def numbers(self) -> Mapping[str, str]:
        """What the client calls the numbers outside to which its calls may go."""
        return {str(known.number): str(known.name) for known in self.client.calls.transfers}

    @property
    def is_mail(self) -> bool:
        return self.contact.channel is Channel.EMAIL

    @property
    def word(self) -> str:
        if self.is_to_call:
            return "To call"
        if self.contact.state is State.OFFERED and self.is_call:
            return "Calling" if self.is_outbound else "Callback" if self.is_callback else "Call"
        return "Laid aside" if self.paused else self._word[0]

    @property
    def tone(self) -> str:
        return self._word[1]

    @property
    def paused(self) -> bool:
        """Laid aside for a call or a chat; it goes on by itself. Only a call is put on hold by a person."""
        return self.contact.state is State.HELD and not self.is_call

    @property
    def _word(self) -> tuple[str, str]:
        return _WORDS.get(self.contact.state, (self.state.capitalize(), "off"))

    @property
    def known_name(self) -> str:
        """Empty where nobody told it."""
        return self.contact.customer_name or (self.about.name if self.about is not None else "")

    @property
    def customer(self) -> str:
        nameless = _NAMELESS.get(self.contact.channel, "Unknown customer")
        return self.known_name or self.contact.customer or nameless

    @property
    def commands(self) -> frozenset[str]:
        """What its agent can do with it now."""
        commands = _COMMANDS.get(self.contact.state, frozenset())
        if self.paused:
            return commands - {"resume", "say"}
        if self.is_voicemail:
            return commands - {"hold", "resume", "say"}
        if self.is_call and self.is_outbound:
            commands = (commands - {"accept"}) | ({"call"} if self.is_to_call else set())
        # Nothing is typed into a call, and only a call can be put on hold by a button, and taken off it.
        return commands - ({"say"} if self.is_call else {"hold", "resume"})

    def may(self, command: str) -> bool:
        return command in self.commands

    @property
    def since(self) -> datetime:
        """When it came into the state in which it is."""
        return self.contact.facts[-1].at

    @property
    def began(self) -> datetime:
        """When the agent took it; before that, when the customer came."""
        connected = self.contact.last("connected")
        return connected.at if connected else self.contact.opened_at

    @property
    def offered_until(self) -> datetime | None:
        return offered_until(self.contact)

    @property
    def offered_for_s(self) -> int:
        return offer_s_of(self.contact)

    @property
    def reason(self) -> str:
        """Why this contact came to this agent; empty once he has taken it."""
        offered = self.contact.last("offered")
        if self.contact.state is not State.OFFERED or offered is None:
            return ""
        if self._was_kept:
            return "a colleague hands it to you" if self.contact.direction == TRANSFER else _KEPT
        names = {self.contact.agent: self.agent_name, self.contact.tenant: str(self.client.name)}
        return _named(str(offered.data.get("reason", "")), names)

    @property
    def _was_kept(self) -> bool:
        """He was asked for by name, and not because he had the case before."""
        queued = self.contact.last("queued")
        kept = queued is not None and queued.data.get("prefer") == self.contact.agent
        return kept and (self.contact.direction == TRANSFER or self.is_outbound)

    @property
    def came_at(self) -> datetime:
        """When the customer came, though a colleague had him first."""
        return self.handed.came_at if self.handed is not None else self.contact.opened_at

    @property
    def opening(self) -> Mapping[str, str]:
        """What is said first: a campaign's own words before the client's."""
        own = self.about.opening if self.about is not None else {}
        return {str(language): str(words) for language, words in (own or self.client.script.opening).items()}

    @property
    def steps(self) -> tuple[str, ...]:
        own = self.about.steps if self.about is not None else ()
        return own or self.client.script.steps

    @property
    def due(self) -> datetime | None:
        """When it is late by the client's service target; None once somebody answered, and where nobody waits."""
        if self.contact.state is not State.OFFERED or not self.contact.deadline or self.is_outbound:
            return None
        return instant(self.contact.deadline)

    @property
    def heard(self) -> Message | None:
        """The last thing said in it, if anybody looked."""
        return self.messages[-1] if self.messages else None

    @property
    def reply_subject(self) -> str:
        return answer_to(self.contact.subject)

    @property
    def hours_change(self) -> datetime | None:
        return self.client.next_change(self.at)

    def is_with(self, agent: AgentId) -> bool:
        return bool(agent) and self.contact.agent == agent and self.contact.state in OPEN

    def as_json(self) -> dict[str, Any]:
        contact = self.contact
        known = {
            "tenant": contact.tenant,
            "contact": contact.contact,
            "channel": self.channel,
            "state": self.state,
            "version": contact.version,
            "opened_at": stamp(contact.opened_at),
            "since": stamp(self.since),
            "entry_point": contact.entry_point,
            "customer": contact.customer,
            "customer_name": contact.customer_name,
            "subject": contact.subject,
            "agent": contact.agent,
            "offer": contact.offer,
            "deadline": contact.deadline,
            "disposition": contact.disposition,
            "source_id": contact.source_id,
            "commands": sorted(self.commands),
        }
        if self.reason:
            known["reason"] = self.reason
        if self.paused:
            known["paused"] = True
        known |= self._of_the_call()
        until = self.offered_until
        if until is not None:
            known["offered_until"] = stamp(until)
        if self.messages is not None:
            known["messages"] = [message.as_answer() for message in self.messages]
        return known

    def _of_the_call(self) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if self.is_outbound:
            told["direction"] = "outbound"
        if self.about is not None:
            told["about"] = self.about.as_json()
        if self.calls_by_itself:
            told["progressive"] = True
        if self.handed_on:
            told["handed_on"] = True
        if self.before:
            told["before"] = [{"at": stamp(one.at), "words": one.words} for one in self.before]
        if self.is_callback:
            told["callback"] = self.contact.callback
        if self.is_voicemail:
            told["voicemail"] = True  # the recording itself is behind a door of its own
        if self.contact.recording:
            told["recording"] = self.contact.recording
        if self.handed is not None:
            told["handed"] = {"by": self.handed.by, "note": self.handed.note, "came_at": stamp(self.handed.came_at)}
        return told


def _named(text: str, names: Mapping[str, str]) -> str:
    """A decision is kept with ids; whoever reads it knows names."""
    known = {id: name for id, name in names.items() if id and name}
    ids = "|".join(map(re.escape, known))
    return re.sub(rf"(?<![\w-])(?:{ids})(?![\w-])", lambda found: known[found[0]], text) if known else text


def answer_to(subject: str) -> str:
    """The subject of a reply; one `Re:` is enough for a whole thread."""
    subject = subject.strip()
    if not subject:
        return ""
    return subject if subject.lower().startswith(("re:", "aw:")) else f"Re: {subject}"


def client_json(client: Tenant) -> dict[str, Any]:
    return {
        "name": client.name,
        "colour": client.brand.colour,
        "logo": client.brand.logo or "",
        "opening": dict(client.script.opening),
        "steps": list(client.script.steps),
        "dispositions": [
            {"code": choice.code, "label": choice.label, "requires": [field.value for field in choice.requires]}
            for choice in client.dispositions
        ],
    }
