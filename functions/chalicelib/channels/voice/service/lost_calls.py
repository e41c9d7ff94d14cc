"""Calls of whose end nobody told us, neither by an event nor by a record: telephony is asked how they stand.

It is asked for those only that have gone on for longer than calls do (`model/lost.py`), and for so many of them in one
run; a call that still goes on is left as it is. So those who really wait for so long would hide who does not, were the
oldest asked about each time: they take turns, by the clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.channels.voice.model.lost import TALKED, WAITS, is_overdue, leads_outside
from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.model.line import line_of
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.errors import Conflict, Unavailable
from chalicelib.kernel.ids import ContactId, TeamId, TenantId
from chalicelib.routing.model.board import Board
from chalicelib.routing.model.line import Line as Queue
from chalicelib.routing.model.line import Waiting
from chalicelib.routing.model.seat import Seat

UNKNOWN = "unknown_to_telephony"
# What became of those who were asked about.
ENDED, GOES_ON, MOVED, UNASKED, FAILED = "ended", "goes_on", "moved", "unasked", "failed"
MOST_ASKED = 50  # in one run
# Seconds between two questions: of a call that is over, what follows it is asked for too (ListAssociatedContacts), and
# that may be done twice a second by everything that is ours.
PACE_S = 1.0
MOST_OF_A_LINE = 1000  # the longest waiting of it
# How often each of the two looks is taken: every time it is the turn of others.
EVERY, DAILY = timedelta(minutes=10), timedelta(days=1)
# A contact that was opened late on a day is overdue on the next one, whatever the hour of this clock.
DAYS_BACK = (1, 2)
_BATCH = 100
_Key = tuple[TenantId, ContactId]


class Line(Protocol):
    """How a call stands."""

    @property
    def ended_at(self) -> datetime | None: ...


class Telephone(Protocol):
    def describe(self, call: str) -> Line | None:
        """None for what it knows nothing of. Raises Unavailable where it did not answer."""
        ...


class Floor(Protocol):
    def board(self, team: TeamId) -> Board: ...
    def heads(self, line: Queue, limit: int) -> tuple[Waiting, ...]: ...
    def seats(self, team: TeamId) -> list[Seat]: ...


class Contacts(Protocol):
    def of_day(self, tenant: TenantId, date: str) -> list[ContactId]: ...
    def get_many(self, keys: Sequence[_Key]) -> list[Contact]: ...
    def end(self, tenant: TenantId, contact: ContactId, *, by: str, now: datetime, why: str = "") -> Contact: ...
    def close(self, tenant: TenantId, contact: ContactId, now: datetime, why: str = "") -> Contact: ...
    def serve(self, tenant: TenantId, contact: ContactId, topic: str, now: datetime) -> Contact: ...


class Router(Protocol):
    def abandon(
        self, tenant: TenantId, contact: ContactId, where: str, now: datetime, by: str = "customer"
    ) -> Contact: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found of the overdue ones; `told` are those that were ended, with why; `failed`, which could not be."""

    counts: Counter[str] = field(default_factory=Counter)
    told: tuple[tuple[ContactId, str], ...] = ()
    failed: tuple[tuple[ContactId, Exception], ...] = ()


