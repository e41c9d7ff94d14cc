"""A look reads a page of those who are free. Whom it names is whom the rule names that sees all of them."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from chalicelib.contacts.model.contact import State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.ids import ContactId, contact_id
from chalicelib.routing.model.line import Line, Waiting
from chalicelib.routing.model.matcher import Choice, seats_for
from chalicelib.routing.model.offer import Offered
from chalicelib.routing.service.router import Router
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.workforce.model import Agent, Status
from tests.contract.routing_team import SHOP, TENANTS, Floor, floor_of
from tests.fakes.memory import MemoryDatabase
from tests.fakes.terms import terms
from tests.unit.routing_floor import arrived, put

PEOPLE = 60
PROFILES: tuple[dict[str, Any], ...] = (
    {},
    {"skills": {"sales": 2}},
    {"skills": {"sales": 5}},
    {"skills": {"sales": 5, "care": 3}},
    {"walls": frozenset({SHOP})},
    {"skills": {"care": 4}, "languages": ("de",)},
    {"dedicated": frozenset({TENANTS[0]})},
)
STEPS = 200
MOST_REQUESTS = 5  # to wait, two looks at most, the claim; and the line where others wait in it


def named_by_the_rule(floor: Floor, waiting: Waiting) -> Choice | None:
    everybody = floor.store.seats(floor.team)
    choices = seats_for(waiting, everybody, floor.store.board(floor.team), floor.clock().timestamp())
    return choices[0] if choices else None


def comes(floor: Floor, database: MemoryDatabase, dice: random.Random, number: int) -> tuple[Choice | None, int]:
    """One contact: whom the rule names for it, and how many requests it took the router to do the same."""
    channel = dice.choice([Channel.CHAT, Channel.CHAT, Channel.EMAIL, Channel.VOICE])
    tenant, skill = dice.choice(TENANTS), dice.choice(["", "", "sales", "care"])
    asked = terms(tenant, floor.team, skill=skill, level=3 if skill else 1, target_s=40_000)
    contact = put(database, arrived(tenant, channel, f"s{number}", floor.clock.passes(1)))
    line, since = Line.of(asked, channel), floor.clock()
    waiting = Waiting(line=line, contact=contact.contact, deadline=stamp(line.deadline(since)), since=stamp(since))
    expected = named_by_the_rule(floor, waiting)
    database.requests.clear()
    outcome = Router(RoutingStore(database), floor.later).enqueue(contact, asked, now=since)
    agent = outcome.agent if isinstance(outcome, Offered) else None
    assert agent == (expected.seat.agent if expected else None), f"contact {number}: {contact}"
    return expected, len(database.requests)


def goes(floor: Floor, agents: dict[str, Agent], dice: random.Random) -> None:
    """One that an agent has is done."""
    seats = floor.store.seats(floor.team)
    held = [(one.tenant, contact, seat.agent) for seat in seats for contact, one in seat.contacts.items()]
    if held:
        tenant, name, agent = dice.choice(held)
        contact = floor.contacts.get(tenant, ContactId(name))
        assert contact.state is State.OFFERED
        floor.handle(contact, agents[agent])


@pytest.mark.parametrize("seed", range(4))
def test_in_a_large_team_a_contact_gets_whom_the_rule_over_all_seats_names(seed: int) -> None:
    """From an empty floor to a full one and back to half, with agents on a break in between."""
    dice, database = random.Random(seed), MemoryDatabase()
    floor = floor_of(database)
    people = [floor.agent(f"a{number:02}", **dice.choice(PROFILES)) for number in range(PEOPLE)]
    agents = {agent.agent: agent for agent in people}
    for agent in dice.sample(people, 4):
        floor.router.set_status(agent, Status.PAUSED, floor.clock.passes(1), "lunch")
    met: Counter[str] = Counter()
    requests = []
    for number in range(STEPS):
        if dice.random() < (0.15 if number < STEPS * 2 // 3 else 0.6):
            goes(floor, agents, dice)
            continue
        expected, asked = comes(floor, database, dice, number)
        requests.append(asked)
        if expected is None:
            met["nobody"] += 1
        elif expected.waiting.channel is not Channel.VOICE:
            met["packed" if expected.reason.packed else "spread"] += 1
    assert met["packed"] > 5, met
    assert met["spread"] > 5, met
    assert max(requests) <= MOST_REQUESTS, requests


def test_a_chat_is_packed_on_the_most_loaded_agent_behind_the_first_page() -> None:
    """The first page shows none who may serve; one who is idle and one with two chats stand behind it."""
    database = MemoryDatabase()
    floor = floor_of(database)
    for number in range(100):
        floor.agent(f"w{number:02}", walls=frozenset({SHOP}))
    seller = floor.agent("seller", skills={"sales": 5})
    for _ in range(2):
        floor.arrives(skill="sales", level=5, target_s=40_000)
    floor.agent("fresh", skills={"sales": 5})
    contact = put(database, arrived(SHOP, Channel.CHAT, contact_id(Channel.CHAT, "x"), floor.clock.passes(1)))
    database.requests.clear()
    outcome = Router(RoutingStore(database), floor.later).enqueue(
        contact, terms(SHOP, floor.team, skill="sales", level=5, target_s=40_000), now=floor.clock()
    )
    assert isinstance(outcome, Offered)
    assert outcome.agent == seller.agent
    assert "they stay free for calls" in outcome.reason
    assert database.requests == ["transact", "query", "query", "transact"]
