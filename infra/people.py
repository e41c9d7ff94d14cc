"""The operator's people from a file: their log-ins in the user pool, their seats in the workforce."""

from __future__ import annotations

import secrets
import string
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from infra.layout import open_functions

open_functions()
from chalicelib.kernel.errors import Invalid  # noqa: E402  lives where Chalice wants it
from chalicelib.tenancy.model.caller import Role  # noqa: E402
from chalicelib.workforce.service import Workforce  # noqa: E402

_SIGNS = "!#%+-=?@_"


class Team(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    id: str
    name: str


class Person(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    email: str
    name: str
    role: Role
    agent: str = ""
    team: str = ""
    skills: tuple[str, ...] = ()
    tenant: str = ""


class People(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    teams: tuple[Team, ...] = ()
    people: tuple[Person, ...] = ()


def read_people(file: Path) -> People:
    """Raises Invalid with every person who cannot work like this, or with the first thing that is not of the form."""
    try:
        known = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), People)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Invalid(file.name, str(error), "see infra/local/people.toml for the form") from None
    teams = {team.id for team in known.teams}
    wrong = [problem for person in known.people for problem in _problems(person, teams)]
    if wrong:
        raise Invalid(file.name, "; ".join(wrong), "mend them; nothing was changed")
    return known


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
    for person in people.people:
        if person.role is Role.AGENT:
            workforce.put_agent(person.agent, person.name, person.team, frozenset(person.skills))
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
        "custom:agent": person.agent,
        "custom:tenant": person.tenant,
    }


def _problems(person: Person, teams: set[str]) -> Sequence[str]:
    if person.role is Role.AGENT and not (person.agent and person.team in teams):
        return [f"{person.email} is an agent and needs `agent` and a `team` of {sorted(teams)}"]
    if person.role is Role.CLIENT and not person.tenant:
        return [f"{person.email} is a client's person and needs `tenant`"]
    if person.role is not Role.AGENT and (person.agent or person.team):
        return [f"{person.email} is no agent and has no `agent` and no `team`"]
    return []
