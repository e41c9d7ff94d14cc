"""[[on_call]] in a client's file: what is taken, and what is wrong with it, by key and with the fix."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from chalicelib.tenancy.model.on_call import By, OnCall
from chalicelib.tenancy.model.plain import to_plain, trusted
from tests.fakes.tenants import changed, mistakes_of, plain_of, sample

RAY = {"name": "Ray", "phone": "+1 (555) 010-0777"}
DANA = {"name": "Dana", "email": "dana@office.example"}
CALL = {"who": "Ray", "by": "voice"}


def ladder(*steps: dict[str, Any], people: Any = (RAY, DANA), **more: Any) -> dict[str, Any]:
    return {"name": "fire", "title": "Fire", "people": list(people), "steps": list(steps) or [CALL], **more}


def wrong(*ladders: dict[str, Any], **changes: Any) -> list[tuple[str, str]]:
    return [(one.key, one.why) for one in mistakes_of("plumber", on_call=list(ladders), **changes)]


def test_the_sample_climbs_from_the_plumber_to_the_owner() -> None:
    (found,) = sample("plumber").on_call
    assert [(step.who, step.by) for step in found.steps] == [
        ("Ray Ortiz", By.VOICE),
        ("Ray Ortiz", By.SMS),
        ("Dana Whitfield", By.VOICE),
        ("Dana Whitfield", By.EMAIL),
    ]
    assert found.voicemail
    assert sample("plumber").ladder("emergency") == found
    assert sample("plumber").ladder("other") is None


def test_what_is_usual_need_not_be_written() -> None:
    (found,) = changed("plumber", on_call=[ladder()]).on_call
    assert (found.rounds, found.steps[0].wait_s, found.unanswered, found.voicemail) == (2, 180, None, False)
    assert found.people[0].phone == "+15550100777"


def test_it_comes_back_as_it_was_written() -> None:
    hours = {"monday": ["18:00-24:00"], "special": [{"date": date(2026, 12, 25), "name": "Christmas Day"}]}
    written = ladder(CALL, {"who": "on_duty", "by": "sms", "wait_s": 60}, people=({**RAY, "hours": hours}, DANA))
    (found,) = changed("plumber", on_call=[written | {"rounds": 3, "unanswered": "boss@office.example"}]).on_call
    assert trusted(OnCall, to_plain(found)) == found


@pytest.mark.parametrize(
    ("part", "key", "why"),
    [
        (ladder({"who": "Kim", "by": "voice"}), "on_call[1].steps[1].who", "'Kim' is nobody of this ladder"),
        (ladder({"who": "Dana", "by": "voice"}), "on_call[1].steps[1].who", "Dana has no phone for voice"),
        (ladder({"who": "Dana", "by": "sms"}), "on_call[1].steps[1].who", "Dana has no phone for sms"),
        (ladder({"who": "Ray", "by": "email"}), "on_call[1].steps[1].who", "Ray has no email for email"),
        (
            ladder({"who": "on_duty", "by": "email"}, people=(RAY,)),
            "on_call[1].steps[1].who",
            "nobody has what email needs",
        ),
        (ladder(people=(RAY, RAY)), "on_call[1].people", "has 'Ray' twice"),
        (ladder(people=(RAY, {"name": "Kim"})), "on_call[1].people[2]", "Kim cannot be reached"),
        (
            ladder(people=(RAY, {"name": "on_duty", "phone": "+15550100778"})),
            "on_call[1].people[2].name",
            "'on_duty' stands for all whose hours are now",
        ),
        (
            ladder(people=({**RAY, "phone": "+15550100100"},)),
            "on_call[1].people[1].phone",
            "+15550100100 is the client's own phone: a call would come back here",
        ),
        (
            ladder(people=({**RAY, "phone": "+19005550100"},)),
            "on_call[1].people[1].phone",
            "+19005550100 costs more than a call",
        ),
        (
            ladder(unanswered="office@rapid-plumbing.example"),
            "on_call[1].unanswered",
            "office@rapid-plumbing.example is a mailbox that we answer",
        ),
        (ladder(people=({**RAY, "hours": {}},)), "on_call[1].people[1].hours", "Ray is never on duty"),
        (
            ladder(people=({**RAY, "hours": {"monday": ["08:00-12:00", "11:00-13:00"]}},)),
            "on_call[1].people[1].hours.monday",
            "08:00-12:00 and 11:00-13:00 overlap",
        ),
    ],
)
def test_what_disagrees_is_found_where_it_stands(part: dict[str, Any], key: str, why: str) -> None:
    assert (key, why) in wrong(part)


@pytest.mark.parametrize(
    "part",
    [
        ladder(rounds=0),
        ladder(rounds=10),
        {**ladder(), "steps": []},
        {**ladder(), "people": []},
        {**ladder(), "steps": [CALL] * 21},
        ladder({**CALL, "wait_s": 29}),
        ladder({**CALL, "wait_s": 3601}),
        ladder({**CALL, "by": "fax"}),
        ladder(people=({**RAY, "phone": "0777"},)),
        ladder(name="Fire!"),
    ],
)
def test_what_is_beyond_measure_is_refused(part: dict[str, Any]) -> None:
    assert wrong(part)


def test_names_are_given_once_and_one_ladder_begins_with_a_tape() -> None:
    assert ("on_call", "has the name 'fire' twice") in wrong(ladder(), ladder())
    taped = wrong(ladder(voicemail=True), ladder(name="flood", voicemail=True))
    assert ("on_call", "fire and flood all begin with a message on tape") in taped


def test_who_is_called_sees_a_number() -> None:
    plain = plain_of("shop")
    points = {**plain["entry_points"], "phones": []}
    found = [one.key for one in mistakes_of("shop", on_call=[ladder()], entry_points=points)]
    assert "on_call[1].steps[1].by" in found


NIGHT = {day: ["00:00-06:00", "20:00-24:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
DAY = {day: ["06:00-20:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
WEEKEND = {"saturday": ["00:00-24:00"], "sunday": ["00:00-24:00"]}
CHRISTMAS = {"special": [{"date": date(2026, 12, 25), "name": "Christmas Day", "open": ["08:00-10:00"]}]}
DUTY = {"who": "on_duty", "by": "voice"}
KIM = {"name": "Kim", "phone": "+15550100781"}


@pytest.mark.parametrize(
    ("hours", "steps", "more", "gap"),
    [
        ((NIGHT, {**DAY, **WEEKEND}), (DUTY,), {}, ""),
        ((NIGHT, DAY), (DUTY,), {}, "on saturdays at 00:00"),
        ((NIGHT, WEEKEND), (DUTY,), {}, "on mondays at 06:00"),
        (({**NIGHT, **CHRISTMAS}, {**DAY, **WEEKEND, **CHRISTMAS}), (DUTY,), {}, "on 2026-12-25 at 00:00"),
        ((NIGHT, WEEKEND), (DUTY,), {"unanswered": "boss@office.example"}, ""),
        ((NIGHT, WEEKEND), (DUTY, {"who": "Ray", "by": "voice"}), {}, ""),
        ((NIGHT, None), (DUTY,), {}, ""),
    ],
)
def test_where_duty_has_gaps_somebody_is_told_of_what_came_in_them(
    hours: Any, steps: Any, more: dict[str, Any], gap: str
) -> None:
    people = [person | ({"hours": one} if one else {}) for person, one in zip((RAY, KIM), hours, strict=True)]
    found = wrong(ladder(*steps, people=people, **more))
    why = f"is missing, and nobody is on duty {gap}: what comes then reaches nobody"
    assert found == ([("on_call[1].unanswered", why)] if gap else [])
