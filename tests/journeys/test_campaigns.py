"""A client has people called: from the list to the bill, and everybody who is not called, or not now."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.deployed import Stack
from tests.journeys.agents import Agent, Card
from tests.journeys.books import Books, Finance, at, instant
from tests.journeys.customers import Caller, Outsider, private
from tests.journeys.noon import NUMBER, RETRY_S, Future, midnight
from tests.journeys.noon import noon as noon_zone
from tests.journeys.patience import eventually

NewCaller = Callable[[], Caller]
LINED_UP = ["arrived", "queued", "offered"]


class Campaign:
    """As its operator sees it."""

    def __init__(self, stack: Stack, folder: Path, name: str) -> None:
        self._stack, self._list = stack, folder / f"{name}.csv"
        self._operator = stack.sign_in("olivia")
        self._place = f"{stack.url}/api/tenants/noon/campaigns/{name}"
        self.name = name

    def loads(self, *numbers: str, zone: str = "") -> dict[str, int]:
        """From a file, at the command line."""
        where = zone or noon_zone(datetime.now(UTC))
        rows = [f"{number},{private(f'Robin{number[-7:]} Vance')},{where},Comet 4" for number in numbers]
        self._list.write_text("\n".join(["number,name,zone,Boiler", *rows, ""]))
        done = self._stack.manyline("campaigns", "load", "noon", self.name, str(self._list), "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        told: dict[str, int] = json.loads(done.stdout)
        return {what: count for what, count in told.items() if count}

    def starts(self) -> dict[str, Any]:
        return self._asks("post", "/start")

    def pauses(self) -> dict[str, Any]:
        return self._asks("post", "/pause")

    def stands(self) -> dict[str, int]:
        """How many are how far."""
        told = self._asks("get", "")
        return {state: told[state] for state in ("waiting", "out", "done") if told[state]} | told["outcomes"]

    def becomes(self, **wanted: int) -> None:
        assert eventually(lambda: self.stands() == wanted), f"{self.name}: {self.stands()}, not {wanted}"

    def state(self) -> str:
        return str(self._asks("get", "")["state"])

    def _asks(self, how: str, deed: str) -> dict[str, Any]:
        body = {"json": {}} if how == "post" else {}
        answer = self._operator.request(how, f"{self._place}{deed}", timeout=30, **body)
        assert answer.ok, f"{self.name}{deed}: {answer.status_code} {answer.text}"
        told: dict[str, Any] = answer.json()
        return told


@pytest.fixture
def campaign(stack: Stack, noon: str, tmp_path: Path) -> Iterator[Callable[[str], Campaign]]:
    """Whoever began one, ends it: also where the journey failed, nobody waits for an agent of the next one."""
    begun: list[Campaign] = []

    def begin(name: str) -> Campaign:
        begun.append(Campaign(stack, tmp_path, name))
        return begun[-1]

    yield begin
    for one in begun:
        one.pauses()


def _offered(agent: Agent, number: str) -> tuple[str, Card]:
    """The contact and the card of whom the agent is to call."""

    def there() -> tuple[str, Card] | None:
        cards = agent.cards().items()
        return next((one for one in cards if (one[1].get("about") or {}).get("number") == number), None)

    found = eventually(there)
    assert found, f"{agent.name} is not offered {number}: {agent.cards()}"
    return found


def _in_line(books: Books, number: str) -> str:
    """The contact that is opened for the person, once it waits."""

    def there() -> str:
        ours = (one for one in books.contacts("noon") if one.get("outreach") and one.get("customer") == number)
        return next((str(one["contact"]) for one in ours if one["state"] == "queued"), "")

    found = eventually(there)
    assert found, f"{number} waits in no line"
    return found


def _calls(stack: Stack, agent: Agent, contact: str, number: str) -> Outsider:
    """As the page does it."""
    told = agent.does(contact, "call")
    assert told == {"contact": contact, "number": number}
    agent.dials(number)
    phone = Outsider(stack, number)
    ring = phone.rings()
    assert (ring["from"], ring["tenant"]) == (NUMBER, "noon")
    return phone


def test_who_is_on_the_list_is_called_and_billed_to_the_second_and_nobody_else_sees_him(
    stack: Stack,
    campaign: Callable[[str], Campaign],
    caller: NewCaller,
    maria: Agent,
    books: Books,
    finance: Finance,
    future: Future,
) -> None:
    ours, number = campaign("reached"), caller().number
    before = finance.usage("noon")["agent_time"]["channels"].get("voice", 0)
    assert ours.loads(number) == {"new": 1}
    assert ours.loads(number) == {"same": 1}, "loaded twice"
    maria.is_available()
    assert ours.starts()["state"] == "running"
    contact, card = _offered(maria, number)
    about = card["about"]
    assert (about["kind"], about["title"], about["attempt"], about["most"]) == ("campaign", "Who is reached", 1, 2)
    assert about["data"] == [{"label": "Boiler", "value": "Comet 4"}]
    _nobody_else_sees(stack, contact)

    phone = _calls(stack, maria, contact, number)
    time.sleep(1.1)
    customer = phone.answers_as_customer()
    maria.sees(contact, "connected")
    maria.says(contact, "It is about your boiler.")
    customer.hears("about your boiler", who="agent")
    time.sleep(1.2)
    maria.ends(contact)
    customer.is_told("over")
    time.sleep(1.1)
    maria.wraps_up(contact)
    maria.goes_home()

    item = books.becomes("noon", contact, "wrapped")
    assert sorted(books.kinds("noon", contact)) == sorted([*LINED_UP, "dialled", "connected", "ended", "wrapped"])
    assert (item["direction"], item["outreach"]) == ("outbound", "campaign:reached")
    assert item["facts"][0]["data"]["outreach"] == "campaign:reached"
    seconds = {kind: int(at(item, kind).timestamp()) for kind in ("dialled", "connected", "ended", "wrapped")}
    assert seconds["connected"] > seconds["dialled"], "while it rings nobody talks"
    ledger = books.usage("noon", contact, 2)
    worked = seconds["wrapped"] - seconds["connected"]
    assert {meter: one["quantity"] for meter, one in ledger.items()} == {"voice_seconds": worked, "dial": 1}
    assert ledger["voice_seconds"]["seconds"]["talk"] == seconds["ended"] - seconds["connected"] >= 1
    found = books.reconciled(customer, 2)  # and one of the question after it
    assert {one: verdict["reason"] for one, verdict in found.items()} == {contact: "agrees"}
    assert finance.usage("noon")["agent_time"]["channels"]["voice"] - before == worked
    finance.time_is_conserved()
    ours.becomes(done=1, question_answered=1)
    future.comes("reached")
    assert ours.state() == "over"


def _nobody_else_sees(stack: Stack, contact: str) -> None:
    """The team behind the wall, and whoever reads for another client."""
    amira = Agent(stack, "amira")
    assert contact not in amira.cards()
    assert amira.asks("noon", contact, "call").status_code in (403, 404)
    assert amira.asks("clinic", contact, "call").status_code == 404, "nor under another name"
    others = f"{stack.url}/api/tenants/noon/campaigns"
    assert amira.session.get(others, timeout=30).status_code in (403, 404)
    for client in ("shop", "clinic"):
        told = stack.sign_in("olivia").get(f"{stack.url}/api/tenants/{client}/campaigns", timeout=30).json()
        assert "reached" not in [one["name"] for one in told["campaigns"]]


def test_who_does_not_answer_comes_again_but_not_before_the_time_and_not_for_ever(
    stack: Stack, campaign: Callable[[str], Campaign], caller: NewCaller, maria: Agent, books: Books, future: Future
) -> None:
    ours, number = campaign("missed"), caller().number
    ours.loads(number)
    maria.is_available()
    ours.starts()
    first = _is_not_reached(stack, maria, books, number, attempt=1)
    ours.becomes(waiting=1)
    left = at(books.contact("noon", first), "abandoned")
    assert instant(future.person("missed", number)["next_at"]) >= left + timedelta(seconds=RETRY_S)
    future.comes("missed")
    assert (ours.stands(), maria.cards()) == ({"waiting": 1}, {}), "not before"

    future.hours_pass("missed", number)
    future.comes("missed")
    second = _is_not_reached(stack, maria, books, number, attempt=2)
    assert books.contact("noon", second)["previous"] == first != second
    ours.becomes(done=1, no_answer=1)
    assert [one["outcome"] for one in future.person("missed", number)["history"]] == ["no_answer", "no_answer"]
    future.comes("missed")
    assert (ours.state(), maria.cards()) == ("over", {}), "nor a third time"


def _is_not_reached(stack: Stack, agent: Agent, books: Books, number: str, *, attempt: int) -> str:
    contact, card = _offered(agent, number)
    assert card["about"]["attempt"] == attempt
    _calls(stack, agent, contact, number).refuses()
    item = books.becomes("noon", contact, "abandoned")
    assert sorted(fact["kind"] for fact in item["facts"]) == sorted([*LINED_UP, "dialled", "abandoned"])
    assert item["facts"][-1]["data"]["where"] == "no_answer"
    ledger = books.usage("noon", contact, 1)
    assert {meter: one["quantity"] for meter, one in ledger.items()} == {"dial": 1}, "he gave nothing up"
    agent.lays_down_the_phone()
    agent.no_longer_sees(contact)
    assert eventually(lambda: agent.presence() == "available")
    return contact


def test_who_wants_no_calls_is_not_called_however_far_he_has_come(
    stack: Stack, campaign: Callable[[str], Campaign], caller: NewCaller, maria: Agent, books: Books
) -> None:
    ours = campaign("unwanted")
    before, in_line, offered = (caller().number for _ in range(3))
    _is_listed(stack, "noon", before)
    assert ours.loads(before, in_line) == {"new": 1, "listed": 1}
    maria.takes_a_break()  # somebody is at work, and nobody is free
    ours.starts()
    contact = _in_line(books, in_line)
    _is_listed(stack, "noon", in_line)
    _is_withdrawn(books, contact)
    ours.becomes(done=2, do_not_call=2)

    ours.loads(offered)
    maria.is_available()
    ours.starts()
    contact, _ = _offered(maria, offered)
    _is_listed(stack, "--house", offered)
    refused = maria.asks("noon", contact, "call")
    assert (refused.status_code, refused.json()["reason"]) == (409, "do_not_call"), refused.text
    _is_withdrawn(books, contact)
    maria.no_longer_sees(contact)
    ours.becomes(done=3, do_not_call=3)
    called = [one["customer"] for one in books.contacts("noon") if one.get("outreach") == "campaign:unwanted"]
    assert before not in called, "nothing was opened for who was on the list before"


def _is_listed(stack: Stack, whose: str, number: str) -> None:
    done = stack.manyline("dnc", "add", whose, number, "--why", "asked us")
    assert done.returncode == 0, done.stdout + done.stderr


def _is_withdrawn(books: Books, contact: str) -> None:
    item = books.becomes("noon", contact, "abandoned")
    assert item["facts"][-1]["data"]["where"] == "withdrawn"
    assert "dialled" not in books.kinds("noon", contact)
    assert not [one for one in books.table("ledger") if one["pk"] == f"T#noon#U#{contact}"], "it costs nothing"


def test_who_sleeps_is_not_called_a_pause_takes_back_who_waits_and_a_caller_goes_first(
    stack: Stack, campaign: Callable[[str], Campaign], caller: NewCaller, maria: Agent, books: Books, future: Future
) -> None:
    ours, sleeps, wakes, customer = campaign("later"), caller().number, caller().number, caller()
    ours.loads(sleeps, zone=midnight(datetime.now(UTC)))
    assert instant(future.person("later", sleeps)["next_at"]) > datetime.now(UTC) + timedelta(hours=7)
    maria.takes_a_break()
    ours.starts()
    future.hours_pass("later", sleeps)  # as if the table said that he may be called
    future.comes("later")
    assert ours.stands() == {"waiting": 1}
    assert instant(future.person("later", sleeps)["next_at"]) > datetime.now(UTC) + timedelta(hours=7)

    ours.loads(wakes)
    contact = _in_line(books, wakes)
    assert ours.pauses()["state"] == "paused"
    _is_withdrawn(books, contact)
    ours.becomes(waiting=2)
    assert future.person("later", wakes).get("attempts", 0) == 0
    ours.starts()
    again = _in_line(books, wakes)
    assert again != contact

    inbound = customer.dials(NUMBER, press="2")
    assert eventually(lambda: books.contact("noon", inbound).get("state") == "queued")
    maria.is_available()
    maria.accepts(inbound)
    assert books.contact("noon", again)["state"] == "queued", "he waited longer, and has time"
    maria.finishes(inbound)
    _offered(maria, wakes)
    maria.declines(again)
    assert eventually(lambda: books.contact("noon", again)["state"] == "queued"), "who declines takes nobody away"
    ours.pauses()
    _is_withdrawn(books, again)
