"""Whatever Connect sends or a caller keys: every answer is one that the flow which asked can take."""

from __future__ import annotations

import copy
import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.channels.voice.model.call import Answer, Outcome, Step, flow_call
from chalicelib.channels.voice.service.attendant import STEPS
from chalicelib.channels.voice.service.ports import Found
from tests.fakes.asking import Asking, event, with_client
from tests.fakes.branches import NEXT, TOLD_IN, askers, branch, questions, reads
from tests.fakes.telephone import CLINIC, PLUMBER, Telephone
from tests.fakes.tenants import changed

SHOP = "+15550100200"
MOST_BYTES = 32 * 1024
NOT_OURS = {"unknown"}  # of an event that is no call of a client's: no flow of ours is running then


def answered(telephone: Telephone, told: Any) -> Answer:
    return telephone.functions.attendant.answer(flow_call(told), telephone.clock.now())


def fits(step: str, answer: Answer) -> None:
    """The property: a flat map of texts with something in them, not too big, with a branch in whoever asked."""
    assert all(isinstance(value, str) and value for value in answer.values())
    assert len(json.dumps(answer).encode()) < MOST_BYTES
    assert answer["outcome"] in set(Outcome)
    for question in askers(step):
        told = answer["outcome"]
        assert branch(question, told) is not None, (question, told)
        assert reads(question, told) <= answer.keys(), (question, told)


def test_every_step_is_asked_by_a_flow_and_has_its_answer() -> None:
    assert STEPS.keys() == set(Step)
    assert all(askers(step) for step in Step)
    assert {one.step for one in questions()} - {NEXT} <= set(Step)


def test_every_outcome_leads_somewhere_in_some_flow() -> None:
    for outcome in Outcome:
        assert any(branch(question, outcome) for question in questions()), outcome


def test_an_answer_names_only_steps_that_the_flow_which_gets_it_asks() -> None:
    assert set().union(*TOLD_IN.values()) <= set(Step)
    asks = {one.flow for one in questions() if one.step == NEXT}
    assert asks == TOLD_IN.keys()


BROKEN: dict[str, Any] = {
    "no details": lambda told: told.pop("Details"),
    "details that are none": lambda told: told.update(Details=None),
    "no contact": lambda told: told["Details"].pop("ContactData"),
    "a contact that is a list": lambda told: told["Details"].update(ContactData=[1]),
    "no ids": lambda told: told["Details"]["ContactData"].update(ContactId=None, InitialContactId=None),
    "a chat": lambda told: told["Details"]["ContactData"].update(Channel="CHAT"),
    "no channel": lambda told: told["Details"]["ContactData"].update(Channel=None),
    "a number in no table": lambda told: _dialled(told, "+15550999999"),
    "a number that is a word": lambda told: _dialled(told, "anonymous"),
    "a number that is a number": lambda told: _dialled(told, 15550100100),
}
HARMLESS: dict[str, Any] = {
    "the old casing": lambda told: told["Details"]["ContactData"].update(Channel="Voice"),
    "no attributes": lambda told: told["Details"]["ContactData"].pop("Attributes"),
    "attributes of null": lambda told: told["Details"]["ContactData"].update(Attributes=None),
    "attributes over 32 KB": lambda told: told["Details"]["ContactData"].update(Attributes={"x": "y" * 40_000}),
    "no caller": lambda told: told["Details"]["ContactData"].update(CustomerEndpoint=None),
    "a caller who hides": lambda told: told["Details"]["ContactData"].update(CustomerEndpoint={"Address": "anonymous"}),
    "a queue": lambda told: told["Details"]["ContactData"].update(Queue={"ARN": 7}),
    "media": lambda told: told["Details"]["ContactData"].update(MediaStreams={"Customer": {"Audio": None}}),
}


def _dialled(told: dict[str, Any], number: Any) -> None:
    told["Details"]["ContactData"]["SystemEndpoint"] = {"Address": number}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("step", [*Step, "dance", ""])
def test_what_is_no_call_of_ours_is_answered_and_opens_nothing(step: str, name: str) -> None:
    telephone, told = Telephone(), event(step)
    BROKEN[name](told)
    answer = answered(telephone, told)
    assert all(isinstance(value, str) and value for value in answer.values())
    assert not telephone.database.tables.get("contacts")


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_missing_beside_keeps_no_call_out(name: str) -> None:
    telephone, told = Telephone(), event("arrive")
    HARMLESS[name](told)
    answer = answered(telephone, told)
    assert answer["outcome"] == "ask_key"
    fits("arrive", answer)


