"""What a flow asks, as a value, and our answers to it.

Connect leaves keys out or sends null for them, and repeats what it was not answered in time. Nothing here raises
over what it sends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from chalicelib.channels.voice.model.reading import mapping, number_of, text, texts
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import ContactId, contact_id

_OURS = re.compile(r"v[0-9a-hjkmnp-tv-z]{20}")
_KEYS = frozenset("0123456789*#")
_LONGEST_COUNT = 12  # digits
NOBODY = "none"  # Connect takes no empty text: this stands for it in attributes and answers
MOST_MOVES = 9  # a chain has at most 12 contacts: after so many moves the caller goes to the fallback queue


class Step(StrEnum):
    """What a flow wants to know. Those with an input follow a question: the answer before them named them."""

    ARRIVE = "arrive"
    CHOOSE = "choose"  # a key of the menu
    TOLD = "told"  # something was read out: back to the menu, or goodbye
    FAQ = "faq"  # a key of the questions
    ORDER = "order"  # an order's number
    ACCOUNT = "account"  # a customer's
    CONSENT = "consent"  # to a recording
    LEFT = "left"  # a message was left
    POLL = "poll"
    CALLBACK = "callback"  # whether to be called back
    CALLBACK_NUMBER = "callback_number"  # at which number
    CALLBACK_TIME = "callback_time"  # at what time of day
    CALLBACK_AT = "callback_at"  # whether that is the right instant
    CALLBACK_SET = "callback_set"  # telephony has made it, or could not
    CALLBACK_POLL = "callback_poll"
    CALLBACK_OVER = "callback_over"  # telephony could not keep it
    TRANSFER = "transfer"
    OUTSIDE = "outside"
    OUTBOUND = "outbound"
    SURVEY = "survey"
    PAGE = "page"  # somebody on call has picked up
    PAGED = "paged"  # and pressed a key, or none


class Outcome(StrEnum):
    """The one value that a flow compares; each has its branch in every flow that may get it."""

    CLOSED = "closed"  # say the message and hang up
    REFUSED = "refused"
    UNKNOWN = "unknown"  # nobody has this number
    QUEUE = "queue"  # greet, and go on as who presses nothing
    ASK_KEY = "ask_key"  # say the message, take one key, ask `next`
    ASK_NUMBER = "ask_number"  # the same with digits up to the pound key
    AGAIN = "again"  # the menu in another language
    SAY = "say"  # say the message and hang up
    VOICEMAIL = "voicemail"  # say the message and record what comes
    AGENT = "agent"  # to this agent's phone
    INSTEAD = "instead"  # say the message, and then where polling says: what was asked for is not needed now
    WAIT = "wait"  # to the holding queue
    STAY = "stay"  # where the caller is
    COMFORT = "comfort"  # the same, with other words from now on
    TELL = "tell"  # the same, after this message
    ANEW = "anew"  # telephony tries again: nothing of where the attempt before went holds any more
    HOLDING = "holding"  # back to the holding queue
    FALLBACK = "fallback"  # to the queue that every agent's phone answers
    CALLBACK = "callback"  # have telephony make one to this number
    OVER = "over"  # nobody is to be called back any more
    OUTSIDE = "outside"  # to this number outside
    SORRY = "sorry"  # say the message to the agent, who is back with his caller then
    DIAL = "dial"  # with this caller id


class Place(StrEnum):
    """Where our flow put the caller."""

    AGENT = "agent"
    HOLDING = "holding"
    FALLBACK = "fallback"


Answer = dict[str, str]


def answer(outcome: Outcome, **values: str) -> Answer:
    """A STRING_MAP answer: no value is empty, or the flow would take its error branch."""
    return {"outcome": outcome.value} | {name: value.strip() or NOBODY for name, value in values.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCall:
    """A question from a flow. Empty where Connect told us nothing."""

    step: str
    contact: str  # Connect's id of this segment
    initial: str  # of the first segment: the same for the whole call
    channel: str
    dialled: str
    caller: str  # whoever is no agent: the customer's number, called or calling
    attributes: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def ours(self) -> ContactId:
        """The contact of this leg: as our flow wrote it down, else that of the whole call."""
        named = self.attributes.get("contactId", "")
        return ContactId(named) if _OURS.fullmatch(named) else self.arrived

    @property
    def arrived(self) -> ContactId:
        """The contact that the call began with, whatever its attributes say."""
        return contact_id(Channel.VOICE, self.initial)

    @property
    def leg(self) -> ContactId:
        """The contact that begins with this very segment."""
        return contact_id(Channel.VOICE, self.contact)

    @property
    def is_call(self) -> bool:
        return self.channel == "voice" and bool(self.initial)

    def given(self, name: str) -> str:
        """A parameter of the flow's, without the word that stands for nothing."""
        value = self.parameters.get(name, "")
        return "" if value == NOBODY else value

    def remembered(self, name: str) -> str:
        """An attribute that our flow set before."""
        value = self.attributes.get(name, "")
        return "" if value == NOBODY else value

    @property
    def keys(self) -> str:
        """What the caller keyed in; empty for nothing in time."""
        return self.input if self.input and set(self.input) <= _KEYS else ""

    @property
    def input(self) -> str:
        return self.given("input").strip()

    @property
    def about(self) -> str:
        """What the question before was about, as we wrote it then."""
        return self.given("about")

    def count(self, name: str) -> int:
        text = self.parameters.get(name, "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_COUNT else 0


def flow_call(event: Any) -> FlowCall:
    """Reads the event of an `InvokeLambdaFunction` action, whatever of it is there."""
    details = mapping(mapping(event).get("Details"))
    contact = mapping(details.get("ContactData"))
    parameters = texts(details.get("Parameters"))
    this = text(contact.get("ContactId"))
    return FlowCall(
        step=parameters.get("step", ""),
        contact=this,
        initial=text(contact.get("InitialContactId")) or this,
        channel=text(contact.get("Channel")).lower(),
        dialled=text(mapping(contact.get("SystemEndpoint")).get("Address")),
        caller=number_of(mapping(contact.get("CustomerEndpoint")).get("Address")),
        attributes=texts(contact.get("Attributes")),
        parameters=parameters,
    )
