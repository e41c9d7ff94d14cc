"""What contacts ask of routing, in tests that need no client's whole configuration."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.model.eligibility import Need
from chalicelib.routing.model.terms import Terms


def terms(tenant: TenantId, team: str, *, target_s: int = 60, boost_s: int = 0, **need: Any) -> Terms:
    """`need` is of `Need`: skill, level, language, certifications, overflow, widest."""
    asked = Need(tenant=tenant, team=TeamId(team), **need)
    return Terms(need=asked, target_s=target_s, boost_s=boost_s)
