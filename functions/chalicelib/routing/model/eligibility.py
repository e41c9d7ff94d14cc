"""Who may serve what, and from when on: skills, languages, certifications, walls and widening rings.

A wall or a missing certification is never widened away; a skill is. Rings open as the slack shrinks, so that inside
a line of one target whoever is more urgent has never a narrower ring. The deadline itself never moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.kernel.skill import TOP_LEVEL as TOP_LEVEL


class Ring(IntEnum):
    PRIMARY = 0  # has the skill at the level asked for
    SECONDARY = 1  # has the skill at a lower level
    OVERFLOW = 2  # has the skill and sits in a team that helps out
    ANYONE = 3  # may serve the client, without the skill


# The part of the target that has passed when a ring opens.
OPENS: Mapping[Ring, float] = {Ring.PRIMARY: 0.0, Ring.SECONDARY: 0.25, Ring.OVERFLOW: 0.5, Ring.ANYONE: 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a contact asks of an agent. Contacts of one need and channel stand in one line."""

    tenant: TenantId
    team: TeamId
    skill: str = ""  # empty: any agent of the team will do
    level: int = 1  # of the skill, 1 to TOP_LEVEL
    language: str = ""
    certifications: frozenset[str] = frozenset()
    overflow: frozenset[TeamId] = frozenset()  # the teams that help out
    widest: Ring = Ring.ANYONE  # the client's contract may forbid more


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What makes agents interchangeable for routing; agents of one profile share a place in the indexes."""

    team: TeamId
    skills: tuple[tuple[str, int], ...] = ()  # (skill, level), sorted
    languages: frozenset[str] = frozenset()  # empty: not recorded, so no bar
    certifications: frozenset[str] = frozenset()
    walls: frozenset[TenantId] = frozenset()  # clients whose competitors' contracts bar the agent
    tenants: frozenset[TenantId] = frozenset()  # dedicated to these; empty: universal

    @staticmethod
    def of(team: TeamId, skills: Mapping[str, int], **more: frozenset[str]) -> Profile:
        return Profile(team=team, skills=tuple(sorted(skills.items())), **more)  # type: ignore[arg-type]

    @property
    def dedicated(self) -> bool:
        return bool(self.tenants)

    def level(self, skill: str) -> int:
        """0 for who does not have it."""
        return dict(self.skills).get(skill, 0)

    @property
    def preference(self) -> tuple[bool, int]:
        """Who is asked first: dedicated agents, then those who can do the least else."""
        return (not self.dedicated, len(self.skills))


def ring_of(profile: Profile, need: Need) -> Ring | None:
    """The ring in which agents of the profile may serve the need; None: never."""
    if need.tenant in profile.walls or (profile.tenants and need.tenant not in profile.tenants):
        return None
    if not need.certifications <= profile.certifications:
        return None
    if need.language and profile.languages and need.language not in profile.languages:
        return None
    level = profile.level(need.skill) if need.skill else TOP_LEVEL
    ring = Ring.PRIMARY if level >= need.level else Ring.SECONDARY if level else Ring.ANYONE
    if profile.team != need.team:
        if profile.team not in need.overflow:
            return None
        ring = max(ring, Ring.OVERFLOW)
    return ring if ring <= need.widest else None


def opens_at(ring: Ring, deadline: float, target_s: float) -> float:
    """When the ring opens for a contact of this deadline; in seconds, as the deadline is."""
    return deadline - (1 - OPENS[ring]) * target_s


def open_ring(deadline: float, target_s: float, now: float, manned: Iterable[Ring], widest: Ring = Ring.ANYONE) -> Ring:
    """The widest ring that is open. `manned` are the rings with an agent signed in; an empty one is skipped at once."""
    present = set(manned)
    ring = max(ring for ring in Ring if ring == Ring.PRIMARY or opens_at(ring, deadline, target_s) <= now)
    while ring < widest and ring not in present:
        ring = Ring(ring + 1)
    return min(ring, widest)
