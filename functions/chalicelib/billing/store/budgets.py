"""Who was told of which part of a budget, in DynamoDB.

T#<tenant>#P#<label>    ALERT#<amount>#<percent>    told of so many percent of a budget of that amount, and when
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.aws.table import Absent, ConditionLost, Database, Delete, Key, Put, every
from chalicelib.billing.store.books import TABLE
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import Money


class BudgetStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def told(self, tenant: TenantId, label: str, budget: Money) -> frozenset[int]:
        items = every(self._database, TABLE, f"T#{tenant}#P#{label}", begins=_begins(budget))
        return frozenset(item["percent"] for item in items)

    def claim(self, tenant: TenantId, label: str, budget: Money, percent: int, now: datetime) -> bool:
        key = _key(tenant, label, budget, percent)
        item = {"pk": key.pk, "sk": key.sk, "percent": percent, "at": stamp(now)}
        try:
            self._database.write(Put(table=TABLE, item=item, when=(Absent(),)))
        except ConditionLost:
            return False
        return True

    def forget(self, tenant: TenantId, label: str, budget: Money, percent: int) -> None:
        """It was claimed, and then nobody could be told."""
        self._database.write(Delete(table=TABLE, key=_key(tenant, label, budget, percent)))


def _begins(budget: Money) -> str:
    return f"ALERT#{budget.minor}{budget.currency}#"


def _key(tenant: TenantId, label: str, budget: Money, percent: int) -> Key:
    return Key(f"T#{tenant}#P#{label}", f"{_begins(budget)}{percent:04d}")
