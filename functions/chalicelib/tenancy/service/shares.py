"""What the clients of a team are promised together: never more than all of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.tenancy.model.routing import Client

ALL = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """`client` is the one with whom it becomes too much, in the order in which the clients were given."""

    team: TeamId
    client: TenantId
    why: str
    fix: str


def excesses(clients: Iterable[Client]) -> list[Excess]:
    """At most one for each team."""
    teams: dict[TeamId, list[Client]] = {}
    for client in clients:
        teams.setdefault(client.team_id, []).append(client)
    return [excess for team, members in teams.items() if (excess := _excess(team, members)) is not None]


def _excess(team: TeamId, clients: list[Client]) -> Excess | None:
    given = {client.id: client.routing.share for client in clients if client.routing.share is not None}
    together = sum(given.values(), Decimal(0))
    told = ", ".join(f"{client} {share:f}" for client, share in given.items())
    if together > ALL:
        passed = Decimal(0)
        for client, share in given.items():
            passed += share
            if passed > ALL:
                why = f"is too much: the clients of the team {team!r} have {together:f} % together ({told})"
                return Excess(team=team, client=client, why=why, fix="lower shares until they have at most 100 %")
    silent = [client.id for client in clients if client.routing.share is None]
    if together == ALL and silent:
        why = f"is missing, and the other clients of the team {team!r} have all of 100 % ({told})"
        fix = "give it a share and lower another's, or write `share = 0`: it is served after all others then"
        return Excess(team=team, client=silent[-1], why=why, fix=fix)
    return None
