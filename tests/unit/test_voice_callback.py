"""Who waits long is called back: the offer, the number, the place in line, and the attempts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels.voice.model.numbers import apart, callable_number, keyed
from chalicelib.channels.voice.model.phrases import words
from chalicelib.contacts.model.contact import State
from chalicelib.tenancy.model.tariff import country_of, is_abroad
from tests.fakes.asking import CALLER, Asking, with_client
from tests.fakes.telephone import CLINIC, PLUMBER, Telephone
from tests.fakes.tenants import changed

LATE = datetime(2026, 11, 24, 3, 58, 30, tzinfo=UTC)  # a minute and a half before ten in Texas: the last callback
ADDED_S = 100
ONE_KEY = {"digit": "1", "label": {"en": "To talk to us, press 1."}, "queue": "emergency"}


def offered(telephone: Telephone | None = None, **client: Any) -> Asking:
    """A caller who has waited for long enough."""
    telephone = telephone or Telephone()
    if client:
        with_client(telephone, changed("plumber", **client))
    asking = Asking(telephone)
    assert asking.waits()["outcome"] == "wait"
    telephone.clock.advance(ADDED_S)
    asking.poll()
    return asking


def made(asking: Asking) -> Asking:
    """Through the dialogue, with the caller's own number; telephony has made it."""
    asking.key("1")
    asking.key("1")
    assert asking.last["outcome"] == "callback"
    asking.ask("callback_set", result="made", about=asking.last["about"], **asking.where())
    return asking


def test_who_has_waited_is_offered_to_be_called_back_once() -> None:
    asking = offered()
    assert (asking.last["outcome"], asking.last["next"]) == ("ask_key", "callback")
    assert "press 1" in asking.last["message"]
    asking.attributes["offered"] = "1"
    assert asking.poll()["outcome"] == "comfort"


def test_nobody_is_offered_it_before_his_time_or_where_the_client_has_none() -> None:
    telephone = Telephone()
    early = Asking(telephone)
    early.waits()
    telephone.clock.advance(60)
    assert early.poll()["outcome"] == "comfort"
    without: dict[str, Any] = {"calls__callback": None, "calls__full": None, "menu__options": [ONE_KEY]}
    assert offered(**without).last["outcome"] == "comfort"


def test_nobody_is_offered_it_when_nobody_will_be_there_any_more() -> None:
    assert offered(Telephone(LATE)).last["outcome"] == "comfort"


def test_a_transferred_caller_is_not_offered_it() -> None:
    asking = offered()
    asking.attributes["leg"] = "transfer"
    assert asking.poll()["outcome"] == "comfort"


def test_the_own_number_is_read_back_digit_by_digit_and_kept_after_a_key() -> None:
    asking = offered()
    assert "5 5 5, 7 6 5, 4 3 2 1" in asking.key("1")["message"]
    answer = asking.key("1")
    assert (answer["outcome"], answer["number"], answer["callerId"]) == ("callback", CALLER, PLUMBER)
    assert "callback_asked" not in asking.facts()  # telephony has not made it yet
    assert asking.ask("callback_set", result="made", about=CALLER, **asking.where())["outcome"] == "say"
    contact = asking.ours()
    assert (contact.callback, contact.state) == (CALLER, State.QUEUED)
    assert asking.facts().count("callback_asked") == 1
    fact = contact.last("callback_asked")
    assert fact is not None
    assert fact.data == {"number": CALLER, "attempts": 3, "retry_s": 300}


def test_another_number_is_keyed_in_read_back_and_may_be_mended_once() -> None:
    asking = offered()
    asking.key("1")
    assert asking.key("2")["outcome"] == "ask_number"
    assert asking.key("12")["outcome"] == "ask_number"
    assert "cannot call" in asking.last["message"]
    assert "5 5 5, 0 1 0, 0 1 9 9" in asking.key("5550100199")["message"]
    assert asking.key("1")["number"] == "+15550100199"


