"""What clients were promised that the people who are known cannot keep. Doubts, no errors: people come and go.

Nothing here stops anything. Reserves shrink, rings are skipped, contacts wait: the rule copes with each of these,
but an operator wants to know before a customer does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.model.capacity import UNITS
from chalicelib.routing.model.eligibility import Need, Profile, Ring, ring_of
from chalicelib.routing.model.share import limits
from chalicelib.routing.model.terms import need_of, profile_of, shares_of
from chalicelib.tenancy.model.routing import Client
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.workforce.model import Agent

_THEN = {
    Ring.SECONDARY: "its contacts go to who has it at a lower level",
    Ring.OVERFLOW: "its contacts go to a team that helps out",
    Ring.ANYONE: "its contacts go to agents without it",
}


@dataclass(frozen=True, slots=True)
class Doubt:
    tenant: TenantId
    field: str  # as in the client's file
    why: str
    fix: str

    def __str__(self) -> str:
        return f"{self.tenant}: {self.field} {self.why}. {self.fix[:1].upper()}{self.fix[1:]}."


def doubts(tenants: Sequence[Tenant], agents: Iterable[Agent], others: Iterable[Client] = ()) -> list[Doubt]:
    """Of these clients; `others` share their teams and are not judged themselves."""
    people: dict[TeamId, list[Profile]] = defaultdict(list)
    for agent in agents:
        people[agent.team].append(profile_of(agent))
    clients: dict[TeamId, list[Client]] = defaultdict(list)
    for client in (*others, *tenants):
        clients[client.team_id].append(client)
    found: list[Doubt] = []
    for tenant in tenants:
        team = people.get(tenant.team_id, [])
        helpers = [profile for helper in tenant.routing.helpers for profile in people.get(helper, [])]
        found += _who_serves(tenant, team, helpers)
        found += _empty_overflow(tenant, people)
        if team:
            shared = sum(1 for profile in team if not profile.dedicated)
            found += _seats(tenant, clients[tenant.team_id], shared)
    return found


def strangers(agents: Iterable[Agent], known: Iterable[TenantId]) -> list[str]:
    """Walls and dedications that name a client whom nobody knows."""
    clients = set(known)
    return [
        f"{agent.agent}: {field} names {tenant!r}, which is no client here. Mend it, or apply the client's file"
        for agent in agents
        for field, named in (("walls", agent.walls), ("dedicated", agent.dedicated))
        for tenant in sorted(named - clients)
    ]


def _who_serves(tenant: Tenant, team: Sequence[Profile], helpers: Sequence[Profile]) -> Iterator[Doubt]:
    if not team:
        why = f"is {tenant.team!r}, where nobody works: its contacts wait" + (" for helping teams" if helpers else "")
        yield Doubt(tenant.id, "team", why, "give somebody this team with `manyline people apply`")
        return
    everyone = [*team, *helpers]
    missing = sorted(set(map(str, tenant.routing.certifications)) - {c for one in everyone for c in one.certifications})
    if missing:
        why = f"asks for {', '.join(missing)}, which nobody has who could serve: its contacts wait for ever"
        yield Doubt(tenant.id, "routing.certifications", why, "certify somebody, or remove it")
        return
    spoken = ""  # one language in which somebody may serve: skills are looked for in it
    for language in tenant.languages:
        plain = need_of(tenant, skill="", language=language)
        if any(ring_of(profile, plain) is not None for profile in everyone):
            spoken = spoken or language
        else:
            why = f"has {language!r}, in which nobody may serve (language, certifications and walls together)"
            yield Doubt(tenant.id, "languages", why, "add it to somebody's `languages`, or take down a wall")
    if spoken:
        for field, need in _needs(tenant, spoken):
            yield from _skilled(tenant, field, need, team, everyone)


def _needs(tenant: Tenant, language: str) -> Iterator[tuple[str, Need]]:
    """What its contacts may ask for, each skill and level once, with the place in the file that says so."""
    asked = {
        f"menu.options[{place}].queue": need_of(tenant, skill=option.queue, level=option.level, language=language)
        for place, option in enumerate(tenant.menu.options, 1)
        if option.queue is not None
    }
    if tenant.skill:
        asked = {"skill": need_of(tenant, language=language), **asked}
    first: dict[Need, str] = {}
    for field, need in asked.items():
        first.setdefault(need, field)
    for need, field in first.items():
        yield field, need


def _skilled(
    tenant: Tenant, field: str, need: Need, team: Sequence[Profile], everyone: Sequence[Profile]
) -> Iterator[Doubt]:
    if any(ring_of(profile, need) is Ring.PRIMARY for profile in team):
        return
    rings = [ring for profile in everyone if (ring := ring_of(profile, need)) is not None]
    then = _THEN[min(rings)] if rings else f"its contacts wait for ever (routing.widest is {need.widest.name.lower()})"
    level = f" at level {need.level} or more" if need.level > 1 else ""
    why = f"asks for {need.skill!r}{level}, which nobody in the team {tenant.team!r} has who may serve: {then}"
    yield Doubt(tenant.id, field, why, "give somebody the skill with `manyline people apply`, or mend its name")


def _empty_overflow(tenant: Tenant, people: dict[TeamId, list[Profile]]) -> Iterator[Doubt]:
    for helper in sorted(tenant.routing.helpers):
        if not people.get(helper):
            why = f"names {helper!r}, where nobody works"
            yield Doubt(tenant.id, "routing.overflow", why, "mend its name, or give somebody this team")


def _seats(tenant: Tenant, clients: Sequence[Client], shared: int) -> Iterator[Doubt]:
    """`shared` agents work in the team who are dedicated to nobody."""
    terms = tenant.routing
    shares = shares_of(clients)
    promised = sum(share.reserve for share in shares.values())
    if terms.reserve and promised > shared:
        why = f"is {terms.reserve} of {promised:g} seats reserved in a team of {shared}: all its reserves shrink to fit"
        yield Doubt(tenant.id, "routing.reserve", why, "lower reserves, or seat more people")
    share = shares[tenant.id]
    cap = share.cap * share.weight * shared
    reserve = limits(shares, shared)[tenant.id].reserve / UNITS
    if cap < reserve:
        why = f"makes {cap:g} seats in a team of {shared}, below its reserve: the reserve counts as the cap"
        yield Doubt(tenant.id, "routing.cap", why, "raise its share or its cap, or lower its reserve")
    kept = sum(other.reserve for other in shares.values() if other.hard)
    if not terms.hard_reserve and kept and kept >= shared:
        why = f"keeps {kept:g} of {shared} seats free for others of the team: nothing is left for this client"
        yield Doubt(tenant.id, "routing.hard_reserve", why, "lower the hard reserves, or seat more people")
