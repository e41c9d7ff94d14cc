"""Whose page is at the other end of a connection.

CONN#<connection>   CONNECTION   {agent, team} or, of a chat's visitor, {tenant, contact}
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.aws.table import Database, Delete, Item, Key, Put
from chalicelib.desk.service.ports import AgentPage, Page, VisitorPage
from chalicelib.kernel.clock import second
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId

TABLE = "sessions"
_LIFE = timedelta(hours=2, minutes=15)  # API Gateway ends a connection after two hours


def _key(connection: str) -> Key:
    return Key(f"CONN#{connection}", "CONNECTION")


class PageStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, connection: str, page: Page, now: datetime) -> None:
        key = _key(connection)
        item = {"pk": key.pk, "sk": key.sk, **_names(page), "expires": second(now + _LIFE)}
        self._database.write(Put(table=TABLE, item=item))

    def read(self, connection: str) -> Page | None:
        item = self._database.get(TABLE, _key(connection))
        return _page(item) if item else None

    def strike(self, connection: str) -> Page | None:
        """Whose page it was; None where it had been struck before."""
        page = self.read(connection)
        if page is not None:
            self._database.write(Delete(table=TABLE, key=_key(connection)))
        return page


def _names(page: Page) -> Item:
    match page:
        case AgentPage(agent=agent, team=team):
            return {"agent": agent, "team": team}
        case VisitorPage(tenant=tenant, contact=contact):
            return {"tenant": tenant, "contact": contact}


def _page(item: Item) -> Page:
    if "agent" in item:
        return AgentPage(agent=AgentId(item["agent"]), team=TeamId(item["team"]))
    return VisitorPage(tenant=TenantId(item["tenant"]), contact=ContactId(item["contact"]))
