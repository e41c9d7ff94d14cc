"""An agent at work: his team, his page, his clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.aws.table import Database
from chalicelib.contacts.model.contact import State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.model.offer import Offered, Queued
from chalicelib.workforce.model import Status
from tests.contract.routing_team import NOTHING, SHOP, Floor, floor_of


@pytest.fixture
def floor(database: Database) -> Floor:
    return floor_of(database)


def test_an_agent_who_changes_team_takes_along_what_he_has_and_gets_no_more_of_the_old_one(floor: Floor) -> None:
    maria = floor.agent("maria")
    contact, _ = floor.arrives(Channel.CHAT)
    floor.router.accept(SHOP, contact.contact, agent=maria.agent, now=floor.clock.passes(1))
    other = TeamId(f"{floor.team}-other")
    floor.router.set_status(replace(maria, team=other), Status.AVAILABLE, floor.clock.passes(1))
    assert isinstance(floor.arrives(Channel.CHAT)[1], Queued)
    assert floor.router.seat(floor.team, maria.agent).team == other
    board = floor.store.board(floor.team)
    assert (board.busy, board.signed_in) == ({SHOP: 0}, 0)
    floor.contacts.end(SHOP, contact.contact, by="customer", now=floor.clock.passes(1))
    floor.finish(contact, maria)
    assert floor.now_of(contact).state is State.WRAPPED
    assert floor.router.seat(other, maria.agent).units == 0


def test_a_clock_that_jumps_back_never_makes_a_status_begin_before_the_last_one(floor: Floor) -> None:
    maria = floor.agent("maria")
    began = floor.clock()
    floor.router.set_status(maria, Status.PAUSED, began - timedelta(hours=1), "lunch")
    assert floor.router.seat(floor.team, maria.agent).since == stamp(began)
    month = floor.workforce.presence(maria.agent, datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    assert [(status.status, status.at) for status in month] == [(Status.PAUSED, began)]


def test_a_status_says_whom_the_agent_served_alone_in_that_moment(floor: Floor) -> None:
    maria = floor.agent("maria")
    for alone in (frozenset({SHOP}), frozenset[TenantId]()):
        floor.router.set_status(replace(maria, dedicated=alone), Status.PAUSED, floor.clock.passes(1), "lunch")
    month = floor.workforce.presence(maria.agent, datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    assert [status.dedicated for status in month][-2:] == [{SHOP}, frozenset()]


def test_a_page_that_reconnects_replaces_the_one_before(floor: Floor) -> None:
    maria = floor.agent("maria")
    assert floor.router.connect(floor.team, maria.agent, "c1", floor.clock()) is not None
    seat, before = floor.router.connect(floor.team, maria.agent, "c2", floor.clock()) or (None, "")
    assert (seat.connection if seat else "", before) == ("c2", "c1")
    floor.router.disconnect(floor.team, maria.agent, "c1")
    assert floor.router.seat(floor.team, maria.agent).connection == "c2"
    contact, _ = floor.arrives()
    assert floor.now_of(contact).desk == "c2"
    floor.router.disconnect(floor.team, maria.agent, "c2")
    assert floor.router.seat(floor.team, maria.agent).connection == ""


def test_an_agent_in_two_browsers_has_one_seat_one_count_and_takes_a_contact_once(floor: Floor) -> None:
    maria = floor.agent("maria")
    for page in ("office", "home"):
        assert floor.router.connect(floor.team, maria.agent, page, floor.clock.passes(1)) is not None
        floor.router.set_status(maria, Status.AVAILABLE, floor.clock.passes(1))
    assert floor.store.board(floor.team).signed_in == 1
    contact, outcome = floor.arrives()
    assert isinstance(outcome, Offered)
    assert floor.now_of(contact).desk == "home"
    taken = [
        floor.router.accept(SHOP, contact.contact, agent=maria.agent, offer=outcome.offer, now=floor.clock.passes(1))
        for _ in ("office", "home")
    ]
    assert taken[0] == taken[1]
    # The one page signs her out, the other still holds the contact, which is wrapped up twice.
    floor.router.set_status(maria, Status.OFFLINE, floor.clock.passes(1), "home")
    assert floor.store.board(floor.team).signed_in == 0
    assert floor.router.seat(floor.team, maria.agent).reason == "home"
    floor.contacts.end(SHOP, contact.contact, by="customer", now=floor.clock.passes(1))
    for _ in ("office", "home"):
        floor.finish(contact, maria)
    wraps = [fact for fact in floor.now_of(contact).facts if fact.kind == "wrapped"]
    assert (len(wraps), floor.router.seat(floor.team, maria.agent).units) == (1, 0)
    floor.check_books()


def test_a_clock_that_jumps_back_loses_no_contact_and_moves_no_deadline(floor: Floor) -> None:
    maria = floor.agent("maria", Status.PAUSED)
    contact, outcome = floor.arrives(Channel.VOICE)
    assert isinstance(outcome, Queued)
    earlier = floor.clock() - timedelta(hours=1)
    floor.router.set_status(maria, Status.AVAILABLE, earlier)
    offered = floor.now_of(contact)
    assert (offered.agent, offered.deadline) == (maria.agent, outcome.deadline)
    floor.router.accept(SHOP, contact.contact, agent=maria.agent, now=earlier)
    floor.contacts.end(SHOP, contact.contact, by="customer", now=earlier)
    floor.router.finish(
        SHOP, contact.contact, Channel.VOICE, agent=maria.agent, team=floor.team, disposition="solved", now=earlier
    )
    assert floor.now_of(contact).state is State.WRAPPED
    # Whoever comes by the right clock is served next, and the sweep finds nothing to repair.
    assert isinstance(floor.arrives(Channel.VOICE)[1], Offered)
    assert floor.net.sweep_team(floor.team, floor.clock.passes(1)) == NOTHING
    floor.check_books()


def test_a_team_without_agents_keeps_its_contacts_in_line_until_somebody_comes(floor: Floor) -> None:
    contact, outcome = floor.arrives(Channel.VOICE)
    assert outcome == floor.router.poll(SHOP, contact.contact, floor.clock()) == Queued(floor.now_of(contact).deadline)
    assert floor.net.sweep_team(floor.team, floor.clock.passes(60)) == NOTHING
    assert floor.store.seats(floor.team) == []
    maria = floor.agent("maria")
    assert floor.now_of(contact).agent == maria.agent
