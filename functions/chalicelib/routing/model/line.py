"""A line: contacts that ask the same of an agent, on one channel, with one target. Inside it, the deadline decides."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from chalicelib.contacts.model.contact import Contact
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId, digest
from chalicelib.routing.model.capacity import COST, PRESSING, is_pressing
from chalicelib.routing.model.eligibility import Need, Ring, opens_at
from chalicelib.routing.model.terms import Terms

STICKY = 0.25  # the part of the target for which a contact waits for its own agent alone
PROMISED_S = 3600  # a call of ours that somebody waits for is due within so many seconds; a campaign's has hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Times in seconds. `boost_s` is a part of what makes the line, so that its order is that of arrival."""

    need: Need
    channel: Channel
    target_s: int
    boost_s: int = 0
    outbound: bool = False  # calls that we begin: they stand in no line of callers

    @staticmethod
    def of(terms: Terms, channel: Channel) -> Line:
        return Line(
            need=terms.need, channel=channel, target_s=terms.target_s, boost_s=terms.boost_s, outbound=terms.outbound
        )

    @property
    def id(self) -> str:
        return _ids(self)

    @property
    def text(self) -> str:
        """The line spelled out, for a contact's facts; `Line.read` is the reverse."""
        return _spelled(self)

    @staticmethod
    def read(text: str) -> Line:
        return _read(text)

    @property
    def tenant(self) -> TenantId:
        return self.need.tenant

    @property
    def team(self) -> TeamId:
        return self.need.team

    @property
    def cost(self) -> int:
        return COST[self.channel]

    @property
    def gives_way(self) -> bool:
        """Calls of ours that nobody was promised: they go after whoever waits, however long they have been due."""
        return self.outbound and self.target_s > PROMISED_S

    def deadline(self, since: datetime) -> datetime:
        return since + timedelta(seconds=self.target_s - self.boost_s)


@lru_cache(maxsize=4096)
def _spelled(line: Line) -> str:
    need = line.need
    parts = [
        need.tenant, need.team, need.skill, need.level, need.language, sorted(need.certifications),
        sorted(need.overflow), int(need.widest), line.channel.value, line.target_s, line.boost_s,
        *([1] if line.outbound else []),
    ]  # fmt: skip
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False)


@lru_cache(maxsize=4096)
def _read(text: str) -> Line:
    tenant, team, skill, level, language, certifications, overflow, widest, channel, target_s, boost_s, *rest = (
        json.loads(text)
    )
    need = Need(
        tenant=tenant,
        team=team,
        skill=skill,
        level=level,
        language=language,
        certifications=frozenset(certifications),
        overflow=frozenset(overflow),
        widest=Ring(widest),
    )
    return Line(need=need, channel=Channel(channel), target_s=target_s, boost_s=boost_s, outbound=bool(rest))


@lru_cache(maxsize=4096)
def _ids(line: Line) -> str:
    return f"{line.tenant}#{digest('line', line.text)}"


@lru_cache(maxsize=4096)
def seconds(stamped: str) -> float:
    """A stamp as the rule counts: seconds since 1970."""
    return instant(stamped).timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A contact that waits. `deadline` and `since` are stamps and never change, whatever happens to it."""

    line: Line
    contact: ContactId
    deadline: str
    since: str
    prefer: AgentId = AgentId("")  # it stands in this agent's personal line, and nowhere else

    @staticmethod
    def of(contact: Contact) -> Waiting:
        """The place of a contact that was queued, now or before it was offered."""
        queued = contact.last("queued")
        assert queued is not None, "only a queued contact has a place"
        line = Line.read(queued.data["line"])
        return Waiting(line=line, contact=contact.contact, deadline=contact.deadline, since=stamp(queued.at))

    @staticmethod
    def at(line: Line, key: str) -> Waiting:
        deadline, since, contact = key.split("#")
        return Waiting(line=line, contact=ContactId(contact), deadline=deadline, since=since)

    @property
    def tenant(self) -> TenantId:
        return self.line.tenant

    @property
    def channel(self) -> Channel:
        return self.line.channel

    @property
    def key(self) -> str:
        """Its place in the line, as text that sorts."""
        return f"{self.deadline}#{self.since}#{self.contact}"

    @property
    def order(self) -> str:
        return f"{self.since}#{self.contact}"

    @property
    def deadline_s(self) -> float:
        return seconds(self.deadline)

    def presses(self, now: float) -> bool:
        """Whether it has so little time left that others make room for it. Nobody does for who gives way."""
        return not self.line.gives_way and is_pressing(self.deadline_s, self.line.target_s, now)

    @property
    def joins_at(self) -> float:
        """When a contact that waits for its own agent joins the line of all others."""
        return seconds(self.since) + STICKY * self.line.target_s

    def next_moment(self, now: float) -> float | None:
        """When time alone may change who may serve it: a ring opens, or it becomes pressing. None: never again."""
        line = self.line
        moments = [opens_at(ring, self.deadline_s, line.target_s) for ring in Ring if 0 < ring <= line.need.widest]
        moments.append(self.deadline_s - PRESSING * line.target_s)
        if self.prefer:
            moments = [self.joins_at]
        return min((moment for moment in moments if moment > now), default=None)
