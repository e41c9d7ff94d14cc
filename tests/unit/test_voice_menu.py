"""What a caller hears before any line, and the keys that he presses: our flow file against the voice Lambdas."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.channels.voice.model.phrases import words
from chalicelib.contacts.model.contact import State
from chalicelib.tenancy.model.form import Language
from tests.fakes.asking import Asking, with_client
from tests.fakes.telephone import CLINIC, PLUMBER, Telephone, heard
from tests.fakes.tenants import changed

SUNDAY = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
CALLER = "+15557654321"
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl")
SHOP = "+15550100200"


def test_outside_of_the_hours_the_caller_is_told_so_and_counts_as_served() -> None:
    telephone = Telephone(SUNDAY)
    call = telephone.exchange.dial(CLINIC, CALLER, "1")
    telephone.clock.settle()
    assert "hat gerade geschlossen" in heard(call)[0]
    contact = telephone.contact(call, "clinic")
    assert contact.state is State.SELF_SERVED
    assert contact.facts[-1].data == {"topic": "voicemail"}


def test_a_caller_who_only_wants_to_know_the_prices_needs_no_agent() -> None:
    telephone = Telephone()
    call = telephone.exchange.dial(PLUMBER, CALLER, "3")
    telephone.clock.settle()
    assert "eighty-nine dollars" in heard(call)[-1]
    assert telephone.facts(call) == ["arrived", "read_out", "self_served"]
    _, read, served = telephone.contact(call).facts
    assert served.data["topic"] == "prices"
    assert served.at - read.at > timedelta(seconds=2), "a machine was at work until he had heard it"


def test_who_presses_nothing_waits_for_the_usual_skill() -> None:
    telephone = Telephone()
    call = telephone.exchange.dial(CLINIC, CALLER)
    telephone.clock.advance(40)
    assert telephone.contact(call, "clinic").skill == "reception"


def test_a_wrong_key_is_named_as_one_and_at_the_third_he_gets_an_agent() -> None:
    asking = Asking(Telephone())
    menu = asking.arrives()["message"]
    for _ in range(2):
        told = asking.key("8")
        assert (told["outcome"], told["message"]) == ("ask_key", f"{words('en', 'unknown_key')} {menu}")
    assert asking.key("8")["outcome"] == "wait"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_key_is_named_in_the_callers_language(language: str) -> None:
    client = replace(changed("plumber"), languages=(Language("en"), Language(language)))
    asking = Asking(with_client(Telephone(), client))
    asking.arrives()
    asking.attributes["language"] = language
    assert asking.key("8")["message"].startswith(words(language, "unknown_key"))


def test_who_presses_no_key_of_the_menu_after_something_was_read_out_hears_so() -> None:
    asking = Asking(Telephone(), SHOP)
    asking.arrives()
    asking.key("5")
    asking.key("1")
    told = asking.key("8")
    assert (told["outcome"], told["next"]) == ("ask_key", "choose")
    assert told["message"].startswith(words("en", "unknown_key"))


def test_a_wrong_key_is_forgiven_once() -> None:
    telephone = Telephone()
    call = telephone.exchange.dial(PLUMBER, CALLER, "8")
    telephone.clock.advance(7)
    assert sum("press 1" in text for text in heard(call)) == 2
    telephone.exchange.press(call, "2")
    telephone.clock.advance(1)
    assert telephone.contact(call).skill == "booking"


def test_a_caller_changes_the_language_and_keeps_it() -> None:
    telephone = Telephone()
    call = telephone.exchange.dial(CLINIC, CALLER, "922")
    telephone.clock.advance(15)
    assert heard(call)[0].startswith("Guten Tag")
    assert any("For an appointment, press 1." in text for text in heard(call))
    assert heard(call)[-1].startswith("Thank you for waiting for Praxis am Park")
    assert call.now.data["LanguageCode"] == "en-US"
