"""Calls that we begin give way to whoever waits: callers, who writes, and who was promised a call."""

from __future__ import annotations

import pytest

from chalicelib.aws.table import Database
from chalicelib.contacts.model.contact import State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import ContactId
from chalicelib.outreach.service.appointments import TARGET_S as PROMISED
from chalicelib.outreach.service.campaigns import TARGET_S as CAMPAIGN
from chalicelib.routing.model.line import Line
from chalicelib.routing.model.share import Share
from chalicelib.workforce.model import Agent
from tests.contract.routing_team import SHOP, TENANTS, Floor, calls_out, check, floor_of
from tests.fakes.terms import terms

CALL = Channel.VOICE
HOUR = 3600


@pytest.fixture
def floor(database: Database) -> Floor:
    return floor_of(database)


@pytest.mark.parametrize(("target_s", "gives_way"), [(PROMISED, False), (CAMPAIGN, True)])
def test_it_is_known_by_its_line_whether_somebody_waits_for_it(target_s: int, gives_way: bool) -> None:
    asked = terms(SHOP, "shared", target_s=target_s)
    assert Line.of(asked.calling_out(target_s), CALL).gives_way is gives_way
    assert not Line.of(asked, CALL).gives_way


def calls_taken(floor: Floor, agent: Agent, many: int) -> list[str]:
    order: list[str] = []
    for _ in range(many):
        (held,) = floor.router.seat(floor.team, agent.agent).contacts
        order.append(held)
        floor.handle(floor.contacts.get(SHOP, held), agent)
    return order


@pytest.mark.parametrize("hours", [0, 1, 3, 4, 30])
def test_whoever_calls_or_was_promised_a_call_goes_before_a_campaign_however_long_that_waits(
    hours: int, floor: Floor
) -> None:
    campaign = [calls_out(floor)[0] for _ in range(2)]
    floor.clock.passes(hours * HOUR)
    promised, _ = calls_out(floor, 300)
    callers = [floor.arrives(CALL)[0] for _ in range(2)]
    ben = floor.agent("ben")
    first = floor.now_of(callers[0]).last("offered")
    assert first is not None
    assert "cause=deadline" in first.data["why"]
    order = calls_taken(floor, ben, 5)
    assert order == [one.contact for one in (*callers, promised, *campaign)]
    reasons = [floor.contacts.get(SHOP, ContactId(one)).last("offered") for one in order]
    whys = [str(told.data["reason"]) for told in reasons if told is not None]
    assert "as the next one, which is a call of ours that nobody waits for, so it goes first of 2 lines" in whys[2]
    assert "nobody waits for" not in whys[0] + whys[3] + whys[4]
    check(floor)


def test_who_writes_goes_before_a_campaign_too(floor: Floor) -> None:
    campaign, _ = calls_out(floor)
    floor.clock.passes(5 * HOUR)
    mail, _ = floor.arrives(Channel.EMAIL, target_s=24 * HOUR)
    maria = floor.agent("maria")
    assert floor.now_of(mail).agent == maria.agent
    assert floor.now_of(campaign).state is State.QUEUED
    floor.handle(mail, maria)
    assert floor.now_of(campaign).agent == maria.agent


def test_a_share_counts_before_who_waits(floor: Floor) -> None:
    clinic = TENANTS[2]
    shares = {SHOP: Share(weight=0.5, reserve=1.0), clinic: Share(weight=0.5)}
    floor.router.set_terms(floor.team, shares, frozenset())
    ours, _ = calls_out(floor)
    floor.arrives(CALL, tenant=clinic)
    ben = floor.agent("ben")
    assert floor.now_of(ours).agent == ben.agent


@pytest.mark.parametrize(("target_s", "rests"), [(300, 1), (4 * HOUR, 0)])
def test_nobody_lays_work_aside_for_a_call_that_nobody_waits_for(target_s: int, rests: int, floor: Floor) -> None:
    maria = floor.agent("maria")
    mail, _ = floor.arrives(Channel.EMAIL, target_s=90 * HOUR)
    floor.router.accept(SHOP, mail.contact, agent=maria.agent, now=floor.clock.passes(1))
    contact, _ = calls_out(floor, target_s)
    assert floor.now_of(contact).state is State.QUEUED
    floor.router.again(SHOP, contact.contact, floor.clock.passes(target_s))
    assert (floor.now_of(contact).agent == maria.agent) is bool(rests)
    assert (floor.now_of(mail).state is State.HELD) is bool(rests)


def test_nobody_is_kept_free_for_a_call_that_nobody_waits_for(floor: Floor) -> None:
    floor.agent("maria")
    first, _ = floor.arrives(Channel.CHAT)
    calls_out(floor)
    floor.clock.passes(5 * HOUR)
    second, _ = floor.arrives(Channel.CHAT)
    assert floor.now_of(first).agent == floor.now_of(second).agent
