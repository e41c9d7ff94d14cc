"""People of the user pool as the sessions know them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.aws.cognito import CODE, NEW_PASSWORD, Challenge, Claims, UserPool
from chalicelib.kernel.errors import NotSignedIn
from chalicelib.kernel.ids import AgentId, TenantId
from chalicelib.tenancy.model.caller import Role
from chalicelib.tenancy.service.sessions import Person, Wanted, Wish

_WISHES = {NEW_PASSWORD: Wish.NEW_PASSWORD, CODE: Wish.CODE}
_CHALLENGES = {wish: challenge for challenge, wish in _WISHES.items()}


class PoolLogins:
    def __init__(self, pool: UserPool) -> None:
        self._pool = pool

    def check(self, user: str, password: str) -> Person | Wanted:
        return _read(self._pool.check(user, password))

    def answer(self, user: str, wanted: Wanted, answer: str) -> Person | Wanted:
        return _read(self._pool.answer(user, Challenge(_CHALLENGES[wanted.wish], wanted.ticket), answer))


def _read(answer: Claims | Challenge) -> Person | Wanted:
    match answer:
        case Claims(claims):
            return _person(claims)
        case Challenge(name, ticket) if name in _WISHES:
            return Wanted(_WISHES[name], ticket)
        case Challenge(name):
            raise NotSignedIn(f"the log-in asks for {name}, which this page cannot do")


def _person(claims: Mapping[str, Any]) -> Person:
    groups = claims.get("cognito:groups", ())
    return Person(
        user=claims["sub"],
        name=claims.get("name") or claims.get("email", ""),
        roles=frozenset(Role(group) for group in groups if group in set(Role)),
        agent=AgentId(claims.get("custom:agent", "")),
        tenant=TenantId(claims.get("custom:tenant", "")),
    )
