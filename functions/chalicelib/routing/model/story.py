"""A contact's way to its agent, told from its facts alone: what it asked for, who might have served it from when on,
and each decision with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from chalicelib.contacts.model.contact import Contact
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.skill import LEAST_LEVEL
from chalicelib.routing.model.eligibility import OPENS, Need, Ring
from chalicelib.routing.model.line import Line

RINGS: Mapping[Ring, str] = {
    Ring.PRIMARY: "who has the skill at the level asked for",
    Ring.SECONDARY: "also who has it at a lower level",
    Ring.OVERFLOW: "also the teams that help out",
    Ring.ANYONE: "also who may serve the client without the skill",
}
_REQUEUED = {
    "missed": "did not answer",
    "declined": "declined",
    "vanished": "was gone",
    "displaced": "was given a more pressing contact",
    "busy": "answered another call",
    "overtaken": "was asked, and a colleague answered it",
}
_CALLS = {
    "campaign": "calls out for the campaign",
    "appointment": "calls back at the time that was promised",
    "dispatch": "calls who is on call, by the ladder",
}
_WHERE = {"ivr": "in the menu", "queue": "while it waited", "offer": "while an agent was asked"}
_NOT_REACHED = {
    "no_answer": "the customer did not answer",
    "callback": "the customer was never reached",
    "withdrawn": "taken back before anybody was called",
    "unknown_to_telephony": "telephony knew nothing of the call any more",
}
_TO = {"agent": "the agent", "team": "the team", "number": "a number outside"}
_FOUND = {"yes": "it was found", "no": "there is none", "failed": "the client's system did not answer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    fact: Fact
    words: str
    reason: str = ""  # of a decision, in one sentence
    figures: Mapping[str, Any] | None = None  # that decided it

    def as_document(self) -> dict[str, Any]:
        told: dict[str, Any] = {"at": stamp(self.fact.at), "kind": self.fact.kind, "by": self.fact.by}
        told["words"] = self.words
        if self.reason:
            told["reason"] = self.reason
        if self.figures:
            told["figures"] = dict(self.figures)
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """From when on agents of the ring might be given the contact; at once where no nearer ring had anybody."""

    ring: Ring
    at: datetime
    reached: bool  # while it still waited; of one that waits still, as far as anybody knows

    def as_document(self) -> dict[str, Any]:
        return {"ring": self.ring.name.lower(), "at": stamp(self.at), "reached": self.reached}


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    contact: Contact
    line: Line | None  # None: it never asked for an agent, or did so before lines were written down
    steps: tuple[Step, ...]

    @property
    def dropped(self) -> bool:
        """An agent had asked for it and took that back: no customer gave up."""
        last = self.contact.last("abandoned")
        return last is not None and last.by.startswith("agent:")

    @property
    def queued_at(self) -> datetime | None:
        """The first time: who is called back in vain waits on."""
        queued = self.contact.first("queued")
        return queued.at if queued else None

    @property
    def deadline(self) -> datetime | None:
        return instant(self.contact.deadline) if self.contact.deadline else None

    @property
    def waited_s(self) -> float | None:
        """On the line, until it was with an agent, called back or over; None while it waits, and for who never asked
        for an agent."""
        if self.queued_at is None:
            return None
        left = self.contact.first("callback_asked") or self.contact.first("left_line")
        until = left.at if left else self._waited_until()
        return (until - self.queued_at).total_seconds() if until else None

    @property
    def at_home_s(self) -> float | None:
        """From when he hung up to be called back until that was done or given up; None for who asked for no callback,
        and while he waits for it."""
        asked, until = self.contact.first("callback_asked"), self._waited_until()
        return (until - asked.at).total_seconds() if asked and until else None

    def _waited_until(self) -> datetime | None:
        ends = [step.fact.at for step in self.steps if step.fact.kind in ("connected", "abandoned")]
        return ends[0] if ends else None

    @property
    def openings(self) -> tuple[Opening, ...]:
        if self.line is None or self.deadline is None or self.queued_at is None:
            return ()
        offers = [step.fact.at for step in self.steps if step.fact.kind == "offered"]
        ended = self._waited_until()
        # One that went back to its place waits still, whoever had been asked.
        waits = ended is None and not self.contact.over
        last = datetime.max.replace(tzinfo=UTC) if waits else max(offers) if offers else ended or self.queued_at
        target_s = self.line.target_s
        opens = {
            ring: self.deadline.timestamp() - (1 - OPENS[ring]) * target_s
            for ring in Ring
            if ring <= self.line.need.widest and _differs(ring, self.line.need)
        }
        at = {ring: max(self.queued_at, datetime.fromtimestamp(when, UTC)) for ring, when in opens.items()}
        return tuple(Opening(ring=ring, at=when, reached=when <= last) for ring, when in at.items())

    def as_document(self) -> dict[str, Any]:
        contact = self.contact
        return {
            "tenant": contact.tenant,
            "contact": contact.contact,
            "channel": contact.channel.value,
            "state": contact.state.value,
            "asked": _asked(self.line) if self.line else None,
            "deadline": contact.deadline or None,
            "waited_s": self.waited_s,
            **({"at_home_s": self.at_home_s} if self.contact.callback else {}),
            **({"dropped": True} if self.dropped else {}),
            "rings": [opening.as_document() for opening in self.openings],
            "steps": [step.as_document() for step in self.steps],
        }


def story_of(contact: Contact, legs: Mapping[str, Contact] = MappingProxyType({})) -> Story:
    """`legs` are the contacts that it led to, by id: only they tell what became of an ask."""
    queued = contact.last("queued")
    spelled = queued.data.get("line") if queued else None
    return Story(
        contact=contact,
        line=Line.read(spelled) if spelled else None,
        steps=tuple(_step(fact, legs) for fact in contact.facts),
    )


def _differs(ring: Ring, need: Need) -> bool:
    """Whether the ring may hold anybody whom the one before does not."""
    match ring:
        case Ring.PRIMARY:
            return True
        case Ring.SECONDARY:
            return bool(need.skill) and need.level > LEAST_LEVEL
        case Ring.OVERFLOW:
            return bool(need.overflow)
        case Ring.ANYONE:
            return bool(need.skill)


def _asked(line: Line) -> dict[str, Any]:
    need = line.need
    return {
        "team": need.team,
        "skill": need.skill,
        "level": need.level,
        "language": need.language,
        "certifications": sorted(need.certifications),
        "overflow": sorted(need.overflow),
        "widest": need.widest.name.lower(),
        "target_s": line.target_s,
        "boost_s": line.boost_s,
    }


def _step(fact: Fact, legs: Mapping[str, Contact]) -> Step:
    data = fact.data
    reason = str(data.get("reason", "")) if fact.kind == "offered" else ""
    words = _words(fact)
    if fact.kind == "transferred" and (leg := legs.get(str(fact.data.get("contact")))) is not None:
        words = f"{words}{_became(leg)}"
    return Step(fact=fact, words=words, reason=reason, figures=_figures(data) if reason else None)


def _figures(data: Mapping[str, Any]) -> dict[str, Any]:
    """A fact holds texts and lists of them, so the figures are written `name=value`."""
    pairs = (text.partition("=") for text in data.get("why", ()))
    return {name: value for name, _, value in pairs}


def _words(fact: Fact) -> str:
    data = fact.data
    match fact.kind:
        case "arrived":
            return _began(data)
        case "queued":
            waits = f", first for {data['prefer']}" if data.get("prefer") else ""
            return f"waits for an agent of the team {data.get('team', '?')}{waits}"
        case "offered":
            return f"offered to {data.get('agent', '?')}"
        case "requeued":
            why = str(data.get("why", ""))
            return f"back to its place: {data.get('agent', '?')} {_REQUEUED.get(why, why)}"
        case "connected":
            return f"connected to {data.get('agent') or fact.by.removeprefix('agent:')}"
        case "held":
            return f"laid aside: {data['why']}" if data.get("why") else "on hold"
        case "resumed":
            return f"taken up again: {data['why']}" if data.get("why") else "off hold"
        case "ended":
            return f"ended by {fact.by.removeprefix('agent:')}"
        case "wrapped":
            return f"wrapped up: {data.get('disposition', '?')}"
        case "abandoned" if words := _NOT_REACHED.get(str(data.get("where"))):
            return words
        case "abandoned" if fact.by.startswith("agent:"):
            where = _WHERE.get(str(data.get("where")), "")
            return f"dropped by {fact.by.removeprefix('agent:')}, who had asked for it, {where}".rstrip(", ")
        case "abandoned":
            return f"the customer left {_WHERE.get(str(data.get('where')), '')}".rstrip()
        case "refused":
            return f"refused ({data.get('reason', '?')})"
        case "self_served":
            return f"served itself ({data.get('topic', '?')})"
        case other:
            return _told_by_telephone(fact) or _unknown(other, data)


def _became(leg: Contact) -> str:
    """Of what an agent asked for, as the end of a sentence; empty while nobody knows."""
    last = leg.facts[-1]
    if leg.first("connected") or leg.first("patched"):
        return ": answered"
    if last.kind == "abandoned":
        return ", and drops it" if last.by.startswith("agent:") else ": the customer left"
    return ": nobody answered" if last.kind == "closed" else ""


def _began(data: Mapping[str, Any]) -> str:
    kind, _, name = str(data.get("outreach", "")).partition(":")
    if words := _CALLS.get(kind):
        return words if kind == "appointment" else f"{words} {name}"
    return "an agent calls" if data.get("direction") == "outbound" else "arrived"


def _told_by_telephone(fact: Fact) -> str:
    """What a telephone does besides; empty for what is none of it."""
    data = fact.data
    match fact.kind:
        case "callback_asked":
            tries = int(data.get("attempts", 1))
            return f"wants to be called back, {'once' if tries == 1 else f'{tries} times'} at most"
        case "dialled":
            return "the customer is called" if data.get("to") == "customer" else "somebody outside is called"
        case "left_line":
            return "leaves its line"
        case "not_reached":
            return f"not reached at attempt {data.get('attempt', '?')}: waits for the next one"
        case "transferred":
            kind, _, whom = str(data.get("to", "")).partition(":")
            to = f"{_TO.get(kind, kind)}{'' if kind == 'number' else f' {whom}'}"
            return f"asks for {to}, as {data.get('contact', '?')}"
        case "recording_paused":
            return "the recording is paused"
        case "recording_resumed":
            return "the recording goes on"
        case "looked_up":
            found = _FOUND.get(str(data.get("found")), str(data.get("found", "?")))
            return f"the client's {data.get('what', '?')} was looked up: {found}"
        case "read_out":
            return f"was told what it asked for ({data.get('topic', '?')})"
        case "patched":
            return "somebody outside answered"
        case "closed":
            return "the leg to the outside is over"
        case "rated":
            return f"rated {data.get('score', '?')} of 5"
    return ""


def _unknown(kind: str, data: Mapping[str, Any]) -> str:
    agent = f" ({data['agent']})" if data.get("agent") else ""
    return f"{kind.replace('_', ' ')}{agent}"
