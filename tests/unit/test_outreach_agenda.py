"""The round of the agenda: what cannot wait goes first, nothing is left behind, and no fault ends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.aws.table import ConditionLost
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.ids import TenantId
from chalicelib.outreach.model.agenda import Entry, Kind
from chalicelib.outreach.service.agenda import AGAIN_S, Agenda
from chalicelib.outreach.store.agenda import AgendaStore, note, strike
from tests.fakes.memory import MemoryDatabase

NOW = datetime.fromisoformat("2026-11-23T15:00:00+00:00")


@dataclass
class House:
    """Whatever is due is done, and struck, but for what `fails` or `stays`."""

    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    fails: set[str] = field(default_factory=set)
    stays: set[str] = field(default_factory=set)
    done: list[Entry] = field(default_factory=list)
    failed: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pages = AgendaStore(self.database)
        self.agenda = Agenda(self.pages, dict.fromkeys(Kind, self.does), lambda _, error: self.failed.append(error))

    def has(self, kind: Kind, *ids: str, at: datetime = NOW) -> None:
        for id in ids:
            self.database.write(note(Entry(at=at, kind=kind, tenant=TenantId("shop"), id=id)))

    def does(self, entry: Entry, now: datetime) -> str:
        if entry.id in self.fails:
            raise ConditionLost({})
        self.done.append(entry)
        if entry.id not in self.stays:
            self.database.write(strike(entry))
        return "done"

    def works(self, now: datetime = NOW, seconds: int = 10_000) -> dict[str, int]:
        """Each entry takes a second."""
        clock: Iterator[int] = iter(range(seconds, -1, -1))
        return self.agenda.work(now, lambda: next(clock))


def test_nobody_on_call_waits_for_a_thousand_promised_calls() -> None:
    house = House()
    house.has(Kind.APPOINTMENT, *(f"a{n:04}" for n in range(1000)))
    house.has(Kind.CAMPAIGN, "spring")
    house.has(Kind.DISPATCH, "v1", at=NOW + timedelta(seconds=1))
    done = house.works(NOW + timedelta(seconds=1))
    assert house.done[0].kind is Kind.DISPATCH
    assert done == {"dispatch_done": 1, "appointment_done": 1000, "campaign_done": 1}


def test_what_there_was_no_time_for_is_done_in_the_next_round() -> None:
    house = House()
    house.has(Kind.APPOINTMENT, *(f"a{n:04}" for n in range(250)))
    assert house.works(seconds=200) == {"appointment_done": 200, "late": 1}
    assert house.works(seconds=200) == {"appointment_done": 50}


def test_an_entry_that_stays_is_looked_at_once_in_a_round() -> None:
    house = House(stays={"a0001"})
    house.has(Kind.APPOINTMENT, *(f"a{n:04}" for n in range(150)))
    assert house.works() == {"appointment_done": 150}


def test_what_fails_is_moved_and_the_rest_is_done() -> None:
    house = House(fails={"v1"})
    house.has(Kind.DISPATCH, "v1", "v2")
    assert house.works() == {"dispatch_failed": 1, "dispatch_done": 1}
    assert [one.at for one in house.pages.due(NOW + timedelta(days=1), 9)] == [NOW + timedelta(seconds=AGAIN_S)]


def test_a_move_that_fails_ends_no_round_and_leaves_the_entry_where_it_is() -> None:
    house = House(fails={"v1"})
    house.has(Kind.DISPATCH, "v1", "v2")

    def transact(writes: object) -> None:
        raise Unavailable("the table")

    house.database.transact = transact  # type: ignore[method-assign,assignment]
    assert house.works() == {"dispatch_failed": 1, "dispatch_done": 1}
    assert len(house.failed) == 2
    assert [one.id for one in house.pages.due(NOW, 9)] == ["v1"]
