"""A caller chooses the time of his callback: the keys, the hours, what is read back, and what becomes of his call."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels.voice.model.phrases import words
from chalicelib.channels.voice.model.times import MOST_DAYS, hours_said, instant_said, keyed_time, next_time
from chalicelib.contacts.model.contact import State
from chalicelib.contacts.model.parts import seconds_of
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import TeamId
from chalicelib.outreach.service.appointments import Appointments
from chalicelib.outreach.service.do_not_call import DoNotCall
from chalicelib.outreach.store.appointments import AppointmentStore
from chalicelib.outreach.store.numbers import NumberStore
from chalicelib.routing.model.line import Line
from chalicelib.tenancy.model.hours import Hours, Span
from tests.fakes.asking import CALLER, Asking, with_client
from tests.fakes.call_house import CallHouse
from tests.fakes.telephone import MONDAY_MORNING, Telephone, heard
from tests.fakes.tenants import changed

TEXAS, BERLIN = ZoneInfo("America/Chicago"), ZoneInfo("Europe/Berlin")
AT_A_TIME: dict[str, Any] = {"calls__callback__at_a_time": True}
ADDED_S = 100
OFFICE = Hours(monday=(Span("09:00-12:00"), Span("13:00-17:00")), wednesday=(Span("10:00-12:00"),))
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl")


def offered(telephone: Telephone | None = None, caller: str | None = CALLER, **client: Any) -> Asking:
    """A caller of a client that lets him choose, who has waited for long enough."""
    telephone = with_client(telephone or Telephone(), changed("plumber", **{**AT_A_TIME, **client}))
    asking = Asking(telephone, caller=caller)
    assert asking.waits()["outcome"] == "wait"
    telephone.clock.advance(ADDED_S)
    asking.poll()
    return asking


def booked(asking: Asking, keys: str = "1430") -> Asking:
    asking.key("3")
    asking.key(keys)
    asking.key("1")
    return asking


def test_it_is_offered_beside_the_callback_and_again_where_the_number_is_confirmed() -> None:
    asking = offered()
    assert "press 1" in asking.last["message"]
    assert "time of your choice, press 3" in asking.last["message"]
    assert "time of your choice, press 3" in asking.key("1")["message"]
    assert asking.key("3")["outcome"] == "ask_number"


def test_a_client_that_does_not_allow_it_does_not_offer_it() -> None:
    asking = offered(calls__callback__at_a_time=False)
    assert "press 3" not in asking.last["message"]
    assert asking.key("3")["outcome"] == "stay"


def test_the_time_is_read_back_with_number_and_day_and_booked_with_a_key() -> None:
    asking = offered()
    asking.key("3")
    asked = asking.key("1430")
    assert asked["outcome"] == "ask_key"
    assert "5 5 5, 7 6 5, 4 3 2 1: today, 2:30 p.m. If" in asked["message"]
    told = asking.key("1")
    assert told["outcome"] == "say"
    assert "today, 2:30 p.m. Goodbye" in told["message"]
    (one,) = asking.telephone.appointments.booked.values()
    assert (one.number, one.at) == (CALLER, datetime(2026, 11, 23, 20, 30, tzinfo=UTC))


def test_who_has_booked_is_served_and_out_of_the_line_and_nobody_missed_him() -> None:
    asking = booked(offered())
    contact = asking.ours()
    assert contact.state is State.SELF_SERVED
    assert [fact.kind for fact in contact.facts] == ["arrived", "queued", "left_line", "self_served"]
    assert contact.facts[-1].data == {"topic": "callback_booked"}
    assert seconds_of(contact.facts)["queue"] == ADDED_S
    queued = contact.first("queued")
    assert queued is not None
    line = Line.read(queued.data["line"])
    assert asking.telephone.seats.heads(line, 9) == ()
    assert asking.telephone.seats.queue(line).waiting == 0
    with pytest.raises(Conflict):  # he hangs up
        asking.telephone.router.abandon(contact.tenant, contact.contact, "", asking.telephone.clock.now())
    asking.telephone.agent("maria")
    assert asking.ours().state is State.SELF_SERVED
    assert asking.telephone.router.seat(TeamId("shared"), "maria").contacts == {}  # type: ignore[arg-type]


def test_asked_again_it_is_the_same_appointment() -> None:
    asking = booked(offered())
    told = asking.last
    again = asking.ask("callback_at", input="1", about=_confirmed(asking), **asking.where())
    assert again == told
    assert len(asking.telephone.appointments.booked) == 1
    assert asking.facts().count("self_served") == 1


def _confirmed(asking: Asking) -> str:
    (one,) = asking.telephone.appointments.booked.values()
    return f"{one.number} 0 {int(one.at.timestamp())}"


def test_another_time_is_asked_for_and_only_so_often() -> None:
    asking = offered()
    asking.key("3")
    asking.key("1430")
    assert asking.key("2")["outcome"] == "ask_number"
    assert "3:15 p.m." in asking.key("1515")["message"]
    assert asking.key("2")["outcome"] == "ask_number"
    asking.key("1600")
    assert asking.key("2")["outcome"] == "tell"
    assert asking.ours().state is State.QUEUED


@pytest.mark.parametrize(
    ("keys", "told"), [("2575", "no time of day"), ("12", "no time of day"), ("0730", "a.m."), ("2100", "p.m.")]
)
def test_a_time_that_is_none_or_outside_of_the_hours_is_asked_for_three_times(keys: str, told: str) -> None:
    asking = offered()
    asking.key("3")
    for _ in range(2):
        answer = asking.key(keys)
        assert answer["outcome"] == "ask_number"
        assert told in answer["message"]
    assert asking.key(keys)["outcome"] == "tell"
    assert asking.ours().state is State.QUEUED
    assert not asking.telephone.appointments.booked


def test_outside_of_the_hours_he_hears_which_they_are() -> None:
    asking = offered()
    asking.key("3")
    assert "We call today between 8 a.m. and 9 p.m. At what time" in asking.key("2345")["message"]


def test_who_hides_his_number_is_asked_for_one_first() -> None:
    asking = offered(caller=None)
    assert asking.key("3")["outcome"] == "ask_number"
    assert "press 3" in asking.key("5550100199")["message"]
    asking.key("3")
    assert "5 5 5, 0 1 0, 0 1 9 9" in asking.key("1430")["message"]


def test_when_nobody_can_call_back_any_more_today_a_time_is_offered_instead() -> None:
    late = datetime(2026, 11, 24, 3, 58, 30, tzinfo=UTC)  # a minute and a half before ten in Texas
    asking = offered(Telephone(late))
    assert asking.last["message"] == words("en", "callback_time")
    asking.key("3")
    assert "tomorrow, 2:30 p.m." in asking.key("1430")["message"]


def test_the_menus_key_leads_there_too() -> None:
    house = CallHouse(MONDAY_MORNING, changed("plumber", **AT_A_TIME))
    call = house.dials("4")
    house.clock.advance(10)
    house.presses(call, "3", 8)
    house.presses(call, "1430#", 12)
    house.presses(call, "1", 12)
    (one,) = house.appointments.booked.values()
    assert (one.number, one.at.minute) == (CALLER, 30)
    contact = house.contact(call)
    assert contact.state is State.SELF_SERVED
    assert call.ended_at is not None
    assert any("today, 2:30 p.m." in line.text for line in call.transcript.lines)
    house.ends_well()


def test_a_time_at_which_the_number_cannot_be_called_is_asked_for_again() -> None:
    asking = offered()
    asking.telephone.appointments.sleeps = True
    assert "We call today" in booked(asking).last["message"]
    assert (asking.last["outcome"], asking.last["next"]) == ("ask_number", "callback_time")


def test_a_number_that_must_not_be_called_leaves_him_in_his_place() -> None:
    asking = offered()
    asking.telephone.appointments.refuses = True
    assert booked(asking).last["outcome"] == "tell"
    assert asking.ours().state is State.QUEUED


def test_an_agent_who_is_found_meanwhile_takes_him_and_nothing_is_booked() -> None:
    asking = offered()
    asking.key("3")
    asking.key("1430")
    asking.telephone.agent("maria")
    told = asking.key("1")
    assert (told["outcome"], told["message"]) == ("instead", words("en", "callback_instead"))
    assert not asking.telephone.appointments.booked


def test_who_chose_a_time_while_a_phone_rang_for_him_hears_so_and_may_choose_again_if_nobody_answers() -> None:
    """He heard "Thank you for waiting", and nothing was booked."""
    house = CallHouse(MONDAY_MORNING, changed("plumber", **AT_A_TIME))
    call = house.dials("4")
    house.clock.advance(10)
    house.presses(call, "3", 8)
    house.presses(call, "1430#", 6)
    house.agent("maria")
    before = len(heard(call))
    house.presses(call, "1", 8)
    assert heard(call)[before] == words("en", "callback_instead")
    assert not house.appointments.booked
    house.rings()
    house.clock.advance(25)  # she lets it ring
    for _ in range(12):
        house.clock.advance(10)
    since = heard(call)[before + 1 :]
    assert any("You keep your place in line" in text for text in since)
    assert any("time of your choice, press 3" in text for text in since)
    house.exchange.clear("maria")
    house.exchange.hang_up(call)
    house.ends_well()


def test_who_asks_for_a_callback_while_a_phone_rings_for_him_hears_why_he_gets_none() -> None:
    house = CallHouse(MONDAY_MORNING, changed("plumber", **AT_A_TIME))
    house.agent("maria")
    call = house.dials("4")
    house.clock.advance(10)
    assert words("en", "callback_instead") in heard(call)
    house.answers()
    assert house.contact(call).state is State.CONNECTED
    house.exchange.hang_up(call)
    house.wraps()
    house.ends_well()


def test_when_he_is_offered_in_that_very_moment_what_was_booked_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = offered()
    asking.key("3")
    asking.key("1430")
    telephone = asking.telephone
    make = telephone.appointments.make

    def slowly(*client: Any, **wish: Any) -> Any:
        telephone.agent("maria")
        return make(*client, **wish)

    monkeypatch.setattr(telephone.appointments, "make", slowly)
    assert asking.key("1")["outcome"] == "instead"
    assert not telephone.appointments.booked


def test_what_is_booked_is_an_appointment_of_the_house_and_asked_twice_it_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the service that calls at the time, not with what stands for it here."""
    asking = offered()
    telephone = asking.telephone
    promises = AppointmentStore(telephone.database)
    appointments = Appointments(
        book=promises,
        numbers=NumberStore(telephone.database),
        do_not_call=DoNotCall(NumberStore(telephone.database), telephone.numbers),  # type: ignore[arg-type]
        leave=lambda client, number, now: None,
        clients=telephone.numbers,  # type: ignore[arg-type]  only asked for addresses
        contacts=telephone.contacts,
        router=telephone.router,
        zones_of=lambda number: ("America/Chicago",),
    )
    monkeypatch.setattr(telephone.appointments, "make", appointments.make)
    booked(asking)
    (one,) = promises.of(asking.ours().tenant)
    assert (one.number, one.by, one.previous) == (CALLER, "customer", asking.ours().contact)
    assert one.at == datetime(2026, 11, 23, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [("1430", time(14, 30)), ("930", time(9, 30)), ("0000", time(0, 0)), ("2359", time(23, 59)), ("2400", None)]
    + [(wrong, None) for wrong in ("", "1", "14", "1460", "14300", "*430", "１430")],
)
def test_what_is_keyed_is_a_time_or_none(keys: str, wanted: time | None) -> None:
    assert keyed_time(keys) == wanted


