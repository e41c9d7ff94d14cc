"""The run of a month for all clients: cut off anywhere and begun again, it comes to the same invoices."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.billing.model.bill_run import MOST_TRIES, Kind, RunId, State, Task
from chalicelib.billing.service.bill_runs import BillRuns
from chalicelib.billing.service.bill_worker import BillWorker
from chalicelib.billing.store.bill_runs import BillRunStore
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.caller import Scope
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.directory import Listing
from tests.fakes.counting_house import CountingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.usage import CLINIC, NOON, PLUMBER, SHOP, company, handled, terms

NOVEMBER = "2026-11"
FINAL = RunId(NOVEMBER, Kind.FINAL)
DECEMBER = datetime(2026, 12, 12, tzinfo=UTC)
CLIENTS = (CLINIC, PLUMBER, SHOP)


class Killed(BaseException):
    """The process is gone: nothing can catch it."""


class List:
    def __init__(self, tenants: Iterable[TenantId]) -> None:
        self.tenants = list(tenants)

    def listings(self, scope: Scope) -> list[Listing]:
        assert scope.tenants is None
        known = {"tier": "voice", "status": "live", "team": "shared", "colour": ""}
        return [Listing(tenant=tenant, name=tenant, **known) for tenant in self.tenants]  # type: ignore[arg-type]


class Map:
    """The state machine without its clock: an execution does its list when it is told to."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.begun: dict[str, Mapping[str, Any]] = {}
        self.over: set[str] = set()

    def put(self, key: str, content: bytes, media_type: str) -> None:
        self.files[key] = content

    def start(self, name: str, question: Mapping[str, Any]) -> None:
        self.begun.setdefault(name, question)

    def running(self, name: str) -> bool:
        return name in self.begun and name not in self.over

    def tasks(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.files[self.begun[name]["list"]])
        return found


class House(CountingHouse):
    """A counting house whose clients have contacts in November, with the run on top."""

    def __init__(self, *tenants: Tenant, database: MemoryDatabase | None = None) -> None:
        self.memory = database or MemoryDatabase()
        super().__init__(self.memory, *(tenants or tuple(map(company, CLIENTS))))
        self.map = Map()
        self.run_store = BillRunStore(self.memory)
        self.runs = BillRuns(
            self.run_store, List(one.id for one in tenants) if tenants else List(CLIENTS), self.map, self.map
        )
        self.now = DECEMBER
        self.worker = BillWorker(self.run_store, self, lambda: self.now)

    def busy(self) -> House:
        for n, tenant in enumerate(CLIENTS):
            for contact in range(n + 2):
                facts = handled(talk=60 + 25 * contact, start=NOON + timedelta(hours=contact))
                self.tell(facts, tenant=tenant, contact=f"v{contact}", channel=Channel.VOICE)
        return self

    def last(self) -> str:
        """The name of the last execution."""
        return list(self.map.begun)[-1]

    def begin(self, kind: str = "final", **how: Any) -> dict[str, Any]:
        return self.runs.begin(NOVEMBER, kind, "fiona", self.now, **how)

    def carry_out(self, name: str) -> None:
        for item in self.map.tasks(name):
            self.worker.told(item, self.now)
        self.map.over.add(name)

    def do(self, kind: str = "final", **how: Any) -> dict[str, Any]:
        """Begun, and done to its end."""
        self.begin(kind, **how)
        for name in self.map.begun.keys() - self.map.over:
            self.carry_out(name)
        return self.runs.progress(NOVEMBER, kind, every=True)

    def documents(self) -> dict[str, bytes]:
        return {
            tenant: self.archive.content(issued.key)
            for tenant in CLIENTS
            if (issued := self.store.get(tenant, NOVEMBER)) is not None
        }

    def invoices_alone(self) -> list[dict[str, Any]]:
        """What clients pay for, without when it was looked at, and without the hash of the document before, which
        says so."""
        said = [json.loads(document) for document in self.documents().values()]
        for one in said:
            del one["previous"], one["inputs"]["cutoff"]
        return said


def test_a_run_issues_every_invoice_and_says_so() -> None:
    house = House().busy()
    told = house.do()
    assert (told["state"], told["clients"], told["done"], told["left"], told["failed"]) == ("finished", 3, 3, 0, 0)
    assert [row["number"] for row in told["rows"]] == ["INV-000001", "INV-000002", "INV-000003"]
    sums = sum(json.loads(document)["total"] for document in house.documents().values())
    assert told["totals"] == {"EUR": f"{sums // 100}.{sums % 100:02d}"}


