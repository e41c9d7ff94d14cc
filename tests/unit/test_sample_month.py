"""The sample month: made up, but legal, bounded, and the same each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from chalicelib.billing.service.metering import METERED
from chalicelib.contacts.model.contact import Arrival, opened, replayed
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import AgentId
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.workforce.model import Status
from infra.local.sample_month import Month, Told, month
from tests.fakes.counting_house import LONG_AGO, CountingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.tenants import sample

AGENTS = {"shared": [AgentId("maria"), AgentId("jonas")], "clinic": [AgentId("amira")]}
CLIENTS = [sample(name) for name in ("plumber", "shop", "clinic")]
NOVEMBER = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def october() -> Month:
    return month("2026-10", CLIENTS, AGENTS)


def test_the_same_seed_says_the_same_and_another_one_something_else(october: Month) -> None:
    assert month("2026-10", CLIENTS, AGENTS) == october
    other = month("2026-10", CLIENTS, AGENTS, seed=2)
    assert not {one.contact for one in other.contacts} & {one.contact for one in october.contacts}


def test_it_is_a_few_thousand_contacts_of_every_kind(october: Month) -> None:
    assert 2_500 < len(october.contacts) < 4_500
    assert {one.facts[-1].kind for one in october.contacts} == METERED - {"closed"}  # no call goes outside
    of_shop = Counter(one.channel for one in october.contacts if one.tenant == "shop")
    assert set(of_shop) == set(Channel)
    assert {
        one.facts[-1].kind for one in october.contacts if (one.tenant, one.channel) == ("plumber", Channel.EMAIL)
    } == {"refused"}
    spam = [one for one in october.contacts if one.facts[-1].data.get("disposition") in ("wrong_number", "no_concern")]
    assert spam
    closed = [one for one in october.contacts if one.facts[-1].data.get("topic") == "closed"]
    assert {one.tenant for one in closed} == {"clinic"}


def test_every_contact_is_one_that_could_have_happened(october: Month) -> None:
    for one in october.contacts:
        arrival = Arrival(channel=one.channel, entry_point="sample", customer="", source_id="sample")
        first = opened(one.tenant, one.contact, arrival, one.facts[0].at)
        assert replayed(first, one.facts[1:]).over
        assert all(before.at <= after.at for before, after in pairwise(one.facts))


def test_nobody_has_two_calls_at_once_or_more_than_three_written_contacts(october: Month) -> None:
    for agent in ("maria", "jonas", "amira"):
        calls = sorted(_turns(october, agent, Channel.VOICE))
        assert all(before[1] <= after[0] for before, after in pairwise(calls)), agent
        for channel in (Channel.CHAT, Channel.EMAIL):
            written = list(_turns(october, agent, channel))
            assert all(sum(start <= at < end for start, end in written) <= 3 for at, _ in written)


def test_agents_take_contacts_only_when_they_said_that_they_are_available(october: Month) -> None:
    for agent in ("maria", "jonas", "amira"):
        said = [one for one in october.presence if one.agent == agent]
        assert said == sorted(said, key=lambda one: one.at)
        available = [(a.at, b.at) for a, b in pairwise(said) if a.status is Status.AVAILABLE]
        assert said[-1].status is Status.OFFLINE
        offers = [
            f.at for one in october.contacts for f in one.facts if f.kind == "offered" and f.data["agent"] == agent
        ]
        assert offers
        assert all(any(start <= at < end for start, end in available) for at in offers)


def test_told_twice_it_is_silence_the_second_time(october: Month) -> None:
    house = CountingHouse(MemoryDatabase(), *((LONG_AGO, client) for client in CLIENTS))
    some = october.contacts[::20]
    outcomes = [[house.metering.record(one.message(), NOVEMBER).outcome for one in some] for _ in range(2)]
    assert [set(found) for found in outcomes] == [{"recorded"}, {"repeated"}]


def test_of_a_month_that_runs_only_what_is_over_is_told(october: Month) -> None:
    half = october.until(datetime(2026, 10, 15, 12, tzinfo=UTC))
    assert 0.3 < len(half.contacts) / len(october.contacts) < 0.7
    assert max(one.at for one in half.presence) <= datetime(2026, 10, 15, 12, tzinfo=UTC)


def test_days_and_hours_are_those_of_the_clients_own_clocks() -> None:
    far: Tenant = replace(sample("plumber"), zone=type(sample("plumber").zone)("Asia/Tokyo"))
    here, there = (month("2026-10", [client], AGENTS).contacts for client in (sample("plumber"), far))
    calls = [[one.facts[0].at for one in told if one.channel is Channel.VOICE] for told in (here, there)]
    for chicago, tokyo in zip(sorted(calls[0]), sorted(calls[1]), strict=True):
        assert chicago - tokyo == timedelta(hours=14)


def _turns(made: Month, agent: str, channel: Channel) -> Iterator[tuple[datetime, datetime]]:
    for one in made.contacts:
        if one.channel is channel and (offered := _offer(one)) and offered[0] == agent:
            yield offered[1], one.facts[-1].at


def _offer(told: Told) -> tuple[str, datetime] | None:
    return next(((fact.data["agent"], fact.at) for fact in told.facts if fact.kind == "offered"), None)
