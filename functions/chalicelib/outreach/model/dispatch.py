"""An urgent message on its way to whoever is on call: a ladder is climbed until somebody takes it.

    running → acknowledged | unanswered | cancelled

The ladder is kept as it was at the start: a client's file that changes meanwhile changes nothing that runs. Each
attempt is claimed before it is made, so that no repetition makes it twice. Who ends a dispatch while an attempt is
being made leaves it open until that one is known: it counts, too.

What did not answer is asked again some times before an attempt is given up; what was refused is given up at once. A
round with a step that reached nobody waits that step's time before the next round: duty may begin meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId, TenantId, digest
from chalicelib.tenancy.model.on_call import ON_DUTY, By, OnCall, Person
from chalicelib.tenancy.model.plain import to_plain, trusted

MOST_MESSAGE = 500  # characters: what is read out in half a minute
CLAIM_S = 60  # an attempt of which nobody knows after so long whether it was made, is made again with the same token
CALL_S = 240  # a call lasts no longer, ringing and three repetitions included, if we are not told of its end
MOST_TRIES = 3  # to make one attempt
AGAIN_S = 15  # between two tries, where what makes it did not answer; the clock looks once a minute
MOST_TELLS = 12  # tries to tell the end: for some hours
TELL_S, MOST_TELL_S = 60, 3600  # after a try to tell the end; twice as long after each
_AGAIN = timedelta(seconds=60)  # until then who ended it has told everybody, or it is done for him


class Standing(StrEnum):
    RUNNING = "running"
    ACKNOWLEDGED = "acknowledged"
    UNANSWERED = "unanswered"
    CANCELLED = "cancelled"


class Result(StrEnum):
    PENDING = "pending"  # claimed, and perhaps made
    PLACED = "placed"  # it rings, or was sent
    FAILED = "failed"  # not made: it costs nothing
    NO_ANSWER = "no_answer"
    HUNG_UP = "hung_up"  # heard, at least in part, and not taken
    PASSED = "passed"
    STOPPED = "stopped"  # it rang still when somebody had taken it, or nobody was needed any more
    TAKEN = "taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    n: int  # counted from 1
    round: int  # from 1
    step: int  # from 0, in the ladder
    person: str
    by: By
    to: str
    at: datetime
    result: Result = Result.PENDING
    id: str = ""  # Connect's of the call, or the carrier's of a text or a mail
    ended_at: datetime | None = None
    tries: int = 1  # to make it
    parts: int = 1  # as which it was sent: long texts are several

    @property
    def made(self) -> bool:
        """Whether it counts."""
        return self.result not in (Result.PENDING, Result.FAILED)

    def as_item(self) -> dict[str, Any]:
        ended = {"ended_at": stamp(self.ended_at)} if self.ended_at else {}
        where = {"n": self.n, "round": self.round, "step": self.step, "person": self.person, "by": self.by.value}
        counted = {name: many for name, many in (("tries", self.tries), ("parts", self.parts)) if many != 1}
        known = {"to": self.to, "at": stamp(self.at), "result": self.result.value, "id": self.id}
        return where | known | ended | counted

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> Attempt:
        return Attempt(
            n=item["n"],
            round=item["round"],
            step=item["step"],
            person=item["person"],
            by=By(item["by"]),
            to=item["to"],
            at=instant(item["at"]),
            result=Result(item["result"]),
            id=item["id"],
            ended_at=instant(item["ended_at"]) if item.get("ended_at") else None,
            tries=item.get("tries", 1),
            parts=item.get("parts", 1),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """`next_at` is when something is to be done; None once it is over and everybody knows."""

    tenant: TenantId
    contact: ContactId
    source: ContactId  # the contact it comes from
    source_id: str
    thread: str
    ladder: OnCall
    client: str  # its name, as who is tried hears it
    language: str
    zone: str
    caller_id: str  # the number that is shown; empty where nobody is called
    sender: str  # of mails
    message: str
    by: str  # agent:<id>, or rule
    started_at: datetime
    next_at: datetime | None
    attempts: tuple[Attempt, ...] = ()
    standing: Standing = Standing.RUNNING
    who: str = ""  # took it, or cancelled it
    how: str = ""
    ended_at: datetime | None = None
    closed: bool = False  # its contact is: no attempt is open
    told: bool = False  # whoever is to know of the end knows
    tells: int = 0  # tries of the clock's to tell it
    round: int = 1  # which is climbed
    version: int = 1

    @property
    def running(self) -> bool:
        return self.standing is Standing.RUNNING

    @property
    def last(self) -> Attempt | None:
        return self.attempts[-1] if self.attempts else None

    @property
    def pending(self) -> Attempt | None:
        return self.last if self.last is not None and self.last.result is Result.PENDING else None

    def attempt(self, n: int) -> Attempt | None:
        return self.attempts[n - 1] if 1 <= n <= len(self.attempts) else None

    def token(self, attempt: Attempt) -> str:
        """The same for every try to make this one attempt."""
        return digest("dispatch", self.tenant, self.contact, str(attempt.n))

    def calling(self, call: str, number: str, n: int = 0) -> Attempt | None:
        """The attempt that this call of telephony's is; None for anybody else's. The number must be the one that we
        called; Connect's id may be unknown while it is being written down."""
        told = [one for one in self.attempts if one.by is By.VOICE and one.to == number]
        known = next((one for one in told if one.id == call), None)
        return known or next((one for one in told if not one.id and one.n == n), None)

    def ringing(self, now: datetime) -> list[Attempt]:
        """Calls that somebody may still answer, also those that are to be stopped."""
        rings = (Result.PLACED, Result.STOPPED)
        calls = (one for one in self.attempts if one.by is By.VOICE and one.result in rings)
        return [one for one in calls if one.ended_at is None and now - one.at < timedelta(seconds=CALL_S)]

    # What is tried next

    def up_next(self, now: datetime) -> Attempt | None:
        """The next attempt of this round; None where nobody is left in it."""
        last = self.last if self.last is not None and self.last.round == self.round else None
        first = last.step if last is not None else 0
        for step in range(first, len(self.ladder.steps)):
            after = last.person if last is not None and step == first else None
            person = next(self._persons(step, now, after), None)
            if person is not None:
                by = self.ladder.steps[step].by
                return Attempt(
                    n=len(self.attempts) + 1,
                    round=self.round,
                    step=step,
                    person=person.name,
                    by=by,
                    to=person.reached(by),
                    at=now,
                )
        return None

    @property
    def climbed(self) -> bool:
        """Whether this round is the last."""
        return self.round >= self.ladder.rounds

    def _persons(self, step: int, now: datetime, after: str | None) -> Iterator[Person]:
        """Whom this step still tries. Who is named is tried at any hour, once."""
        rung = self.ladder.steps[step]
        names = [str(person.name) for person in self.ladder.people]
        first = names.index(after) + 1 if after in names else 0
        for place, person in enumerate(self.ladder.people):
            meant = person.name == rung.who and after is None
            if rung.who == ON_DUTY:
                meant = place >= first and (person.hours is None or person.hours.is_open(now, ZoneInfo(self.zone)))
            if meant and person.reached(rung.by):
                yield person

    # What happens to it

    def claimed(self, attempt: Attempt, now: datetime) -> Dispatch:
        return replace(self, attempts=(*self.attempts, attempt), next_at=now + timedelta(seconds=CLAIM_S))

    def next_round(self, now: datetime) -> Dispatch:
        """Once nobody is left in this one. Steps that reached nobody have had their time by then."""
        tried = [one for one in self.attempts if one.round == self.round]
        reached = {one.step for one in tried if one.made}
        wait_s = max((rung.wait_s for step, rung in enumerate(self.ladder.steps) if step not in reached), default=0)
        began = tried[0].at if tried else now
        return replace(self, round=self.round + 1, next_at=max(now, began + timedelta(seconds=wait_s)))

    def reclaimed(self, now: datetime) -> Dispatch:
        """The attempt that is open is made again: others shall leave it alone meanwhile."""
        return self._tried(now, CLAIM_S, 1)

    def put_off(self, now: datetime) -> Dispatch:
        """What makes the attempt that is open did not answer: it is made again soon."""
        return self._tried(now, AGAIN_S, 0)

    def _tried(self, now: datetime, wait_s: int, more: int) -> Dispatch:
        assert self.pending is not None, "none is open"
        after = self._with(replace(self.pending, tries=self.pending.tries + more))
        return replace(after, next_at=now + timedelta(seconds=wait_s))

    def placed(self, n: int, id: str, now: datetime, parts: int = 1) -> Dispatch:
        rung = self.ladder.steps[self.attempts[n - 1].step]
        wait_s = max(rung.wait_s, CALL_S) if rung.by is By.VOICE else self._wait_s(n, rung.wait_s, now)
        late = rung.by is By.VOICE and not self.running
        result = Result.STOPPED if late else Result.PLACED
        return self._known(replace(self.attempts[n - 1], result=result, id=id, parts=parts), now, wait_s)

    def failed(self, n: int, now: datetime) -> Dispatch:
        """The next one is tried at once."""
        return self._known(replace(self.attempts[n - 1], result=Result.FAILED), now, 0)

    def _wait_s(self, n: int, wait_s: int, now: datetime) -> int:
        """All of a step are written to at once."""
        this = self.attempts[n - 1]
        return 0 if next(self._persons(this.step, now, this.person), None) is not None else wait_s

    def _known(self, attempt: Attempt, now: datetime, wait_s: int) -> Dispatch:
        after = self._with(attempt)
        if not after.running:
            return after._closing(now)
        return replace(after, next_at=now + timedelta(seconds=wait_s)) if attempt.n == len(self.attempts) else after

    def hung_up(self, n: int, call: str, at: datetime, now: datetime, *, answered: bool) -> Dispatch:
        """A call is over: the next step begins at once, unless one has begun already. Of one that we stop ourselves
        nobody says that it was not answered; who had answered it before has heard it."""
        attempt = self.attempts[n - 1]
        kept = (Result.PASSED, Result.TAKEN) if answered else (Result.PASSED, Result.TAKEN, Result.STOPPED)
        heard = Result.HUNG_UP if answered else Result.NO_ANSWER
        result = attempt.result if attempt.result in kept else heard
        after = self._with(replace(attempt, result=result, id=attempt.id or call, ended_at=at))
        if not after.running:
            return after._closing(now)
        return replace(after, next_at=now) if n == len(self.attempts) else after

    def passed(self, n: int) -> Dispatch:
        return self._with(replace(self.attempts[n - 1], result=Result.PASSED))

    def acknowledged(self, who: str, how: str, now: datetime, n: int = 0) -> Dispatch:
        """`n` is the attempt by which it was taken; 0 where it was at a desk. Whoever has the link was sent it, even if
        nobody came back to say so: such a text or mail counts, under its token."""
        attempt = self.attempt(n)
        if attempt is None or (attempt.by is By.VOICE and attempt.result is Result.PENDING):
            return self._ended(Standing.ACKNOWLEDGED, who, how, now)
        taken = replace(attempt, result=Result.TAKEN, id=attempt.id or self.token(attempt))
        return self._with(taken)._ended(Standing.ACKNOWLEDGED, who, how, now)

    def cancelled(self, by: str, now: datetime) -> Dispatch:
        return self._ended(Standing.CANCELLED, by, "", now)

    def unanswered(self, now: datetime) -> Dispatch:
        return self._ended(Standing.UNANSWERED, "", "", now)

    def given_up(self, now: datetime) -> Dispatch:
        """It has ended, and nobody came back to say whether the last attempt was made."""
        return self if self.pending is None else self._with(replace(self.pending, result=Result.FAILED))._closing(now)

    def telling(self, now: datetime) -> Dispatch:
        """The clock tries to tell the end: if that fails, it comes back later and later."""
        wait_s = min(TELL_S * 2 ** (self.tells + 1), MOST_TELL_S)
        return replace(self, tells=self.tells + 1, next_at=now + timedelta(seconds=wait_s))

    def everybody_told(self) -> Dispatch:
        return replace(self, told=True, next_at=None if self.closed else self.next_at)

    def _ended(self, standing: Standing, who: str, how: str, now: datetime) -> Dispatch:
        ringing = {one.n for one in self.ringing(now)}
        attempts = tuple(replace(one, result=Result.STOPPED) if one.n in ringing else one for one in self.attempts)
        over = replace(self, standing=standing, who=who, how=how, ended_at=now, attempts=attempts)
        return over._closing(now)

    def _closing(self, now: datetime) -> Dispatch:
        closed = self.pending is None
        return replace(self, closed=closed, next_at=None if closed and self.told else now + _AGAIN)

    def _with(self, attempt: Attempt) -> Dispatch:
        place = attempt.n - 1
        return replace(self, attempts=(*self.attempts[:place], attempt, *self.attempts[place + 1 :]))

    def as_item(self) -> dict[str, Any]:
        item: dict[str, Any] = {name: str(getattr(self, name)) for name in _TEXTS if getattr(self, name)}
        moments = {name: getattr(self, name) for name in ("started_at", "next_at", "ended_at")}
        item |= {name: stamp(at) for name, at in moments.items() if at is not None}
        return item | {
            "ladder": json.dumps(to_plain(self.ladder), default=str, ensure_ascii=False),
            "ladder_name": str(self.ladder.name),
            "attempts": [attempt.as_item() for attempt in self.attempts],
            "standing": self.standing.value,
            "closed": self.closed,
            "told": self.told,
            "tells": self.tells,
            "round": self.round,
            "version": self.version,
        }

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> Dispatch:
        return Dispatch(
            **{name: item.get(name, "") for name in _TEXTS},
            ladder=trusted(OnCall, json.loads(item["ladder"])),
            started_at=instant(item["started_at"]),
            next_at=instant(item["next_at"]) if item.get("next_at") else None,
            ended_at=instant(item["ended_at"]) if item.get("ended_at") else None,
            attempts=tuple(Attempt.from_item(one) for one in item["attempts"]),
            standing=Standing(item["standing"]),
            closed=item["closed"],
            told=item["told"],
            tells=item.get("tells", 0),
            round=item.get("round") or (item["attempts"][-1]["round"] if item["attempts"] else 1),
            version=item["version"],
        )


_TEXTS = (
    *("tenant", "contact", "source", "source_id", "thread", "client", "language", "zone"),
    *("caller_id", "sender", "message", "by", "who", "how"),
)


def facts_between(before: Dispatch, after: Dispatch, now: datetime) -> list[Fact]:
    """What the contact of the dispatch is told of a change: each attempt that was made, who took it, and the end."""
    facts = []
    for attempt in after.attempts:
        known = before.attempt(attempt.n)
        if attempt.made and not (known is not None and known.made):
            facts.append(_made(attempt, now))
    if after.standing is Standing.ACKNOWLEDGED and before.running:
        facts.append(Fact(kind="acknowledged", at=now, data={"who": after.who, "how": after.how}))
    if after.closed and not before.closed:
        facts.append(Fact(kind="closed", at=now, data={"why": after.standing.value}))
    return facts


def _made(attempt: Attempt, now: datetime) -> Fact:
    if attempt.by is By.VOICE:
        return Fact(kind="dialled", at=now, data={"to": "outside", "call": attempt.id})
    parts = {"parts": attempt.parts} if attempt.parts != 1 else {}
    return Fact(kind="notified", at=now, data={"by": attempt.by.value, "to": attempt.person, "id": attempt.id, **parts})
