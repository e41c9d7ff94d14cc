"""Sessions and tickets in DynamoDB, by the digest of what their holder was told.

    SID#<digest>      SESSION
    TICKET#<digest>   TICKET

DynamoDB deletes them some time after `expires`; whether they still hold is decided by the clock alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.aws.table import ConditionLost, Database, Delete, Exists, Key, Put, Update
from chalicelib.kernel.clock import instant, second, stamp
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.tenancy.model.caller import Role
from chalicelib.tenancy.service.sessions import Place, Session

_TABLE = "sessions"


class SessionStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, key: str, session: Session) -> None:
        where = _session(key)
        item = {
            "pk": where.pk,
            "sk": where.sk,
            "user": session.user,
            "name": session.name,
            "role": session.role.value,
            "agent": session.agent,
            "team": session.place.team,
            "walls": set(session.place.walls),
            "dedicated": set(session.place.dedicated),
            "tenant": session.tenant,
            "began": stamp(session.began),
            "until": stamp(session.until),
            "expires": second(session.until),
        }
        self._database.write(Put(table=_TABLE, item=item))

    def get(self, key: str) -> Session | None:
        item = self._database.get(_TABLE, _session(key))
        if item is None:
            return None
        return Session(
            user=item["user"],
            name=item["name"],
            role=Role(item["role"]),
            agent=AgentId(item["agent"]),
            place=Place(
                team=TeamId(item["team"]),
                walls=frozenset(map(TenantId, item.get("walls", ()))),
                dedicated=frozenset(map(TenantId, item.get("dedicated", ()))),
            ),
            tenant=TenantId(item["tenant"]),
            began=instant(item["began"]),
            until=instant(item["until"]),
        )

    def extend(self, key: str, until: datetime) -> None:
        later = {"until": stamp(until), "expires": second(until)}
        try:
            self._database.write(Update(table=_TABLE, key=_session(key), set=later, when=(Exists(),)))
        except ConditionLost:
            return  # signed out in between

    def close(self, key: str) -> None:
        self._database.write(Delete(table=_TABLE, key=_session(key)))


class TicketStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, key: str, holder: Mapping[str, str], until: datetime) -> None:
        where = _ticket(key)
        item = {"pk": where.pk, "sk": where.sk, "holder": dict(holder), "until": stamp(until), "expires": second(until)}
        self._database.write(Put(table=_TABLE, item=item))

    def take(self, key: str, now: datetime) -> Mapping[str, str] | None:
        item = self._database.get(_TABLE, _ticket(key))
        if item is None or now >= instant(item["until"]):
            return None
        try:
            self._database.write(Delete(table=_TABLE, key=_ticket(key), when=(Exists(),)))
        except ConditionLost:
            return None  # somebody else was first
        holder: Mapping[str, str] = item["holder"]
        return holder


def _session(key: str) -> Key:
    return Key(f"SID#{key}", "SESSION")


def _ticket(key: str) -> Key:
    return Key(f"TICKET#{key}", "TICKET")
