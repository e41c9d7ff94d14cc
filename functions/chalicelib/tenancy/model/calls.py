"""What a client wants of its telephone beside the menu. Nothing of it must be written: the usual costs nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Self
from urllib.parse import urlsplit

from chalicelib.tenancy.model.address import E164
from chalicelib.tenancy.model.form import Line, Name, Unfit, Written, rule
from chalicelib.tenancy.model.hours import Hours
from chalicelib.tenancy.model.menu import Texts


class WhenClosed(StrEnum):
    MESSAGE = "message"  # say when to call again
    VOICEMAIL = "voicemail"  # take a message


class WhenFull(StrEnum):
    MESSAGE = "message"
    VOICEMAIL = "voicemail"
    CALLBACK = "callback"


class RecordingMode(StrEnum):
    OFF = "off"
    ON = "on"
    ASK = "ask"  # the caller agrees with a key before he waits


class KeepDays(IntEnum):
    """For each there is a rule in the bucket of recordings, which deletes what is older."""

    WEEK = 7
    FORTNIGHT = 14
    MONTH = 30
    TWO_MONTHS = 60
    QUARTER = 90
    HALF_YEAR = 180
    YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """Who waits long may be called back instead, and keeps the place in line."""

    after_s: int = rule("Seconds in line after which a caller is offered it, once.", default=60, least=0, most=3600)
    attempts: int = rule("How often we call before we give up.", default=2, least=1, most=9)
    retry_s: int = rule("Seconds between two attempts.", default=600, least=60, most=24 * 3600)
    at_a_time: bool = rule("Callers may choose a time for it, within those hours of the next days.", default=False)
    latest: Hours | None = rule(
        "The hours within which we call back; the opening hours if left out.", default=None
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail:
    """What a caller hears before he leaves a message, and how long it may be."""

    greeting: Texts = rule("What a caller is told before he speaks, per language; our words if left out.", empty=dict)
    most_s: int = rule("The longest message in seconds, in steps of half a minute.", default=120, least=30, most=600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Whether talks with agents are recorded, and how long all that is recorded is kept."""

    mode: RecordingMode = rule(
        "off, on (callers are told), or ask: only who agrees with a key is recorded.", default=RecordingMode.OFF
    )
    notice: Texts = rule(
        "With on: what callers are told. With ask: the question, which key 1 answers with yes. Our words if left out.",
        empty=dict,
    )
    keep_days: KeepDays = rule(
        "Days after which recordings and messages on tape are deleted. A change holds for what is recorded from then "
        "on: what is on tape already keeps its day.",
        default=KeepDays.QUARTER,
    )


class Country(Written):
    """A country by its two letters."""

    __slots__ = ()
    FORM = r"[A-Z]{2}"
    ALLOWED = "the two letters of a country, like AT"

    @classmethod
    def normal(cls, text: str) -> str:
        return text.strip().upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A telephone outside to which agents may transfer a call."""

    number: E164 = rule("The number.")
    name: Line = rule("What agents read.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """One question to who stays on the line after the agent has hung up."""

    question: Texts = rule("What is answered with a key from 1 to 5, per language; our words if left out.", empty=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """The client's telephone."""

    closed: WhenClosed = rule(
        "What becomes of a caller outside of the hours: message (he is told when to call again), voicemail.",
        default=WhenClosed.MESSAGE,
    )
    queue_most: int | None = rule(
        "So many callers may wait for the same skill; who comes then gets `full`.", default=None, least=1, most=1000
    )
    full: WhenFull = rule(
        "What a caller gets when too many wait: message, voicemail, callback.", default=WhenFull.MESSAGE
    )
    callback: Callback | None = rule("Offer to call back who waits long.", default=None)
    voicemail: Voicemail | None = rule("How messages are taken.", default=None)
    recording: Recording = rule("Whether talks are recorded.", empty=Recording)
    position: bool = rule("Tell who waits his place in line, and how long it will take.", default=False)
    transfers: tuple[Destination, ...] = rule("Numbers to which agents may transfer a call.", empty=tuple, most=40)
    free_transfer: bool = rule(
        "Agents may transfer a call to any number at home that is no premium one.", default=False
    )
    countries: tuple[Country, ...] = rule(
        "Countries that agents may call for the client, beside its own.", empty=tuple, most=60
    )
    caller_id: E164 | None = rule(
        "The number that people see whom we call for the client; its first phone if left out.", default=None
    )
    survey: Survey | None = rule("Ask how it was.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Faq:
    """A question that callers ask often, and its answer, read out by the menu's option with `faq`."""

    topic: Name = rule("What it is about, for the statistics.")
    question: Texts = rule("The question as the menu reads it out, per language.", least=1)
    answer: Texts = rule("The answer, per language.", least=1)


class WebAddress(Written):
    """Where a client's own system listens. Plain http is for this machine only, and no deployed stage asks there."""

    __slots__ = ()
    FORM = r"https?://[a-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
    ALLOWED = "an address like https://orders.luna-shop.example/status, with a name and no number for its host"

    @classmethod
    def parse(cls, text: str) -> Self:
        address = super().parse(text)
        parts = urlsplit(address)
        host = parts.hostname or ""
        if host in _AT_HOME:
            return address
        if parts.scheme != "https":
            raise Unfit(f"{text!r} is not encrypted", f"write {cls.ALLOWED}")
        if not _named(host.split(".")):
            raise Unfit(f"{text!r} names no host of the internet", f"write {cls.ALLOWED}")
        return address

    @classmethod
    def normal(cls, text: str) -> str:
        """Scheme and host in small letters; a path keeps its own."""
        found = re.match(r"[A-Za-z]+://[^/?#]*", text)
        return text if found is None else found[0].lower() + text[found.end() :]


_AT_HOME = frozenset({"localhost", "127.0.0.1"})


def _named(labels: list[str]) -> bool:
    """More than one label, and the last one no number: `10.0.0.1` is none, nor is `intranet`."""
    return len(labels) > 1 and all(map(_is_label, labels)) and not labels[-1].isdecimal()


def _is_label(label: str) -> bool:
    return bool(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label))


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The client's own system that knows orders. We ask it while the caller is on the line."""

    url: WebAddress = rule(
        "Gets {order, caller, contact} as JSON, signed with the key that `manyline tenants webhook-key` shows; "
        "answers {status} with the sentence for the caller, or 404. A {note} beside it is for the agent's eyes."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The client's own system that knows customers by their number. We ask it while the caller is on the line."""

    url: WebAddress = rule(
        "Gets {account, caller, contact} as JSON, signed with the key that `manyline tenants webhook-key` shows; "
        "answers {status} with the sentence for the caller, or 404. A {note} beside it is for the agent's eyes."
    )