def test_a_number_that_stays_wrong_leaves_the_caller_in_his_place() -> None:
    asking = offered()
    asking.key("1")
    asking.key("2")
    asking.key("12")
    assert asking.key("Timeout")["outcome"] == "tell"
    assert asking.ours().state is State.QUEUED


def test_who_hides_his_number_is_asked_for_one() -> None:
    telephone = Telephone()
    asking = Asking(telephone, caller=None)
    asking.waits()
    telephone.clock.advance(ADDED_S)
    asking.poll()
    assert asking.key("1")["outcome"] == "ask_number"


@pytest.mark.parametrize("keys", ["2", "Timeout", "", "none", "*"])
def test_who_does_not_want_it_just_waits_on(keys: str) -> None:
    asking = offered()
    assert asking.key(keys)["outcome"] == "stay"


def test_an_agent_who_is_free_meanwhile_is_better_than_a_callback() -> None:
    asking = offered()
    asking.telephone.agent("maria")
    answer = asking.key("1")
    assert (answer["outcome"], answer["message"]) == ("instead", words("en", "callback_instead"))
    answer = asking.poll()
    assert (answer["outcome"], answer["agent"]) == ("agent", "maria")


def test_who_wants_no_callback_and_gets_an_agent_hears_of_none() -> None:
    asking = offered()
    asking.telephone.agent("maria")
    assert asking.key("9")["outcome"] == "agent"


def test_when_an_agent_is_found_while_telephony_makes_it_the_caller_talks_to_him() -> None:
    asking = offered()
    asking.key("1")
    asking.key("1")
    asking.telephone.agent("maria")
    answer = asking.ask("callback_set", result="made", about=CALLER, **asking.where())
    assert answer["outcome"] == "instead"
    assert "callback_asked" not in asking.facts()


def test_when_telephony_cannot_make_it_the_caller_keeps_his_place() -> None:
    asking = offered()
    asking.key("1")
    asking.key("1")
    answer = asking.ask("callback_set", result="refused", about=CALLER, **asking.where())
    assert answer["outcome"] == "tell"
    assert "callback_asked" not in asking.facts()


def test_the_menus_key_for_it_asks_for_the_number_as_soon_as_he_is_in_line() -> None:
    asking = Asking(Telephone())
    assert asking.waits("4")["wish"] == "callback"
    answer = asking.ask("callback", input="none", about="wished", **asking.where())
    assert answer["next"] == "callback_number"


def test_when_too_many_wait_the_next_caller_is_offered_it_at_once() -> None:
    telephone = with_client(Telephone(), changed("plumber", calls__queue_most=1))
    first, second, third = (Asking(telephone, connect=f"connect-{n}") for n in (1, 2, 3))
    for caller in (first, second, third):
        caller.waits()
        telephone.clock.advance(1)
    assert first.last["wish"] == "none"
    assert third.last["wish"] == "callback"
    assert third.ours().state is State.QUEUED


def test_a_callback_goes_to_the_agent_who_is_reserved_for_it() -> None:
    asking = made(offered())
    assert asking.poll("callback_poll")["outcome"] == "stay"
    asking.telephone.agent("maria")
    asking.telephone.clock.advance(10)
    answer = asking.poll("callback_poll")
    assert (answer["outcome"], answer["agent"]) == ("agent", "maria")


