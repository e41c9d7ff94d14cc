from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid, NotFound
from chalicelib.kernel.ids import AgentId, ContactId, TeamId
from chalicelib.kernel.period import CURRENT
from chalicelib.workforce.model import Agent, Status
from chalicelib.workforce.store import WorkforceStore, status_put
from tests.fakes.counting_house import CountingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.usage import (
    CLINIC,
    JONAS,
    MARIA,
    NOON,
    PLUMBER,
    SHOP,
    company,
    handled,
    refused,
    status,
    terms,
    usage,
)

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Month:
    """The stores of billing in memory, with two agents in the shared team."""

    def __init__(self, *history: tuple[datetime, object], agents: Iterable[AgentId] = (MARIA, JONAS)) -> None:
        self.database = MemoryDatabase()
        known = history or ((LONG_AGO, company(SHOP)), (LONG_AGO, company(PLUMBER)))
        house = CountingHouse(self.database, *known)  # type: ignore[arg-type]
        for agent in agents:
            house.people.put_agent(agent, agent.title(), "shared")
        self.metering, self.billing, self.corrections = house.metering, house.billing, house.corrections

    def status(self, at: datetime, kind: Status, agent: AgentId = MARIA) -> None:
        self.database.write(status_put(status(at, kind, agent)))

    def ended(self, facts: tuple, **how: object) -> None:  # type: ignore[type-arg]
        self.metering.append(usage(facts, **how), NOON)  # type: ignore[arg-type]


def test_the_usage_of_a_month_that_is_under_way_counts_until_now() -> None:
    month = Month()
    month.status(NOON, Status.AVAILABLE)
    month.ended(handled(queue=0, talk=120, wrap=60), contact="v1")
    document = month.billing.usage(SHOP, CURRENT, NOON + timedelta(minutes=10)).as_document(whole_team=True)
    assert document["period"]["label"] == "2026-11"
    assert not document["period"]["complete"]
    assert document["meters"]["voice_seconds"] == {
        "contacts": 1,
        "quantity": 180,
        "seconds": {"automated": 0, "queue": 0, "talk": 120, "hold": 0, "wrap": 60},
    }
    assert document["team"] == {"login": 600, "own": 180, "others": 0, "idle": 420, "pause": 0}


def test_what_was_taken_back_is_no_usage_and_what_was_corrected_counts_as_it_is_now() -> None:
    month = Month()
    for contact in ("wrong", "kept"):
        month.ended(handled(queue=0, talk=120, wrap=60), contact=contact)
    for contact, seconds in (("wrong", None), ("kept", 90)):
        key = month.corrections.key(SHOP, ContactId(contact), "voice_seconds")
        if seconds is None:
            month.corrections.reverse(key, "a test", "fiona", NOON)
        else:
            changed = {"quantity": seconds, "seconds": {"talk": seconds, "hold": 0, "wrap": 0}}
            month.corrections.correct(key, changed, "the switch was wrong", "fiona", NOON)
    found = month.billing.usage(SHOP, CURRENT, NOON + timedelta(minutes=10)).as_document(whole_team=False)
    calls = found["meters"]["voice_seconds"]
    assert (calls["contacts"], calls["quantity"], calls["seconds"]["talk"]) == (1, 90, 90)


def test_a_shared_agents_time_is_split_over_the_clients_and_adds_up() -> None:
    month = Month((LONG_AGO, company(SHOP)), (LONG_AGO, company(PLUMBER)), (LONG_AGO, company(CLINIC)))
    eight = NOON.replace(hour=8)
    month.status(eight, Status.AVAILABLE)
    month.status(eight + timedelta(hours=1), Status.OFFLINE)
    for tenant, contact, channel, begins, minutes in (
        (PLUMBER, "a", Channel.VOICE, 0, 10),
        (SHOP, "b", Channel.CHAT, 5, 15),
        (CLINIC, "c", Channel.EMAIL, 30, 10),
    ):
        facts = handled(queue=0, talk=minutes * 60, wrap=0, start=eight + timedelta(minutes=begins))
        month.ended(facts, tenant=tenant, contact=contact, channel=channel)
    documents = [
        month.billing.usage(tenant, "2026-11", NOON).as_document(whole_team=True) for tenant in (PLUMBER, SHOP, CLINIC)
    ]
    assert [one["agent_time"]["seconds"] / 60 for one in documents] == [7.5, 12.5, 10]
    team = documents[0]["team"]
    assert team["own"] + team["others"] + team["idle"] + team["pause"] == team["login"] == 3600
    assert team["idle"] == 1800


