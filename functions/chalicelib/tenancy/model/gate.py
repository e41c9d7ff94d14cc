"""May this contact in? The one question that every channel asks first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.kernel.channel import Channel
from chalicelib.tenancy.model.form import Prose
from chalicelib.tenancy.model.plan import CapAction
from chalicelib.tenancy.model.tenant import Status, Tenant
from chalicelib.tenancy.model.tier import Tier


class Reason(StrEnum):
    TIER = "tier"  # the client's tier does not include the channel
    PAUSED = "paused"  # the client takes no contacts for now
    BUDGET = "budget"  # the client's budget of the period is used up


@dataclass(frozen=True, slots=True)
class Admitted:
    """The contact goes on to hours, menu and queue."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The contact is recorded as refused, and the customer gets this answer. `tier` is the client's at that time."""

    reason: Reason
    tier: Tier
    answer: str


def gate(tenant: Tenant, channel: Channel, language: str = "") -> Admitted | Refused:
    if channel not in tenant.channels:
        return Refused(Reason.TIER, tenant.tier, _answer(tenant, channel, language))
    match tenant.status:
        case Status.LIVE if tenant.capped is CapAction.REFUSE:
            return Refused(Reason.BUDGET, tenant.tier, _over_budget(tenant, channel, language))
        case Status.LIVE:
            return Admitted()
        case Status.PAUSED:
            return Refused(Reason.PAUSED, tenant.tier, _answer(tenant, channel, language))


def with_polite_refusals(tenant: Tenant) -> Tenant:
    """With our own words for each address that the tier does not include and the client has no words for."""
    silent = {address.kind.channel for address in tenant.entry_points.all()} - tenant.channels - tenant.refusals.keys()
    if not silent:
        return tenant
    ours = {language: Prose(_polite(tenant, language)) for language in tenant.languages}
    return replace(tenant, refusals={**tenant.refusals, **dict.fromkeys(sorted(silent), ours)})


def _over_budget(tenant: Tenant, channel: Channel, language: str) -> str:
    """A caller hears what callers hear when nobody is there; who writes gets the polite refusal."""
    if channel is Channel.VOICE:
        return tenant.closed_answer(channel, language)
    return _answer(tenant, channel, language)


def _answer(tenant: Tenant, channel: Channel, language: str) -> str:
    if channel in tenant.refusals:
        return tenant.say(tenant.refusals[channel], language)
    return _polite(tenant, language or tenant.language)


def _polite(tenant: Tenant, language: str) -> str:
    return f"{tenant.name}: {_POLITE.get(language, _POLITE['en'])}"


_POLITE: Mapping[str, str] = {
    "en": "Thank you for reaching out. We cannot help you here at the moment; please contact us another way.",
    "de": "Vielen Dank für Ihre Nachricht. Hier können wir Ihnen im Moment leider nicht helfen; "
    "bitte melden Sie sich auf einem anderen Weg.",
}
