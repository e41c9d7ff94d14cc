"""What a text to somebody on call says, how long it may be, and how many of them it costs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.ledger import Meter, usage_of
from chalicelib.outreach.model.letters import text_of
from chalicelib.outreach.model.sms import MOST_PARTS, parts_of
from chalicelib.tenancy.model.on_call import By
from tests.fakes.night import RAY, Night, ladder, step

LINK = "https://desk.manyline.example/oncall/plumber.v" + "0" * 20 + ".1." + "a" * 24


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" * 77, 3),  # no letter is parted: 152 + 76 × 2 would fit two
        ("ł" * 70, 1),
        ("ł" * 71, 2),
        ("ł" * 134, 2),
        ("ł" * 135, 3),
        ("🚰" * 35, 1),
        ("🚰" * 36, 2),
        ("🚰" * 67, 3),  # 33 to a part
    ],
)
def test_a_text_goes_in_parts(text: str, parts: int) -> None:
    assert parts_of(text) == parts


def written(message: str) -> str:
    night = Night(ladder(step(RAY, By.SMS)))
    return text_of(replace(night.begins(), message=message), LINK)


def test_a_usual_message_is_one_part() -> None:
    text = written("Water in the cellar, 41 Elm.")
    assert text == f"Rapid Plumbing: Water in the cellar, 41 Elm.\nTo take it, open {LINK}"
    assert parts_of(text) == 1


def test_what_a_program_wrote_prettily_costs_no_more() -> None:
    assert parts_of(written("Water – “cellar”, it’s 41 Elm…")) == 1


@pytest.mark.parametrize("word", ["water ", "łódź ", "🚰", "x"])
def test_a_long_message_is_cut_and_keeps_its_link(word: str) -> None:
    text = written((word * 500)[:500].strip())
    said, link = text.split("\n")
    assert link == f"To take it, open {LINK}"
    assert said.endswith(("...", "…"))
    assert parts_of(text) == MOST_PARTS
    if " " in word:
        assert said.removesuffix("...").removesuffix("…").endswith(word.strip())


@given(st.text(min_size=1, max_size=500))
def test_no_message_makes_it_longer(message: str) -> None:
    assert parts_of(written(" ".join(message.split()))) <= MOST_PARTS


def test_each_part_is_counted() -> None:
    night = Night(ladder(step(RAY, By.SMS)))
    night.begins("water " * 60)
    night.takes()
    (fact,) = (one for one in night.contact.facts if one.kind == "notified")
    parts = parts_of(night.carrier.texted[0][1])
    assert (fact.data["parts"], parts) == (parts, 3)
    contact = night.contact
    records = usage_of(contact.tenant, contact.contact, contact.channel, contact.facts).records
    assert {one.meter: one.quantity for one in records} == {Meter.SMS: 3}


def test_nothing_in_a_message_is_obeyed_by_what_shows_it() -> None:
    night = Night(ladder(step(RAY, By.SMS)))
    began = night.begins("Water\x07 in\r\n\x1b[2Jthe\x00 cellar,\u202e 41 Elm\u2069.\x85 Zoë")
    assert began.message == "Water in [2Jthe cellar, 41 Elm. Zoë"
    assert night.carrier.texted[0][1].count("\n") == 1
