"""Campaigns and do-not-call lists through the real doors: who may do what, and that a client sees only its own."""

from __future__ import annotations

import importlib
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.contacts.model.told import tellings
from chalicelib.kernel.ids import AgentId, TenantId
from chalicelib.outreach import wiring as outreach
from chalicelib.outreach.doors.campaigns import MOST_AT_ONCE
from chalicelib.tenancy.model.address import E164, EntryPoints
from chalicelib.tenancy.model.caller import Caller, Role, Scope
from chalicelib.tenancy.model.form import Slug
from chalicelib.tenancy.model.hours import Hours, Span
from chalicelib.tenancy.store.tenants import TenantStore
from chalicelib.workforce.model import Agent, Status
from tests.fakes.gateway import ask, delete, post, send_list
from tests.fakes.stage import aws, environment, every_setting
from tests.fakes.tenants import changed
from tests.lambdas import lambdas

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALWAYS = {day: ["08:00-21:00"] for day in DAYS}
CAMPAIGN = {"name": "recall", "title": "Recall", "hours": ALWAYS}
ANN, BOB = "+12125550001", "+12125550002"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def _where_it_is_noon() -> str:
    """These doors look at the real clock: the people live where it is day now."""
    ahead = (12 - datetime.now(UTC).hour + 11) % 24 - 11  # hours ahead of UTC; the names of these zones say behind
    return f"Etc/GMT{-ahead:+d}"


ROWS = f"number,name,zone\n{ANN},Ann,{_where_it_is_noon()}\n{BOB},Bob,{_where_it_is_noon()}\n"


def door(name: str) -> Callable[[Any, Any], Any]:
    """As Lambda loads it: by its handler string."""
    module, _, function = lambdas()[name].rpartition(".")
    return getattr(importlib.import_module(module), function)  # type: ignore[no-any-return]


def person(role: Role, *tenants: str) -> Caller:
    return Caller(user="u", role=role, name="U", scope=Scope.of(tenants) if tenants else Scope.everyone())


OPERATOR = person(Role.OPERATOR)


def client() -> TenantId:
    name = f"shop-{uuid.uuid4().hex[:8]}"
    known = changed("shop", name, campaigns=[CAMPAIGN], calls=None, orders=None, faq=[], menu=None)
    number = E164(f"+1555{uuid.uuid4().int % 10**7:07d}")
    known = replace(known, team=Slug(name), entry_points=EntryPoints(phones=(number,)))
    TenantStore(wiring.database()).replace(None, known, LONG_AGO)
    return TenantId(name)


@pytest.fixture
def tenant(endpoint: str, _tables: dict[str, str]) -> Iterator[TenantId]:
    tables = {f"table_{name}": table for name, table in _tables.items()}
    with environment(**aws(endpoint)):
        offers = clients.client("sqs").create_queue(QueueName="outreach-offers")["QueueUrl"]
    with environment(**aws(endpoint), **every_setting(**tables, queue_offers=offers)):
        yield client()


def works(tenant: TenantId, name: str = "maria") -> str:
    agent = AgentId(f"{name}-{tenant}")
    wiring.routing().set_status(
        Agent(agent=agent, name=name, team=wiring.directory().get(tenant).team_id), Status.AVAILABLE, datetime.now(UTC)
    )
    return agent


def test_a_campaign_is_loaded_started_paused_and_shown(tenant: TenantId) -> None:
    place = f"/api/tenants/{tenant}/campaigns"
    status, said, _ = ask(place, OPERATOR)
    assert (status, [one["state"] for one in said["campaigns"]]) == (200, ["planned"])
    status, said = send_list(f"{place}/recall/people", OPERATOR, ROWS)
    assert (status, said["new"]) == (200, 2)
    assert send_list(f"{place}/recall/people", OPERATOR, ROWS)[1]["same"] == 2
    works(tenant)
    status, said, _ = post(f"{place}/recall/start", OPERATOR)
    assert (status, said["state"], said["out"], said["waiting"]) == (200, "running", 1, 1)
    status, said, _ = ask(f"{place}/recall", person(Role.SUPERVISOR))
    assert (said["people"], said["mode"]) == (2, "preview")
    status, said, _ = post(f"{place}/recall/pause", OPERATOR)
    assert (status, said["state"]) == (200, "paused")
    assert ask(f"{place}/other", OPERATOR)[0] == 404
    assert post(f"{place}/other/start", OPERATOR)[0] == 404


