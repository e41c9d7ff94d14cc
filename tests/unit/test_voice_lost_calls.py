"""Calls of whose end nobody told us: telephony is asked, and only for those that have gone on for too long."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import pytest

from chalicelib.channels.voice.model.lost import is_overdue
from chalicelib.channels.voice.service.lost_calls import DAILY, EVERY, PACE_S, UNKNOWN, Found, LostCalls
from chalicelib.contacts.model.contact import OUTBOUND, Arrival, Contact, State
from chalicelib.contacts.model.line import line_of
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import TeamId, TenantId
from infra.local.connect.exchange import NotOnTheLine
from infra.local.connect.parties import Call, CallState
from infra.permissions import CLOCKED
from tests.fakes.telephone import PLUMBER, Telephone

PLUMBERS = TenantId("plumber")
EVENTS = {"DISCONNECTED", "COMPLETED"}


@dataclass(frozen=True)
class Line:
    ended_at: datetime | None = None


class Lines:
    """The port `Telephone`, on the exchange; `down` as telephony may be."""

    def __init__(self, telephone: Telephone) -> None:
        self._exchange = telephone.exchange
        self.asked: list[str] = []
        self.down = False
        self.forgot = False
        self.broken: str | None = None

    def describe(self, call: str) -> Line | None:
        if self.down:
            raise Unavailable("Amazon Connect")
        if call == self.broken:
            raise RuntimeError("an answer that nobody expects")
        self.asked.append(call)
        if self.forgot:
            return None
        try:
            parts = self._exchange.associated(call)
        except NotOnTheLine:
            return None
        ends = [part.ended_at for part in parts if part.contact_id == call or part.method == "QUEUE_TRANSFER"]
        return Line(None if None in ends else max(end for end in ends if end is not None))


class House:
    """A telephone whose ends are not told, and what looks for them."""

    def __init__(self) -> None:
        self.telephone = Telephone()
        self.telephone.bus.held_back = EVENTS
        self.lines = Lines(self.telephone)
        self.rested: list[float] = []
        self.calls = LostCalls(
            self.lines,
            self.telephone.contacts,
            self.telephone.router,
            self.telephone.seats,
            lambda: [TeamId("shared")],
            lambda: [PLUMBERS],
            self.rested.append,
        )

    def passes(self, **time: float) -> datetime:
        self.telephone.clock.advance(timedelta(**time).total_seconds())
        return self.telephone.clock.now()

    def looks(self) -> Found:
        return self.calls.of_the_floor(self.telephone.clock.now())

    def waits(self) -> Call:
        call = self.telephone.exchange.dial(PLUMBER, "+15557654321", "1")
        self.passes(seconds=40)
        assert self.standing(call).state is State.QUEUED
        return call

    def talks(self) -> Call:
        self.telephone.agent("maria")
        call = self.telephone.exchange.dial(PLUMBER, "+15557654321", "1")
        while call.state is not CallState.RINGING:
            self.passes(seconds=1)
        self.telephone.exchange.accept("maria")
        self.passes(seconds=30)
        assert self.standing(call).state is State.CONNECTED
        return call

    def standing(self, call: Call) -> Contact:
        return self.telephone.contact(call)


def test_ordinary_calls_cost_telephony_no_question() -> None:
    house = House()
    house.talks()
    house.waits()
    house.passes(minutes=25)
    assert house.looks() == Found()
    assert house.lines.asked == []


def test_who_hung_up_unheard_in_a_line_is_abandoned_at_that_very_instant() -> None:
    house = House()
    call = house.waits()
    house.telephone.exchange.hang_up(call)
    left = house.telephone.clock.now()
    house.passes(minutes=31)
    found = house.looks()
    contact = house.standing(call)
    last = contact.facts[-1]
    assert (last.kind, last.at, last.by, last.data["where"]) == ("abandoned", left, "system", "queue")
    assert found.told == ((contact.contact, "ended"),)
    assert house.looks() == Found()
    assert house.lines.asked == [call.id]
    assert not any(queue.waiting for queue in house.telephone.seats.board(TeamId("shared")).queues.values())


def test_who_still_waits_is_left_alone() -> None:
    house = House()
    call = house.waits()
    house.passes(minutes=31)
    before = house.standing(call)
    assert house.looks().counts == {"goes_on": 1}
    assert house.standing(call) == before


def test_a_conversation_that_ended_unheard_ends_when_it_did_and_its_agent_can_go_on() -> None:
    house = House()
    call = house.talks()
    house.passes(minutes=5)
    house.telephone.exchange.hang_up(call)
    over = house.telephone.clock.now()
    house.passes(hours=3.9)
    assert house.looks() == Found()
    house.passes(minutes=10)
    assert house.looks().counts == {"ended": 1}
    last = house.standing(call).facts[-1]
    assert (last.kind, last.at, last.by, last.data["why"]) == ("ended", over, "system", "system")


@pytest.mark.parametrize(("begins", "kind", "why"), [("waits", "abandoned", "where"), ("talks", "ended", "why")])
def test_what_telephony_knows_nothing_of_is_over_now_and_says_so(begins: str, kind: str, why: str) -> None:
    house = House()
    call = getattr(house, begins)()
    house.lines.forgot = True
    now = house.passes(hours=4.1)
    found = house.looks()
    last = house.standing(call).facts[-1]
    assert (last.kind, last.at, last.data[why]) == (kind, now, UNKNOWN)
    assert found.told == ((house.standing(call).contact, UNKNOWN),)


def test_a_telephone_that_does_not_answer_ends_nothing_and_is_asked_no_more() -> None:
    house = House()
    first, second = house.waits(), house.waits()
    for call in (first, second):
        house.telephone.exchange.hang_up(call)
    house.passes(minutes=31)
    house.lines.down = True
    assert house.looks().counts == {"unasked": 2}
    assert {house.standing(call).state for call in (first, second)} == {State.QUEUED}
    house.lines.down = False
    assert house.looks().counts == {"ended": 2}


def test_a_call_that_cannot_be_asked_about_keeps_no_other_waiting() -> None:
    house = House()
    first, second = house.waits(), house.waits()
    for call in (first, second):
        house.telephone.exchange.hang_up(call)
    house.passes(minutes=31)
    house.lines.broken = line_of(house.standing(first))
    found = house.looks()
    assert found.counts == {"failed": 1, "ended": 1}
    assert found.told == ((house.standing(second).contact, "ended"),)
    assert [(one, type(error)) for one, error in found.failed] == [(house.standing(first).contact, RuntimeError)]
    assert house.standing(first).state is State.QUEUED


def test_a_call_that_moved_on_in_that_moment_is_somebody_elses_to_tell() -> None:
    house = House()
    call = house.waits()
    ids = house.standing(call)
    house.telephone.exchange.hang_up(call)
    now = house.passes(minutes=31)

    class Late(Lines):
        def describe(self, told: str) -> Line | None:
            house.telephone.router.abandon(PLUMBERS, ids.contact, "", now)
            house.telephone.contacts.get(PLUMBERS, ids.contact)
            return super().describe(told)

    house.calls._telephone = Late(house.telephone)
    house.looks()
    assert [fact.kind for fact in house.standing(call).facts].count("abandoned") == 1


# What is with nobody, and in no line: found on the days after


def opened(house: House, **more: Any) -> Contact:
    told = {"entry_point": PLUMBER, "customer": "+15557654321", "source_id": "gone", **more}
    arrival = Arrival(channel=Channel.VOICE, **told)
    return house.telephone.contacts.open(PLUMBERS, arrival, house.telephone.clock.now())


def yesterday(house: House) -> Found:
    return house.calls.of_yesterday(house.telephone.clock.now())


def test_what_only_arrived_is_found_on_the_day_after_whatever_its_hour() -> None:
    for hours in (24, 9.5, 35):
        house = House()
        contact = opened(house)
        assert yesterday(house) == Found()
        house.passes(hours=hours)
        assert yesterday(house).told == ((contact.contact, UNKNOWN),)
        last = house.telephone.contacts.get(PLUMBERS, contact.contact).facts[-1]
        assert (last.kind, last.by, last.data["where"]) == ("abandoned", "system", UNKNOWN)


def test_an_agents_call_that_died_before_it_was_his_reached_nobody_and_nobody_is_asked() -> None:
    house = House()
    contact = opened(house, direction=OUTBOUND)
    house.passes(hours=24)
    assert yesterday(house).told == ((contact.contact, UNKNOWN),)
    assert house.lines.asked == []
    assert house.telephone.contacts.get(PLUMBERS, contact.contact).facts[-1].data["where"] == "no_answer"


def test_what_is_over_or_is_no_call_is_not_looked_at() -> None:
    house = House()
    call = house.waits()
    house.telephone.bus.held_back = set()
    house.telephone.exchange.hang_up(call)
    mail = Arrival(channel=Channel.EMAIL, entry_point="a@b.example", customer="c@d.example", source_id="m")
    house.telephone.contacts.open(PLUMBERS, mail, house.telephone.clock.now())
    house.passes(hours=24)
    assert yesterday(house) == Found()
    assert house.lines.asked == []


# Who has a line at all

NOW = datetime.fromisoformat("2026-11-23T15:00:00+00:00")


def contact(state: State, facts: tuple[tuple[str, dict[str, Any]], ...] = (), **more: Any) -> Contact:
    told = [Fact(kind="arrived", at=NOW, data={}), *(Fact(kind=kind, at=NOW, data=data) for kind, data in facts)]
    made = Contact(
        tenant=PLUMBERS, contact="v1", channel=Channel.VOICE, state=state, opened_at=NOW, entry_point=PLUMBER,
        source_id="connect-1", facts=tuple(told),
    )  # fmt: skip
    return replace(made, **more)


@pytest.mark.parametrize(
    ("more", "overdue"),
    [
        ({}, True),
        ({"callback": "+15557654321"}, False),
        ({"voicemail": "recordings/x.wav"}, False),
        ({"outreach": "dispatch:night"}, False),
        ({"outreach": "campaign:spring", "direction": OUTBOUND}, False),
        ({"outreach": "appointment:1", "direction": OUTBOUND}, False),
        ({"channel": Channel.CHAT}, False),
    ],
)
def test_who_has_no_telephone_off_the_hook_is_never_asked_about(more: dict[str, Any], overdue: bool) -> None:
    for state in (State.ARRIVED, State.QUEUED, State.OFFERED):
        assert is_overdue(contact(state, (("queued", {}),), **more), NOW + timedelta(days=1)) is overdue


@pytest.mark.parametrize(
    ("state", "bound"),
    [
        (State.ARRIVED, timedelta(hours=1)),
        (State.QUEUED, timedelta(minutes=30)),
        (State.OFFERED, timedelta(minutes=30)),
        (State.CONNECTED, timedelta(hours=4)),
        (State.HELD, timedelta(hours=4)),
        (State.PATCHED, timedelta(hours=4)),
    ],
)
def test_each_state_has_its_patience(state: State, bound: timedelta) -> None:
    facts = (("queued", {}), ("connected", {}), ("patched", {}))
    assert not is_overdue(contact(state, facts), NOW + bound)
    assert is_overdue(contact(state, facts), NOW + bound + timedelta(seconds=1))


def test_a_campaigns_call_with_its_customer_on_the_line_is_a_call_like_any_other() -> None:
    calls = ("dialled", {"to": "customer", "call": "connect-7"}), ("connected", {})
    spoken = contact(State.CONNECTED, calls, outreach="campaign:spring", direction=OUTBOUND)
    assert is_overdue(spoken, NOW + timedelta(hours=5))
    assert line_of(spoken) == "connect-7"


def test_a_call_back_is_known_by_its_last_attempt_and_others_by_their_first_part() -> None:
    tries = (("dialled", {"to": "customer", "call": "connect-7"}), ("dialled", {"to": "customer", "call": "connect-9"}))
    assert line_of(contact(State.CONNECTED, tries, callback="+15557654321")) == "connect-9"
    assert line_of(contact(State.ARRIVED, (("dialled", {"to": "outside", "call": "x"}),))) == "connect-1"


@pytest.mark.parametrize("ended", [True, False])
def test_a_leg_to_the_outside_is_closed(ended: bool) -> None:
    house = House()
    leg = opened(house)
    contacts = house.telephone.contacts
    contacts.dialled(PLUMBERS, leg.contact, to="outside", call="gone", now=house.telephone.clock.now())
    contacts.patched(PLUMBERS, leg.contact, house.telephone.clock.now())
    over = house.passes(minutes=9)
    house.lines.describe = lambda call: Line(over) if ended else None  # type: ignore[method-assign]
    now = house.passes(hours=24)
    yesterday(house)
    last = contacts.get(PLUMBERS, leg.contact).facts[-1]
    assert (last.kind, last.at) == ("closed", over if ended else now)


def test_a_clock_that_is_wrong_moves_nothing_before_what_we_know_nor_into_the_future() -> None:
    for told, at in ((timedelta(days=-2), None), (timedelta(days=9), timedelta())):
        house = House()
        call = house.talks()
        known = house.standing(call).facts[-1].at
        now = house.passes(hours=5)
        house.lines.describe = lambda _, told=told, now=now: Line(now + told)  # type: ignore[method-assign, misc]
        house.looks()
        assert house.standing(call).facts[-1].at == (known if at is None else now)


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_of_many_not_all_are_asked_about_at_once_and_nobody_hides_behind_who_really_waits(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.channels.voice.service.lost_calls.MOST_ASKED", most)
    house = House()
    calls = [house.waits().id for _ in range(5)]
    house.passes(minutes=40)
    asked = []
    for _ in range(ceil(len(calls) / most)):
        house.looks()
        asked.append(house.lines.asked[:])
        house.lines.asked.clear()
        house.passes(minutes=10)
    assert {len(run) for run in asked} == {most}
    assert {call for run in asked for call in run} == set(calls)


def test_a_lost_call_far_behind_others_of_its_line_is_found() -> None:
    house = House()
    for _ in range(60):
        house.waits()
    lost = house.waits()
    house.telephone.exchange.hang_up(lost)
    house.passes(minutes=40)
    for _ in range(2):
        house.looks()
        house.passes(minutes=10)
    assert house.standing(lost).state is State.ABANDONED


def test_a_turn_is_as_long_as_the_clock_of_its_look() -> None:
    assert timedelta(minutes=CLOCKED["lost_calls"]) == EVERY
    assert timedelta(minutes=CLOCKED["lost_calls_of_yesterday"]) == DAILY


def test_telephony_is_asked_slowly() -> None:
    house = House()
    for _ in range(3):
        house.waits()
    house.passes(minutes=40)
    house.looks()
    assert house.rested == [PACE_S, PACE_S]
    assert PACE_S >= 1  # two in a second are all that it takes, from everything that is ours
