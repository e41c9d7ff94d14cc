"""How was it? One question after the agent has hung up."""

from __future__ import annotations

import pytest

from chalicelib.channels.voice.model.phrases import words
from tests.fakes.asking import Asking, with_client
from tests.fakes.telephone import PLUMBER, Telephone, heard
from tests.fakes.tenants import changed

SHOP = "+15550100200"


def ended(telephone: Telephone, dialled: str = SHOP) -> Asking:
    """The agent has hung up; the customer is still there."""
    telephone.agent("maria", skills="orders")
    asking = Asking(telephone, dialled)
    asking.waits()
    contact, now = asking.ours(), telephone.clock.now()
    telephone.router.accept(contact.tenant, contact.contact, agent="maria", now=now)
    telephone.contacts.end(contact.tenant, contact.contact, by="agent:maria", now=now)
    asking.contact = "connect-2"
    asking.ask("survey", input="none", about="none")
    return asking


@pytest.mark.parametrize("key", list("12345"))
def test_a_key_is_the_score(key: str) -> None:
    asking = ended(Telephone())
    assert asking.last["message"] == words("en", "survey")
    assert asking.key(key)["message"] == words("en", "thanks")
    assert asking.ours().score == int(key)
    assert asking.facts().count("rated") == 1


def test_the_first_word_holds() -> None:
    asking = ended(Telephone())
    question = asking.last
    asking.key("2")
    asking.last = question
    assert asking.key("5")["outcome"] == "say"
    assert asking.ours().score == 2


def test_a_wrong_key_is_forgiven_once() -> None:
    asking = ended(Telephone())
    assert asking.key("9")["outcome"] == "ask_key"
    assert asking.key("0")["outcome"] == "say"
    assert "rated" not in asking.facts()


@pytest.mark.parametrize("silence", ["Timeout", "none", ""])
def test_silence_is_an_answer(silence: str) -> None:
    asking = ended(Telephone())
    assert asking.key(silence)["message"] == "Thank you for calling Luna Shop. Goodbye."
    assert "rated" not in asking.facts()


def test_a_client_asks_in_its_own_words() -> None:
    client = changed("shop", calls__survey={"question": {"en": "Was it bright?"}})
    assert ended(with_client(Telephone(), client)).last["message"] == "Was it bright?"


def test_a_client_that_asks_nothing_says_goodbye() -> None:
    asking = ended(with_client(Telephone(), changed("shop", calls__survey=None)))
    assert asking.last["message"] == "Thank you for calling Luna Shop. Goodbye."


def test_only_a_client_that_asks_costs_a_question_of_the_flow() -> None:
    telephone = Telephone()
    assert Asking(telephone, SHOP).arrives()["survey"] == "yes"
    assert Asking(telephone, PLUMBER).arrives()["survey"] == "no"


def test_the_flow_asks_and_thanks_the_caller_who_stays() -> None:
    telephone = Telephone()
    telephone.agent("maria", skills="orders")
    call = telephone.exchange.dial(SHOP, "+15557654321", "1")
    telephone.clock.advance(10)
    telephone.exchange.accept("maria")
    telephone.clock.advance(10)
    telephone.exchange.agent_hangs_up("maria")
    telephone.clock.advance(3)
    telephone.exchange.press(call, "5")
    telephone.clock.settle()
    assert heard(call)[-1] == words("en", "thanks")
    assert telephone.contact(call, "shop").score == 5
