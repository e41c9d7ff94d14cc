"""Promised calls: made for a moment at which somebody can call, kept by who was asked for, tried again, cancelled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.contacts.model.contact import Arrival, Contact, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.ids import ContactId
from chalicelib.outreach.model.appointment import Appointment, AppointmentState
from chalicelib.outreach.model.limits import NONE
from chalicelib.outreach.service.about import Briefing
from chalicelib.tenancy.model.tenant import Status as ClientStatus
from chalicelib.workforce.model import Status
from tests.fakes.calling_house import CallingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.tenants import changed

MONDAY = datetime(2026, 11, 23, 15, tzinfo=UTC)  # 10:00 in New York
AT = MONDAY + timedelta(hours=2)
ANN = "+12125550001"
OUTCOMES = [
    {"code": "sold", "label": "Sold"},
    {"code": "later", "label": "Later", "again_s": 86400},
    {"code": "never", "label": "Never", "do_not_call": True},
]


@pytest.fixture
def desk() -> CallingHouse:
    client = changed("shop", dispositions=OUTCOMES, plan__non_billable=None)
    return CallingHouse(MemoryDatabase(), client, now=MONDAY, zones={ANN: ("America/New_York",)})


def made(desk: CallingHouse, at: datetime = AT, number: str = ANN, **more: object) -> Appointment:
    return desk.appointments.make(
        desk.client, number=number, at=at, note="the lamp", by="agent:maria", now=desk.now, **more  # type: ignore[arg-type]
    )  # fmt: skip


def call(desk: CallingHouse, customer: str = ANN) -> Contact:
    arrival = Arrival(
        channel=Channel.VOICE, entry_point="+15550100200", customer=customer, source_id="c1", customer_name="Ann Lee"
    )
    return desk.contacts.open(desk.tenant, arrival, desk.now)


def test_a_promise_is_kept_at_its_moment_by_who_was_asked_for(desk: CallingHouse) -> None:
    desk.comes("jonas")
    desk.comes("maria")
    before = call(desk)
    promised = made(desk, agent="maria", previous=before)
    assert made(desk, agent="maria", previous=before) == promised
    assert desk.minute(7190) == {}
    assert desk.minute(10) == {"appointment_called": 1}
    contact = desk.offered("maria")
    assert contact is not None
    assert (contact.customer, contact.customer_name, contact.previous) == (ANN, "Ann Lee", before.contact)
    assert contact.outreach == f"appointment:{promised.id}"
    assert desk.offered("jonas") is None
    told = Briefing(desk.store, desk.promises).about(desk.client, contact)
    assert told is not None
    assert (told.kind, told.note, told.name, told.attempt, told.most) == ("appointment", "the lamp", "Ann Lee", 1, 2)
    assert desk.settle(desk.talks("maria", "sold")) == "done"
    kept = desk.appointments.get(desk.tenant, promised.id)
    assert (kept.state, kept.outcome, kept.attempts) == (AppointmentState.DONE, "sold", 1)
    desk.minute(600)
    assert not desk.entries()


def test_who_is_not_at_work_does_not_keep_a_promise_from_being_kept(desk: CallingHouse) -> None:
    made(desk, agent="maria")
    desk.comes("jonas")
    desk.minute(7200)
    assert desk.offered("jonas") is not None


def test_a_promised_call_is_tried_again_and_then_given_up(desk: CallingHouse) -> None:
    desk.comes("maria")
    promised = made(desk)
    desk.minute(7200)
    assert desk.settle(desk.not_answered("maria")) == "waiting"
    again = desk.appointments.get(desk.tenant, promised.id)
    assert instant(again.next_at) == desk.now + timedelta(seconds=900)
    assert desk.minute(300) == {"appointment_stale": 1}
    assert desk.minute(600) == {"appointment_called": 1}
    assert desk.settle(desk.not_answered("maria")) == "done"
    assert desk.appointments.get(desk.tenant, promised.id).outcome == "no_answer"
    desk.minute(600)
    assert not desk.entries()


def test_the_clients_own_terms_say_how_often(desk: CallingHouse) -> None:
    terms = {"attempts": 1, "retry_s": 60}
    desk.clients.clients[desk.tenant] = changed(
        "shop", dispositions=OUTCOMES, plan__non_billable=None, calls__callback=terms
    )
    desk.comes("maria")
    made(desk)
    desk.minute(7200)
    assert desk.settle(desk.not_answered("maria")) == "done"


def test_a_client_who_is_in_a_hurry_waits_as_long_as_any_other(desk: CallingHouse) -> None:
    terms = {"attempts": 2, "retry_s": 60}
    desk.clients.clients[desk.tenant] = changed(
        "shop", dispositions=OUTCOMES, plan__non_billable=None, calls__callback=terms
    )
    desk.comes("maria")
    promised = made(desk)
    desk.minute(7200)
    desk.settle(desk.not_answered("maria"))
    assert instant(desk.appointments.get(desk.tenant, promised.id).next_at) == AT + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (MONDAY, "is over"),
        (MONDAY - timedelta(seconds=1), "is over"),
        (MONDAY + timedelta(days=90, seconds=1), "within 90 days"),
        (datetime(2026, 11, 24, 12, 59, tzinfo=UTC), "before 08:00 or after 21:00"),
        (datetime(2026, 11, 24, 2, 0, tzinfo=UTC), "before 08:00 or after 21:00"),
        (datetime(2026, 11, 24, 12, 0), "names no time zone"),  # noqa: DTZ001
    ],
)
def test_a_moment_at_which_nobody_can_call_is_refused(desk: CallingHouse, at: datetime, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        made(desk, at=at)
    assert desk.appointments.of(desk.tenant) == []


def test_nobody_is_promised_a_call_while_the_client_is_closed(desk: CallingHouse) -> None:
    week = {"monday": ["08:00-12:00"]}
    desk.clients.clients[desk.tenant] = changed("shop", hours=week)
    with pytest.raises(Invalid, match="Monday 12:00 is outside of the hours"):
        made(desk)
    latest = {"latest": {"monday": ["10:00-11:00"]}}
    desk.clients.clients[desk.tenant] = changed("shop", hours=week, calls__callback=latest)
    with pytest.raises(Invalid, match="Monday 11:30 is outside of the hours"):
        made(desk, at=MONDAY + timedelta(minutes=90))
    made(desk, at=MONDAY + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("555", "no telephone number"),
        ("+19005550001", "premium"),
        ("+15550100200", "our own lines"),
        ("+493012345678", "abroad"),
    ],
)
def test_a_number_that_cannot_be_called_is_refused(desk: CallingHouse, number: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        made(desk, number=number)


def test_a_customer_abroad_is_called_where_he_called_from(desk: CallingHouse) -> None:
    assert made(desk, number="+493012345678", previous=call(desk, "+493012345678")).number == "+493012345678"


def test_nobody_on_the_do_not_call_list_is_promised_a_call_or_called(desk: CallingHouse) -> None:
    promised = made(desk)
    desk.do_not_call.add(desk.tenant, ANN, by="client", now=desk.now)
    with pytest.raises(Conflict, match="do-not-call"):
        made(desk, at=AT + timedelta(hours=1))
    desk.comes("maria")
    assert desk.minute(7200) == {"appointment_listed": 1}
    assert desk.appointments.get(desk.tenant, promised.id).outcome == "do_not_call"
    assert desk.offered("maria") is None


def test_who_does_not_want_to_be_called_again_is_listed(desk: CallingHouse) -> None:
    desk.comes("maria")
    made(desk)
    desk.minute(7200)
    assert desk.settle(desk.talks("maria", "never")) == "done"
    assert desk.permission.listed(desk.tenant, ANN)


def test_a_cancelled_promise_calls_nobody(desk: CallingHouse) -> None:
    desk.comes("maria")
    promised = made(desk)
    assert desk.appointments.cancel(desk.tenant, promised.id, desk.now).outcome == "cancelled"
    assert desk.appointments.cancel(desk.tenant, promised.id, desk.now).outcome == "cancelled"
    assert desk.minute(7200) == {"appointment_over": 1}
    assert desk.offered("maria") is None
    with pytest.raises(NotFound):
        desk.appointments.cancel(desk.tenant, "other", desk.now)


def test_one_that_waits_for_an_agent_is_taken_back_and_one_that_is_called_is_not(desk: CallingHouse) -> None:
    desk.comes("maria")
    first, second = made(desk), made(desk, at=AT + timedelta(minutes=1))
    desk.minute(7200)
    offered = desk.offered("maria")
    assert offered is not None
    desk.appointments.cancel(desk.tenant, first.id, desk.now)
    gone = desk.contact(offered.contact)
    assert (gone.state, gone.facts[-1].data["where"]) == (State.ABANDONED, "withdrawn")
    assert desk.settle(gone) == "known"
    desk.minute()
    desk.dials("maria")
    with pytest.raises(Conflict, match="somebody calls there already"):
        desk.appointments.cancel(desk.tenant, second.id, desk.now)


def test_one_for_which_nobody_had_time_before_the_night_is_kept_in_the_morning(desk: CallingHouse) -> None:
    desk.comes("jonas", Status.PAUSED)
    promised = made(desk, at=datetime(2026, 11, 24, 1, 50, tzinfo=UTC))  # 20:50 in New York
    desk.clock.now = datetime(2026, 11, 24, 1, 49, tzinfo=UTC)
    desk.minute()
    assert desk.appointments.get(desk.tenant, promised.id).state is AppointmentState.OUT
    for _ in range(4):
        desk.minute(300)
    waits = desk.appointments.get(desk.tenant, promised.id)
    assert (waits.state, waits.next_at, waits.attempts) == (AppointmentState.WAITING, "2026-11-24T13:00:00.000Z", 0)
    desk.clock.now = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
    desk.comes("jonas")
    desk.minute(1)
    assert desk.offered("jonas") is not None
    assert len(desk.entries()) == 1


def test_a_crash_before_the_line_is_mended_by_the_next_look(
    desk: CallingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.comes("maria")
    made(desk)
    desk.clock.passes(7200)
    with monkeypatch.context() as patched:

        def fails(*words: object, **more: object) -> None:
            raise RuntimeError("gone")

        patched.setattr(desk.router, "enqueue", fails)
        assert desk.agenda.work(desk.now, lambda: 45.0) == {"appointment_failed": 1}
    assert desk.offered("maria") is None
    desk.failures.clear()
    desk.minute(600)
    assert desk.offered("maria") is not None
    desk.settle(desk.talks("maria", "sold"))
    for _ in range(4):
        desk.minute(300)
    assert not desk.entries()


def test_a_fact_that_never_came_is_settled_by_the_next_look(desk: CallingHouse) -> None:
    desk.comes("maria")
    promised = made(desk)
    desk.minute(7200)
    desk.talks("maria", "later")
    desk.minute(300)
    again = desk.appointments.get(desk.tenant, promised.id)
    assert (again.state, again.attempts) == (AppointmentState.WAITING, 1)
    assert instant(again.next_at) > desk.now + timedelta(hours=23)


def test_the_desk_asks_once_more_whether_it_is_day(desk: CallingHouse) -> None:
    desk.comes("maria")
    made(desk)
    desk.minute(7200)
    contact = desk.offered("maria")
    assert contact is not None
    desk.permission.may_call(desk.client, contact, desk.now)
    with pytest.raises(Conflict, match="it is Monday 21:05 there"):
        desk.permission.may_call(desk.client, contact, datetime(2026, 11, 24, 2, 5, tzinfo=UTC))
    for number in range(9):  # what was asked for is under no limit of campaigns
        desk.permission.note_call(desk.client, replace(contact, contact=f"v{number}"), desk.clock.passes(900))


def test_what_was_called_off_is_promised_anew_and_kept(desk: CallingHouse) -> None:
    desk.comes("maria")
    first = made(desk)
    desk.appointments.cancel(desk.tenant, first.id, desk.now)
    anew = made(desk, agent="maria")
    assert (anew.id, anew.state, anew.outcome) == (first.id, AppointmentState.WAITING, "")
    assert made(desk) == anew
    assert desk.minute(7200) == {"appointment_called": 1}
    # Called off while it is offered, and promised once more: no contact is opened a second time.
    before = desk.offered("maria")
    assert before is not None
    desk.appointments.cancel(desk.tenant, first.id, desk.now)
    desk.clock.now = AT - timedelta(seconds=30)
    made(desk)
    desk.clock.now = AT
    desk.minute(0)
    after = desk.offered("maria")
    assert after is not None
    assert after.contact != before.contact


def test_a_promise_that_is_called_off_while_it_is_begun_is_not_dialled(
    desk: CallingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    promised, opens = made(desk), desk.contacts.open

    def later(*words: Any, **more: Any) -> Contact:
        desk.appointments.cancel(desk.tenant, promised.id, desk.now)
        return opens(*words, **more)

    desk.comes("maria")
    monkeypatch.setattr(desk.contacts, "open", later)
    desk.minute(7200)
    contact = desk.offered("maria")
    assert contact is not None
    with pytest.raises(Conflict, match="does not wait for this call any more"):
        desk.permission.may_call(desk.client, contact, desk.now)


def test_whoever_wants_no_calls_gets_none_even_where_his_promise_is_no_longer_known(desk: CallingHouse) -> None:
    desk.comes("maria")
    made(desk)
    desk.minute(7200)
    over = desk.talks("maria", "never")
    assert desk.appointments.settle(replace(over, outreach="appointment:other"), desk.now) == "known"
    assert desk.permission.listed(desk.tenant, ANN)


def test_a_promise_is_put_off_while_nobody_calls_for_the_client(desk: CallingHouse) -> None:
    desk.comes("maria")
    promised = made(desk)
    known = desk.client
    desk.clients.clients[desk.tenant] = replace(known, status=ClientStatus.PAUSED)
    assert desk.minute(7200) == {"appointment_waits": 1}
    assert desk.offered("maria") is None
    desk.clients.clients[desk.tenant] = known
    assert desk.minute(300) == {"appointment_called": 1}
    # Paused while it is offered: it is taken back, and called when that is over.
    desk.clients.clients[desk.tenant] = replace(known, status=ClientStatus.PAUSED)
    assert desk.minute(300) == {"appointment_waiting": 1}
    assert desk.offered("maria") is None
    assert desk.appointments.get(desk.tenant, promised.id).attempts == 0
    desk.clients.clients[desk.tenant] = known
    for _ in range(6):
        desk.minute()
    assert desk.offered("maria") is not None


def test_a_promise_beside_another_call_is_put_off_and_not_dropped(desk: CallingHouse) -> None:
    desk.comes("maria")
    promised = made(desk)
    desk.numbers.note_call(desk.tenant, ANN, ContactId("v1"), NONE, AT - timedelta(minutes=5))
    assert desk.minute(7200) == {"appointment_waits": 1}
    assert desk.minute(600) == {"appointment_called": 1}
    contact = desk.offered("maria")
    assert contact is not None
    desk.numbers.note_call(desk.tenant, ANN, ContactId("v2"), NONE, desk.now)
    with pytest.raises(Conflict, match="less than 15 minutes ago"):
        desk.permission.may_call(desk.client, contact, desk.now)
    desk.router.abandon(contact.tenant, contact.contact, "withdrawn", desk.now)
    assert desk.settle(contact) == "waiting"
    assert instant(desk.appointments.get(desk.tenant, promised.id).next_at) == desk.now + timedelta(minutes=15)


def test_what_was_dialled_was_tried_however_that_ended_and_nothing_else_was(desk: CallingHouse) -> None:
    desk.comes("maria")
    promised = made(desk)
    desk.minute(7200)
    contact = desk.offered("maria")
    assert contact is not None
    desk.router.abandon(contact.tenant, contact.contact, "no_answer", desk.now)
    desk.settle(contact)
    assert desk.appointments.get(desk.tenant, promised.id).attempts == 0
    desk.minute()
    again = desk.dials("maria")
    with pytest.raises(Conflict, match="does not wait for this call any more"):
        desk.permission.may_call(desk.client, contact, desk.now)  # of the contact before
    desk.router.abandon(again.tenant, again.contact, "", desk.now)
    desk.settle(again)
    assert desk.appointments.get(desk.tenant, promised.id).attempts == 1