def test_a_bad_row_is_named_and_nothing_is_taken_unless_it_is_skipped(tenant: TenantId) -> None:
    place = f"/api/tenants/{tenant}/campaigns/recall"
    text = f"{ROWS}0301234,C,\n"
    status, said = send_list(f"{place}/people", OPERATOR, text)
    assert (status, said["rows"]) == (
        422,
        [
            "row 4, number: '0301234' is no telephone number; write the number with + and the country's code, like "
            "+493055501300"
        ],
    )
    assert ask(place, OPERATOR)[1]["people"] == 0
    status, said = send_list(f"{place}/people", OPERATOR, text, before="2000")
    assert said["rows"][0].startswith("row 2004, ")
    assert send_list(f"{place}/people", OPERATOR, text, before="x")[0] == 422
    assert send_list(f"{place}/people", OPERATOR, text, only="check")[0] == 422
    assert send_list(f"{place}/people", OPERATOR, ROWS, only="check")[0] == 200
    assert ask(place, OPERATOR)[1]["people"] == 0
    status, said = send_list(f"{place}/people", OPERATOR, text, bad="skip")
    assert (status, said["new"], said["skipped"]) == (200, 2, 1)
    assert send_list(f"{place}/people", OPERATOR, text, bad="maybe")[0] == 422
    assert send_list(f"{place}/people", OPERATOR, "name\nAnn\n")[0] == 422
    assert send_list(f"{place}/people", OPERATOR, "number\n" * (MOST_AT_ONCE + 3))[0] == 413
    assert post(f"{place}/start", person(Role.OPERATOR, "another"))[0] == 404


@pytest.mark.parametrize("role", [Role.CLIENT, Role.AGENT, Role.FINANCE])
def test_nobody_but_the_operator_loads_starts_and_pauses(tenant: TenantId, role: Role) -> None:
    place, who = f"/api/tenants/{tenant}/campaigns", person(role, tenant)
    assert ask(place, who)[0] == 403
    assert ask(f"{place}/recall", who)[0] == 403
    assert send_list(f"{place}/recall/people", who, ROWS)[0] == 403
    assert post(f"{place}/recall/start", who)[0] == 403
    assert post(f"{place}/recall/pause", who)[0] == 403
    assert ask(f"{place}/recall", OPERATOR)[1]["people"] == 0


def test_people_are_forgotten_by_the_operator_alone_and_not_while_it_runs(tenant: TenantId) -> None:
    place = f"/api/tenants/{tenant}/campaigns/recall"
    send_list(f"{place}/people", OPERATOR, ROWS)
    assert delete(f"{place}/people", person(Role.CLIENT, tenant))[0] == 403
    works(tenant)
    post(f"{place}/start", OPERATOR)
    assert delete(f"{place}/people", OPERATOR)[0] == 409
    post(f"{place}/pause", OPERATOR)
    assert delete(f"{place}/people", OPERATOR) == (200, {"people": 2, "left": 0})
    assert ask(place, OPERATOR)[1]["people"] == 0


def test_promised_calls_are_seen_by_their_client_and_called_off_by_the_house(tenant: TenantId) -> None:
    place, other = f"/api/tenants/{tenant}/appointments", client()
    at = (datetime.now(UTC) + timedelta(days=2)).replace(hour=17, minute=0)
    outreach.appointments().make(
        replace(wiring.directory().get(tenant), hours=Hours(**{day: (Span("00:00-24:00"),) for day in DAYS})),
        number=ANN, at=at, note="the lamp", by="agent:maria", now=datetime.now(UTC),
    )  # fmt: skip
    for who in (OPERATOR, person(Role.SUPERVISOR), person(Role.CLIENT, tenant)):
        status, said, _ = ask(place, who)
        assert (status, [one["note"] for one in said["appointments"]]) == (200, ["the lamp"])
    one = f"{place}/{said['appointments'][0]['id']}"
    assert ask(place, person(Role.CLIENT, other))[0] == 404
    assert delete(one, person(Role.CLIENT, tenant))[0] == 403
    assert delete(f"/api/tenants/{other}/appointments/{said['appointments'][0]['id']}", OPERATOR)[0] == 404
    assert delete(one, person(Role.SUPERVISOR))[1]["outcome"] == "cancelled"
    assert ask(place, OPERATOR)[1]["appointments"][0]["state"] == "done"


def test_another_clients_people_can_neither_be_seen_nor_loaded(tenant: TenantId) -> None:
    other = client()
    send_list(f"/api/tenants/{tenant}/campaigns/recall/people", OPERATOR, ROWS)
    assert ask(f"/api/tenants/{other}/campaigns/recall", OPERATOR)[1]["people"] == 0
    stranger = person(Role.OPERATOR, other)
    for place in (f"/api/tenants/{tenant}/campaigns", f"/api/tenants/{tenant}/campaigns/recall"):
        assert ask(place, stranger)[0] == 404
    assert send_list(f"/api/tenants/{tenant}/campaigns/recall/people", stranger, ROWS)[0] == 404
    mine = person(Role.CLIENT, other)
    place = f"/api/tenants/{tenant}/do-not-call"
    assert ask(place, mine)[0] == 404
    assert post(place, mine, number=ANN)[0] == 404
    assert not ask(place, OPERATOR, number=ANN)[1]["listed"]


