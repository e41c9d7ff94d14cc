"""From a client's configuration and an agent's record to the words of the rule: shares, needs, targets, profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.model.eligibility import Need, Profile, Ring
from chalicelib.routing.model.share import Share
from chalicelib.tenancy.model.menu import ToQueue
from chalicelib.tenancy.model.plan import CapAction
from chalicelib.tenancy.model.routing import Client, Reach, Routing
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.workforce.model import Agent

_LAST_S = 7 * 24 * 3600  # the longest target that a client can have: so its contacts are due after all others

_RINGS: Mapping[Reach, Ring] = {
    Reach.PRIMARY: Ring.PRIMARY,
    Reach.SECONDARY: Ring.SECONDARY,
    Reach.OVERFLOW: Ring.OVERFLOW,
    Reach.ANYONE: Ring.ANYONE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """All that a contact asks of routing. The deadline is the arrival + `target_s` - `boost_s`."""

    need: Need
    target_s: int
    boost_s: int = 0
    sticky: bool = True  # whether a case goes back to the agent who had it
    outbound: bool = False  # we call: no customer waits
    named: bool = False  # whether the agent was asked for by name: then any ring will do for him

    def to_team(self, team: TeamId) -> Terms:
        """For another team. The client's own teams that help out do not look there, so none of them is counted on."""
        return self if team == self.need.team else replace(self, need=replace(self.need, team=team, overflow=_NONE))

    def to_agent(self, team: TeamId) -> Terms:
        """For one agent of this team, with `prefer`: first he, after a while whoever of his team may."""
        return replace(self.to_team(team), sticky=True, named=True)

    def calling_out(self, target_s: int) -> Terms:
        """For a call that we begin: due so many seconds after it was queued, and never ahead of it. What goes last by
        its client's budget goes last here, too."""
        last = self.target_s >= _LAST_S
        return replace(self, target_s=_LAST_S if last else target_s, boost_s=0, outbound=True)


_NONE: frozenset[TeamId] = frozenset()


def terms_of(tenant: Tenant, channel: Channel, *, chosen: ToQueue | None = None, language: str = "") -> Terms:
    """Of a contact that comes in; `chosen` is the key that the caller pressed, `language` what the customer speaks."""
    need = (
        need_of(tenant, skill=chosen.skill, level=chosen.level, language=language)
        if chosen is not None
        else need_of(tenant, language=language)
    )
    if tenant.capped is CapAction.LAST:
        return Terms(need=need, target_s=_LAST_S, sticky=tenant.routing.sticky)
    return Terms(
        need=need,
        target_s=target_s(tenant, channel),
        boost_s=boost_s(tenant, channel, chosen.boost_s if chosen is not None else 0),
        sticky=tenant.routing.sticky,
    )


def need_of(tenant: Tenant, *, skill: str | None = None, level: int | None = None, language: str = "") -> Need:
    """What is left out is as usual for the client: its skill, its level of that skill, its first language."""
    skill = tenant.skill if skill is None else skill
    terms = tenant.routing
    usual = terms.level if skill == tenant.skill else 1
    return Need(
        tenant=tenant.id,
        team=tenant.team_id,
        skill=str(skill),
        level=(usual if level is None else level) if skill else 1,
        language=spoken(language or tenant.language),
        certifications=frozenset(map(str, terms.certifications)),
        overflow=terms.helpers - {tenant.team_id},
        widest=_RINGS[terms.widest],
    )


def target_s(tenant: Tenant, channel: Channel) -> int:
    """Seconds from the queue to the first answer."""
    return tenant.target(channel).within_s


def boost_s(tenant: Tenant, channel: Channel, wished_s: int) -> int:
    """Seconds by which a contact goes ahead: never more than the target, so that nobody is put ahead for ever."""
    return max(0, min(wished_s, target_s(tenant, channel)))


def shares_of(tenants: Iterable[Client]) -> dict[TenantId, Share]:
    """The terms of the clients of one team. Who has no share gets an equal part of what the others leave of 100 %.

    Shares above 100 % are refused before they are live; should two have been applied at once, they shrink in
    proportion.
    """
    clients = list(tenants)
    given = sum(float(client.routing.share) for client in clients if client.routing.share is not None) / 100
    silent = sum(1 for client in clients if client.routing.share is None)
    rest = max(0.0, 1 - given) / silent if silent else 0.0
    return {client.id: _share(client.routing, rest, max(1.0, given)) for client in clients}


def _share(terms: Routing, rest: float, over: float) -> Share:
    return Share(
        weight=rest if terms.share is None else float(terms.share) / 100 / over,
        reserve=float(terms.reserve),
        cap=float(terms.cap),
        ceiling=None if terms.ceiling is None else float(terms.ceiling),
        hard=terms.hard_reserve,
    )


def helped_by(tenants: Iterable[Client]) -> dict[TeamId, frozenset[TeamId]]:
    """Which teams each team helps out, itself not among them: there its agents look for work, too."""
    helps: dict[TeamId, set[TeamId]] = {}
    for client in tenants:
        for helper in client.routing.helpers - {client.team_id}:
            helps.setdefault(helper, set()).add(client.team_id)
    return {helper: frozenset(teams) for helper, teams in helps.items()}


def profile_of(agent: Agent) -> Profile:
    return Profile.of(
        agent.team,
        agent.skills,
        languages=frozenset(map(spoken, agent.languages)),
        certifications=agent.certifications,
        walls=agent.walls,
        tenants=agent.dedicated,
    )


def spoken(language: str) -> str:
    """`pt-BR` and `pt` understand each other: the region decides greetings, not who may serve."""
    return language.partition("-")[0].lower()