def test_drafts_are_computed_and_issue_nothing() -> None:
    house = House().busy()
    told = house.do("draft")
    assert (told["state"], told["done"], house.documents()) == ("finished", 3, {})
    assert [row["total"] for row in told["rows"]] == [
        house.billing.draft(tenant, NOVEMBER, DECEMBER).as_document()["total"] for tenant in CLIENTS
    ]


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(1, 60), min_size=1, max_size=6))
def test_a_run_that_is_cut_off_anywhere_and_begun_again_gives_the_same_invoices(cuts: list[int]) -> None:
    whole, cut = House().busy(), House().busy()
    whole.do()
    for after in cuts:
        _kill(cut, after, lambda: cut.begin())
        # Whoever carried it out is gone; the next one begins it again.
        cut.map.over |= cut.map.begun.keys()
        cut.now += timedelta(hours=1)
    cut.do()
    assert cut.invoices_alone() == whole.invoices_alone()
    assert [proof for proof in cut.replay.all(CLIENTS, DECEMBER) if not proof.ok] == []
    assert cut.runs.progress(NOVEMBER, "final")["done"] == 3


def _kill(house: House, after: int, begin: Callable[[], object]) -> None:
    left = [after]

    def count(operation: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    house.memory.before = count
    try:
        begin()
        for name in sorted(house.map.begun.keys() - house.map.over):
            house.carry_out(name)
    except Killed:
        pass
    finally:
        house.memory.before = lambda operation: None


def test_who_is_finished_is_not_asked_again() -> None:
    house = House().busy()
    house.do()
    told = house.begin()
    assert (told["state"], len(house.map.begun)) == ("finished", 1)
    before, rows = house.documents(), house.run_store.rows(FINAL)
    house.now += timedelta(days=1)
    house.worker.told({"Items": house.map.tasks(house.last())}, house.now)
    assert (house.documents(), house.run_store.rows(FINAL)) == (before, rows)


def test_two_who_begin_at_once_begin_it_once() -> None:
    house = House().busy()
    house.begin()
    assert house.begin()["state"] == "running"
    assert len(house.map.begun) == 1
    with pytest.raises(Conflict, match="under way"):
        house.begin(anew=True)


class Stubborn:
    """Billing that fails for one client, as long as it is told to."""

    def __init__(self, house: House, error: Exception) -> None:
        self._billing, self._error = house.billing, error
        self.sick = {PLUMBER}
        house.billing = self  # type: ignore[assignment]

    def draft(self, tenant: TenantId, label: str, now: datetime) -> Any:
        if tenant in self.sick:
            raise self._error
        return self._billing.draft(tenant, label, now)


@pytest.mark.parametrize(
    ("error", "why"),
    [(Conflict("the totals differ; rebuild them"), "the totals differ"), (KeyError("x"), "KeyError; the log")],
)
def test_who_fails_stops_nobody_and_is_tried_again_when_asked_for(error: Exception, why: str) -> None:
    house = House().busy()
    stubborn = Stubborn(house, error)
    told = house.do("draft")
    assert (told["done"], told["failed"], told["state"]) == (2, 1, "finished")
    assert [(one["tenant"], one["reason"].startswith(why)) for one in told["failures"]] == [(PLUMBER, True)]
    stubborn.sick.clear()
    assert house.do("draft")["failed"] == 1, "nobody asked for it"
    told = house.do("draft", failed=True)
    assert (told["done"], told["failed"], told["attempt"]) == (3, 0, 2)


def test_what_does_not_answer_is_tried_again_a_few_times_and_then_reported() -> None:
    house = House().busy()
    stubborn = Stubborn(house, Unavailable("the index"))
    house.begin("draft")
    (task,) = [item for item in house.map.tasks(house.last()) if item["tenant"] == PLUMBER]
    answers = [house.worker.answer(house.worker.told(task, DECEMBER)) for _ in range(MOST_TRIES)]
    assert [one["again"] for one in answers] == [True] * (MOST_TRIES - 1) + [False]
    assert answers[-1]["failed"] == 1
    stubborn.sick.clear()
    house.map.over |= house.map.begun.keys()
    assert house.do("draft", failed=True)["failed"] == 0


def test_a_worker_that_broke_is_written_into_its_clients_row() -> None:
    house = House().busy()
    task = Task(run=FINAL, round=1, tenant=SHOP, by="fiona")
    answer = house.worker.answer(
        house.worker.told({**task.as_item(), "broken": {"Error": "Sandbox.Timedout"}}, DECEMBER)
    )
    row = house.run_store.row(FINAL, SHOP)
    assert row is not None
    assert (answer["failed"], row.state, row.reason) == (1, State.FAILED, "the worker broke (Sandbox.Timedout)")
    # One that was done all the same stays done.
    house.worker.work(task, DECEMBER)
    assert house.worker.gave_up(task, "late news").state is State.DONE


def test_days_of_grace_are_no_failure_and_are_waited_for() -> None:
    strict = replace(company(SHOP), contract=replace(company().contract, grace_days=30))
    house = House(company(CLINIC), company(PLUMBER), strict).busy()
    told = house.do()
    assert (told["done"], told["early"], told["failed"], told["state"]) == (2, 1, 0, "finished")
    assert told["early_until"].startswith("2026-12-30T23:00")
    house.now = datetime(2027, 1, 2, tzinfo=UTC)
    assert house.do()["done"] == 3


def test_a_client_whose_contract_begins_later_has_nothing_to_pay() -> None:
    later = replace(company(SHOP), contract=replace(company().contract, effective_from=DECEMBER.date()))
    house = House(company(CLINIC), later)
    told = house.do()
    assert (told["done"], told["nothing"], told["failed"]) == (1, 1, 0)


def test_a_month_that_has_begun_nowhere_is_not_run() -> None:
    house = House().busy()
    house.now = datetime(2026, 11, 30, 9, 59, tzinfo=UTC)
    with pytest.raises(Invalid, match="2026-12 has not begun anywhere"):
        house.runs.begin("2026-12", "draft", "fiona", house.now)
    house.now += timedelta(minutes=1)  # midnight on Kiritimati
    assert house.runs.begin("2026-12", "draft", "fiona", house.now)["clients"] == 3


def test_anew_computes_the_drafts_again() -> None:
    house = House().busy()
    before = house.do("draft")
    house.tell(handled(talk=600), tenant=SHOP, contact="v99")
    assert house.do("draft")["totals"] == before["totals"]
    after = house.do("draft", anew=True)
    assert (after["round"], after["done"]) == (2, 3)
    assert after["totals"] != before["totals"]


def test_a_run_whose_head_was_lost_is_no_run_that_is_dead() -> None:
    house = House().busy()
    house.begin()
    house.map.over |= house.map.begun.keys()
    house.memory.tables["ledger"] = {
        key: item for key, item in house.memory.tables["ledger"].items() if not key.pk.startswith("RUN#")
    }
    house.now += timedelta(minutes=1)
    assert house.do()["done"] == 3


def test_some_clients_can_be_chosen_and_the_others_are_left() -> None:
    house = House().busy()
    told = house.do(only=[SHOP])
    assert (told["done"], told["left"], told["state"], list(house.documents())) == (1, 2, "stopped", [SHOP])
    with pytest.raises(NotFound, match="nobody"):
        house.begin(only=["nobody"])


@pytest.mark.parametrize(("period", "kind"), [("2026-13", "draft"), ("current", "draft"), ("2026-11", "paid")])
def test_what_is_no_run_is_refused_by_name(period: str, kind: str) -> None:
    house = House()
    with pytest.raises(Invalid):
        house.runs.begin(period, kind, "fiona", DECEMBER)
    assert house.memory.tables == {}


def test_an_invoice_that_was_issued_by_hand_is_the_answer() -> None:
    house = House().busy()
    by_hand = house.invoices.finalise(SHOP, NOVEMBER, "frank", DECEMBER)
    told = house.do()
    assert (told["done"], told["failed"]) == (3, 0)
    assert {row["tenant"]: row["number"] for row in told["rows"]}[SHOP] == by_hand.number


def test_a_client_whose_month_is_final_has_no_draft_in_the_run() -> None:
    house = House().busy()
    issued = house.invoices.finalise(SHOP, NOVEMBER, "frank", DECEMBER)
    house.tell(handled(talk=600), now=DECEMBER + timedelta(days=1), tenant=SHOP, contact="late")
    told = house.do("draft")
    (row,) = [row for row in told["rows"] if row["tenant"] == SHOP]
    assert (row["state"], row["number"], row["total"]) == ("final already", issued.number, issued.total)
    assert (told["done"], told["final_already"], told["left"], told["state"]) == (2, 1, 0, "finished")


def test_a_run_says_who_began_it_in_words() -> None:
    house = House()
    assert house.runs.begin(NOVEMBER, "draft", "Fiona Finance <e188>", DECEMBER)["by"] == "Fiona Finance"


def test_a_worker_that_fails_late_does_not_unwrite_what_another_finished() -> None:
    house = House().busy()
    task = Task(run=RunId(NOVEMBER, Kind.DRAFT), round=1, tenant=SHOP, by="fiona")
    good = house.billing

    class Slow:
        def draft(self, tenant: TenantId, label: str, now: datetime) -> Any:
            house.billing = good
            house.worker.work(task, DECEMBER)
            raise Conflict("too late")

    house.billing = Slow()  # type: ignore[assignment]
    assert house.worker.work(task, DECEMBER).row.state is State.DONE
    row = house.run_store.row(task.run, SHOP)
    assert row is not None
    assert row.state is State.DONE


def test_two_workers_on_one_client_leave_one_invoice_and_its_row() -> None:
    house = House(company(SHOP, plan=terms(per_minute="2.00")))
    house.tell(handled(), tenant=SHOP)
    task = Task(run=FINAL, round=1, tenant=SHOP, by="fiona")
    nested = [False]

    def other(operation: str) -> None:
        if operation == "transact" and not nested[0]:
            nested[0] = True
            house.worker.work(task, DECEMBER)

    house.memory.before = other
    done = house.worker.work(task, DECEMBER)
    house.memory.before = lambda operation: None
    assert (done.row.state, done.row.number) == (State.DONE, "INV-000001")
    assert len(house.store.issued(SHOP)) == 1
    assert house.run_store.row(FINAL, SHOP) == done.row
