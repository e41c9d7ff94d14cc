"""What a client means to spend in a period, and what of it is spent: whom to tell, and when its contacts are capped."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from chalicelib.billing.model.line import Line, net_of
from chalicelib.billing.model.plan import Budget
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import Money

_ALL = 100
_NOT_SPENT = frozenset({"deposit"})  # it is paid back


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """So many percent of the budget are reached. `action` is what the cap does now, empty where there is none."""

    tenant: TenantId
    name: str
    period: str
    percent: int
    spent: Money
    budget: Money
    action: str = ""
    language: str = "en"
    to: tuple[str, ...] = ()  # the client's people

    def as_document(self) -> dict[str, Any]:
        return {
            "type": "budget",
            "tenant": self.tenant,
            "period": self.period,
            "percent": self.percent,
            "spent": self.spent.minor,
            "budget": self.budget.minor,
            "currency": self.budget.currency,
            "action": self.action,
        }


def spent(lines: Iterable[Line], currency: str) -> Money:
    """Without tax."""
    return net_of((line for line in lines if line.kind not in _NOT_SPENT), currency)


def reached(budget: Budget, so_far: Money) -> tuple[int, ...]:
    """The percentages at which people are told, rising; where there is a cap, reaching it is always one of them."""
    told = sorted({*budget.alerts, *([_ALL] if budget.cap else [])})
    return tuple(percent for percent in told if so_far.minor * 100 >= budget.amount.minor * percent)


def untold(budget: Budget, so_far: Money, told: Collection[int]) -> tuple[int, ...]:
    return tuple(percent for percent in reached(budget, so_far) if percent not in told)


def capped(budget: Budget, so_far: Money) -> bool:
    return budget.cap and so_far.minor >= budget.amount.minor
