"""The operator's people from a file: their log-ins in the user pool, their seats in the workforce, and who of them has
a softphone."""

from __future__ import annotations

import secrets
import string
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from infra.layout import open_functions
from infra.telephony.profiles import AGENTS, SUPERVISORS
from infra.telephony.users import Wanted

open_functions()
from chalicelib.kernel.errors import Invalid  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.ids import AgentId  # noqa: E402
from chalicelib.tenancy.model.caller import Role  # noqa: E402
from chalicelib.tenancy.model.form import Language, Name, Slug, Unfit, Written  # noqa: E402
from chalicelib.workforce.model import Agent, Pay  # noqa: E402
from chalicelib.workforce.service import Workforce, known_as, paid  # noqa: E402

_SIGNS = "!#%+-=?@_"


class Team(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    id: str
    name: str


class Paid(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename={"day": "from"}):
    """What an agent costs from a day on (`once`: on that day alone)."""

    day: date
    currency: str
    per_hour: str = ""
    per_month: str = ""
    once: str = ""
    unpaid: tuple[str, ...] = ()
    why: str = ""

    def agreed(self) -> Pay:
        """Raises Invalid."""
        return paid(self.day, **{name: getattr(self, name) for name in self.__struct_fields__ if name != "day"})


class Person(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Who is an agent also has an id, a team, and what decides which contacts come to him.

    A supervisor may have an id, too: he is a user of Amazon Connect by it, with a supervisor's rights there, and has
    no seat: our routing gives him nothing. (Connect knows no user without a routing profile, so that the fallback
    queue would ring at him if he made himself available at a softphone.)
    """

    email: str
    name: str
    role: Role
    agent: str = ""
    team: str = ""
    skills: dict[str, int] | tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    certifications: tuple[str, ...] = ()
    walls: tuple[str, ...] = ()
    dedicated: tuple[str, ...] = ()
    pay: tuple[Paid, ...] = ()
    auto_accept: bool = False  # his softphone takes a call by itself
    tenant: str = ""

    def seated(self) -> Agent:
        """Raises Invalid."""
        lists = {field: getattr(self, field) for field in _WRITTEN if field != "skills"}
        return known_as(self.agent, self.name, self.team, self.skills, **lists)

    def softphone(self) -> Wanted:
        """Amazon Connect wants two names: who has one only is called by it twice."""
        first, _, last = self.name.rpartition(" ")
        return Wanted(
            name=self.agent,
            first=first or last,
            last=last,
            email=self.email,
            profile=AGENTS if self.role is Role.AGENT else SUPERVISORS,
            auto_accept=self.auto_accept,
        )


_WRITTEN: dict[str, type[Written]] = {
    "skills": Name,
    "languages": Language,
    "certifications": Name,
    "walls": Slug,
    "dedicated": Slug,
}


class People(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    teams: tuple[Team, ...] = ()
    people: tuple[Person, ...] = ()

    @property
    def agents(self) -> list[Agent]:
        return [person.seated() for person in self.people if person.role is Role.AGENT]

    @property
    def softphones(self) -> list[Wanted]:
        return [person.softphone() for person in self.people if person.agent]


def read_people(file: Path) -> People:
    """Raises Invalid with everything that cannot be: whose it is, which field, and the fix."""
    try:
        plain = tomllib.loads(file.read_text(encoding="utf-8"))
        rows = plain.pop("people", [])
        known = msgspec.convert(plain, People)
        if not isinstance(rows, list):
            raise msgspec.ValidationError("`people` is no list of tables [[people]]")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise Invalid(file.name, str(error), "see infra/local/people.toml for the form") from None
    people, wrong = [], []
    for place, row in enumerate(rows, 1):
        try:
            people.append(msgspec.convert(row, Person))
        except msgspec.ValidationError as error:
            wrong.append(f"{_called(row, place)}: {str(error).replace('`$.', '`').replace(' - at `$`', '')}")
    teams = {team.id for team in known.teams}
    wrong += [f"{person.email}: {problem}" for person in people for problem in _problems(person, teams)]
    wrong += _twice("email", [person.email.lower() for person in people])
    wrong += _twice("agent", [person.agent for person in people if person.agent])
    if wrong:
        raise Invalid(file.name, "; ".join(wrong), "mend them; nothing was changed")
    return People(teams=known.teams, people=tuple(people))


class UserPool:
    """The log-ins of a stage, as `apply` needs them. `pool` is a boto3 client of cognito-idp."""

    def __init__(self, pool: Any, pool_id: str) -> None:
        self._pool = pool
        self._id = pool_id

    def put(self, person: Person, password: Callable[[], str]) -> str | None:
        """Makes the log-in, or brings it up to date; returns the password of a new one."""
        attributes = [{"Name": name, "Value": value} for name, value in _attributes(person).items()]
        try:
            self._pool.admin_create_user(
                UserPoolId=self._id, Username=person.email, UserAttributes=attributes, MessageAction="SUPPRESS"
            )
        except self._pool.exceptions.UsernameExistsException:
            self._pool.admin_update_user_attributes(
                UserPoolId=self._id, Username=person.email, UserAttributes=attributes
            )
            if not self._unfinished(person):
                self._seat(person)
                return None
        # New, or left behind by a run that was cut off before it had a password.
        given = password()
        self._pool.admin_set_user_password(UserPoolId=self._id, Username=person.email, Password=given, Permanent=True)
        self._seat(person)
        return given

    def _unfinished(self, person: Person) -> bool:
        status = self._pool.admin_get_user(UserPoolId=self._id, Username=person.email)["UserStatus"]
        return bool(status == "FORCE_CHANGE_PASSWORD")

    def _seat(self, person: Person) -> None:
        """In the group of the role, and in no other of ours."""
        answer = self._pool.admin_list_groups_for_user(UserPoolId=self._id, Username=person.email)
        groups = {group["GroupName"] for group in answer["Groups"]}
        for group in sorted(groups & set(Role) - {person.role.value}):
            self._pool.admin_remove_user_from_group(UserPoolId=self._id, Username=person.email, GroupName=group)
        if person.role.value not in groups:
            self._pool.admin_add_user_to_group(UserPoolId=self._id, Username=person.email, GroupName=person.role.value)


def apply_people(people: People, pool: UserPool, workforce: Workforce, password: Callable[[], str]) -> dict[str, str]:
    """Repeatable. Returns the passwords of the log-ins that are new, by mail address."""
    for team in people.teams:
        workforce.put_team(team.id, team.name)
    for agent in people.agents:
        workforce.seat(agent)
    for person in people.people:
        if person.role is not Role.AGENT:
            continue
        workforce.agree(AgentId(person.agent), [pay.agreed() for pay in person.pay])
    given = {person.email: pool.put(person, password) for person in people.people}
    return {email: new for email, new in given.items() if new is not None}


def invent_password() -> str:
    """Twenty signs that keep the pool's rules."""
    alphabet = string.ascii_letters + string.digits
    rest = "".join(secrets.choice(alphabet) for _ in range(16))
    kinds = (string.ascii_uppercase, string.ascii_lowercase, string.digits, _SIGNS)
    return rest + "".join(secrets.choice(kind) for kind in kinds)


def _attributes(person: Person) -> dict[str, str]:
    return {
        "email": person.email.lower(),
        "email_verified": "true",
        "name": person.name,
        # At our own desk only an agent is one: a supervisor's id is known to Amazon Connect alone.
        "custom:agent": person.agent if person.role is Role.AGENT else "",
        "custom:tenant": person.tenant,
    }


def _called(row: Any, place: int) -> str:
    named = row.get("email") or row.get("name") if isinstance(row, dict) else None
    return str(named or f"people[{place}]")


def _twice(field: str, values: Sequence[str]) -> list[str]:
    return [f"{value}: {field} stands twice, give each once" for value, n in Counter(values).items() if n > 1]


def _unfit(form: type[Written], text: str) -> list[str]:
    try:
        form.parse(text)
    except Unfit as unfit:
        return [f"{unfit.why}, {unfit.allowed}"]
    return []


def _problems(person: Person, teams: set[str]) -> list[str]:
    """`field what is wrong, the fix`."""
    wrong = []
    if person.role is Role.CLIENT and not person.tenant:
        wrong.append("tenant is missing, and a client's person needs it")
    if person.role is not Role.AGENT:
        extra = [field for field in ("agent", "team", "pay", "auto_accept", *_WRITTEN) if getattr(person, field)]
        if person.role is Role.SUPERVISOR and person.agent:
            extra.remove("agent")
            wrong += [f"agent {unfit}" for unfit in _unfit(Slug, person.agent)]
        return wrong + [f"{field} is for agents only, remove it or write role = 'agent'" for field in extra]
    if person.team not in teams:
        known = ", ".join(sorted(teams)) or "none; add [[teams]]"
        wrong.append(f"team {person.team!r} is not known, teams of this file are: {known}")
    for field, form in _WRITTEN.items():
        for text in getattr(person, field):
            wrong += [f"{field} {unfit}" for unfit in _unfit(form, text)]
    if not wrong:
        try:
            person.seated()
            agreed = Counter((pay.agreed().day, bool(pay.once)) for pay in person.pay)
            wrong += [f"pay from {day} stands twice, give each day once" for (day, _), n in agreed.items() if n > 1]
        except Invalid as invalid:
            wrong.append("{field} {why}, {fix}".format(**invalid.facts))
    return wrong
