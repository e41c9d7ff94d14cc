"""Whose an agent's paid seconds are: those at contacts, those of a dedicated seat, and, by policy, the rest.

W_t = o_t + d_t + i·w_t + s·v_t, all in whole seconds: o at contacts (conserved), d of a dedicated seat, i idle,
s shrinkage (pauses). The policy says what w and v are:

- unused_capacity: 0; the rest is nobody's and stands as unused capacity (time-driven costing). Nothing that one
  client does moves another's share.
- proportional: as the time at contacts was. Busy clients bear the readiness of all, so one's contacts move others.
- eligibility: by the quarter-hour, equally over the clients whom the agent could have served in it, or by their
  contracted volume.
- contracted: by the contracted volume, whatever happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.billing.model.agent_time import IDLE, AgentTime, Share
from chalicelib.billing.model.cost.allocation import GENERAL, UNUSED
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import largest_remainder


class Policy(StrEnum):
    UNUSED_CAPACITY = "unused_capacity"
    PROPORTIONAL = "proportional"
    ELIGIBILITY = "eligibility"
    CONTRACTED = "contracted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    idle: Policy = Policy.UNUSED_CAPACITY
    shrinkage: Policy = Policy.UNUSED_CAPACITY

    @property
    def method(self) -> str:
        """As it stands on each row."""
        return f"time_driven idle={self.idle.value} shrinkage={self.shrinkage.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whom an agent could have served, beside whom he did."""

    may_serve: frozenset[TenantId] = frozenset()
    open: Mapping[int, frozenset[TenantId]] = field(default_factory=dict)  # quarter-hour → clients open in it
    contracted: Mapping[TenantId, int] = field(default_factory=dict)  # any unit, the same for all
    by_volume: bool = False  # eligibility weighted by `contracted`


def attributed(time: AgentTime, policies: Policies, readiness: Readiness, salt: str) -> dict[Share, int]:
    """Every second of the time with its bearer; the sum is `time.login`. Unused capacity is told by what it was."""
    found = dict(time.shares)
    channels = _channels(time)
    for seat, seconds in sorted(time.seats.items()):
        _bear(found, channels, seat.tenant, seat.what, seconds, salt)
    for what, policy in _kinds(time, policies):
        whole = _of(time, what)
        for tenant, seconds in _taken(time, what, whole, policy, readiness, f"{salt}|{what}").items():
            _bear(found, channels, tenant, what, seconds, salt)
    return {place: seconds for place, seconds in found.items() if seconds}


def _kinds(time: AgentTime, policies: Policies) -> Iterable[tuple[str, Policy]]:
    if time.idle:
        yield IDLE, policies.idle
    for reason in time.pauses:
        yield reason, policies.shrinkage


def _of(time: AgentTime, what: str) -> int:
    return time.idle if what == IDLE else time.pauses[what]


def _channels(time: AgentTime) -> dict[TenantId, dict[str, int]]:
    found: dict[TenantId, dict[str, int]] = {}
    for share, seconds in sorted(time.shares.items()):
        if seconds:
            found.setdefault(share.tenant, {})[share.channel] = seconds
    return found


def _bear(
    into: dict[Share, int],
    channels: Mapping[TenantId, Mapping[str, int]],
    tenant: TenantId,
    what: str,
    seconds: int,
    salt: str,
) -> None:
    """A client's part goes to its channels as its contacts with this agent did; without any it is general."""
    if tenant == UNUSED:
        parts = {what: seconds}
    elif (own := channels.get(tenant)) and len(own) == 1:
        parts = dict.fromkeys(own, seconds)
    elif own:
        parts = largest_remainder(seconds, own, f"{salt}|{tenant}|{what}")
    else:
        parts = {GENERAL: seconds}
    for channel, part in parts.items():
        place = Share(tenant, channel)
        into[place] = into.get(place, 0) + part


def _taken(
    time: AgentTime, what: str, seconds: int, policy: Policy, readiness: Readiness, salt: str
) -> dict[TenantId, int]:
    match policy:
        case Policy.UNUSED_CAPACITY:
            return {UNUSED: seconds}
        case Policy.PROPORTIONAL:
            worked = {tenant: sum(own.values()) for tenant, own in _channels(time).items()}
            return _split(seconds, worked, salt)
        case Policy.CONTRACTED:
            return _split(seconds, _contracted(readiness, readiness.may_serve), salt)
        case Policy.ELIGIBILITY:
            return _eligible(time, what, readiness, salt)


def _eligible(time: AgentTime, what: str, readiness: Readiness, salt: str) -> dict[TenantId, int]:
    """Quarter-hours with the same clients are taken together: few sums, whatever the month's length."""
    by_clients: dict[frozenset[TenantId], int] = {}
    for place, seconds in time.spare.items():
        if place.what == what:
            could = readiness.may_serve & readiness.open.get(place.quarter, frozenset())
            by_clients[could] = by_clients.get(could, 0) + seconds
    taken: dict[TenantId, int] = {}
    for clients in sorted(by_clients, key=sorted):
        weights = _contracted(readiness, clients) if readiness.by_volume else {}
        weights = weights or dict.fromkeys(sorted(clients), 1)
        for tenant, part in _split(by_clients[clients], weights, f"{salt}|{','.join(sorted(clients))}").items():
            taken[tenant] = taken.get(tenant, 0) + part
    return taken


def _contracted(readiness: Readiness, clients: frozenset[TenantId]) -> dict[TenantId, int]:
    return {tenant: volume for tenant, volume in sorted(readiness.contracted.items()) if tenant in clients and volume}


def _split(seconds: int, weights: Mapping[TenantId, int], salt: str) -> dict[TenantId, int]:
    return largest_remainder(seconds, weights, salt) if weights else {UNUSED: seconds}