def test_a_client_reads_its_own_list_and_adds_to_it(tenant: TenantId) -> None:
    place, mine = f"/api/tenants/{tenant}/do-not-call", person(Role.CLIENT, tenant)
    send_list(f"/api/tenants/{tenant}/campaigns/recall/people", OPERATOR, ROWS)
    status, said, _ = post(place, mine, number="+1 212 555 0001", why="asked")
    assert (status, said) == (200, {"number": ANN, "added": True, "left": 1})
    assert post(place, mine, number=ANN)[1]["added"] is False
    status, said, _ = ask(place, mine)
    assert [(one["number"], one["why"]) for one in said["numbers"]] == [(ANN, "asked")]
    assert ask(place, mine, number=ANN)[1] == {"number": ANN, "listed": True, "by_client": True, "by_house": False}
    assert ask(place, mine, number=" 12125550001")[1]["listed"]  # a plus that was not escaped
    assert ask(f"/api/tenants/{tenant}/campaigns/recall", OPERATOR)[1]["outcomes"] == {"do_not_call": 1}
    assert delete(place, mine, number=ANN)[0] == 403
    assert delete(place, OPERATOR, number=ANN) == (200, {"number": ANN, "removed": True})
    assert delete(place, OPERATOR, number=ANN)[1]["removed"] is False
    assert post(place, mine, number="0301234")[0] == 422
    assert post(place, mine, number=ANN, why="x" * 201)[0] == 422
    assert post(place, person(Role.AGENT, tenant), number=ANN)[0] == 403


def test_of_a_client_that_is_not_there_nothing_is_known_and_nothing_written(tenant: TenantId) -> None:
    ghost = f"/api/tenants/ghost-{uuid.uuid4().hex[:8]}"
    which = ghost.rpartition("/")[2]
    answers = [
        post(f"{ghost}/do-not-call", OPERATOR, number=ANN),
        ask(f"{ghost}/do-not-call", OPERATOR),
        ask(f"{ghost}/do-not-call", OPERATOR, number=ANN),
        delete(f"{ghost}/do-not-call", OPERATOR, number=ANN),
        ask(f"{ghost}/appointments", OPERATOR),
        delete(f"{ghost}/appointments/a1", OPERATOR),
        ask(f"{ghost}/campaigns", OPERATOR),
        ask(f"{ghost}/campaigns/recall", OPERATOR),
        post(f"{ghost}/campaigns/recall/start", OPERATOR),
        post(f"{ghost}/campaigns/recall/pause", OPERATOR),
        send_list(f"{ghost}/campaigns/recall/people", OPERATOR, ROWS),
        delete(f"{ghost}/campaigns/recall/people", OPERATOR),
    ]
    assert {(status, said["detail"]) for status, said, *_ in answers} == {(404, f"no tenant {which!r} here")}
    assert not outreach.number_store().standings(TenantId(which), [ANN])[ANN].listed


def test_the_list_of_the_house_is_the_operators(tenant: TenantId) -> None:
    number = f"+1{uuid.uuid4().int % 10**10:010d}"
    if number[2] == "0":
        number = f"+12{number[3:]}"
    assert post("/api/do-not-call", person(Role.CLIENT, tenant), number=number)[0] == 403
    assert ask("/api/do-not-call", person(Role.SUPERVISOR))[0] == 403
    assert post("/api/do-not-call", OPERATOR, number=number)[1] == {"number": number, "added": True}
    assert ask(f"/api/tenants/{tenant}/do-not-call", OPERATOR, number=number)[1]["by_house"]
    assert number in [one["number"] for one in ask("/api/do-not-call", OPERATOR)[1]["numbers"]]
    assert delete("/api/do-not-call", OPERATOR, number=number)[1]["removed"]


def test_the_queue_settles_and_the_clock_goes_on(tenant: TenantId) -> None:
    """As the facts topic tells it, twice and late."""
    place = f"/api/tenants/{tenant}/campaigns/recall"
    send_list(f"{place}/people", OPERATOR, ROWS)
    agent = works(tenant)
    post(f"{place}/start", OPERATOR)
    seat = wiring.routing().seat(wiring.directory().get(tenant).team_id, AgentId(agent))
    (contact,) = seat.contacts
    now = datetime.now(UTC)
    wiring.contacts().dialled(tenant, contact, to="customer", call="c", now=now)
    gone = wiring.routing().abandon(tenant, contact, "no_answer", now + timedelta(seconds=30))
    item = {"pk": "x", "sk": "CONTACT", **gone.as_item()}
    old = {**item, "facts": item["facts"][:-1]}
    ((body, attributes),) = tellings(old, item)
    assert (attributes["kind"], attributes["outreach"]) == ("abandoned", "campaign")
    record = {"messageId": "m1", "body": json.dumps(body), "eventSource": "aws:sqs"}
    for _ in range(2):
        assert door("settle_outreach")({"Records": [record]}, None) == {"batchItemFailures": []}
    standing = outreach.campaign_store().person(tenant, "recall", gone.customer)
    assert standing is not None
    assert (standing.attempts, standing.state.value) == (1, "waiting")
    assert ask(place, OPERATOR)[1]["out"] == 1  # the next one
    done = door("work_agenda")({}, None)
    assert done.get("campaign_failed", 0) == 0
    assert sum(done.values()) >= 1