class LostCalls:
    def __init__(
        self,
        telephone: Telephone,
        contacts: Contacts,
        router: Router,
        floor: Floor,
        teams: Callable[[], Sequence[TeamId]],
        clients: Callable[[], Sequence[TenantId]],
        rest: Callable[[float], None],
    ) -> None:
        """`rest` passes so many seconds between two questions."""
        self._telephone, self._contacts, self._router, self._floor = telephone, contacts, router, floor
        self._teams, self._clients, self._rest = teams, clients, rest

    def of_the_floor(self, now: datetime) -> Found:
        """Who has stood in a line, or been with an agent, for too long."""
        return self._settle(self._overdue(self._on_the_floor(now), now, EVERY), now)

    def of_yesterday(self, now: datetime) -> Found:
        """Whatever was opened on the days before and is not over: also what is in no line and with nobody."""
        return self._settle(self._overdue(self._opened_before(now), now, DAILY), now)

    def _on_the_floor(self, now: datetime) -> Iterator[_Key]:
        for team in self._teams():
            for seat in self._floor.seats(team):
                yield from ((held.tenant, one) for one, held in seat.contacts.items() if held.channel is Channel.VOICE)
            for queue in self._floor.board(team).queues.values():
                if queue.waiting and queue.line.channel is Channel.VOICE and not queue.line.outbound:
                    yield from self._waits_long(queue.line, now)

    def _waits_long(self, line: Queue, now: datetime) -> Iterator[_Key]:
        latest = now - WAITS
        for waiting in self._floor.heads(line, MOST_OF_A_LINE):
            if instant(waiting.since) < latest:
                yield waiting.tenant, waiting.contact

    def _opened_before(self, now: datetime) -> Iterator[_Key]:
        days = [stamp(now - timedelta(days=back))[:10] for back in DAYS_BACK]
        for tenant in self._clients():
            for day in days:
                yield from ((tenant, contact) for contact in self._contacts.of_day(tenant, day))

    def _overdue(self, keys: Iterable[_Key], now: datetime, every: timedelta) -> list[Contact]:
        found = {
            one.contact: one
            for batch in _batches(keys)
            for one in self._contacts.get_many(batch)
            if is_overdue(one, now)
        }
        return _turn(sorted(found.values(), key=lambda one: (one.opened_at, one.contact)), now, every)

    def _settle(self, overdue: Sequence[Contact], now: datetime) -> Found:
        counts: Counter[str] = Counter()
        told: list[tuple[ContactId, str]] = []
        failed: list[tuple[ContactId, Exception]] = []
        for done, contact in enumerate(overdue):
            if done:
                self._rest(PACE_S)
            try:
                what = self._ask(contact, now)
            except Unavailable:  # it will not answer for the others either; they are asked about the next time
                counts[UNASKED] += len(overdue) - done
                break
            except Exception as error:  # one call must not keep the others from being asked about
                what = FAILED
                failed.append((contact.contact, error))
            counts[what] += 1
            if what in (ENDED, UNKNOWN):
                told.append((contact.contact, what))
        return Found(counts=counts, told=tuple(told), failed=tuple(failed))

    def _ask(self, contact: Contact, now: datetime) -> str:
        called = line_of(contact)
        line = self._telephone.describe(called) if called else None
        if line is not None and line.ended_at is None:
            return GOES_ON
        ended_at = line.ended_at if line is not None else None
        # Their clock is not believed about the future, nor against what we know happened later.
        at = max(min(ended_at or now, now), contact.facts[-1].at)
        try:
            self._end(contact, at, ENDED if ended_at is not None else UNKNOWN)
        except Conflict:  # it moves in this very moment, so that somebody knows of it
            return MOVED
        return ENDED if ended_at is not None else UNKNOWN

    def _end(self, contact: Contact, at: datetime, what: str) -> None:
        tenant, this = contact.tenant, contact.contact
        why = UNKNOWN if what == UNKNOWN else "system"
        if leads_outside(contact):
            self._contacts.close(tenant, this, at, why)
        elif contact.state in TALKED:
            self._contacts.end(tenant, this, by="system", now=at, why=why)
        elif what == ENDED and (served := contact.answered_by_machine):
            self._contacts.serve(tenant, this, served, at)
        else:
            # Of a call of ours nobody gave anything up: it reached nobody.
            where = "no_answer" if contact.outbound else UNKNOWN if what == UNKNOWN else ""
            self._router.abandon(tenant, this, where, at, by="system")


def _turn(overdue: list[Contact], now: datetime, every: timedelta) -> list[Contact]:
    """Whose turn it is: of so many who stay the same, each is asked about before anybody is asked about again."""
    if len(overdue) <= MOST_ASKED:
        return overdue
    first = int(now.timestamp() // every.total_seconds()) * MOST_ASKED % len(overdue)
    return [*overdue[first:], *overdue[:first]][:MOST_ASKED]


def _batches(keys: Iterable[_Key]) -> Iterator[list[_Key]]:
    batch: list[_Key] = []
    for key in keys:
        batch.append(key)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