def test_an_agent_of_another_team_who_helped_out_is_counted_too() -> None:
    month = Month(agents=[JONAS])
    month.ended(handled(queue=0, talk=60, wrap=0, agent=MARIA))
    assert month.billing.usage(SHOP, CURRENT, NOON + timedelta(hours=1)).agent_time.of(SHOP) == {"voice": 60}


def test_a_client_does_not_see_what_agents_do_for_others() -> None:
    document = Month().billing.usage(SHOP, CURRENT, NOON).as_document(whole_team=False)
    assert "team" not in document


def test_a_month_to_come_is_empty_and_not_an_error() -> None:
    month = Month()
    month.status(NOON, Status.AVAILABLE)
    draft = month.billing.draft(SHOP, "2027-05", NOON)
    document = draft.as_document()
    assert (document["inputs"]["records"], document["handle_time"]) == (0, {"seconds": 0, "channels": {}})
    assert draft.until == draft.period.start


def test_a_draft_has_the_clients_name_and_address() -> None:
    billed = company(SHOP, bill_to=("Luna Shop Inc.", "12 Crescent Road"))
    assert Month((LONG_AGO, billed)).billing.draft(SHOP, CURRENT, NOON).client.lines == (
        "Luna Shop Inc.",
        "12 Crescent Road",
    )
    assert Month((LONG_AGO, company(SHOP))).billing.draft(SHOP, CURRENT, NOON).client.lines == ("Shop",)


def test_a_plan_that_came_later_does_not_reprice_an_earlier_month() -> None:
    cheap, dear = company(SHOP, plan=terms(base="100.00")), company(SHOP, plan=terms(base="900.00"))
    month = Month((LONG_AGO, cheap), (datetime(2026, 11, 5, tzinfo=UTC), dear))
    documents = [month.billing.draft(SHOP, label, NOON).as_document() for label in ("2026-10", "2026-11", "2026-12")]
    assert [document["net"] for document in documents] == [10_000, 1_333 + 78_000, 90_000]
    assert [len(document["plans"]) for document in documents] == [1, 2, 1]


def test_a_client_that_was_not_there_yet_is_rated_by_its_first_plan() -> None:
    month = Month((NOON, company(SHOP, plan=terms(base="100.00"))))
    assert month.billing.draft(SHOP, "2026-01", NOON).as_document()["net"] == 10_000


def test_a_draft_is_the_same_bytes_however_the_facts_came() -> None:
    facts = {f"v{n}": handled(talk=60 + n, start=NOON + timedelta(minutes=n)) for n in range(5)}
    forth, back = Month(), Month()
    for contact in facts:
        forth.ended(facts[contact], contact=contact)
    for contact in [*reversed(facts), *facts]:
        back.ended(facts[contact], contact=contact)
    end = NOON + timedelta(days=60)
    assert forth.billing.draft(SHOP, "2026-11", end).as_json() == back.billing.draft(SHOP, "2026-11", end).as_json()


def test_a_refused_mail_is_information_on_the_draft_of_a_voice_client() -> None:
    month = Month()
    month.ended(refused(), tenant=PLUMBER, contact="e1", channel=Channel.EMAIL)
    document = json.loads(month.billing.draft(PLUMBER, CURRENT, NOON + timedelta(hours=1)).as_json())
    assert document["not_charged"] == {"abandoned": 0, "refused": 1, "self_served": 0}
    assert document["net"] == 0


@pytest.mark.parametrize("label", ["2026-1", "", "now", "2026-11-01", "../x"])
def test_what_is_not_a_month_is_refused(label: str) -> None:
    with pytest.raises(Invalid):
        Month().billing.draft(SHOP, label, NOON)


def test_an_unknown_client_is_not_found() -> None:
    with pytest.raises(NotFound):
        Month((LONG_AGO, company(PLUMBER))).billing.usage(SHOP, CURRENT, NOON)


def test_the_team_is_that_of_the_client() -> None:
    month = Month((LONG_AGO, company(CLINIC, team="clinic-team")))
    WorkforceStore(month.database).put_agent(Agent(agent=AgentId("amira"), name="Amira", team=TeamId("clinic-team")))
    month.status(NOON, Status.AVAILABLE, AgentId("amira"))
    month.status(NOON, Status.AVAILABLE, MARIA)
    assert month.billing.usage(CLINIC, CURRENT, NOON + timedelta(seconds=90)).agent_time.login == 90
