"""Whose page is at the other end of a connection."""

from __future__ import annotations

import uuid

from chalicelib.aws.table import Database, Key
from chalicelib.desk.service.ports import AgentPage, VisitorPage
from chalicelib.desk.store.book import PageStore
from chalicelib.kernel.clock import second
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
from tests.fakes.clock import MONDAY


def test_a_page_is_known_until_it_is_struck(database: Database) -> None:
    book = PageStore(database)
    agents, visitors = uuid.uuid4().hex, uuid.uuid4().hex
    maria = AgentPage(agent=AgentId("maria"), team=TeamId("shared"))
    jana = VisitorPage(tenant=TenantId("shop"), contact=ContactId("c1"))
    book.write(agents, maria, MONDAY)
    book.write(visitors, jana, MONDAY)
    assert (book.read(agents), book.read(visitors)) == (maria, jana)
    assert book.strike(agents) == maria
    assert book.strike(agents) is None
    assert book.read(visitors) == jana


def test_a_row_that_nobody_struck_expires_after_the_longest_connection(database: Database) -> None:
    connection = uuid.uuid4().hex
    PageStore(database).write(connection, AgentPage(agent=AgentId("maria"), team=TeamId("shared")), MONDAY)
    item = database.get("sessions", Key(f"CONN#{connection}", "CONNECTION"))
    assert item is not None
    assert 2 * 3600 < item["expires"] - second(MONDAY) < 3 * 3600