def test_a_customer_who_was_not_reached_is_tried_again_after_a_while_and_then_no_more() -> None:
    asking = made(offered())
    telephone, contact = asking.telephone, asking.ours()
    telephone.agent("maria")
    for attempt in (1, 2):
        telephone.clock.advance(10)
        asking.poll("callback_poll")
        assert asking.attributes["agent"] == "maria"
        telephone.clock.advance(10)
        telephone.router.not_reached(contact.tenant, contact.contact, telephone.clock.now(), id=f"segment-{attempt}")
        assert asking.poll("callback_poll")["outcome"] == "anew"  # back in the holding queue
        asking.attributes |= {"place": "holding", "agent": "none"}
        telephone.clock.advance(299)
        assert asking.poll("callback_poll")["outcome"] == "stay"
        telephone.clock.advance(1)
    asking.poll("callback_poll")
    telephone.clock.advance(10)
    telephone.router.not_reached(contact.tenant, contact.contact, telephone.clock.now(), id="segment-3")
    assert asking.poll("callback_poll")["outcome"] == "over"
    assert asking.ours().facts[-1].data == {"where": "callback"}


def test_no_attempt_begins_after_the_last_hour() -> None:
    asking = made(offered())
    telephone, contact = asking.telephone, asking.ours()
    telephone.agent("maria")
    telephone.clock.advance(10)
    telephone.router.not_reached(contact.tenant, contact.contact, telephone.clock.now(), id="segment-1")
    asking.attributes |= {"place": "holding", "agent": "none"}
    telephone.clock.advance((LATE - telephone.clock.now()).total_seconds() + 200)
    assert asking.poll("callback_poll")["outcome"] == "stay"
    assert asking.ours().state is State.ARRIVED


def test_a_callback_whose_caller_is_with_an_agent_already_is_over() -> None:
    asking = offered()
    telephone, contact = asking.telephone, asking.ours()
    telephone.agent("maria")
    telephone.router.accept(contact.tenant, contact.contact, agent="maria", now=telephone.clock.now())
    assert asking.poll("callback_poll")["outcome"] == "over"


def test_a_promise_that_could_not_be_written_down_is_kept_by_somebody() -> None:
    asking = offered()
    contact = asking.ours()
    asking.telephone.router.abandon(contact.tenant, contact.contact, "", asking.telephone.clock.now())
    assert asking.poll("callback_poll")["outcome"] == "fallback"


def test_a_callback_that_telephony_cannot_keep_is_offered_to_nobody() -> None:
    asking = made(offered())
    assert asking.ask("callback_over", result="failed")["outcome"] == "over"
    assert asking.ours().facts[-1].data == {"where": "callback"}


def test_a_callback_of_an_unknown_contact_goes_to_whoever_answers() -> None:
    asking = Asking(Telephone(), dialled=None)
    asking.attributes = {"tenantId": "plumber", "place": "holding"}
    assert asking.poll("callback_poll")["outcome"] == "fallback"


@pytest.mark.parametrize(
    ("keys", "home", "number"),
    [
        ("5557654321", PLUMBER, "+15557654321"),
        ("15557654321", PLUMBER, "+15557654321"),
        ("01115557654321", PLUMBER, "+15557654321"),
        ("03055501399", CLINIC, "+493055501399"),
        ("00493055501399", CLINIC, "+493055501399"),
        ("493055501399", CLINIC, "+493055501399"),
        ("0612345678", "+390212345", "+390612345678"),
        ("9005551234", PLUMBER, None),
        ("09001234567", CLINIC, None),
        ("011493055501399", PLUMBER, None),
        ("00881612345678", CLINIC, None),
        ("55", PLUMBER, None),
        ("1234567", PLUMBER, None),
        ("5550100100", PLUMBER, None),
        ("Timeout", PLUMBER, None),
        ("555#7654321", PLUMBER, None),
    ],
)
def test_a_number_is_understood_as_the_clients_country_writes_it(keys: str, home: str, number: str | None) -> None:
    assert keyed(keys, home) == number


@given(st.text(alphabet="0123456789*#+ TimeoutÄ", max_size=24))
def test_whatever_is_keyed_we_call_only_within_the_country(keys: str) -> None:
    for home in (PLUMBER, CLINIC):
        number = keyed(keys, home)
        if number is not None:
            assert country_of(number) == country_of(home)
            assert callable_number(number, home) == number


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_every_number_can_be_read_out_and_no_digit_is_lost(number: str) -> None:
    read = apart(number, PLUMBER)
    digits = "".join(sign for sign in read if sign.isdigit())
    assert number.lstrip("+").endswith(digits.removeprefix("0"))
    assert not any(len(group.replace(" ", "")) > 4 for group in read.split(", "))


