"""What an invoice says, in the language of its client."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib.billing.model.plan import Plan
from chalicelib.billing.model.words import ENGLISH, GERMAN, words_in
from chalicelib.billing.service import drafting
from chalicelib.kernel.money import UnitPrice
from tests.fakes.plans import OMNI_SHARED, configured

MODEL = Path(drafting.__file__).parents[1] / "model"
_PLACES = re.compile(r"\{(\w+)\}")
_SAID_BY_NAME = {"_ABOVE", "_BELOW", "_OFF", "_OF", "_CLASSES", "_TIMES", "_EACH", "_EXEMPT", "_CHANNELS"}


def sentences() -> set[str]:
    """Every text that the models hand to `words(…)`, or keep in a table for it."""
    return {text for file in MODEL.rglob("*.py") for text in _in(ast.parse(file.read_text(encoding="utf-8")))}


def _in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "words":
            yield from _texts(node.args[0]) if node.args else ()
        if isinstance(node, ast.Assign | ast.AnnAssign):
            name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
            if name in _SAID_BY_NAME and node.value is not None:
                yield from (text for text in _texts(node.value) if " " in text or text.islower())


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Dict):
        for value in node.values:
            yield from _texts(value)
        return
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def test_every_sentence_of_the_models_has_a_german_one() -> None:
    said = {sentence for sentence in sentences() if sentence not in ("", "{text}") and "VATEX" not in sentence}
    assert len(said) > 50
    assert said - GERMAN.sentences.keys() == set()


def test_every_charge_and_unit_has_a_german_name() -> None:
    everything = {
        name: {"per_contact": "1"} for name in ("chat", "email", "message", "post", "bot_chat", "sms", "dial")
    }
    timed = {"automated": {"per_minute": "1"}, "patched": {"per_minute": "1"}}
    voice = {"per_minute": "1", "per_call": "1", "wrap_up": "separate", "wrap_up_per_minute": "1"}
    seats = {"seats": 1, "hours": 1, "per_hour": "1", "extra_per_hour": "1"}
    plan = Plan.of(configured(OMNI_SHARED | everything | timed | {"voice": voice, "seats": seats}))
    assert {charge.text for charge in plan.charges} <= GERMAN.sentences.keys()
    assert {charge.unit for charge in plan.charges} - {"second"} <= GERMAN.nouns.keys()


def test_a_translation_fills_the_same_places() -> None:
    for english, german in GERMAN.sentences.items():
        assert sorted(_PLACES.findall(english)) == sorted(_PLACES.findall(german)), english


@pytest.mark.parametrize(("language", "words"), [("de", GERMAN), ("de-AT", GERMAN), ("en", ENGLISH), ("fr", ENGLISH)])
def test_a_language_that_nobody_wrote_is_said_in_english(language: str, words: object) -> None:
    assert words_in(language) is words


def test_numbers_are_written_as_the_language_does() -> None:
    price = UnitPrice(Decimal("1.45"), "EUR")
    assert (ENGLISH.price(price), GERMAN.price(price)) == ("1.45 EUR", "1,45 EUR")
    assert (ENGLISH.number("1234567.80"), GERMAN.number("1234567.80")) == ("1,234,567.80", "1.234.567,80")
    assert (ENGLISH.number("5"), GERMAN.number("12.5")) == ("5", "12,5")
    assert (ENGLISH.count(1, "chat"), ENGLISH.count(2, "chat")) == ("1 chat", "2 chats")
    assert (GERMAN.count(1, "letter"), GERMAN.count(2, "letter")) == ("1 Brief", "2 Briefe")


def test_what_is_filled_in_is_not_read_again() -> None:
    assert ENGLISH("of {number}; {rule}", number="{rule}", rule="{number}") == "of {rule}; {number}"
