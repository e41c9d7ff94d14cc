"""The plans A, B and C of the worked invoices, as configurations; and records that use so much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.billing.model.ledger import Meter, Mode, UsageRecord
from chalicelib.billing.model.plan import USUAL, Plan
from chalicelib.billing.model.segment import Segment
from chalicelib.billing.model.totals import Key, Total, Totals
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.kernel.period import BillingPeriod
from chalicelib.tenancy.model.plain import trusted
from chalicelib.tenancy.model.plan import Plan as Terms

NOVEMBER = BillingPeriod.month(2026, 11, "Europe/Berlin")
WHOLE = Segment.whole_of(NOVEMBER)
SHOP = TenantId("shop")

_FREE_OF_TAX = {"category": "O", "rate": "0"}
VOICE_ESSENTIALS: Mapping[str, Any] = {
    "name": "Voice Essentials",
    "currency": "USD",
    "base": "325.00",
    "setup": "150.00",
    "tax": _FREE_OF_TAX,
    "non_billable": ["spam", "wrong_number", "test"],
    "voice": {
        "per_minute": "1.85",
        "included_minutes": 150,
        "initial_interval": 6,
        "next_interval": 6,
        "minimum": 30,
        "wrap_up_cap": 60,
        "short_calls": {"free": 30, "below_s": 30},
    },
    "automated": {"per_minute": "0.15"},
    "patched": {"per_minute": "0.10"},
    "sms": {"per_contact": "0.05"},
    "add_ons": [{"id": "numbers", "text": "Extra phone number", "price": "5.00"}],
    "factors": {"after_hours": "1.5", "holiday": "1.5"},
}
OMNI_SHARED: Mapping[str, Any] = {
    "name": "Omni Shared",
    "currency": "USD",
    "base": "2150.00",
    "setup": "750.00",
    "tax": _FREE_OF_TAX,
    "non_billable": ["spam", "no_intent"],
    "voice": {"per_minute": "1.45", "included_minutes": 1000, "wrap_up_cap": 120},
    "chat": {"per_contact": "4.50", "included": 150},
    "email": {"per_contact": "3.00", "included": 200},
    "message": {"per_contact": "3.00", "included": 100},
    "post": {"per_contact": "4.00"},
    "bot_chat": {"per_contact": "0.75"},
    "service": {
        "cap": "15",
        "credit": [{"points": "5", "percent": "5"}, {"points": "10", "percent": "10"}],
    },
}
DEDICATED: Mapping[str, Any] = {
    "name": "Dedicated + overflow",
    "currency": "USD",
    "base": "0",
    "setup": "5000.00",
    "tax": _FREE_OF_TAX,
    "seats": {"seats": 4, "hours": 160, "per_hour": "29.50"},
    "voice": {"per_minute": "1.20", "mode": "shared", "wrap_up_cap": 60},
    "chat": {"per_contact": "0"},
    "band": {"baseline": 6000, "deadband": "10", "arc": "2.40", "rrc": "1.60"},
    "service": {"on": "seats", "cap": "5"},
}


def configured(said: Mapping[str, Any], **changes: Any) -> Terms:
    terms: Terms = trusted(Terms, {**said, **changes})
    return terms


def planned(said: Mapping[str, Any], **changes: Any) -> Plan:
    return Plan.of(configured(said, **changes))


def simple(**changes: Any) -> Plan:
    """A plan in euros of which only what a test is about is said."""
    usual = {"name": "Simple", "currency": "EUR", "base": "0", "tax": {"category": "S", "rate": "19"}}
    return planned(usual, **changes)


def totals(**used: int | tuple[int, int]) -> Totals:
    """`voice_seconds=600` or, with the number of contacts, `voice_seconds=(7, 600)`; `chat__holiday=3`."""
    of = {}
    for name, quantity in used.items():
        charge, _, rate_class = name.partition("__")
        contacts, billed = quantity if isinstance(quantity, tuple) else (1, quantity)
        of[Key(charge, rate_class or USUAL)] = Total(contacts, billed, billed)
    return Totals(of=of)


CHANNELS: Mapping[Meter, Channel] = {
    Meter.CHAT: Channel.CHAT,
    Meter.BOT_CHAT: Channel.CHAT,
    Meter.EMAIL: Channel.EMAIL,
    Meter.MESSAGE: Channel.MESSAGE,
    Meter.POST: Channel.POST,
}


def used(
    meter: Meter,
    quantity: int = 1,
    *,
    contact: str = "v1",
    at: datetime | None = None,
    seconds: Mapping[str, int] | None = None,
    mode: Mode = Mode.SHARED,
    disposition: str = "",
    tenant: TenantId = SHOP,
) -> UsageRecord:
    """One record; of a call that took so long if nothing is said of its parts."""
    end = at or NOVEMBER.start + timedelta(hours=36)
    if meter is Meter.VOICE:
        seconds = seconds or {"talk": quantity, "hold": 0, "wrap": 0}
        quantity = sum(seconds[part] for part in ("talk", "hold", "wrap"))
    return UsageRecord(
        tenant=tenant,
        contact=ContactId(contact),
        meter=meter,
        channel=CHANNELS.get(meter, Channel.VOICE),
        usage_at=end,
        opened_at=end - timedelta(seconds=quantity),
        quantity=quantity,
        seconds=seconds or {},
        mode=mode,
        dimensions={"disposition": disposition} if disposition else {},
    )


def spread_over(meter: Meter, total: int, each: int, prefix: str, **more: Any) -> Iterator[UsageRecord]:
    """Records of `each` until they come to `total`, one every few minutes of the month."""
    at = datetime(2026, 11, 2, 8, tzinfo=UTC)
    number = 0
    while total > 0:
        part = min(each, total)
        yield used(meter, part, contact=f"{prefix}{number:06d}", at=at + timedelta(seconds=97 * number), **more)
        total -= part
        number += 1