def test_a_caller_of_another_client_cannot_be_spoken_for() -> None:
    asking = made(offered())
    asking.attributes["tenantId"] = "clinic"
    assert asking.ask("callback_set", result="made", about=CALLER, **asking.where())["outcome"] == "stay"


@pytest.mark.parametrize("caller", ["+442079460000", "+88161234567890", "+493055501399", "anonymous"])
def test_nobody_abroad_is_called_back_at_the_number_that_he_shows(caller: str) -> None:
    """A number can be made up: so it must not cost more than a call at home."""
    assert callable_number(caller, PLUMBER) is None
    assert (callable_number(caller, CLINIC) is not None) == caller.startswith("+49")
    telephone = Telephone()
    asking = Asking(telephone, caller=caller)
    asking.waits()
    telephone.clock.advance(ADDED_S)
    asking.poll()
    assert asking.key("1")["outcome"] == "ask_number"
    assert asking.ask("callback_set", result="made", about=caller, **asking.where())["outcome"] == "tell"
    assert "callback_asked" not in asking.facts()


@pytest.mark.parametrize("ours", [PLUMBER, "+15550100200"])
def test_nobody_is_called_back_at_a_number_of_ours(ours: str) -> None:
    """Nor at another client's: we would call ourselves, and be paid for it."""
    telephone = Telephone()
    asking = Asking(telephone, caller=ours)
    asking.waits()
    telephone.clock.advance(ADDED_S)
    asking.poll()
    assert asking.key("1")["outcome"] == "ask_number"
    assert asking.key(ours.removeprefix("+1"))["outcome"] == "ask_number"
    assert asking.key(ours.removeprefix("+1"))["outcome"] == "tell"
    assert asking.ask("callback_set", result="made", about=ours, **asking.where())["outcome"] == "tell"
    assert "callback_asked" not in asking.facts()


@pytest.mark.parametrize(
    ("number", "home"), [("+18765550123", PLUMBER), ("+18095550123", PLUMBER), (PLUMBER, "+18765550123")]
)
def test_another_country_under_the_same_code_is_not_called_back(number: str, home: str) -> None:
    assert callable_number(number, home) is None
    assert keyed("8765550123", PLUMBER) is None
    assert callable_number("+18765550199", "+18765550123") == "+18765550199"


def test_the_countries_under_plus_one_are_those_that_the_numbering_plans_know() -> None:
    """By the library's data, which is made from the plans themselves. Territories of the USA are at home there."""
    at_home = {"US", "CA", "PR", "GU", "VI", "MP", "AS"}
    for area in range(200, 1000):
        number = f"+1{area}5550123"
        region = phonenumbers.region_code_for_number(phonenumbers.parse(f"+1{area}2345678"))
        if region is not None:
            assert is_abroad(number, "+12025550100") == (region not in at_home), (area, region)
    for free in ("800", "833", "844", "855", "866", "877", "888"):
        assert not is_abroad(f"+1{free}5550123", "+12025550100")


@pytest.mark.parametrize(
    ("number", "home"), [("+15550999", PLUMBER), ("+3312345678", "+33123456789"), ("+4412345678", "+442079460123")]
)
def test_a_number_that_is_not_as_long_as_its_country_s_is_not_called(number: str, home: str) -> None:
    assert callable_number(number, home) is None


def test_who_keys_in_too_few_digits_hears_that_we_cannot_call_that() -> None:
    asking = offered()
    asking.key("1")
    asking.key("2")
    assert words("en", "callback_wrong") in asking.key("5550999")["message"]
