"""The telephone in a client's file: what fits, what does not, and what an editor is told."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from chalicelib.tenancy.model.calls import Calls, KeepDays, RecordingMode, WebAddress, WhenClosed
from chalicelib.tenancy.model.form import Unfit
from chalicelib.tenancy.model.menu import ACTIONS, Offer
from chalicelib.tenancy.model.plain import to_plain, trusted
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.files import read_files, write_file
from chalicelib.tenancy.service.schema import schema
from tests.fakes.tenants import changed, mistakes_of, plain_of, sample

LABEL = {"en": "Press."}
SAMPLES = ("plumber", "shop", "clinic")


def told(name: str, /, **changes: Any) -> dict[str, str]:
    """By key, all that is wrong there."""
    found: dict[str, str] = {}
    for mistake in mistakes_of(name, **changes):
        found[mistake.key] = f"{found.get(mistake.key, '')} {mistake.why}; {mistake.fix}"
    return found


def test_the_samples_use_it_as_their_owners_would() -> None:
    plumber, shop, clinic = (sample(name) for name in SAMPLES)
    assert plumber.calls.callback is not None
    assert plumber.calls.position
    assert plumber.calls.transfers[0].name == "The plumber on duty"
    assert shop.orders is not None
    assert shop.accounts is not None
    assert shop.calls.survey is not None
    assert len(shop.faq) == 3
    assert clinic.calls.closed is WhenClosed.VOICEMAIL
    assert clinic.calls.recording.mode is RecordingMode.ASK


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_comes_back_from_its_file_and_from_the_table_as_it_was(name: str) -> None:
    client = sample(name)
    assert read_files({f"{name}.toml": write_file(client)}) == [client]
    assert trusted(Tenant, json.loads(json.dumps(to_plain(client), default=str)), id=client.id) == client


def test_who_writes_nothing_about_his_telephone_has_the_usual_and_nothing_stored() -> None:
    client = changed("clinic", calls=None, menu__options=[])
    assert client.calls == Calls()
    assert not {"calls", "faq", "orders", "accounts"} & to_plain(client).keys()


def test_how_long_recordings_are_kept_is_written_and_stored_as_a_number() -> None:
    client = changed("clinic", calls__recording__keep_days=30)
    assert client.calls.recording.keep_days is KeepDays.MONTH
    assert "keep_days = 30\n" in write_file(client)
    assert to_plain(client)["calls"]["recording"]["keep_days"] == 30
    assert "keep_days" not in to_plain(sample("clinic"))["calls"]["recording"], "ninety days are the usual"


def test_every_new_action_of_a_key_is_one_of_its_kinds() -> None:
    option = {"digit": "1", "label": LABEL}
    for offer in Offer:
        faq = [{"topic": "a", "question": LABEL, "answer": LABEL}]
        client = changed("shop", menu__options=[{**option, offer.value: True}], calls__callback={}, faq=faq)
        assert client.menu.pressed("1") is offer
    assert set(ACTIONS) == {"queue", "say", "language", *Offer}


@pytest.mark.parametrize(
    "actions",
    [
        {},
        {"faq": False},
        {"faq": True, "hours": True},
        {"order": True, "queue": "orders"},
        {"say": LABEL, "hours": True},
    ],
)
def test_a_key_does_exactly_one_thing(actions: dict[str, Any]) -> None:
    found = told("shop", menu__options=[{"digit": "1", "label": LABEL, **actions}])
    assert "exactly one of: queue, say, language, faq, hours, order, account, callback" in found["menu.options[1]"]


@pytest.mark.parametrize(
    ("name", "changes", "key", "words"),
    [
        ("shop", {"faq": []}, "menu.options[5].faq", "add [[faq]]"),
        ("shop", {"orders": None}, "menu.options[4].order", "add [orders]"),
        ("shop", {"accounts": None}, "menu.options[6].account", "add [accounts]"),
        ("plumber", {"calls__callback": None}, "menu.options[4].callback", "add [calls.callback]"),
        ("plumber", {"calls__callback": None}, "calls.full", "no callback to offer"),
        ("plumber", {"calls__queue_most": None}, "calls.full", "queue_most"),
        ("plumber", {"calls__queue_most": 0}, "calls.queue_most", "1 to 1000"),
        ("plumber", {"calls__full": "music"}, "calls.full", "message, voicemail, callback"),
        ("plumber", {"calls__callback__attempts": 10}, "calls.callback.attempts", "1 to 9"),
        ("plumber", {"calls__callback__retry_s": 59}, "calls.callback.retry_s", "60 to 86400"),
        ("plumber", {"calls__callback__after_s": -1}, "calls.callback.after_s", "0 to 3600"),
        (
            "plumber",
            {"calls__callback__latest__monday": ["20:00-21:00", "20:30-22:00"]},
            "calls.callback.latest.monday",
            "overlap",
        ),
        ("plumber", {"hours__monday": ["08:00-12:00"]}, "calls.callback.latest.monday", "08:00-12:00"),
        ("plumber", {"hours__sunday": []}, "calls.callback.latest.sunday", "closed on sundays"),
        ("plumber", {"calls__caller_id": "+15550100999"}, "calls.caller_id", "+15550100100"),
        ("plumber", {"calls__transfers": [{"number": "555", "name": "x"}]}, "calls.transfers[1].number", "country"),
        (
            "plumber",
            {"calls__transfers": [{"number": "+19005550123", "name": "Dear"}]},
            "calls.transfers[1].number",
            "premium",
        ),
        ("plumber", {"calls__countries": ["USA"]}, "calls.countries[1]", "two letters"),
        ("plumber", {"calls__countries": ["CA", "XX"]}, "calls.countries[2]", "no country"),
        ("plumber", {"calls__countries": ["CA", "ca"]}, "calls.countries", "twice"),
        ("plumber", {"calls__callback__at_a_time": "yes"}, "calls.callback.at_a_time", "true"),
        (
            "plumber",
            {"calls__transfers": [{"number": "+15550100100", "name": "Us"}]},
            "calls.transfers[1].number",
            "own phone",
        ),
        (
            "plumber",
            {"calls__transfers": [{"number": "+15550100777", "name": "A"}, {"number": "+1 555 0100777", "name": "B"}]},
            "calls.transfers",
            "twice",
        ),
        ("clinic", {"calls__voicemail__greeting": {"de": "Hallo"}}, "calls.voicemail.greeting.en", "add the text"),
        ("clinic", {"calls__recording__notice": {"en": "Hi"}}, "calls.recording.notice.de", "add the text"),
        ("clinic", {"calls__recording__mode": "off"}, "calls.recording.notice", "nothing is recorded"),
        ("clinic", {"calls__recording__mode": "always"}, "calls.recording.mode", "off, on, ask"),
        ("clinic", {"calls__recording__keep_days": 45}, "calls.recording.keep_days", "is 45; allowed are 7, 14, 30"),
        ("clinic", {"calls__recording__keep_days": "90"}, "calls.recording.keep_days", "180, 365, without quotes"),
        ("clinic", {"calls__recording__keep_days": True}, "calls.recording.keep_days", "allowed are 7"),
        ("clinic", {"calls__voicemail__most_s": 601}, "calls.voicemail.most_s", "30 to 600"),
        ("clinic", {"calls__closed": "message"}, "calls.voicemail", "nobody is asked"),
        ("clinic", {"calls__survey": {"question": {"fr": "Bien ?"}}}, "calls.survey.question.fr", "no language"),
        ("shop", {"faq": [{"topic": "a", "question": LABEL, "answer": {"de": "x"}}]}, "faq[1].answer.en", "add"),
        ("shop", {"faq": [{"topic": "a", "question": LABEL, "answer": LABEL}] * 2}, "faq", "twice"),
        ("shop", {"faq": [{"topic": "a", "question": LABEL, "answer": LABEL}] * 10}, "faq", "0 to 9"),
        ("shop", {"orders__url": "http://orders.luna-shop.example/"}, "orders.url", "not encrypted"),
        ("shop", {"orders__url": "https://10.0.0.1/"}, "orders.url", "no host of the internet"),
        ("shop", {"accounts__url": "http://orders.luna-shop.example/"}, "accounts.url", "not encrypted"),
        ("shop", {"calls__positoin": True}, "calls.positoin", "did you mean 'position'?"),
    ],
)  # fmt: skip
def test_each_mistake_says_where_and_what_would_be_right(
    name: str, changes: dict[str, Any], key: str, words: str
) -> None:
    found = told(name, **changes)
    assert words.lower() in found.get(key, "").lower(), found


def test_a_telephone_needs_a_number() -> None:
    assert "nobody can call" in told("shop", entry_points__phones=[], targets__voice=None)["calls"]


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("HTTPS://Orders.Luna-Shop.example/Status?a=B", "https://orders.luna-shop.example/Status?a=B"),
        ("https://a.example:8443", "https://a.example:8443"),
        ("http://127.0.0.1:8080/try/orders/shop", "http://127.0.0.1:8080/try/orders/shop"),
    ],
)
def test_an_address_is_written_in_one_way(written: str, normal: str) -> None:
    assert WebAddress.parse(written) == normal


@pytest.mark.parametrize(
    "text",
    [
        "", "orders.example", "https://", "https://intranet/", "https://1.2.3.4/", "https://a..example/", "ftp://a.example",
        "https://user:word@a.example/", "https://a.example/ b", "https://a.example/\r\nHost: b", "https://-a.example/",
        "https://[::1]/", "http://a.example/",
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_internet_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        WebAddress.parse(text)


def test_an_editor_knows_the_new_tables() -> None:
    told = json.loads(schema())
    assert {"calls", "faq", "orders", "accounts"} <= told["properties"].keys()
    check = jsonschema.Draft7Validator(told)
    for name in SAMPLES:
        assert not list(check.iter_errors(json.loads(json.dumps(plain_of(name), default=str))))
    assert list(check.iter_errors(json.loads(json.dumps(plain_of("plumber", calls__full="x"), default=str))))
