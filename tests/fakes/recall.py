"""A shop that calls its customers about a recall, on a Monday morning in New York."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.calling_house import CallingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.tenants import changed

WEEK = {day: ["09:00-19:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
CAMPAIGN = {"name": "recall", "title": "Recall", "hours": WEEK, "attempts": 3, "retry_s": 7200, "a_day": 2}
OUTCOMES = [
    {"code": "sold", "label": "Sold"},
    {"code": "later", "label": "Later", "again_s": 86400},
    {"code": "never", "label": "Never", "do_not_call": True},
]
MONDAY = datetime(2026, 11, 23, 15, tzinfo=UTC)  # 10:00 in New York
ANN, BOB, CAT = "+12125550001", "+12125550002", "+12125550003"


def client(*campaigns: dict[str, object]) -> Tenant:
    return changed("shop", campaigns=list(campaigns or (CAMPAIGN,)), dispositions=OUTCOMES, plan__non_billable=None)


def house(*campaigns: dict[str, object], now: datetime = MONDAY) -> CallingHouse:
    return CallingHouse(MemoryDatabase(), client(*campaigns), now=now)


def listed(*numbers: str, zone: str = "America/New_York") -> str:
    return "number,name,zone,Order\n" + "".join(
        f"{number},P {number[-1]},{zone},O-{number[-2:]}\n" for number in numbers
    )


def many(count: int) -> list[str]:
    return [f"+1212555{number:04d}" for number in range(count)]


def running() -> CallingHouse:
    """With three people on its list and nobody at work."""
    started = house()
    started.campaigns.load(started.tenant, "recall", listed(ANN, BOB, CAT), now=started.now)
    started.campaigns.start(started.tenant, "recall", "olivia", started.now)
    return started
