"""Who is signed in. A session lives on our side and ends on our side: a log-out holds at once, everywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from chalicelib.kernel.errors import NotAllowed, NotFound
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.tenancy.model.caller import Caller, Role, Scope

LONGEST = timedelta(hours=12)  # a shift; then the password again
IDLE = timedelta(hours=4)
_STEP = timedelta(minutes=10)  # a session in use is written again no more often than that


class Wish(StrEnum):
    """What a log-in may want beside the password."""

    NEW_PASSWORD = "new_password"  # noqa: S105  the first log-in
    CODE = "code"  # of the second factor


@dataclass(frozen=True, slots=True)
class Wanted:
    """The password was right; answer this within three minutes, with the ticket."""

    wish: Wish
    ticket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom the user pool knows."""

    user: str
    name: str
    roles: frozenset[Role]
    agent: AgentId = AgentId("")
    tenant: TenantId = TenantId("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an agent sits, and whom he may serve there."""

    team: TeamId = TeamId("")
    walls: frozenset[TenantId] = frozenset()  # never these
    dedicated: frozenset[TenantId] = frozenset()  # only these; empty: whomever the team serves

    def sees(self, served: frozenset[TenantId]) -> frozenset[TenantId]:
        """Of whom the team serves: a competitor's contacts are not only never offered, they do not exist for him."""
        return (served & self.dedicated if self.dedicated else served) - self.walls


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    user: str
    name: str
    role: Role
    agent: AgentId
    place: Place
    tenant: TenantId  # of a client's people
    began: datetime
    until: datetime

    def extended(self, now: datetime) -> Session:
        return replace(self, until=min(now + IDLE, self.began + LONGEST))


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """`sid` is told to the browser and kept nowhere: we know only its digest."""

    sid: str
    caller: Caller


class Logins(Protocol):
    """Raises NotSignedIn where something does not match, TooMany and Unavailable."""

    def check(self, user: str, password: str) -> Person | Wanted: ...
    def answer(self, user: str, wanted: Wanted, answer: str) -> Person | Wanted: ...


class Store(Protocol):
    def open(self, key: str, session: Session) -> None: ...
    def get(self, key: str) -> Session | None: ...
    def extend(self, key: str, until: datetime) -> None:
        """Nothing happens if the session is gone: a log-out wins."""
        ...

    def close(self, key: str) -> None: ...


class Sessions:
    """`place_of`: where an agent sits; raises NotFound. `tenants_of`: whom a team serves.
    `mint` gives 256 random bits as text.
    """

    def __init__(
        self,
        logins: Logins,
        store: Store,
        *,
        place_of: Callable[[AgentId], Place],
        tenants_of: Callable[[TeamId], frozenset[TenantId]],
        mint: Callable[[], str],
    ) -> None:
        self._logins = logins
        self._store = store
        self._place_of = place_of
        self._tenants_of = tenants_of
        self._mint = mint

    def sign_in(self, user: str, password: str, now: datetime) -> Opened | Wanted:
        return self._open(self._logins.check(user.strip().lower(), password), now)

    def answer(self, user: str, wanted: Wanted, answer: str, now: datetime) -> Opened | Wanted:
        return self._open(self._logins.answer(user.strip().lower(), wanted, answer), now)

    def caller(self, sid: str, now: datetime) -> Caller | None:
        """Whose session this is; None once it is over."""
        if not sid:
            return None
        key = _key(sid)
        session = self._store.get(key)
        if session is None or now >= session.until:
            return None
        extended = session.extended(now)
        if extended.until - session.until >= _STEP:
            self._store.extend(key, extended.until)
        return self._caller(session)

    def sign_out(self, sid: str) -> None:
        if sid:
            self._store.close(_key(sid))

    def _open(self, person: Person | Wanted, now: datetime) -> Opened | Wanted:
        if isinstance(person, Wanted):
            return person
        sid = self._mint()
        session = Session(
            user=person.user,
            name=person.name,
            role=_role(person),
            agent=person.agent,
            place=self._place(person.agent),
            tenant=person.tenant,
            began=now,
            until=now,
        ).extended(now)
        self._store.open(_key(sid), session)
        return Opened(sid=sid, caller=self._caller(session))

    def _place(self, agent: AgentId) -> Place:
        if not agent:
            return Place()
        try:
            return self._place_of(agent)
        except NotFound:
            return Place()  # may sign in, and sees no client until somebody gives him a seat

    def _caller(self, session: Session) -> Caller:
        return Caller(
            user=session.user,
            role=session.role,
            name=session.name,
            scope=self._scope(session),
            agent=session.agent,
            team=session.place.team,
        )

    def _scope(self, session: Session) -> Scope:
        """Asked anew each time: a client that leaves a team is out of its agents' sight before the next log-in."""
        match session.role:
            case Role.OPERATOR | Role.SUPERVISOR | Role.FINANCE:
                return Scope.everyone()
            case Role.AGENT:
                place = session.place
                return Scope(place.sees(self._tenants_of(place.team)) if place.team else frozenset())
            case Role.CLIENT:
                return Scope.of([session.tenant] if session.tenant else [])


def _role(person: Person) -> Role:
    """Of several the one with the widest view: somebody gave it on purpose."""
    for role in (Role.OPERATOR, Role.SUPERVISOR, Role.FINANCE, Role.AGENT, Role.CLIENT):
        if role in person.roles:
            return role
    raise NotAllowed("this log-in has no role yet; please ask your operator")


def _key(sid: str) -> str:
    return hashlib.sha256(sid.encode()).hexdigest()
