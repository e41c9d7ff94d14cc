"""Something is urgent: an agent sends for who is on call, one after the other, until somebody takes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from infra.local.connect.aws import kinesis_batch
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books
from tests.journeys.customers import Caller, Mailer, Outsider, private
from tests.journeys.lambdas import deliver, fact, invoke, reconcile
from tests.journeys.noon import BOSS, DANA, DANAS_MAILBOX, NUMBER, RAY, Future
from tests.journeys.patience import eventually

NewCaller = Callable[[], Caller]
MESSAGE = "Water runs down the stairs of 12 Lantern Way"


class Desk:
    """A call at a desk, from which somebody is sent for."""

    def __init__(self, agent: Agent, contact: str) -> None:
        self._agent, self.contact = agent, contact

    def sends(self, ladder: str) -> str:
        """The contact of the dispatch."""
        begun = self._agent.does(self.contact, "dispatch", ladder=ladder, message=private(MESSAGE))
        assert (begun["standing"], begun["ladder"]) == ("running", ladder)
        again = self._agent.does(self.contact, "dispatch", ladder=ladder, message=MESSAGE)
        assert again["id"] == begun["id"], "sent twice"
        return str(begun["id"])

    def stands(self) -> dict[str, Any]:
        told: dict[str, Any] = self._agent.dispatched("noon", self.contact)
        return told

    def becomes(self, standing: str) -> dict[str, Any]:
        assert eventually(lambda: self.stands()["standing"] == standing), self.stands()
        return self.stands()

    def results(self) -> list[tuple[str, str, str]]:
        return [(one["who"], one["by"], one["result"]) for one in self.stands()["attempts"]]


@pytest.fixture
def desk(noon: str, caller: NewCaller, maria: Agent, books: Books) -> Iterator[Desk]:
    maria.is_available()
    contact = caller().dials(NUMBER, press="1")
    maria.accepts(contact)
    yield Desk(maria, contact)
    maria.finishes(contact)
    assert set(books.usage("noon", contact)) == {"voice_seconds"}, "what was sent out is not on the caller's contact"


def test_the_next_one_is_called_until_somebody_takes_it_with_a_key(stack: Stack, desk: Desk, books: Books) -> None:
    ray, dana = Outsider(stack, RAY), Outsider(stack, DANA)
    id = desk.sends("ring")
    first = ray.rings()
    assert (first["kind"], first["from"], first["tenant"]) == ("api", NUMBER, "noon")
    ray.refuses()
    second = dana.rings()
    assert desk.results() == [("Ray Ortiz", "voice", "no_answer"), ("Dana Whitfield", "voice", "placed")]
    line = dana.answers_as_customer()
    line.hears("This is an urgent message for Noon")
    line.hears(MESSAGE)
    assert desk.stands()["standing"] == "running", "to pick up is not to take it"
    line.presses("1")
    line.hears("Thank you, Dana Whitfield. It is yours.")
    line.is_told("over")

    told = desk.becomes("acknowledged")
    assert (told["who"], told["how"], told["words"]) == ("Dana Whitfield", "voice", "Taken by Dana Whitfield")
    assert desk.results()[1] == ("Dana Whitfield", "voice", "taken")
    notes = [one for one in books.messages("noon", desk.contact) if one["kind"] == "note"]
    assert len(notes) == 1
    assert "Dana Whitfield" in notes[0]["text"]
    item = books.becomes("noon", id, "closed")
    assert (item["outreach"], item["previous"]) == ("dispatch:ring", desk.contact)
    assert books.kinds("noon", id) == ["arrived", "dialled", "dialled", "acknowledged", "closed"]

    calls = [Caller.of(stack, RAY, first["call"]), Caller.of(stack, DANA, second["call"])]
    assert {meter: one["quantity"] for meter, one in books.usage("noon", id, 1).items()} == {"dial": 2}
    for call in calls:
        verdicts = books.reconciled(call, 1)
        assert {one: found["reason"] for one, found in verdicts.items()} == {id: "agrees"}
    _is_told_again(stack, books, id, *calls)


def _is_told_again(stack: Stack, books: Books, id: str, *calls: Caller) -> None:
    """All of it, twice: what was counted stays as it is."""
    item, ledger = books.contact("noon", id), books.state("ledger")
    told = [fact(item, seq) for seq in range(1, len(item["facts"]) + 1)]
    for _ in range(2):
        assert deliver(stack, "record_usage", told[-1], told[-1]) == []
        for place, call in enumerate(calls):
            for record in call.records():
                assert invoke(stack, "contact_records", kinesis_batch([record], place))["batchItemFailures"] == []
            reconcile(stack, call.initial)
    assert books.state("ledger") == ledger
    assert books.kinds("noon", id) == [fact["kind"] for fact in item["facts"]]


def test_a_link_in_a_text_shows_what_it_is_about_and_one_press_takes_it(stack: Stack, desk: Desk, books: Books) -> None:
    dana = Outsider(stack, DANA)
    before = len(dana.texts())
    id = desk.sends("write")
    link = _link(dana.texts()[before])
    assert link.startswith(stack.url)
    world = books.state("contacts", but=["desk"])
    page = requests.get(link, timeout=30)
    assert (page.status_code, MESSAGE in page.text, "I take it" in page.text) == (200, True, True)
    assert books.state("contacts", but=["desk"]) == world, "who looks takes nothing"
    assert desk.stands()["standing"] == "running"

    for _ in range(2):
        taken = requests.post(link, json={}, timeout=30)
        assert (taken.status_code, "it is yours" in taken.text) == (200, True), taken.text
    told = desk.becomes("acknowledged")
    assert (told["who"], told["how"]) == ("Dana Whitfield", "sms")
    assert desk.results() == [("Dana Whitfield", "sms", "taken")]
    forged = requests.post(f"{link}x", json={}, timeout=30)
    assert forged.status_code == 404
    books.becomes("noon", id, "closed")
    assert books.kinds("noon", id) == ["arrived", "notified", "acknowledged", "closed"]
    assert {meter: one["quantity"] for meter, one in books.usage("noon", id, 1).items()} == {"sms": 1}


def test_a_message_that_nobody_takes_is_told_to_the_client_and_each_attempt_is_counted_once(
    stack: Stack, desk: Desk, books: Books, future: Future
) -> None:
    dana, by_mail, boss = Outsider(stack, DANA), Mailer(stack, DANAS_MAILBOX), Mailer(stack, BOSS)
    before = len(dana.texts())
    id = desk.sends("write")
    future.clock()
    assert (len(dana.texts()) - before, by_mail.letters()) == (1, []), "he has his time"
    future.comes(id)
    letter = by_mail.gets()
    assert MESSAGE in by_mail.text(letter)
    assert requests.get(_link(by_mail.text(letter)), timeout=30).status_code == 200
    assert desk.results() == [("Dana Whitfield", "sms", "placed"), ("Dana Whitfield", "email", "placed")]
    future.comes(id)
    assert MESSAGE in boss.text(boss.gets())
    assert desk.becomes("unanswered")["words"] == "Nobody took it"
    late = requests.post(_link(dana.texts()[before]), json={}, timeout=30)
    assert (late.status_code, desk.stands()["standing"]) == (200, "unanswered"), late.text

    books.becomes("noon", id, "closed")
    assert books.kinds("noon", id) == ["arrived", "notified", "notified", "closed"]
    assert {meter: one["quantity"] for meter, one in books.usage("noon", id, 2).items()} == {"sms": 1, "mail": 1}
    assert future.entry(id) == {}, "and it rests"
    _is_told_again(stack, books, id)
    assert (len(dana.texts()) - before, len(by_mail.letters()), len(boss.letters())) == (1, 1, 1)


def _link(text: str) -> str:
    found = re.search(r"http\S+/oncall/\S+", text)
    assert found, text
    return found[0]
