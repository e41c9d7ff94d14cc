"""The people of the operator and what they were doing when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.kernel.money import UnitPrice
from chalicelib.kernel.skill import LEAST_LEVEL, TOP_LEVEL
from chalicelib.workforce.model import (
    PAUSE_REASONS,
    Agent,
    Interval,
    Pay,
    PayKind,
    StatusBegan,
    graded,
    intervals,
)

Skills = Mapping[str, int] | Iterable[str]  # with levels, or all at the top one


class Store(Protocol):
    def put_team(self, team: TeamId, name: str) -> None: ...

    def put_agent(self, agent: Agent) -> None:
        """He is a member of this team, and of no other. Raises Conflict when two seat him at once."""
        ...

    def agent(self, agent: AgentId) -> Agent: ...
    def members(self, team: TeamId) -> list[Agent]: ...

    def ever_dedicated(self, tenant: TenantId) -> list[AgentId]:
        """Whoever serves the client alone, or once did."""
        ...

    def teams(self) -> list[TeamId]: ...
    def team_names(self) -> dict[TeamId, str]: ...
    def statuses(self, agent: AgentId, month: str) -> list[StatusBegan]: ...
    def last_status(self, agent: AgentId, month: str, before: datetime) -> StatusBegan | None: ...

    def put_pay(self, agent: AgentId, pay: Pay) -> None:
        """For ever. Raises Conflict where something else is agreed for that day."""
        ...

    def pay(self, agent: AgentId) -> list[Pay]:
        """All of it, the oldest first."""
        ...


class Workforce:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.agent = store.agent
        self.members = store.members
        self.ever_dedicated = store.ever_dedicated
        self.teams = store.teams
        self.team_names = store.team_names
        self.pay = store.pay

    def put_team(self, team: str, name: str) -> None:
        self._store.put_team(TeamId(_name("team", team)), name)

    def put_agent(self, agent: str, name: str, team: str, skills: Skills = (), **more: Iterable[str]) -> None:
        """See `known_as`."""
        self.seat(known_as(agent, name, team, skills, **more))

    def seat(self, agent: Agent) -> None:
        """New, or changed from now on; who changes the team leaves the old one."""
        self._store.put_agent(agent)

    def agree(self, agent: AgentId, pays: Iterable[Pay]) -> None:
        """Repeatable. What was agreed stays: another rate begins on a day of its own."""
        for pay in pays:
            self._store.put_pay(agent, pay)

    def presence(self, agent: AgentId, start: datetime, end: datetime) -> list[StatusBegan]:
        """The statuses that begin in [start, end), led by the one in force at `start` where there is one."""
        before = start - timedelta(milliseconds=1)
        months = _months(before, end)
        led = next(filter(None, (self._store.last_status(agent, month, before) for month in _around(before))), None)
        begun = [status for month in months for status in self._store.statuses(agent, month)]
        inside = [status for status in begun if start <= status.at < end]
        return [led, *inside] if led else inside

    def intervals(self, agent: AgentId, start: datetime, end: datetime) -> list[Interval]:
        """What the agent did in [start, end), without gap or overlap."""
        return intervals(agent, self.presence(agent, start, end), start, end)


def known_as(
    agent: str,
    name: str,
    team: str,
    skills: Skills = (),
    *,
    languages: Iterable[str] = (),
    certifications: Iterable[str] = (),
    walls: Iterable[str] = (),
    dedicated: Iterable[str] = (),
) -> Agent:
    """An agent's record. Raises Invalid with the first field that cannot be."""
    known = Agent(
        agent=AgentId(_name("agent", agent)),
        name=name,
        team=TeamId(_name("team", team)),
        skills=graded(skills),
        languages=frozenset(languages),
        certifications=frozenset(certifications),
        walls=frozenset(map(TenantId, walls)),
        dedicated=frozenset(map(TenantId, dedicated)),
    )
    for field, why, fix in _disagreements(known):
        raise Invalid(field, why, fix)
    return known


def paid(
    day: date,
    currency: str,
    *,
    per_hour: str = "",
    per_month: str = "",
    once: str = "",
    unpaid: Iterable[str] = (),
    why: str = "",
) -> Pay:
    """A line of an agent's pay; exactly one of the amounts is written. Raises Invalid."""
    said = {kind: text for kind, text in zip(PayKind, (per_hour, per_month, once), strict=True) if text}
    if len(said) != 1:
        raise Invalid("pay", f"{len(said)} amounts from {day}", "write one of per_hour, per_month, once")
    ((kind, text),) = said.items()
    try:
        amount = UnitPrice.of(text, currency)
    except (TypeError, ValueError) as error:
        raise Invalid("pay", str(error), f'write {kind.value} = "19.50" and currency = "EUR"') from None
    if amount.amount < 0 and kind is not PayKind.ONCE:
        raise Invalid("pay", f"{kind.value} is {text}", "only `once` may be negative: a correction")
    strange = sorted(set(unpaid) - set(PAUSE_REASONS))
    if strange:
        raise Invalid("pay", f"unpaid names {strange[0]!r}", f"pauses are {', '.join(PAUSE_REASONS)}")
    if unpaid and kind is not PayKind.HOUR:
        raise Invalid("pay", f"unpaid stands beside {kind.value}", "it is for pay by the hour")
    return Pay(day=day, kind=kind, amount=amount, unpaid=frozenset(unpaid), why=why)


def _disagreements(agent: Agent) -> Iterator[tuple[str, str, str]]:
    """What in an agent's record cannot be: (field, what is wrong, the fix)."""
    for skill, level in sorted(agent.skills.items()):
        if not LEAST_LEVEL <= level <= TOP_LEVEL:
            yield "skills", f"{skill} has the level {level}", f"levels are {LEAST_LEVEL} to {TOP_LEVEL}"
    for tenant in sorted(agent.walls & agent.dedicated):
        yield "walls", f"{tenant} is behind a wall and in `dedicated`", "take it out of one of them"


def _name(field: str, text: str) -> str:
    if not text or not all(c.islower() or c.isdigit() or c == "-" for c in text):
        raise Invalid(field, f"{text!r} is no name", "use lower-case letters, digits and hyphens")
    return text


def _around(at: datetime) -> list[str]:
    """The month (UTC) of the instant and the one before: nobody keeps a status longer."""
    at = at.astimezone(UTC)
    return [f"{at:%Y-%m}", f"{at.replace(day=1) - timedelta(days=1):%Y-%m}"]


def _months(start: datetime, end: datetime) -> list[str]:
    """Every month (UTC) with an instant in [start, end]."""
    months, at, end = [], start.astimezone(UTC), end.astimezone(UTC)
    while (month := f"{at:%Y-%m}") <= f"{end:%Y-%m}":
        months.append(month)
        at = at.replace(day=1) + timedelta(days=32)
    return months
