"""The run of a month for all clients, as it stands: one row for each client, and a head that says who began it.

A run is named by its month and its kind. It is taken up as often as anybody likes: each attempt does what is not done
yet, and whoever wants drafts to be computed anew begins the next round.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from chalicelib.kernel.clock import second, stamp
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import Money
from chalicelib.kernel.period import BillingPeriod
from chalicelib.kernel.signature import name_in

MOST_TRIES = 5  # of one client in one round, where something that we lean on did not answer
_MOST_LISTED = 200


class Kind(StrEnum):
    DRAFT = "draft"  # what every client owes, computed and written down
    FINAL = "final"  # every client's invoice


class State(StrEnum):
    DONE = "done"
    NOTHING = "nothing"  # no contract in that month
    FINAL = "final already"  # it has its invoice, so a draft of it would say something else
    EARLY = "early"  # its days of grace are not over
    AGAIN = "again"  # something did not answer; it is tried again by itself
    FAILED = "failed"


FINISHED = frozenset({State.DONE, State.NOTHING, State.FINAL})


class RunId(NamedTuple):
    """A month by its label, and what is made of it."""

    label: str
    kind: Kind

    @staticmethod
    def of(label: str, kind: str) -> RunId:
        """Raises Invalid."""
        BillingPeriod.parse(label, "UTC")
        if kind not in set(Kind):
            raise Invalid("kind", f"{kind!r} is none", f"write {' or '.join(Kind)}")
        return RunId(label, Kind(kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One client's part of a run, as the map hands it to a worker."""

    run: RunId
    round: int
    tenant: TenantId
    by: str

    def as_item(self) -> dict[str, Any]:
        return {
            "label": self.run.label,
            "kind": self.run.kind.value,
            "round": self.round,
            "tenant": self.tenant,
            "by": self.by,
        }

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> Task:
        run = RunId.of(item["label"], item["kind"])
        return Task(run=run, round=int(item["round"]), tenant=TenantId(item["tenant"]), by=item["by"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """`attempt` counts how often it was begun or taken up, `round` how often from the beginning."""

    run: RunId
    round: int
    attempt: int
    clients: int
    by: str
    at: str  # a stamp: of the last attempt
    execution: str  # what carries the last attempt out; empty where there was nothing to do

    def as_item(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "run"}

    @staticmethod
    def from_item(run: RunId, item: Mapping[str, Any]) -> Head:
        return Head(run=run, **{one.name: item[one.name] for one in fields(Head) if one.name != "run"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One client's progress. `total` counts minor units; `number` is empty where there is no invoice."""

    tenant: TenantId
    round: int
    state: State
    at: str  # a stamp
    tries: int = 1
    reason: str = ""
    number: str = ""
    total: int = 0
    currency: str = ""

    def finished(self, round_: int) -> bool:
        return self.round == round_ and self.state in FINISHED

    def as_item(self) -> dict[str, Any]:
        return {**asdict(self), "state": self.state.value}

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> Row:
        told = {one.name: item[one.name] for one in fields(Row)}
        return Row(**{**told, "tenant": TenantId(told["tenant"]), "state": State(told["state"])})


def begun_again(
    before: Head | None, tasks: Sequence[TenantId], clients: int, run: RunId, by: str, at: datetime
) -> Head:
    """The head of the next attempt of the same round, or of the first one."""
    attempt = before.attempt + 1 if before is not None else 1
    return Head(
        run=run,
        round=before.round if before is not None else 1,
        attempt=attempt,
        clients=clients,
        by=by,
        at=stamp(at),
        # With the second: an attempt whose head was lost in a crash must not take up the name of a dead execution.
        execution=f"{run.label}-{run.kind.value}-{attempt}-{second(at)}" if tasks else "",
    )


def from_the_start(before: Head) -> Head:
    """What was done in earlier rounds counts no more."""
    return replace(before, round=before.round + 1)


def left(clients: Iterable[TenantId], rows: Mapping[TenantId, Row], round_: int, *, failed: bool) -> list[TenantId]:
    """Whom an attempt takes up: who is not finished; of those that failed only who is asked for."""

    def open_(tenant: TenantId) -> bool:
        row = rows.get(tenant)
        if row is None or row.round != round_:
            return True
        return row.state not in FINISHED and (failed or row.state is not State.FAILED)

    return [tenant for tenant in clients if open_(tenant)]


def document(run: RunId, head: Head | None, rows: Iterable[Row], *, running: bool, every: bool) -> dict[str, Any]:
    """How far it is, in numbers, with the clients that failed; `every` adds all rows."""
    known = [] if head is None else sorted((row for row in rows if row.round == head.round), key=lambda row: row.tenant)
    count = Counter(row.state for row in known)
    amounts: Counter[str] = Counter()
    for row in known:
        if row.currency:
            amounts[row.currency] += row.total
    clients = max(head.clients, len(known)) if head is not None else 0
    told = sum(count[state] for state in (*FINISHED, State.EARLY, State.FAILED))
    failures = [{"tenant": row.tenant, "reason": row.reason} for row in known if row.state is State.FAILED]
    return {
        "period": run.label,
        "kind": run.kind.value,
        "round": head.round if head is not None else 0,
        "attempt": head.attempt if head is not None else 0,
        "by": name_in(head.by) if head is not None else "",
        "at": head.at if head is not None else "",
        "state": _state(head, told, clients, running=running),
        "clients": clients,
        **{state.value.replace(" ", "_"): count[state] for state in State if state is not State.AGAIN},
        "left": clients - told,
        "totals": {currency: Money(minor, currency).text() for currency, minor in sorted(amounts.items())},
        "failures": failures[:_MOST_LISTED],
        "early_until": min((row.reason for row in known if row.state is State.EARLY), default=""),
        **({"rows": [row.as_item() for row in known]} if every else {}),
    }


def _state(head: Head | None, told: int, clients: int, *, running: bool) -> str:
    if head is None:
        return "not begun"
    if running:
        return "running"
    return "finished" if told >= clients else "stopped"
