"""Users of Amazon Connect: who signs in at the softphone. Made and brought up to date from the file of people.

A user's name is our agent id: flows, contact records and agent events tell us by it whose call it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.telephony.calls import Calls, last
from infra.telephony.errors import NoProfile, ServiceRefused
from infra.telephony.model import STAGE_TAG
from infra.telephony.profiles import AGENTS, ROUTING, SUPERVISORS

# The wrap-up has no end of Connect's own: it lasts until the desk clears the call, and so ends when ours does.
AFTER_CALL_S = 0
_OWN_PASSWORDS = "CONNECT_MANAGED"
_THERE = "DuplicateResourceException"
_OURS = (AGENTS, SUPERVISORS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`profile` is the name of a security profile."""

    name: str
    first: str
    last: str
    email: str
    profile: str = AGENTS
    auto_accept: bool = False

    def identity(self) -> dict[str, str]:
        return {"FirstName": self.first, "LastName": self.last, "Email": self.email}

    def phone(self) -> dict[str, Any]:
        return {
            "PhoneType": "SOFT_PHONE",
            "AutoAccept": self.auto_accept,
            "AfterContactWorkTimeLimit": AFTER_CALL_S,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`changed` is what was written for a user who was there before; `password` that of a new one.

    One who is refused with a password may have been made with it all the same.
    """

    name: str
    new: bool = False
    changed: tuple[str, ...] = ()
    password: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """Ids by name."""

    security: Mapping[str, str]
    routing: str
    keeps_passwords: bool


class Users:
    def __init__(self, calls: Calls, instance: str, *, stage: str) -> None:
        """`instance` is an ARN."""
        self._calls, self._stage = calls, stage
        self._instance = last(instance)

    def names(self) -> dict[str, str]:
        """Every user of the instance: name → id."""
        found = self._list("list_users", "UserSummaryList")
        return {user["Username"]: user["Id"] for user in found}

    def apply(
        self, people: Sequence[Wanted], known: Mapping[str, str], password: Callable[[], str]
    ) -> Iterator[Outcome]:
        """One after the other, and told as soon as it is done: a password that is lost cannot be asked for again.

        Repeatable; writes only what differs. Who is refused does not stop the others. Raises NoProfile, and
        ServiceRefused while nothing is done yet.
        """
        if not people:
            return
        profiles = self._profiles()
        ids = {name.lower(): user for name, user in known.items()}  # the service knows no difference
        for person in people:
            user = ids.get(person.name.lower())
            try:
                yield self._made(person, profiles, password) if user is None else self._mended(person, user, profiles)
            except ServiceRefused as refused:
                yield Outcome(name=person.name, refused=str(refused))

    def _made(self, person: Wanted, profiles: Profiles, password: Callable[[], str]) -> Outcome:
        given = password() if profiles.keeps_passwords else ""
        try:
            self._ask(
                "create_user",
                Username=person.name,
                IdentityInfo=person.identity(),
                PhoneConfig=person.phone(),
                SecurityProfileIds=[profiles.security[person.profile]],
                RoutingProfileId=profiles.routing,
                Tags={STAGE_TAG: self._stage},
                **({"Password": given} if given else {}),
            )
        except ServiceRefused as refused:
            # He was not there a moment ago: an answer was lost on the way, and botocore asked a second time.
            doubtful = given if refused.code == _THERE else ""
            return Outcome(name=person.name, password=doubtful, refused=str(refused))
        return Outcome(name=person.name, new=True, password=given)

    def _mended(self, person: Wanted, user: str, profiles: Profiles) -> Outcome:
        there = self._ask("describe_user", UserId=user)["User"]
        changed = [
            what
            for what, operation, words in _differences(person, there, profiles)
            if self._ask(operation, UserId=user, **words) is not None
        ]
        return Outcome(name=person.name, changed=tuple(changed))

    def _profiles(self) -> Profiles:
        kind = self._ask("describe_instance")["Instance"].get("IdentityManagementType", _OWN_PASSWORDS)
        security = self._list("list_security_profiles", "SecurityProfileSummaryList")
        routing = self._list("list_routing_profiles", "RoutingProfileSummaryList")
        rights = {profile["Name"]: profile["Id"] for profile in security if profile["Name"] in _OURS}
        served = {profile["Name"]: profile["Id"] for profile in routing}
        for name in _OURS:
            if name not in rights:
                raise NoProfile("security profile", name)
        if ROUTING not in served:
            raise NoProfile("routing profile", ROUTING)
        return Profiles(security=rights, routing=served[ROUTING], keeps_passwords=kind == _OWN_PASSWORDS)

    def _list(self, operation: str, items: str) -> Iterator[Mapping[str, Any]]:
        return self._calls.pages(operation, items, InstanceId=self._instance)

    def _ask(self, operation: str, **words: Any) -> dict[str, Any]:
        return self._calls.ask(operation, InstanceId=self._instance, **words)


def _differences(
    person: Wanted, there: Mapping[str, Any], profiles: Profiles
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What is to be written: its name, the operation, its words. What others set in the console beside it stays."""
    identity = there.get("IdentityInfo", {})
    if not person.identity().items() <= identity.items():
        yield "name", "update_user_identity_info", {"IdentityInfo": {**identity, **person.identity()}}
    phone = there.get("PhoneConfig", {})
    if not person.phone().items() <= phone.items():
        kept = {name: value for name, value in phone.items() if name != "DeskPhoneNumber"}
        yield "telephone", "update_user_phone_config", {"PhoneConfig": {**kept, **person.phone()}}
    rights, ours = set(there.get("SecurityProfileIds", ())), set(profiles.security.values())
    wanted = (rights - ours) | {profiles.security[person.profile]}
    if rights != wanted:
        yield "rights", "update_user_security_profiles", {"SecurityProfileIds": sorted(wanted)}
    if there.get("RoutingProfileId") != profiles.routing:
        yield "routing profile", "update_user_routing_profile", {"RoutingProfileId": profiles.routing}
