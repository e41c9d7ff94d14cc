"""What a caller hears and may press."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.kernel.skill import LEAST_LEVEL, TOP_LEVEL
from chalicelib.tenancy.model.form import Digit, Language, Name, Prose, rule

Texts = Mapping[Language, Prose]  # one text per language of the client


@dataclass(frozen=True, slots=True)
class ToQueue:
    """Wait for an agent with this skill, at this level at least (None: as usual), as if come `boost_s` earlier."""

    skill: Name
    level: int | None = None
    boost_s: int = 0


@dataclass(frozen=True, slots=True)
class SayText:
    """Read a text out: the caller has served himself. `topic` names it in the statistics."""

    topic: Name
    text: Texts


@dataclass(frozen=True, slots=True)
class SwitchLanguage:
    """Play the menu again in this language, and keep to it."""

    language: Language


class Offer(StrEnum):
    """What a key can do without a word of its own: what it does stands elsewhere in the client's file."""

    FAQ = "faq"  # read out the questions of `faq`
    HOURS = "hours"  # say until when it is open, or from when on
    ORDER = "order"  # say how an order stands
    ACCOUNT = "account"  # say how an account stands
    CALLBACK = "callback"  # call back
    VOICEMAIL = "voicemail"  # take a message


Action = ToQueue | SayText | SwitchLanguage | Offer
ACTIONS = ("queue", "say", "language", *(offer.value for offer in Offer))


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A key of the menu. It does one thing: queue, say, language, faq, hours, order, account, callback or voicemail."""

    digit: Digit = rule("The key that the caller presses.")
    label: Texts = rule("What the menu says of this key, as a sentence, per language.", least=1)
    queue: Name | None = rule("Wait for an agent with this skill.", default=None)
    level: int | None = rule(
        "The least level of the skill; with `queue`.", default=None, least=LEAST_LEVEL, most=TOP_LEVEL
    )
    boost: int = rule(
        "Seconds by which these callers go ahead, at most the target of calls; with `queue`.", default=0, least=0
    )
    say: Texts | None = rule("Read this text out, per language.", default=None)
    topic: Name | None = rule("What a text is about, for the statistics; with `say`.", default=None)
    language: Language | None = rule("Play the menu again in this language.", default=None)
    faq: bool = rule("Read out the questions of [[faq]] and their answers.", default=False)
    hours: bool = rule("Say until when the client is open today, or when it opens again.", default=False)
    order: bool = rule("Ask for an order's number and say how it stands, as [orders] answers.", default=False)
    account: bool = rule(
        "Ask for the customer's number and say how the account stands, as [accounts] answers.", default=False
    )
    callback: bool = rule("Call the caller back, as [calls.callback] says.", default=False)
    voicemail: bool = rule("Take a message, as [calls.voicemail] says.", default=False)

    @property
    def actions(self) -> tuple[str, ...]:
        """The names of what it does; the reader lets through exactly one."""
        return tuple(name for name in ACTIONS if getattr(self, name) not in (None, False))

    @property
    def action(self) -> Action:
        if self.say is not None:
            return SayText(self.topic or Name("menu"), self.say)
        if self.language is not None:
            return SwitchLanguage(self.language)
        if self.queue is not None:
            return ToQueue(self.queue, self.level, self.boost)
        if self.actions:
            return Offer(self.actions[0])
        raise ValueError(f"the menu's key {self.digit} does nothing")  # the reader lets none through


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """The keys offered after the greeting. Who presses none of them waits for the client's usual skill."""

    options: tuple[Option, ...] = rule("The keys, in the order in which they are read out.", empty=tuple, most=12)

    def pressed(self, digit: str) -> Action | None:
        return next((option.action for option in self.options if option.digit == digit), None)
