"""The clients' files: every mistake at once, in place; and back to a file that changes nothing."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.plan import Plan
from chalicelib.kernel.channel import Channel
from chalicelib.tenancy.model.menu import SayText, SwitchLanguage, ToQueue
from chalicelib.tenancy.model.plain import to_plain, trusted
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.files import BadFiles, read_files, write_file
from chalicelib.tenancy.service.lines import line_of, lines
from chalicelib.tenancy.service.reading import read_tenant
from chalicelib.tenancy.service.schema import schema
from tests.fakes.tenants import FOLDER, changed, mistakes_of, plain_of, sample, text_of

TYPO = 'tier = "multichanel"'
SAMPLES = ("plumber", "shop", "clinic")


def refused(**files: str) -> list[str]:
    with pytest.raises(BadFiles) as bad:
        read_files({f"{name}.toml": text for name, text in files.items()})
    return [str(mistake) for mistake in bad.value.mistakes]


def test_a_file_with_five_mistakes_gets_five_answers_each_with_line_key_and_fix() -> None:
    text = text_of("shop")
    for right, wrong in (
        ('tier = "multichannel"', TYPO),
        ('phones = ["+15550100200"]', 'phones = ["0555 0100200"]'),
        ("percent = 80\nwithin_s = 20", "percent = 180\nwithin_s = 20"),
        ('per_minute = "1.45"', "per_minute = 1.45"),
        ("[brand]\ncolour", "[brand]\ncolor"),
    ):
        assert right in text
        text = text.replace(right, wrong)
    line = {row: number for number, row in reversed(list(enumerate(text.splitlines(), 1)))}
    assert refused(shop=text) == [
        f"shop.toml:{line[TYPO]}: tier 'multichanel' is not known. "
        "Did you mean 'multichannel'? Allowed are: voice, multichannel.",
        f"shop.toml:{line['[brand]']}: brand.colour is missing. "
        "Add it: The stripe beside the client's name; never the colour of a status.",
        f"shop.toml:{line['[brand]'] + 1}: brand.color is no key here. Did you mean 'colour'? Known are: colour, logo.",
        f"shop.toml:{line['[entry_points]'] + 1}: entry_points.phones[1] '0555 0100200' does not fit. "
        "Write the number with + and the country's code, like +493055501300.",
        f"shop.toml:{line['percent = 180']}: targets.voice.percent is 180. Allowed are 1 to 100.",
        f"shop.toml:{line['per_minute = 1.45']}: plan.voice.per_minute is the number 1.45. "
        'Write an amount between quotes with up to 6 decimals, like "1.85".',
    ]


def test_a_text_that_is_no_toml_is_told_with_its_line() -> None:
    (mistake,) = refused(shop='name = "Luna"\ntier = voice\n')
    assert mistake.startswith("shop.toml:2: is not TOML: ")
    assert refused(shop='name = "Luna')[0].startswith("shop.toml:1: is not TOML: ")


def test_an_empty_file_is_told_everything_that_it_needs() -> None:
    keys = {mistake.split(" ")[1] for mistake in refused(shop="")}
    assert keys >= {"name", "tier", "zone", "languages", "team", "brand", "entry_points", "hours", "greeting", "plan"}


def test_one_address_in_two_files_is_refused() -> None:
    plumber = text_of("plumber").replace('"+15550100100"', '"+1 (555) 010-0200"')
    shop = text_of("shop")
    line = shop[: shop.index("[entry_points]")].count("\n") + 1
    (mistake,) = refused(plumber=plumber, shop=shop)
    told = f"shop.toml:{line}: entry_points has the phone +15550100200, which is in plumber.toml too."
    assert mistake.startswith(told)


def test_a_good_file_beside_a_bad_one_is_not_taken_either() -> None:
    assert len(refused(shop=text_of("shop"), plumber="name = 1")) > 5


def test_a_file_name_that_can_be_no_id_is_refused() -> None:
    assert "(file name)" in refused(**{"Luna Shop": text_of("shop")})[0]


@pytest.mark.parametrize(
    ("name", "changes", "key", "words"),
    [
        ("shop", {"zone": "Europe/Berln"}, "zone", "did you mean 'Europe/Berlin'?"),
        ("shop", {"plan__currency": "EURO"}, "plan.currency", "ISO 4217"),
        ("shop", {"plan__currency": "XXQ"}, "plan.currency", "is no currency"),
        ("shop", {"plan__base": "2150.005"}, "plan.base", "use 2 decimals"),
        ("shop", {"plan__voice": None}, "plan.voice", "customers reach this client at +15550100200"),
        ("shop", {"plan__voice__wrap_up": "none"}, "plan.voice.wrap_up_cap", "has no effect"),
        ("shop", {"replies": None}, "replies", "this client answers mail"),
        ("shop", {"replies__reply_from": "help@other.example"}, "replies.reply_from", "help@luna-shop.example"),
        ("shop", {"replies__sender_name": "Luna\nBcc: all@example.com"}, "replies.sender_name", "one line"),
        ("shop", {"languages": ["en", "fr"]}, "greeting.fr", "add the text in 'fr'"),
        ("shop", {"greeting__de": "Hallo"}, "greeting.de", "is no language of this client"),
        ("shop", {"languages": []}, "languages", "allowed are 1 to 8"),
        ("shop", {"hours__monday": ["08:00-12:00", "11:00-13:00"]}, "hours.monday", "overlap"),
        ("shop", {"entry_points": {}}, "entry_points", "has no address"),
        ("shop", {"entry_points__mailboxes": ["a+b@luna-shop.example"]}, "entry_points.mailboxes[1]", "without a +"),
        ("shop", {"contract__effective_from": "2026-01-01"}, "contract.effective_from", "a date without quotes"),
        ("shop", {"contract__anchor_day": 32}, "contract.anchor_day", "1 to 31"),
        ("shop", {"contract__anchor_day": True}, "contract.anchor_day", "is true"),
        ("shop", {"dispositions": []}, "dispositions", "has 0 entries"),
        ("shop", {"targets": {"fax": {"percent": 80, "within_s": 9}}}, "targets.fax", "voice, email, chat"),
        ("plumber", {"refusals__chat": None}, "refusals.chat", "write what a customer is told there"),
    ],
)  # fmt: skip
def test_each_mistake_says_where_and_what_would_be_right(
    name: str, changes: dict[str, Any], key: str, words: str
) -> None:
    told = {mistake.key: f"{mistake.why}; {mistake.fix}" for mistake in mistakes_of(name, **changes)}
    assert words.lower() in told[key].lower(), told


def test_a_widget_may_stand_on_exact_origins_only() -> None:
    for origin in ("https://*.luna-shop.example", "http://luna-shop.example", "https://luna-shop.example/shop", "null"):
        widget = {"key": "wk_luna_7d41c09e", "origins": [origin]}
        assert [mistake.key for mistake in mistakes_of("shop", entry_points__widgets=[widget])] == [
            "entry_points.widgets[1].origins[1]"
        ]


def test_a_key_of_the_menu_does_exactly_one_thing() -> None:
    label = {"en": "Press it."}
    options = [
        {"digit": "1", "label": label},
        {"digit": "2", "label": label, "queue": "orders", "say": {"en": "No."}},
        {"digit": "2", "label": label, "language": "fr"},
    ]
    told = [f"{mistake.key} {mistake.why}" for mistake in mistakes_of("shop", menu={"options": options})]
    assert told == [
        "menu.options[1] key 1 does nothing",
        "menu.options[2] key 2 does queue and say",
        "menu.options has key 2 twice",
        "menu.options[3].language 'fr' is no language of this client",
    ]


def test_what_was_not_read_brings_no_mistakes_after_it() -> None:
    """A bad tier says nothing of prices, a bad language list nothing of the texts."""
    assert [mistake.key for mistake in mistakes_of("shop", tier="gold", languages=["English"])] == [
        "tier",
        "languages[1]",
    ]


def test_the_samples_are_the_three_that_a_newcomer_meets() -> None:
    plumber, shop, clinic = (sample(name) for name in SAMPLES)
    assert plumber.channels == {Channel.VOICE}
    assert shop.channels == set(Channel)
    assert (plumber.team, shop.team, clinic.team) == ("shared", "shared", "clinic")
    assert clinic.languages == ("de", "en")
    assert isinstance(plumber.menu.pressed("1"), ToQueue)
    assert isinstance(plumber.menu.pressed("3"), SayText)
    assert clinic.menu.pressed("9") == SwitchLanguage(clinic.languages[1])
    assert clinic.menu.pressed("8") is None


@pytest.mark.parametrize("name", SAMPLES)
def test_an_exported_file_reads_back_as_the_same_client(name: str) -> None:
    text = write_file(sample(name))
    assert text.startswith("#:schema ./tenant.schema.json\n")
    assert read_files({f"{name}.toml": text}) == [sample(name)]


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_stored_comes_back_the_same_even_beside_keys_of_a_newer_version(name: str) -> None:
    stored = json.loads(json.dumps(to_plain(sample(name)), default=str))
    stored["invented_later"] = {"a": 1}
    stored["brand"]["font"] = "serif"
    assert trusted(Tenant, stored, id=name) == sample(name)


@pytest.mark.parametrize("name", SAMPLES)
def test_billing_understands_the_plan_of_each_sample(name: str) -> None:
    plan = Plan.of(sample(name).plan)
    assert (plan.currency, plan.name) == (sample(name).plan.currency, sample(name).plan.name)


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60).filter(str.strip)


@given(texts, texts, st.lists(texts, max_size=3))
def test_any_text_survives_the_way_through_a_file(greeting: str, signature: str, steps: list[str]) -> None:
    shop = changed(
        "shop", greeting__en=greeting, replies__signature__en=f"{signature}\n{signature}", script__steps=steps
    )
    assert read_files({"shop.toml": write_file(shop)}) == [shop]


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


@given(st.sampled_from(sorted(plain_of("clinic"))), trees)
def test_whatever_stands_in_a_file_gets_an_answer_and_never_a_crash(key: str, value: Any) -> None:
    tenant, mistakes = read_tenant("clinic", {**plain_of("clinic"), key: value})
    assert (tenant is None) is bool(mistakes)


def test_the_schema_of_the_editors_is_current() -> None:
    stored = (FOLDER / "tenant.schema.json").read_text(encoding="utf-8")
    assert stored == schema(), "run `manyline tenants schema`"


@pytest.mark.parametrize("name", SAMPLES)
def test_the_schema_takes_the_samples_and_each_points_to_it(name: str) -> None:
    plain = json.loads(json.dumps(tomllib.loads(text_of(name)), default=str))
    jsonschema.Draft7Validator(json.loads(schema())).validate(plain)
    assert text_of(name).startswith("#:schema ./tenant.schema.json\n")


@pytest.mark.parametrize(
    "changes", [{"tier": "gold"}, {"brand__color": "#fff"}, {"plan__voice__minimum": -1}, {"team": None}]
)
def test_the_schema_refuses_what_the_reader_refuses(changes: dict[str, Any]) -> None:
    plain = json.loads(json.dumps(plain_of("shop", **changes), default=str))
    assert list(jsonschema.Draft7Validator(json.loads(schema())).iter_errors(plain))


def test_lines_are_found_behind_long_texts_and_lists() -> None:
    text = 'a = """\n[no.table]\nb = 1\n"""\nlist = [\n  "x[", # [\n  "y",\n]\n'
    text += "[[t.u]]\nc = 1\n[[t.u]]\nc = 2\n[t.u.v]\nd = 1\n"
    found = lines(text)
    assert found[("list",)] == 5
    assert found[("t", "u", 1, "c")] == 12
    assert found[("t", "u", 1, "v", "d")] == 14
    assert line_of(("t", "u", 0, "missing"), found) == 9
    assert ("no", "table") not in found
