"""Costs with their origin, and the rows that share them out: what is written down of a cost run.

The words are those of FOCUS: an origin is a charge as it came (an agent's pay, a line of the cloud's bill, a
common cost), and its rows say who bears which part of it, by which method and weight. Rows of an origin add up
to it, in money and in weight; a run in which they do not is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from chalicelib.billing.model.agent_time import Share
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import Money, largest_remainder

METHOD_VERSION = 1  # another way to share is another number, for new runs only
UNUSED = TenantId("UNUSED_CAPACITY")  # bears what no client uses; capital letters, so no client can be called so
GENERAL = "general"  # what a client bears or pays beside any one channel


class Kind(StrEnum):
    LABOUR = "labour"
    DIRECT = "direct"  # the cloud's bill, by what each client used
    OVERHEAD = "overhead"  # common costs, by a driver


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """`weight` is what the cost is shared by: seconds of an agent, minutes of a line, contacts."""

    id: str
    kind: Kind
    subject: str  # the agent, the price of the rate card, the common cost
    text: str
    method: str
    first_day: date
    last_day: date
    weight: int
    cost: Money


class Row(NamedTuple):
    """A tuple, as there are hundreds of thousands. `minor` and the origin's currency are the amount."""

    origin: str
    tenant: TenantId
    channel: str
    weight: int
    minor: int


@dataclass(frozen=True, slots=True)
class Allocated:
    """One origin with its rows: checked when it is made."""

    origin: Origin
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        """Raises Invalid where they do not add up."""
        origin = self.origin
        if sum(row.minor for row in self.rows) != origin.cost.minor:
            raise _unbalanced(origin, f"rows come to {sum(row.minor for row in self.rows)} of {origin.cost.minor}")
        if sum(row.weight for row in self.rows) != origin.weight:
            raise _unbalanced(origin, f"weights come to {sum(row.weight for row in self.rows)} of {origin.weight}")
        if any(row.origin != origin.id for row in self.rows):
            raise _unbalanced(origin, "a row is of another origin")


def _unbalanced(origin: Origin, why: str) -> Invalid:
    return Invalid(f"origin {origin.id}", why, "nothing was written; compute the run again")


def share(origin: Origin, weights: Mapping[Share, int]) -> Allocated:
    """The origin's cost by weight: tenants first, then the channels of each, so every sum is exact.

    q_t = C·W_t // ΣW, and what is left goes to the largest C·W_t mod ΣW, ties by
    sha256 of origin and name. Without any weight the cost is of unused capacity.
    """
    tenants: dict[TenantId, dict[str, int]] = {}
    for (tenant, channel), weight in sorted(weights.items()):
        if weight:
            tenants.setdefault(tenant, {})[channel] = weight
    if not tenants:
        return Allocated(origin, (Row(origin.id, UNUSED, GENERAL, 0, origin.cost.minor),))
    sums = {tenant: sum(channels.values()) for tenant, channels in tenants.items()}
    parts = largest_remainder(origin.cost.minor, sums, origin.id)
    rows = [
        Row(origin.id, tenant, channel, channels[channel], minor)
        for tenant, channels in tenants.items()
        for channel, minor in _channels(parts[tenant], channels, f"{origin.id}|{tenant}").items()
    ]
    return Allocated(origin, tuple(rows))


def _channels(minor: int, channels: Mapping[str, int], salt: str) -> dict[str, int]:
    if len(channels) == 1:
        return dict.fromkeys(channels, minor)
    return largest_remainder(minor, channels, salt)


def totals(allocated: Iterable[Allocated]) -> dict[tuple[Kind, str], dict[Share, int]]:
    """Minor units by tenant and channel, for each kind of cost and currency."""
    found: dict[tuple[Kind, str], dict[Share, int]] = {}
    for one in allocated:
        into = found.setdefault((one.origin.kind, one.origin.cost.currency), {})
        for row in one.rows:
            place = Share(row.tenant, row.channel)
            into[place] = into.get(place, 0) + row.minor
    return found


def as_documents(one: Allocated) -> list[dict[str, Any]]:
    """Each row with all that FOCUS wants of an allocated one."""
    origin = one.origin
    return [
        {
            "origin": origin.id,
            "kind": origin.kind.value,
            "subject": origin.subject,
            "text": origin.text,
            "method": origin.method,
            "method_version": METHOD_VERSION,
            "first_day": origin.first_day.isoformat(),
            "last_day": origin.last_day.isoformat(),
            "tenant": row.tenant,
            "channel": row.channel,
            "weight": row.weight,
            "weight_total": origin.weight,
            "amount": row.minor,
            "currency": origin.cost.currency,
        }
        for row in one.rows
    ]


def digest(*parts: Any) -> str:
    """20 hexadecimal digits that follow from what is given, however its mappings are ordered."""
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:20]


def digest_of(allocated: Sequence[Allocated], *more: Any) -> str:
    """Of everything that a run says: the same run again has the same one."""
    return digest([as_documents(one) for one in sorted(allocated, key=lambda one: one.origin.id)], *more)
