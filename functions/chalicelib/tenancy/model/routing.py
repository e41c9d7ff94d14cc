"""A client's terms in its team: what part of the seats is promised to it, and who may serve it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.kernel.skill import LEAST_LEVEL, TOP_LEVEL
from chalicelib.tenancy.model.form import Name, Slug, rule


class Reach(StrEnum):
    """How far a contact that waits may widen, step by step."""

    PRIMARY = "primary"  # to who has the skill at the level asked for
    SECONDARY = "secondary"  # also to who has it at a lower level
    OVERFLOW = "overflow"  # also to the teams that help out
    ANYONE = "anyone"  # also to who may serve the client but lacks the skill


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """The client's place in its team. What is not written here costs nobody anything."""

    share: Decimal | None = rule(
        "The percent of the team's work that is forecast to be this client's; clients without one split the rest "
        "of 100 % equally.",
        default=None,
        least=0,
        most=100,
    )
    reserve: int = rule(
        "Seats: with fewer of them at work for it, this client's contacts go before all others'.",
        default=0,
        least=0,
        most=10_000,
    )
    cap: Decimal = rule(
        "Times its seats by share: with more of them at work, its contacts go after all others'.",
        default=Decimal("1.2"),
        least=1,
        most=100,
    )
    ceiling: int | None = rule(
        "Seats: never more than these at once, even if seats stay idle. A priced option.",
        default=None,
        least=1,
        most=10_000,
    )
    hard_reserve: bool = rule(
        "Keep the reserve free for this client, even if seats stay idle. A priced option.", default=False
    )
    level: int = rule("The least level of the usual skill.", default=LEAST_LEVEL, least=LEAST_LEVEL, most=TOP_LEVEL)
    certifications: tuple[Name, ...] = rule(
        "What an agent must be certified for to get a contact of this client; never waived.", empty=tuple, most=20
    )
    overflow: tuple[Slug, ...] = rule("The teams that help out when the own team is late.", empty=tuple, most=10)
    widest: Reach = rule(
        "How far a contact that waits may widen: primary (the skill at its level), secondary (the skill at a lower "
        "level), overflow (the teams that help out), anyone (without the skill).",
        default=Reach.ANYONE,
    )
    sticky: bool = rule("A case goes back to the agent who had it, if he is free in time.", default=True)

    @property
    def helpers(self) -> frozenset[TeamId]:
        """The teams that help out."""
        return frozenset(map(TeamId, self.overflow))


class Client(Protocol):
    """A Tenant, or its row in the directory's listing: one read has those of a whole team."""

    @property
    def id(self) -> TenantId: ...
    @property
    def team_id(self) -> TeamId: ...
    @property
    def routing(self) -> Routing: ...
