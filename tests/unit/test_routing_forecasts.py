"""Forecasts: read from files and requests, with every mistake at its place, and drawn from past contacts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.contacts.model.contact import Arrival, Contact, opened
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.routing.model.forecast import clock
from chalicelib.routing.service.forecasts import Unreadable, from_csv, from_toml
from chalicelib.routing.service.history import usual_day
from chalicelib.tenancy.model.tenant import USUAL_TARGETS, Target

SAMPLE = Path(__file__).parents[2] / "infra" / "local" / "forecast.toml"
GOOD = """\
interval_min = 60
start = "08:00"

[[tenants]]
tenant = "shop"
contacts = [60, 30.5]
aht_s = [240, 300]
percent = 85
within_s = 30
patience_s = 120

[[tenants]]
tenant = "shop"
channel = "chat"
contacts = [0, 20]
aht_s = 600
"""
TABLE = """\
start,tenant,channel,contacts,aht_s,percent,within_s,patience_s
08:00,shop,voice,60,240,85,30,120
09:00,shop,voice,30.5,300,85,30,120

08:00,shop,chat,0,600,,,
09:00,shop,chat,20,600,,,
"""


def mistakes(text: str, file: str = "f.toml") -> list[str]:
    with pytest.raises(Unreadable) as bad:
        from_csv(file, text, 60) if file.endswith(".csv") else from_toml(file, text)
    return bad.value.mistakes


def test_a_file_says_who_comes_when_and_how_fast_is_good() -> None:
    forecast = from_toml("f.toml", GOOD)
    first, second = forecast.intervals
    assert (forecast.interval_s, first.start, second.start) == (3600, "08:00", "09:00")
    (voice,) = first.demands  # nobody chats at eight
    assert (voice.client, voice.channel, voice.contacts, voice.aht_s) == ("shop", Channel.VOICE, 60, 240)
    assert (voice.level, voice.within_s, voice.patience_s) == (0.85, 30, 120)
    voice, chat = second.demands
    assert (voice.contacts, voice.aht_s) == (30.5, 300)
    usual = USUAL_TARGETS[Channel.CHAT]
    assert (chat.level, chat.within_s, chat.patience_s) == (usual.percent / 100, usual.within_s, None)
    assert forecast.load(second) == pytest.approx((30.5 * 300 + 20 * 200) / 3600)


def test_a_table_says_the_same() -> None:
    assert from_csv("f.csv", TABLE, 60) == from_toml("f.toml", GOOD)


def test_the_sample_is_good() -> None:
    forecast = from_toml("forecast.toml", SAMPLE.read_text())
    assert forecast.clients == ("plumber", "shop", "clinic")
    assert len(forecast.intervals) == 10


@pytest.mark.parametrize(
    ("instead", "of", "says"),
    [
        ('aht_s = "long"', "aht_s = 600", "f.toml:16: tenants[2].aht_s cannot be used"),
        ("aht_s = 0", "aht_s = 600", "f.toml:16: tenants[2].aht_s is 0. Give seconds above 0."),
        ("aht_s = nan", "aht_s = 600", "f.toml:16: tenants[2].aht_s is nan."),
        ("", "aht_s = 600", "f.toml:12: tenants[2].aht_s is missing."),
        ("aht = 600", "aht_s = 600", "f.toml:16: tenants[2].aht is no key here."),
        (
            "contacts = [1]",
            "contacts = [0, 20]",
            "f.toml:15: tenants[2].contacts have 1 intervals, those of shop have 2",
        ),
        ("contacts = [-3, 20]", "contacts = [0, 20]", "f.toml:15: tenants[2].contacts has -3. Give a number that"),
        ("contacts = []", "contacts = [60, 30.5]", "f.toml:6: tenants[1].contacts are none."),
        ("aht_s = [240]", "aht_s = [240, 300]", "f.toml:7: tenants[1].aht_s has 1 numbers for 2 intervals."),
        ("percent = 100", "percent = 85", "f.toml:8: tenants[1].percent is 100. Give more than 0 and less than 100"),
        ("within_s = 0", "within_s = 30", "f.toml:9: tenants[1].within_s is 0."),
        ("patience_s = -1", "patience_s = 120", "f.toml:10: tenants[1].patience_s is -1."),
        ('channel = "pigeon"', 'channel = "chat"', "f.toml:14: tenants[2].channel cannot be used (invalid enum value"),
        ('channel = "voice"', 'channel = "chat"', "f.toml:13: tenants[2].tenant is 'shop' on voice again."),
        ('start = "8 am"', 'start = "08:00"', "f.toml:2: start is '8 am'. Write the clock's time like 08:00."),
        ("interval_min = 0", "interval_min = 60", "f.toml:1: interval_min is 0. Give 1 to 1440 minutes."),
        ("interval_min = = 60", "interval_min = 60", "f.toml:1: is not TOML: "),
    ],
)
def test_a_mistake_is_told_with_its_line_its_field_and_its_fix(instead: str, of: str, says: str) -> None:
    assert of in GOOD
    (told,) = mistakes(GOOD.replace(of, instead))
    assert told.startswith(says)


def test_all_mistakes_are_told_at_once() -> None:
    told = mistakes(GOOD.replace("percent = 85", "percent = 0").replace("within_s = 30", "within_s = -5"))
    assert [line.split()[0] for line in told] == ["f.toml:8:", "f.toml:9:"]


@pytest.mark.parametrize(
    ("instead", "of", "says"),
    [
        ("soon", "30.5", "f.csv:3: contacts is 'soon'. Write a number like 12.5."),
        ("", "30.5", "f.csv:3: contacts is empty."),
        ("pigeon", "chat", "f.csv:5: channel is 'pigeon'. Write one of voice, email, chat, message, post."),
        ("aht", "aht_s", "f.csv:1: has no column aht_s."),
        ("patience", "patience_s", "f.csv:1: has a column 'patience'."),
        ("08:00,shop,voice,-1", "08:00,shop,voice,60", "f.csv:2: contacts has -1."),
        (",shop,voice,60", "08:00,shop,voice,60", "f.csv:2: start is empty."),
        ("08:00,,voice", "08:00,shop,voice", "f.csv:2: tenant is empty."),
        ("08:00,shop,voice,30.5", "09:00,shop,voice,30.5", "f.csv: 08:00 has shop on voice twice."),
    ],
)
def test_a_mistake_in_a_table_is_told_with_its_line(instead: str, of: str, says: str) -> None:
    assert of in TABLE
    assert mistakes(TABLE.replace(of, instead, 1), "f.csv")[0].startswith(says)


def test_an_empty_table_is_no_forecast() -> None:
    assert mistakes("", "f.csv")[0].startswith("f.csv:1: has no column start")
    assert mistakes(TABLE.splitlines()[0], "f.csv") == ["f.csv:1: has no rows. Give one per interval and client."]


def test_the_clock_goes_on_after_midnight() -> None:
    night = from_toml("f.toml", GOOD.replace("08:00", "23:00"))
    assert [interval.start for interval in night.intervals] == ["23:00", "+1 00:00"]
    assert clock(90) == "00:01:30"


# What past contacts tell

SHOP, CLINIC = TenantId("shop"), TenantId("clinic")
MORNING = datetime(2026, 11, 16, 8, 5, tzinfo=UTC)  # nine in Berlin


def contact(
    at: datetime,
    *,
    tenant: TenantId = SHOP,
    channel: Channel = Channel.VOICE,
    waits: float = 10,
    takes: float | None = 240,
    answered: bool = True,
) -> Contact:
    """A contact that waits so long, and if answered is wrapped up so long after."""
    arrival = Arrival(channel=channel, entry_point="x", customer="y", source_id=at.isoformat())
    made = opened(tenant, ContactId(f"c{at:%d%H%M%S%f}"), arrival, at)
    made = made.after(Fact(kind="queued", at=at, data={"team": "shared", "deadline": "x"}))
    left = at + timedelta(seconds=waits)
    if not answered:
        return made.after(Fact(kind="abandoned", at=left, data={"where": "queue"}))
    made = made.after(Fact(kind="offered", at=left, data={"agent": "maria", "offer": "1"}))
    made = made.after(Fact(kind="connected", at=left))
    if takes is None:
        return made
    made = made.after(Fact(kind="ended", at=left + timedelta(seconds=takes - 40)))
    return made.after(Fact(kind="wrapped", at=left + timedelta(seconds=takes), data={"disposition": "done"}))


def usual(*contacts: Contact, **more: Any) -> Any:
    known = {"days": 1, "interval_s": 1800, "zone": ZoneInfo("Europe/Berlin"), **more}
    return usual_day(contacts, lambda tenant, channel: USUAL_TARGETS[channel], **known)


def test_days_are_laid_over_each_other_by_the_clock_of_their_zone() -> None:
    tuesday = MORNING + timedelta(days=1)
    later = MORNING + timedelta(hours=1)
    forecast = usual(
        contact(MORNING), contact(tuesday), contact(tuesday + timedelta(minutes=1)), contact(later), days=2
    )
    assert [interval.start for interval in forecast.intervals] == ["09:00", "09:30", "10:00"]
    assert [interval.contacts for interval in forecast.intervals] == [1.5, 0, 0.5]


def test_handle_time_is_from_the_answer_to_the_end_of_wrap_up() -> None:
    forecast = usual(contact(MORNING, takes=200), contact(MORNING + timedelta(minutes=1), takes=300))
    assert forecast.intervals[0].demands[0].aht_s == 250


def test_patience_is_the_time_waited_by_all_per_one_who_gave_up() -> None:
    minute = timedelta(minutes=1)
    answered = [contact(MORNING + place * minute, waits=20) for place in range(9)]
    gone = contact(MORNING + 9 * minute, waits=60, answered=False)
    assert usual(*answered, gone).intervals[0].demands[0].patience_s == 240
    assert usual(*answered).intervals[0].demands[0].patience_s is None


def test_who_was_never_queued_is_no_work_for_an_agent() -> None:
    arrival = Arrival(channel=Channel.VOICE, entry_point="x", customer="y", source_id="z")
    refused = opened(SHOP, ContactId("v1"), arrival, MORNING).after(Fact(kind="refused", at=MORNING))
    assert usual(contact(MORNING), refused).intervals[0].contacts == 1


def test_a_client_without_a_finished_contact_takes_the_time_that_others_do() -> None:
    forecast = usual(contact(MORNING, takes=200), contact(MORNING, tenant=CLINIC, takes=None))
    assert [demand.aht_s for demand in forecast.intervals[0].demands] == [200, 200]
    with pytest.raises(Invalid, match=r"clinic, chat.*aht_s"):
        usual(contact(MORNING), contact(MORNING, tenant=CLINIC, channel=Channel.CHAT, takes=None))


def test_a_target_of_everybody_is_planned_as_nearly_everybody() -> None:
    day = usual_day(
        [contact(MORNING)],
        lambda tenant, channel: Target(percent=100, within_s=45),
        days=1,
        interval_s=1800,
        zone=UTC,
    )
    assert (day.intervals[0].demands[0].level, day.intervals[0].demands[0].within_s) == (0.99, 45)


def test_days_without_contacts_and_intervals_that_do_not_tile_a_day_are_refused() -> None:
    with pytest.raises(Invalid, match="no contact was queued"):
        usual()
    with pytest.raises(Invalid, match="25 minutes"):
        usual(contact(MORNING), interval_s=1500)
