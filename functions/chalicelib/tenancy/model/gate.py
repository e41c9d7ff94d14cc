"""May this contact in? The one question that every channel asks first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.kernel.channel import Channel
from chalicelib.tenancy.model.tenant import Status, Tenant
from chalicelib.tenancy.model.tier import Tier


class Reason(StrEnum):
    TIER = "tier"  # the client's tier does not include the channel
    PAUSED = "paused"  # the client takes no contacts for now


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
        case Status.LIVE:
            return Admitted()
        case Status.PAUSED:
            return Refused(Reason.PAUSED, tenant.tier, _answer(tenant, channel, language))


def _answer(tenant: Tenant, channel: Channel, language: str) -> str:
    if channel in tenant.refusals:
        return tenant.say(tenant.refusals[channel], language)
    return f"{tenant.name}: {_POLITE.get(language or tenant.language, _POLITE['en'])}"


_POLITE: Mapping[str, str] = {
    "en": "Thank you for reaching out. We cannot help you here at the moment; please contact us another way.",
    "de": "Vielen Dank für Ihre Nachricht. Hier können wir Ihnen im Moment leider nicht helfen; "
    "bitte melden Sie sich auf einem anderen Weg.",
}