@given(
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    minutes=st.integers(0, 60 * 24 * 400),
    zone=st.sampled_from([TEXAS, BERLIN]),
)
def test_an_instant_is_the_first_one_to_come_that_lies_within_the_hours(
    hour: int, minute: int, minutes: int, zone: ZoneInfo
) -> None:
    now, wanted = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes, seconds=30), time(hour, minute)
    at = next_time(OFFICE, zone, wanted, now)
    began = now.replace(second=0) + timedelta(minutes=1)
    every = (began + timedelta(minutes=one) for one in range(60 * 24 * (MOST_DAYS + 1)))
    last = now.astimezone(zone).date() + timedelta(days=MOST_DAYS)
    fits = [one for one in every if one.astimezone(zone).time() == wanted and OFFICE.is_open(one, zone)]
    assert at == next((one for one in fits if one.astimezone(zone).date() <= last), None)


def test_the_hours_are_those_of_the_next_day_that_has_some() -> None:
    friday = datetime(2026, 11, 27, 18, tzinfo=UTC)
    assert hours_said("en", OFFICE, TEXAS, friday) == (
        "on Monday",
        "between 9 a.m. and noon, between 1 p.m. and 5 p.m.",
    )
    lunch = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    assert hours_said("en", OFFICE, TEXAS, lunch) == ("today", "between 1 p.m. and 5 p.m.")
    assert hours_said("en", Hours(), TEXAS, friday) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_words(language: str) -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    day, clock = instant_said(language, now + timedelta(days=2), BERLIN, now)
    said = words(language, "callback_time_confirm", number="1 2 3", day=day, time=clock)
    assert all(part in said for part in ("1 2 3", day, clock, "1", "2"))
    assert "{" not in said + words(language, "callback_time_done", day=day, time=clock)
    if language != "en":
        assert said != words("en", "callback_time_confirm", number="1 2 3", day=day, time=clock)