@pytest.mark.parametrize("told", [None, [], "x", 7, {"Details": {"ContactData": {"Attributes": [1]}}}])
def test_what_is_no_event_at_all_is_answered_politely(told: Any) -> None:
    assert answered(Telephone(), told)["outcome"] == "unknown"


def test_an_unknown_step_brings_the_caller_to_a_person() -> None:
    assert answered(Telephone(), event("dance"))["outcome"] == "fallback"


HOSTILE = st.one_of(
    st.sampled_from(["Timeout", "none", "*", "#", "1" * 400, "$.External.x", "${HoldingQueueArn}", "\x00", "١", "²"]),
    st.text(max_size=60),
    st.text(alphabet="0123456789*#", max_size=22),
)
CLIENTS = st.sampled_from([PLUMBER, CLINIC, SHOP])


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(CLIENTS, st.lists(HOSTILE, max_size=9), st.booleans())
def test_whatever_a_caller_keys_every_answer_fits_the_flow_that_asked(
    dialled: str, rows: list[str], somebody: bool
) -> None:
    telephone = Telephone()
    telephone.lookups.orders["1"] = "On its way."
    telephone.lookups.accounts["1"] = Found("It is settled.", "Account 1")
    if somebody:
        telephone.agent("maria", skills="orders booking")
    asking = Asking(telephone, dialled)
    fits("arrive", asking.arrives())
    for row in rows:
        step = asking.last.get("next")
        if step is None:
            break
        fits(step, asking.key(row))
    fits("poll", asking.poll())


PARAMETERS = ["input", "about", "place", "agent", "moves", "said", "since", "offered", "result"]
ATTRIBUTES = ["tenantId", "contactId", "language", "place", "leg", "comforts", "record"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(
    st.sampled_from(list(Step)),
    st.dictionaries(st.sampled_from(PARAMETERS), HOSTILE, max_size=9),
    st.dictionaries(st.sampled_from(ATTRIBUTES), HOSTILE | st.just("plumber"), max_size=7),
)
def test_whatever_a_flow_has_stored_every_answer_fits_it(
    step: str, parameters: dict[str, str], attributes: dict[str, str]
) -> None:
    telephone = Telephone()
    told = event(step, attributes=attributes)
    told["Details"]["Parameters"] |= parameters
    answer = answered(telephone, told)
    if answer["outcome"] not in NOT_OURS:
        fits(step, answer)


@pytest.mark.parametrize(
    ("step", "keys", "says"),
    [
        ("choose", "3", "say"), ("told", "Timeout", "fallback"), ("faq", "1", "ask_key"), ("order", "1", "ask_key"),
        ("account", "1", "ask_key"),
    ],
)  # fmt: skip
def test_a_call_that_is_not_in_our_books_is_answered_and_nobodys_number_is_looked_up_for_it(
    step: str, keys: str, says: str
) -> None:
    telephone = Telephone()
    told = event(step, dialled=SHOP, attributes={"tenantId": "shop"}, input=keys, about="prices")
    answer = answered(telephone, told)
    fits(step, answer)
    assert answer["outcome"] == says
    assert telephone.lookups.asked == []


def test_the_longest_texts_of_a_client_are_spoken_in_part_and_never_too_much() -> None:
    telephone = Telephone()
    long = {"en": "word " * 590}
    options = [{"digit": str(n), "label": long, "queue": "a"} for n in range(9)]
    client = changed("plumber", greeting=long, menu__options=options, calls__recording={"mode": "on", "notice": long})
    asking = Asking(with_client(telephone, client))
    answer = asking.arrives()
    fits("arrive", answer)
    assert all(len(text) <= 3000 for text in answer.values())


def test_a_contact_id_that_is_not_one_of_ours_is_passed_over() -> None:
    for strange in ("", "v", "v" + "u" * 20, "c" + "a" * 20, "v../../../../../../..", "none"):
        told = event("poll", attributes={"contactId": strange})
        assert flow_call(told).ours == flow_call(told).arrived


def test_events_are_not_changed_by_reading_them() -> None:
    for step, name in itertools.product(("arrive", "poll"), HARMLESS):
        told = event(step)
        HARMLESS[name](told)
        before = copy.deepcopy(told)
        answered(Telephone(), told)
        assert told == before
