"""Campaigns in a client's file: what fits, what does not, and what an editor is told."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import jsonschema
import pytest

from chalicelib.tenancy.model.outreach import Mode
from chalicelib.tenancy.model.plain import to_plain, trusted
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.files import read_files, write_file
from chalicelib.tenancy.service.schema import schema
from tests.fakes.tenants import changed, mistakes_of, plain_of, sample

ONE: dict[str, Any] = {"name": "spring-sale", "title": "Spring sale", "hours": {"monday": ["09:00-19:00"]}}


def told(*campaigns: dict[str, Any], name: str = "shop", **more: Any) -> dict[str, str]:
    return {one.key: f"{one.why}; {one.fix}" for one in mistakes_of(name, campaigns=list(campaigns), **more)}


def test_the_samples_have_one_of_each_mode() -> None:
    modes = {campaign.mode for name in ("shop", "clinic", "plumber") for campaign in sample(name).campaigns}
    assert modes == {Mode.PREVIEW, Mode.PROGRESSIVE}
    outcomes = sample("shop").dispositions
    assert any(one.do_not_call for one in outcomes)
    assert any(one.again_s for one in outcomes)


def test_what_is_left_out_is_careful() -> None:
    campaign = changed("shop", campaigns=[ONE]).campaigns[0]
    assert (campaign.mode, campaign.attempts, campaign.a_day, campaign.a_week) == (Mode.PREVIEW, 3, 1, 7)
    assert campaign.retry_s == 4 * 3600
    assert campaign.caller_id is None


def test_a_campaign_comes_back_from_its_file_and_from_the_table_as_it_was() -> None:
    whole = {
        **ONE,
        "mode": "progressive",
        "first_day": date(2026, 12, 1),
        "last_day": date(2026, 12, 24),
        "attempts": 9,
        "retry_s": 900,
        "a_day": 5,
        "a_week": 5,
        "caller_id": "+15550100200",
        "skill": "orders",
        "opening": {"en": "Hello"},
        "steps": ["Ask"],
    }
    client = changed("shop", campaigns=[whole])
    assert client.campaign("spring-sale") == client.campaigns[0]
    assert client.campaign("other") is None
    assert read_files({"shop.toml": write_file(client)}) == [client]
    assert trusted(Tenant, json.loads(json.dumps(to_plain(client), default=str)), id=client.id) == client
    assert "campaigns" not in to_plain(changed("shop", campaigns=[]))


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"hours": {"monday": ["07:59-12:00"]}}, "campaigns[1].hours.monday", "before 08:00 or after 21:00"),
        ({"hours": {"monday": ["12:00-21:01"]}}, "campaigns[1].hours.monday", "keep within 08:00-21:00"),
        (
            {"hours": {"special": [{"date": date(2026, 12, 24), "name": "Eve", "open": ["07:00-09:00"]}]}},
            "campaigns[1].hours.special[1].open",
            "08:00-21:00",
        ),
        ({"hours": {}}, "campaigns[1].hours", "no hour in which anybody may be called"),
        ({"hours": {"monday": ["09:00-12:00", "11:00-13:00"]}}, "campaigns[1].hours.monday", "overlap"),
        ({"attempts": 10}, "campaigns[1].attempts", "1 to 9"),
        ({"attempts": 0}, "campaigns[1].attempts", "1 to 9"),
        ({"retry_s": 899}, "campaigns[1].retry_s", "900 to"),
        ({"a_day": 6}, "campaigns[1].a_day", "1 to 5"),
        ({"a_week": 8}, "campaigns[1].a_week", "1 to 7"),
        ({"a_day": 3, "a_week": 2}, "campaigns[1].a_day", "at most 2"),
        ({"mode": "predictive"}, "campaigns[1].mode", "preview, progressive"),
        ({"caller_id": "+15550100999"}, "campaigns[1].caller_id", "+15550100200"),
        (
            {"first_day": date(2026, 12, 2), "last_day": date(2026, 12, 1)},
            "campaigns[1].last_day",
            "2026-12-02 or later",
        ),
        ({"opening": {"fr": "Bonjour"}}, "campaigns[1].opening.fr", "no language"),
        ({"name": "Spring Sale"}, "campaigns[1].name", "small letters"),
        ({"windows": 1}, "campaigns[1].windows", "no key here"),
    ],
)
def test_each_mistake_says_where_and_what_would_be_right(changes: dict[str, Any], key: str, words: str) -> None:
    found = told({**ONE, **changes})
    assert words in found.get(key, ""), found


def test_names_differ() -> None:
    assert "twice" in told(ONE, ONE)["campaigns"]


def test_an_outcome_calls_again_or_never() -> None:
    both = [{"code": "no", "label": "No", "again_s": 3600, "do_not_call": True}]
    assert "cannot stand beside do_not_call" in told(ONE, dispositions=both)["dispositions[1].again_s"]
    assert "900 to" in told(ONE, dispositions=[{**both[0], "again_s": 1}])["dispositions[1].again_s"]


def test_whoever_calls_shows_a_number() -> None:
    found = told(ONE, entry_points__phones=[], calls=None, targets__voice=None)
    assert "no number that people could see" in found["campaigns"]


def test_an_editor_knows_campaigns() -> None:
    check = jsonschema.Draft7Validator(json.loads(schema()))
    plain = json.loads(json.dumps(plain_of("shop", campaigns=[ONE]), default=str))
    assert not list(check.iter_errors(plain))
    plain["campaigns"][0]["attempts"] = 10
    assert list(check.iter_errors(plain))
