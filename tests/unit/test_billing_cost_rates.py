"""The files of rates: read whole or not at all, and every mistake says where it is."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.billing.model.cost.platform import RateCard
from chalicelib.billing.service.rates import read_rates
from chalicelib.billing.store.rates import rates
from chalicelib.kernel.errors import Invalid


def test_the_rate_files_that_come_with_the_code_are_whole() -> None:
    known = rates()
    assert {rate.id for card in known.cards for rate in card.rates} >= {
        "connect_voice",
        "connect_chat",
        "connect_email",
    }
    assert isinstance(known.cards[0], RateCard)
    assert known.exchange.factor("EUR", known.home, date(2026, 11, 30)) > 0


GOOD_CARD = """
[[cards]]
from = 2026-01-01
source = "list"
currency = "USD"
[[cards.prices]]
id = "voice"
text = "Voice"
channel = "voice"
unit = "second"
parts = ["talk"]
price = "0.038"
base_quantity = 60
"""
GOOD_OPERATOR = 'zone = "UTC"\ncurrency = "USD"\n'


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ('"0.038"', '"0.03x"', "cards[1].voice.price: '0.03x' is not a plain decimal number"),
        ('"0.038"', '"-1"', "cards[1].voice.price: is -1, write 0 or more"),
        ('"USD"', '"USX"', "'USX' is not an ISO 4217 currency"),
        ('["talk"]', '["talks"]', "names ['talks'], parts are automated, queue"),
        ('"second"', '"contact"', "cards[1].voice.parts: stand with unit = 'second'"),
        ('"second"\nparts = ["talk"]', '"count"', "meters: are missing; a count is of some meter"),
        ("= 60", "= 0", "base_quantity: is 0, write 1 or more"),
        ('"voice"\nunit', '"phone"\nunit', "Invalid enum value 'phone'"),
        ("source", "sauce", "unknown field `sauce`"),
        ("[[cards.prices]]", "[[cards.prices]", "aws.toml"),
    ],
)
def test_a_mistake_in_the_rate_card_is_told_with_its_place(was: str, now: str, told: str) -> None:
    with pytest.raises(Invalid) as invalid:
        read_rates(GOOD_CARD.replace(was, now), GOOD_OPERATOR)
    assert told in invalid.value.message


def test_every_mistake_of_the_operators_file_is_told_at_once() -> None:
    wrong = (
        GOOD_OPERATOR.replace("UTC", "Mars")
        + """
[[common]]
id = "seats"
text = "Seats"
from = 2026-01-01
per_month = "-5"
currency = "USD"
driver = "even"
[[exchange]]
from = "EUR"
to = "USD"
day = 2026-01-01
rate = "0"
source = "bank"
"""
    )
    with pytest.raises(Invalid) as invalid:
        read_rates(GOOD_CARD + GOOD_CARD, wrong)
    for part in ("zone: 'Mars' is no time zone", "per_month is -5", "rate is 0", "cards: 2026-01-01 stands twice"):
        assert part in invalid.value.message
