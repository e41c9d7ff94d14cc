"""Contacts, plans and statuses for tests of billing: each builder shows only what matters to the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from chalicelib.billing.model.invoice import Client
from chalicelib.billing.model.ledger import Engagement, Usage, UsageRecord, usage_of
from chalicelib.billing.model.plan import Plan
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import second
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TenantId
from chalicelib.tenancy.model import plan as configuration
from chalicelib.tenancy.model.contract import Contract
from chalicelib.tenancy.model.form import Amount, Line, Slug, Zone
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.directory import Version
from chalicelib.workforce.model import Status, StatusBegan
from tests.fakes.tenants import sample

NOON = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
MARIA, JONAS = AgentId("maria"), AgentId("jonas")
PLUMBER, SHOP, CLINIC = TenantId("plumber"), TenantId("shop"), TenantId("clinic")
CLIENT = Client(SHOP, ("Luna Shop", "12 Crescent Road", "Portland"))
CONTRACT = Contract(effective_from=date(2026, 1, 1), zone=Zone("Europe/Berlin"))


def told(*steps: tuple[float, str, dict[str, Any]], start: datetime = NOON) -> tuple[Fact, ...]:
    """Facts as (seconds after `start`, kind, data)."""
    return tuple(Fact(kind=kind, at=start + timedelta(seconds=after), data=data) for after, kind, data in steps)


def handled(
    *,
    talk: float = 60,
    hold: float = 0,
    wrap: float = 30,
    queue: float = 5,
    agent: AgentId = MARIA,
    start: datetime = NOON,
    disposition: str = "solved",
) -> tuple[Fact, ...]:
    """A contact that an agent took at once and wrapped up; `start` is when it came."""
    steps: list[tuple[float, str, dict[str, Any]]] = [
        (0, "arrived", {}),
        (0, "queued", {"team": "shared"}),
        (0, "offered", {"agent": agent, "offer": "o1"}),
        (queue, "connected", {"agent": agent, "offer": "o1"}),
    ]
    now = queue + talk
    if hold:
        steps += [(queue + talk / 2, "held", {}), (queue + talk / 2 + hold, "resumed", {})]
        now += hold
    steps += [(now, "ended", {"why": "customer"}), (now + wrap, "wrapped", {"disposition": disposition})]
    return told(*steps, start=start)


def refused(start: datetime = NOON) -> tuple[Fact, ...]:
    return told((0, "arrived", {}), (0, "refused", {"reason": "channel_not_in_tier", "tier": "voice"}), start=start)


def usage(
    facts: Sequence[Fact], *, contact: str = "v1", tenant: TenantId = SHOP, channel: Channel = Channel.VOICE
) -> Usage:
    return usage_of(tenant, ContactId(contact), channel, tuple(facts))


def record(
    facts: Sequence[Fact], *, contact: str = "v1", tenant: TenantId = SHOP, channel: Channel = Channel.VOICE
) -> UsageRecord:
    (only,) = usage(facts, contact=contact, tenant=tenant, channel=channel).records
    return only


def message(
    facts: Sequence[Fact], *, contact: str = "v1", tenant: TenantId = SHOP, channel: Channel = Channel.VOICE
) -> Mapping[str, Any]:
    """The last fact as the queue delivers it."""
    return {
        "type": "fact",
        "tenant": tenant,
        "contact_id": contact,
        "seq": len(facts),
        "fact": facts[-1].as_item(),
        "contact": {"channel": channel.value, "facts": [fact.as_item() for fact in facts]},
    }


def terms(
    *,
    base: str = "0",
    per_minute: str = "1.00",
    per_chat: str = "4.50",
    per_email: str = "3.00",
    included_chats: int = 0,
    included_emails: int = 0,
    tax: str = "0",
    currency: str = "EUR",
    **voice: Any,
) -> configuration.Plan:
    return configuration.Plan(
        name=Line("Omni Shared"),
        currency=configuration.Currency.parse(currency),
        base=Amount(base),
        tax=configuration.Tax(category=configuration.TaxCategory.STANDARD, rate=Amount(tax)),
        voice=configuration.VoiceTerms(per_minute=Amount(per_minute), **voice),
        chat=configuration.CountTerms(per_contact=Amount(per_chat), included=included_chats),
        email=configuration.CountTerms(per_contact=Amount(per_email), included=included_emails),
    )


def plan(**said: Any) -> Plan:
    return Plan.of(terms(**said))


def engaged(
    start: datetime,
    minutes: float,
    *,
    contact: str,
    tenant: TenantId = SHOP,
    channel: Channel = Channel.VOICE,
    agent: AgentId = MARIA,
) -> Engagement:
    begin = second(start)
    return Engagement(
        agent=agent,
        tenant=tenant,
        contact=ContactId(contact),
        channel=channel,
        start=begin,
        end=begin + round(minutes * 60),
    )


def status(at: datetime, status: Status, agent: AgentId = MARIA) -> StatusBegan:
    return StatusBegan(agent=agent, status=status, at=at)


def company(
    tenant: TenantId = SHOP,
    *,
    plan: configuration.Plan | None = None,
    bill_to: tuple[str, ...] = (),
    team: str = "shared",
) -> Tenant:
    return replace(
        sample("plumber"),
        id=tenant,
        name=Line(tenant.title()),
        team=Slug(team),
        contract=CONTRACT,
        plan=plan or terms(),
        bill_to=tuple(Line(line) for line in bill_to),
    )


class KnownTenants:
    """The clients and their history; the last version is the one that holds."""

    def __init__(self, *history: tuple[datetime, Tenant]) -> None:
        self._history = list(history)

    def apply(self, applied: datetime, tenant: Tenant) -> None:
        self._history.append((applied, tenant))

    def get(self, tenant: TenantId) -> Tenant:
        return self.versions(tenant)[-1].tenant

    def versions(self, tenant: TenantId) -> list[Version]:
        known = [(effective, one) for effective, one in self._history if one.id == tenant]
        if not known:
            raise NotFound("tenant", tenant)
        return [
            Version(effective=effective, revision=revision, tenant=one)
            for revision, (effective, one) in enumerate(known, start=1)
        ]
