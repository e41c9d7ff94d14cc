"""A seat: one agent as routing sees him, and what becomes of the seat when something happens to him.

Each change gives the next seat. `version` names one state of one seat: whoever writes says which state he saw.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from math import inf

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId, digest
from chalicelib.routing.model.capacity import COST, MOST_PAUSES, PAUSABLE, UNITS
from chalicelib.routing.model.eligibility import Profile
from chalicelib.routing.model.line import Waiting
from chalicelib.workforce.model import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatContact:
    tenant: TenantId
    channel: Channel
    team: TeamId = TeamId("")  # whose line it came from
    counted: bool = False  # its units are in the client's standing
    deadline: str = ""
    paused: bool = False  # laid aside for a call or a chat
    pauses: int = 0  # how often that has happened

    @property
    def cost(self) -> int:
        return COST[self.channel]

    @property
    def load(self) -> int:
        return 0 if self.paused else self.cost

    @property
    def pausable(self) -> bool:
        return self.channel in PAUSABLE and not self.paused and self.pauses < MOST_PAUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """`since` (of the status), `idle_since` (when he last became free for something) and `beat` are stamps."""

    agent: AgentId
    team: TeamId
    status: Status = Status.OFFLINE
    reason: str = ""
    since: str = ""
    units: int = 0  # in service; what is paused is not
    idle_since: str = ""
    profile: Profile = Profile(team=TeamId(""))
    contacts: Mapping[ContactId, SeatContact] = field(default_factory=dict)
    personal: int = 0  # contacts that wait for this agent alone
    version: str = ""
    connection: str = ""
    beat: str = ""  # last sign of life of his page

    @property
    def signed_in(self) -> bool:
        return self.status is not Status.OFFLINE

    @property
    def available(self) -> bool:
        return self.status is Status.AVAILABLE

    @property
    def pausable(self) -> int:
        """Units that may be laid aside."""
        return sum(held.cost for held in self.contacts.values() if held.pausable)

    @property
    def free(self) -> bool:
        """Whether he could take anything: he has room, or what he does may be laid aside."""
        return self.available and (self.units < UNITS or self.pausable > 0)

    @property
    def place(self) -> str:
        """Where he stands among those who are free, as text that sorts; empty if he is not."""
        return f"{place_of(self.profile)}#{self.units}#{self.idle_since}#{self.agent}" if self.free else ""

    def counts(self, waiting: Waiting) -> bool:
        """Whether the contact takes of the client's share: dedicated agents and other teams' help are extra."""
        return not self.profile.dedicated and self.profile.team == waiting.line.team

    # What becomes of it

    def taking(self, waiting: Waiting, offer: str, laid_aside: Iterable[ContactId] = ()) -> Seat:
        """With the contact, and without those that are paused for it."""
        line = waiting.line
        taken = SeatContact(
            tenant=line.tenant,
            channel=line.channel,
            team=line.team,
            counted=self.counts(waiting),
            deadline=waiting.deadline,
        )  # fmt: skip
        held = dict(self.contacts)
        for contact in laid_aside:
            held[contact] = replace(held[contact], paused=True, pauses=held[contact].pauses + 1)
        after = self._with({**held, waiting.contact: taken}, "takes", offer)
        return replace(after, personal=after.personal - 1) if waiting.prefer == self.agent else after

    def losing(self, contact: ContactId, now: datetime) -> Seat:
        """Without the contact; what had been laid aside is taken up again as far as there is room."""
        held = {other: one for other, one in self.contacts.items() if other != contact}
        room = UNITS - sum(one.load for one in held.values())
        for other, one in sorted(held.items(), key=lambda pair: (pair[1].deadline, pair[0])):
            if one.paused and one.cost <= room:
                held[other] = replace(one, paused=False)
                room -= one.cost
        return replace(self._with(held, "loses", contact, stamp(now)), idle_since=stamp(now))

    def standings(self) -> dict[tuple[TeamId, TenantId], tuple[int, int]]:
        """What the seat takes of the clients' shares: units in service, and with those that are laid aside."""
        found: dict[tuple[TeamId, TenantId], tuple[int, int]] = {}
        for held in self.contacts.values():
            if held.counted:
                units, claimed = found.get((held.team, held.tenant), (0, 0))
                found[held.team, held.tenant] = (units + held.load, claimed + held.cost)
        return found

    def taken_up(self, after: Seat) -> list[ContactId]:
        """What is paused here, and no longer in the seat that comes `after`."""
        return [
            contact
            for contact, held in after.contacts.items()
            if not held.paused and contact in self.contacts and self.contacts[contact].paused
        ]

    def doing(self, status: Status, reason: str, profile: Profile, now: datetime) -> Seat:
        """From now on; a status never begins before the last one, whatever the clock says."""
        at = max(stamp(now), self.since)
        after = self._with(dict(self.contacts), status.value, reason, at)
        return replace(after, status=status, reason=reason, since=at, idle_since=at, beat=at, profile=profile)

    def sitting_in(self, team: TeamId) -> Seat:
        """What he has comes along; in another team it is no part of its clients' shares."""
        if team == self.team:
            return self
        contacts = {contact: replace(held, counted=False) for contact, held in self.contacts.items()}
        return replace(self, team=team, contacts=contacts)

    def awaited(self, change: int, contact: ContactId) -> Seat:
        """One more, or one less, waits for this agent alone."""
        return replace(
            self, personal=self.personal + change, version=digest(self.version, "awaited", str(change), contact)
        )  # fmt: skip

    def at_page(self, connection: str, now: datetime) -> Seat:
        version = digest(self.version, "page", connection)
        return replace(self, connection=connection, beat=stamp(now), version=version)

    def _with(self, contacts: Mapping[ContactId, SeatContact], *what: str) -> Seat:
        units = sum(held.load for held in contacts.values())
        return replace(self, contacts=contacts, units=units, version=digest(self.version, *what))


@dataclass(frozen=True, slots=True, kw_only=True)
class Losing:
    """A seat that loses a contact, and what its agent takes up again for it."""

    before: Seat
    after: Seat
    taken_up: Mapping[ContactId, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """An agent has a contact by his own doing: nobody looked for him. `waits`: it stands in a line, from which it
    goes; `other`: whom it was offered to; `laid_aside`: what is told of the work that rests meanwhile. `claimed` and
    `ceiling`, in units, are of a client who is held below its ceiling."""

    waiting: Waiting
    before: Seat
    after: Seat
    waits: bool = False
    other: Losing | None = None
    laid_aside: Mapping[ContactId, Fact] = field(default_factory=dict)
    claimed: int | None = 0
    ceiling: float = inf


class SeatTaken(Exception):
    """The agent is no longer free for this; another may be."""


class ContactGone(Exception):
    """The contact no longer waits: claimed by another, or abandoned."""


class LineMoved(Exception):
    """Somebody came or went in the line in that moment, or the client reached its ceiling: look again."""


@lru_cache(maxsize=4096)
def signature(profile: Profile) -> str:
    """Agents of one profile are one to routing."""
    return digest(
        profile.team,
        *(f"{skill}={level}" for skill, level in profile.skills),
        *(f"{name}:{one}" for name in ("languages", "certifications", "walls", "tenants")
          for one in sorted(getattr(profile, name))),
    )[:8]  # fmt: skip


@lru_cache(maxsize=4096)
def place_of(profile: Profile) -> str:
    """Those of one rank stand together, the preferred ones first, and among them those of one profile."""
    shared, skills = profile.preference
    return f"{int(shared)}{skills:03d}#{signature(profile)}"
