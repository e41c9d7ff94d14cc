"""Users of the instance, which keeps their passwords itself (CONNECT_MANAGED), and the profiles they are made with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.local.connect.api.books import Register, User
from infra.local.connect.api.service import Answer, Refused, Words, demand_instance
from infra.local.connect.library import INSTANCE
from infra.telephony.profiles import AGENTS, ROUTING, SUPERVISORS

_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,20}")  # of an instance that keeps the passwords itself
_IDENTITY = ("FirstName", "LastName", "Email")  # that such an instance demands
_LONGEST_AFTER_CALL_S = 2_000_000
_INDIVIDUALLY = frozenset(
    {
        "AutoAcceptConfigs", "AfterContactWorkConfigs", "PhoneNumberConfigs", "PersistentConnectionConfigs",
        "VoiceEnhancementConfigs", "HierarchyGroupId", "DirectoryUserId",
    }
)  # fmt: skip


@dataclass(kw_only=True)
class Users:
    register: Register = field(default_factory=Register)
    instance: str = INSTANCE
    management: str = "CONNECT_MANAGED"
    quota: int = 500
    page: int = 100
    security: Sequence[str] = ("Admin", "Agent", AGENTS, SUPERVISORS)  # the first two every instance has
    routing: Sequence[str] = ("Basic Routing Profile", ROUTING)

    @property
    def users(self) -> dict[str, User]:
        return self.register.books.users

    @property
    def operations(self) -> Mapping[str, Callable[[Words], Answer]]:
        deeds = {
            "DescribeInstance": self.describe_instance,
            "ListSecurityProfiles": self.list_security,
            "ListRoutingProfiles": self.list_routing,
            "ListUsers": self.list_all,
            "CreateUser": self.create,
            "DescribeUser": self.describe,
            "UpdateUserIdentityInfo": self.rename,
            "UpdateUserPhoneConfig": self.set_phone,
            "UpdateUserSecurityProfiles": self.secure,
            "UpdateUserRoutingProfile": self.route,
        }
        return {name: self._here(deed) for name, deed in deeds.items()}

    def describe_instance(self, words: Words) -> Answer:
        return {
            "Instance": {
                "Id": self.instance.rpartition("/")[2],
                "Arn": self.instance,
                "IdentityManagementType": self.management,
                "InstanceStatus": "ACTIVE",
                "InboundCallsEnabled": True,
                "OutboundCallsEnabled": True,
            }
        }

    def list_security(self, words: Words) -> Answer:
        return self._page(words, "SecurityProfileSummaryList", self._named("security-profile", self.security))

    def list_routing(self, words: Words) -> Answer:
        return self._page(words, "RoutingProfileSummaryList", self._named("routing-profile", self.routing))

    def list_all(self, words: Words) -> Answer:
        found = [{"Id": name, "Arn": self._arn("agent", name), "Username": name} for name in self.users]
        return self._page(words, "UserSummaryList", found)

    def create(self, words: Words) -> Answer:
        name = words["Username"]
        self._demand_new(name)
        for unknown in sorted(words.keys() & _INDIVIDUALLY):
            raise Refused("InvalidRequestException", f"{unknown} is not simulated here")
        if ("Password" in words) != (self.management == "CONNECT_MANAGED"):
            raise Refused("InvalidParameterException", f"Password, with an instance that is {self.management}")
        self.users[name] = User(
            name=name,
            identity=_identity(words.get("IdentityInfo", {})),
            phone=_phone(words.get("PhoneConfig", {"PhoneType": "SOFT_PHONE"})),
            security=self._all_known(words["SecurityProfileIds"]),
            routing=self._known("routing-profile", self.routing, words["RoutingProfileId"]),
            tags=dict(words.get("Tags", {})),
        )
        self.register.keep()
        return {"UserId": name, "UserArn": self._arn("agent", name)}

    def describe(self, words: Words) -> Answer:
        user = self._user(words)
        told = {
            "Id": user.name,
            "Arn": self._arn("agent", user.name),
            "Username": user.name,
            "IdentityInfo": dict(user.identity),
            "PhoneConfig": dict(user.phone),
            "SecurityProfileIds": list(user.security),
            "RoutingProfileId": user.routing,
        }
        return {"User": told | ({"Tags": dict(user.tags)} if user.tags else {})}

    def rename(self, words: Words) -> Answer:
        self._user(words).identity = _identity(words["IdentityInfo"])
        self.register.keep()
        return None

    def set_phone(self, words: Words) -> Answer:
        self._user(words).phone = _phone(words["PhoneConfig"])
        self.register.keep()
        return None

    def secure(self, words: Words) -> Answer:
        self._user(words).security = self._all_known(words["SecurityProfileIds"])
        self.register.keep()
        return None

    def route(self, words: Words) -> Answer:
        known = self._known("routing-profile", self.routing, words["RoutingProfileId"])
        self._user(words).routing = known
        self.register.keep()
        return None

    def _here(self, deed: Callable[[Words], Answer]) -> Callable[[Words], Answer]:
        def done(words: Words) -> Answer:
            demand_instance(words["InstanceId"], self.instance)
            return deed(words)

        return done

    def _demand_new(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise Refused("InvalidParameterException", f"Username {name!r} is not 1 to 20 of [a-zA-Z0-9_-.@]")
        if name.lower() in {known.lower() for known in self.users}:
            raise Refused("DuplicateResourceException", f"there is a user {name}")
        if len(self.users) >= self.quota:
            raise Refused("LimitExceededException", f"the instance has {self.quota} users")

    def _user(self, words: Words) -> User:
        name = words["UserId"].rpartition("/")[2]
        if name not in self.users:
            raise Refused("ResourceNotFoundException", f"there is no user {name}")
        return self.users[name]

    def _named(self, kind: str, names: Sequence[str]) -> list[dict[str, Any]]:
        """Their ids are made of their names."""
        return [{"Id": _id(name), "Arn": self._arn(kind, _id(name)), "Name": name} for name in names]

    def _all_known(self, ids: Sequence[str]) -> list[str]:
        return [self._known("security-profile", self.security, one) for one in ids]

    def _known(self, kind: str, names: Sequence[str], reference: str) -> str:
        known = reference.rpartition("/")[2]
        if known not in map(_id, names):
            raise Refused("ResourceNotFoundException", f"there is no {kind} {known}")
        return known

    def _page(self, words: Words, name: str, found: Sequence[Mapping[str, Any]]) -> Answer:
        token = words.get("NextToken", "0")
        if not token.isdecimal():
            raise Refused("InvalidParameterException", "NextToken is none of ours")
        at, size = int(token), min(self.page, words.get("MaxResults", self.page))
        more = {"NextToken": str(at + size)} if at + size < len(found) else {}
        return {name: list(found[at : at + size]), **more}

    def _arn(self, kind: str, name: str) -> str:
        return f"{self.instance}/{kind}/{name}"


def _id(name: str) -> str:
    return name.lower().replace(" ", "-")


def _identity(told: Mapping[str, Any]) -> dict[str, Any]:
    missing = [name for name in _IDENTITY if not told.get(name)]
    if missing:
        raise Refused("InvalidParameterException", f"IdentityInfo has no {' and no '.join(missing)}")
    return dict(told)


def _phone(told: Mapping[str, Any]) -> dict[str, Any]:
    """As it is told back: what is left out is off."""
    if not told.get("PhoneType"):
        raise Refused("InvalidParameterException", "PhoneConfig has no PhoneType")
    if (told["PhoneType"] == "DESK_PHONE") != ("DeskPhoneNumber" in told):
        raise Refused("InvalidParameterException", "DeskPhoneNumber goes with a DESK_PHONE, and no other")
    if told.get("AfterContactWorkTimeLimit", 0) > _LONGEST_AFTER_CALL_S:
        raise Refused("InvalidParameterException", f"AfterContactWorkTimeLimit is more than {_LONGEST_AFTER_CALL_S}")
    return {"AutoAccept": False, "AfterContactWorkTimeLimit": 0, **told}
