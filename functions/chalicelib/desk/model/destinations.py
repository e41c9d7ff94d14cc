"""Where a call can go from an agent: to a colleague, to a team, to a number outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid
from chalicelib.routing.model.capacity import UNITS
from chalicelib.routing.model.seat import Seat
from chalicelib.tenancy.model.abroad import country_by_letters, has_its_length
from chalicelib.tenancy.model.address import E164
from chalicelib.tenancy.model.form import Unfit
from chalicelib.tenancy.model.tariff import is_abroad, is_dear
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.workforce.model import Agent, Status

_CHOOSE = "choose one of the destinations"


class Kind(StrEnum):
    AGENT = "agent"
    TEAM = "team"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class End:
    """`agent:ben`, `team:night` or `number:+15550100777`."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.name}"

    @staticmethod
    def parse(text: str) -> End:
        """Raises Invalid where this is none of the three, or no number."""
        kind, colon, name = text.partition(":")
        if not colon or kind not in set(Kind) or not name.strip():
            raise Invalid("to", f"{text!r} is no destination", "send agent:<id>, team:<id> or number:<+49…>")
        if kind == Kind.NUMBER:
            return End(Kind.NUMBER, number("to", name))
        return End(Kind(kind), name.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    agent: Agent
    seat: Seat

    @property
    def state(self) -> str:
        """What he is doing, as who looks for somebody wants to know it."""
        if self.seat.status is Status.AVAILABLE and not self.has_room:
            return "busy"
        return self.seat.status.value

    @property
    def has_room(self) -> bool:
        talks = any(held.channel is Channel.VOICE for held in self.seat.contacts.values())
        return not talks and self.seat.units - self.seat.pausable < UNITS

    def as_json(self) -> dict[str, Any]:
        return {"id": self.agent.agent, "name": self.agent.name, "state": self.state}


@dataclass(frozen=True, slots=True, kw_only=True)
class Destinations:
    """`any_number`: the client lets its calls go to whatever number an agent types."""

    agents: tuple[Colleague, ...]
    teams: tuple[tuple[str, int], ...]  # (team, how many of it could take a call now)
    numbers: tuple[tuple[str, str], ...]  # (number, name)
    any_number: bool = False
    team_names: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "agents": [colleague.as_json() for colleague in self.agents],
            "teams": [
                {"id": team, "name": self.team_names.get(team, team), "available": there} for team, there in self.teams
            ],
            "numbers": [{"number": number, "name": name} for number, name in self.numbers],
            "any_number": self.any_number,
        }


def bar(agent: Agent, client: Tenant) -> str:
    """Why the agent may not serve the client, as the end of a sentence; empty where he may."""
    if client.id in agent.walls:
        return f"may not serve {client.name}: there is a wall between them"
    if agent.dedicated and client.id not in agent.dedicated:
        return f"serves other clients only, and {client.name} is none of them"
    missing = sorted(set(map(str, client.routing.certifications)) - agent.certifications)
    if missing:
        return f"lacks what {client.name} demands: {', '.join(missing)}"
    if agent.team not in teams_of(client):
        return f"sits in a team that does not serve {client.name}"
    return ""


def teams_of(client: Tenant) -> frozenset[str]:
    """Its own team, and those that help out."""
    return frozenset({client.team_id, *client.routing.helpers})


def number(field: str, text: str) -> str:
    """The number as the network knows it. Raises Invalid."""
    try:
        whole = E164.parse(text.strip())
    except Unfit as unfit:
        raise Invalid(field, f"{text.strip()!r} is no telephone number", unfit.allowed) from None
    if not has_its_length(whole):
        raise Invalid(field, f"{whole} is too short or too long for its country", "write the whole number")
    return whole


def demand_outside(field: str, wanted: str, client: Tenant) -> None:
    """Raises Invalid for a number of the client's own: the call would come back to where it is."""
    if wanted in client.entry_points.phones:
        raise Invalid(field, f"{wanted} is {client.name}'s own number", f"{_CHOOSE}, or another number")


def demand_allowed(wanted: str, client: Tenant, customer: str) -> None:
    """Raises Invalid for a number outside to which the client does not let its calls go. `customer` is whose call it
    is."""
    demand_outside("to", wanted, client)
    if not client.calls.free_transfer and wanted not in _listed(client):
        raise Invalid("to", f"{wanted} is not on {client.name}'s list", _CHOOSE)
    demand_affordable("to", wanted, client, customer)


def demand_affordable(field: str, wanted: str, client: Tenant, customer: str) -> None:
    """Raises Invalid for a premium number, and for one abroad that the client neither lists nor has the country of, and
    that is not the customer's own: whoever got hold of a desk must not make us call where it pays him."""
    if is_dear(wanted):
        raise Invalid(field, f"{wanted} is a premium number", "choose one that costs no more than a call")
    at_home = any(not is_abroad(wanted, phone) for phone in client.entry_points.phones)
    if at_home or wanted == customer or wanted in _listed(client):
        return
    if not client.calls.countries or country_by_letters(wanted) not in client.calls.countries:
        fix = f"choose one at home, or have its country put on {client.name}'s list of countries"
        raise Invalid(field, f"{wanted} is abroad for {client.name}", fix)


def _listed(client: Tenant) -> set[str]:
    return {known.number for known in client.calls.transfers}
