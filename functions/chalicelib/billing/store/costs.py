"""Cost runs in DynamoDB. A run is written once and never changed; which one holds is a reference.

    COSTS#<period>            RUN#<run>                   a run: all that it says but its lists
    COSTS#<period>            LATEST                      the run that holds
    COSTS#<period>#<run>      ORIGIN#<origin>#<part>      an origin with its rows, in parts of 2,000
    COSTS#<period>#<run>      MARGIN#<part>               margins, in parts of 2,000
    COSTS#<period>#<run>      EARNED#<part>               the documents that they began with, likewise

Rows go first and the run with its reference last, in one transaction: nobody reads half a run, and one that was
cut off is finished by writing it again, as its id follows from what it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, TypeVar

from chalicelib.aws.table import Absent, Condition, ConditionLost, Database, Equals, Item, Key, Put, every
from chalicelib.billing.model.cost.allocation import Allocated, Kind, Origin, Row
from chalicelib.billing.model.cost.margin import Earned, FxRate, Margin, ProfitAndLoss
from chalicelib.billing.model.cost.run import AllocationRun, Time
from chalicelib.billing.model.cost.shares import Policies, Policy
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import AgentId, TenantId
from chalicelib.kernel.money import Money, decimal

TABLE = "ledger"
_ROWS = 2_000  # in one item: some 120 KB of the 400 that it may have
_ITEMS = 25  # in one transaction: some 3 MB of the 4 that it may have
_Part = TypeVar("_Part")


class CostStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, label: str) -> AllocationRun | None:
        held = self._database.get(TABLE, Key(f"COSTS#{label}", "LATEST"))
        return None if held is None else self._run(label, held["run"])

    def runs(self, label: str) -> list[AllocationRun]:
        """All of the period, as they replaced each other: the first one first."""
        items = every(self._database, TABLE, f"COSTS#{label}", begins="RUN#")
        by_replaced = {item["replaces"]: item["sk"].removeprefix("RUN#") for item in items}
        found, at = [], ""
        while (run := by_replaced.get(at)) is not None:
            found.append(self._run(label, run))
            at = run
        return found

    def put(self, run: AllocationRun) -> None:
        """Raises Conflict when the run that it replaces holds no more, Invalid when it does not add up."""
        name = run.id
        parts = [*_origin_items(run, name), *_list_items(run, name)]
        for batch in _cut(parts, _ITEMS):
            self._write(batch)
        holds: Condition = Equals("run", run.replaces) if run.replaces else Absent()
        latest: Item = {"pk": f"COSTS#{run.label}", "sk": "LATEST", "run": name}
        try:
            self._database.transact(
                [
                    Put(table=TABLE, item=_head_item(run, name), when=(Absent(),)),
                    Put(table=TABLE, item=latest, when=(holds,)),
                ]
            )
        except ConditionLost as lost:
            if 0 in lost.lost:
                return  # this very run is here already: a second delivery is silence
            now = (lost.lost.get(1) or {}).get("run", "")
            raise Conflict(f"another run of {run.label} was written meanwhile; run it again", run=now) from None

    def _write(self, batch: Sequence[Item]) -> None:
        """What a run that was cut off has written is the same, and stays."""
        missing = list(batch)
        while missing:
            try:
                return self._database.transact([Put(table=TABLE, item=item, when=(Absent(),)) for item in missing])
            except ConditionLost as lost:
                missing = [item for place, item in enumerate(missing) if place not in lost.lost]
        return None

    def _run(self, label: str, name: str) -> AllocationRun:
        head = self._database.get(TABLE, Key(f"COSTS#{label}", f"RUN#{name}"))
        assert head is not None, "the reference is written with the run"
        items = every(self._database, TABLE, f"COSTS#{label}#{name}")
        return _as_run(head, _allocated(_of(items, "ORIGIN#")), _listed(items, "MARGIN#"), _listed(items, "EARNED#"))


def _of(items: Iterable[Item], begins: str) -> list[Item]:
    return [item for item in items if item["sk"].startswith(begins)]


def _listed(items: Iterable[Item], begins: str) -> list[Any]:
    return [row for item in _of(items, begins) for row in item["rows"]]


def _cut(parts: Sequence[_Part], size: int) -> Iterator[Sequence[_Part]]:
    for place in range(0, len(parts), size):
        yield parts[place : place + size]


def _origin_items(run: AllocationRun, name: str) -> Iterator[Item]:
    for one in run.allocated:
        origin = one.origin
        for part, rows in enumerate(_cut(one.rows, _ROWS)):
            yield {
                "pk": f"COSTS#{run.label}#{name}",
                "sk": f"ORIGIN#{origin.id}#{part:04d}",
                "id": origin.id,
                "kind": origin.kind.value,
                "subject": origin.subject,
                "text": origin.text,
                "method": origin.method,
                "first_day": origin.first_day.isoformat(),
                "last_day": origin.last_day.isoformat(),
                "weight": origin.weight,
                "minor": origin.cost.minor,
                "currency": origin.cost.currency,
                "rows": [[row.tenant, row.channel, row.weight, row.minor] for row in rows],
            }


def _list_items(run: AllocationRun, name: str) -> Iterator[Item]:
    margins = [[row.tenant, row.channel, row.revenue, row.labour, row.direct, row.overhead] for row in run.result.rows]
    documents = [[one.tenant, one.document, one.currency, dict(one.net)] for one in run.earned]
    for kind, listed in (("MARGIN", margins), ("EARNED", documents)):
        for part, rows in enumerate(_cut(listed, _ROWS)):
            yield {"pk": f"COSTS#{run.label}#{name}", "sk": f"{kind}#{part:04d}", "rows": rows}


def _head_item(run: AllocationRun, name: str) -> Item:
    return {
        "pk": f"COSTS#{run.label}",
        "sk": f"RUN#{name}",
        "label": run.label,
        "zone": run.zone,
        "first_day": run.first_day.isoformat(),
        "last_day": run.last_day.isoformat(),
        "until": stamp(run.until),
        "complete": run.complete,
        "idle": run.policies.idle.value,
        "shrinkage": run.policies.shrinkage.value,
        "home": run.result.home,
        "exchange": [rate.as_document() for rate in run.result.rates],
        "time": run.time.as_document(),
        "without_pay": list(run.without_pay),
        "replaces": run.replaces,
        "made_at": stamp(run.made_at) if run.made_at else "",
    }


def _allocated(items: Iterable[Item]) -> tuple[Allocated, ...]:
    """Each is checked again as it is made: a part that is missing does not go unseen."""
    parts: dict[str, list[Item]] = {}
    for item in items:
        parts.setdefault(item["id"], []).append(item)
    return tuple(
        Allocated(
            _as_origin(own[0]),
            tuple(Row(name, TenantId(row[0]), row[1], row[2], row[3]) for item in own for row in item["rows"]),
        )
        for name, own in sorted(parts.items())
    )


def _as_origin(item: Item) -> Origin:
    return Origin(
        id=item["id"],
        kind=Kind(item["kind"]),
        subject=item["subject"],
        text=item["text"],
        method=item["method"],
        first_day=date.fromisoformat(item["first_day"]),
        last_day=date.fromisoformat(item["last_day"]),
        weight=item["weight"],
        cost=Money(item["minor"], item["currency"]),
    )


def _as_rate(said: Item) -> FxRate:
    return FxRate(
        base=said["from"],
        quote=said["to"],
        day=date.fromisoformat(said["day"]),
        rate=decimal(said["rate"]),
        source=said["source"],
    )


def _as_run(
    head: Item, allocated: tuple[Allocated, ...], margins: Sequence[Sequence[Any]], documents: Sequence[Sequence[Any]]
) -> AllocationRun:
    rows = tuple(
        Margin(tenant=TenantId(row[0]), channel=row[1], revenue=row[2], labour=row[3], direct=row[4], overhead=row[5])
        for row in margins
    )
    return AllocationRun(
        label=head["label"],
        zone=head["zone"],
        first_day=date.fromisoformat(head["first_day"]),
        last_day=date.fromisoformat(head["last_day"]),
        until=instant(head["until"]),
        complete=head["complete"],
        policies=Policies(idle=Policy(head["idle"]), shrinkage=Policy(head["shrinkage"])),
        allocated=allocated,
        earned=tuple(
            Earned(tenant=TenantId(one[0]), document=one[1], currency=one[2], net=dict(one[3])) for one in documents
        ),
        result=ProfitAndLoss(head["home"], rows, tuple(_as_rate(rate) for rate in head.get("exchange", ()))),
        time=Time(**head["time"]),
        without_pay=tuple(AgentId(agent) for agent in head["without_pay"]),
        replaces=head["replaces"],
        made_at=instant(head["made_at"]) if head["made_at"] else None,
    )
