"""A campaign as it goes: whether it runs, and how far it is with each of its people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.kernel.clock import instant, second, stamp
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.tenancy.model.outreach import Campaign

AT_ONCE = 33  # people of one change: three writes each, and the run's own
MOST_OUT = 200  # people of one campaign who are with the agents at once
KEPT = timedelta(days=90)  # a person who is done

# What may come of a person besides the codes of the client's dispositions
NO_ANSWER = "no_answer"
LISTED = "do_not_call"
TOO_LATE = "too_late"  # the campaign ends, or the night begins, before he may be called


class RunState(StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    OVER = "over"  # nobody is left to call


class CalleeState(StrEnum):
    WAITING = "waiting"
    OUT = "out"  # a contact of his waits for an agent, or is with one
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`agenda` is the stamp of its place there; `counts` has how many people are in each state, and what came of
    those who are done."""

    state: RunState = RunState.PLANNED
    since: str = ""  # a stamp: of the state
    by: str = ""  # who wanted it so
    agenda: str = ""
    waiting: int = 0
    out: int = 0
    done: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)

    @property
    def people(self) -> int:
        return self.waiting + self.out + self.done


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A campaign as lists show it."""

    name: str
    campaign: Campaign | None  # None: the client's file has it no more, and its people are still there
    run: Run
    next_at: str = ""  # a stamp: when the next one may be called

    def as_json(self) -> dict[str, Any]:
        campaign, run = self.campaign, self.run
        first, last = (campaign.first_day, campaign.last_day) if campaign is not None else (None, None)
        return {
            "name": self.name,
            "title": campaign.title if campaign is not None else "",
            "mode": campaign.mode.value if campaign is not None else "",
            "gone": campaign is None,
            "first_day": first.isoformat() if first else "",
            "last_day": last.isoformat() if last else "",
            "state": run.state.value,
            "since": run.since,
            "by": run.by,
            "people": run.people,
            "waiting": run.waiting,
            "out": run.out,
            "done": run.done,
            "outcomes": dict(run.outcomes),
            "next_at": self.next_at,
        }


Data = tuple[tuple[str, str], ...]  # label, value: as the list had it


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One call, and what came of it."""

    at: str
    contact: ContactId
    outcome: str

    def as_item(self) -> dict[str, Any]:
        return {"at": self.at, "contact": self.contact, "outcome": self.outcome}


@dataclass(frozen=True, slots=True, kw_only=True)
class Callee:
    """A person of a campaign. `attempts` are the calls that were made, `turns` the contacts that were opened for him:
    one that was taken back before anybody dialled is no attempt. Who is done goes by himself: `expires` is a second."""

    tenant: TenantId
    campaign: str
    number: str
    name: str = ""
    zones: tuple[str, ...]
    data: Data = ()
    state: CalleeState = CalleeState.WAITING
    attempts: int = 0
    turns: int = 0
    next_at: str = ""  # a stamp: not called before; empty unless he waits
    contact: ContactId = ContactId("")  # of now, or the last one
    outcome: str = ""
    history: tuple[Called, ...] = ()
    loaded: str = ""  # a stamp: forgotten and loaded again, he is another
    expires: int = 0

    @property
    def may_come_back(self) -> bool:
        """Done without a call, for a reason that may pass: the last day is put off, the number taken off the list."""
        return self.state is CalleeState.DONE and not self.attempts and self.outcome in (TOO_LATE, LISTED)

    @property
    def untouched(self) -> bool:
        return self.state is CalleeState.WAITING and self.turns == 0

    @property
    def source_id(self) -> str:
        """Of the contact of his turn: asked for again, the same one is found. Two clients may both call him."""
        return f"campaign:{self.campaign}:{self.number}:{self.turns}:{self.tenant}:{self.loaded}"

    def taken(self, contact: ContactId) -> Callee:
        return replace(self, state=CalleeState.OUT, contact=contact, next_at="")

    def again(self, at: datetime) -> Callee:
        return replace(self, state=CalleeState.WAITING, next_at=stamp(at), outcome="", expires=0)

    def over(self, outcome: str, now: datetime) -> Callee:
        return replace(self, state=CalleeState.DONE, next_at="", outcome=outcome, expires=second(now + KEPT))

    def called(self, at: datetime, outcome: str) -> Callee:
        """With one call more."""
        told = Called(at=stamp(at), contact=self.contact, outcome=outcome)
        return replace(self, attempts=self.attempts + 1, history=(*self.history, told))

    def as_item(self) -> dict[str, Any]:
        item: dict[str, Any] = {
            "tenant": self.tenant,
            "campaign": self.campaign,
            "number": self.number,
            "name": self.name,
            "zones": list(self.zones),
            "data": [[label, value] for label, value in self.data],
            "state": self.state.value,
            "attempts": self.attempts,
            "turns": self.turns,
            "next_at": self.next_at,
            "contact": self.contact,
            "outcome": self.outcome,
            "history": [one.as_item() for one in self.history],
            "loaded": self.loaded,
            "expires": self.expires,
        }
        return {name: value for name, value in item.items() if value or name in ("attempts", "turns")}

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> Callee:
        return Callee(
            tenant=TenantId(item["tenant"]),
            campaign=item["campaign"],
            number=item["number"],
            name=item.get("name", ""),
            zones=tuple(item["zones"]),
            data=tuple((label, value) for label, value in item.get("data", ())),
            state=CalleeState(item["state"]),
            attempts=item["attempts"],
            turns=item["turns"],
            next_at=item.get("next_at", ""),
            contact=ContactId(item.get("contact", "")),
            outcome=item.get("outcome", ""),
            history=tuple(
                Called(at=one["at"], contact=ContactId(one["contact"]), outcome=one["outcome"])
                for one in item.get("history", ())
            ),
            loaded=item.get("loaded", ""),
            expires=item.get("expires", 0),
        )

    def is_due(self, now: datetime) -> bool:
        return self.state is CalleeState.WAITING and instant(self.next_at) <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of the rows of a list."""

    new: int = 0
    changed: int = 0
    same: int = 0
    called: int = 0  # they were called already, and stay as they were
    listed: int = 0  # they are on the do-not-call list, and will not be called
    late: int = 0  # the campaign ends before they may be called
    skipped: int = 0  # bad rows

    def plus(self, other: Loaded) -> Loaded:
        return Loaded(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})

    def as_json(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    people: int  # who are gone now
    left: int  # so many are there still, as they are counted: ask again until it is none

    def as_json(self) -> dict[str, int]:
        return {"people": self.people, "left": self.left}


class Moved(Conflict):
    """Somebody else was faster with one of these people."""

    def __init__(self) -> None:
        super().__init__("the person moved on in that moment; look again")


class Full(Conflict):
    """As many people are out as may be, or the campaign does not run (any more)."""

    def __init__(self) -> None:
        super().__init__("nobody more may be called for this campaign now")
