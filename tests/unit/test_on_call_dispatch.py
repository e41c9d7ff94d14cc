"""An urgent message climbs a ladder until somebody takes it, and then no further."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.contacts.model.contact import State
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.ids import ContactId
from chalicelib.outreach.model.dispatch import CALL_S, MOST_MESSAGE, Standing
from chalicelib.tenancy.model.address import Mailbox
from chalicelib.tenancy.model.on_call import By
from tests.fakes.night import BOSS, DANA, DANAS, KIM, MONDAY, PEOPLE, RAY, RAYS, Night, ladder, step
from tests.fakes.tenants import sample


def test_the_first_attempt_is_made_at_once_and_says_whose_it_is() -> None:
    night = Night()
    began = night.begins()
    (rang,) = night.carrier.rang
    assert (rang.number, rang.caller_id) == (RAYS, "+15550100100")
    assert rang.attributes == {"tenantId": "plumber", "contactId": began.contact, "attempt": "1"}
    assert night.facts() == ["arrived", "dialled"]
    contact = night.contact
    assert (contact.outreach, contact.direction, contact.previous) == (
        "dispatch:emergency",
        "outbound",
        night.source.contact,
    )
    assert contact.facts[1].data == {"to": "outside", "call": rang.call}


def test_every_rung_is_climbed_a_call_goes_on_at_once_and_a_text_waits() -> None:
    night = Night()
    night.begins()
    night.hangs_up()
    assert night.tried() == [(RAY, "voice"), (RAY, "sms")]
    night.passes(119)
    assert len(night.it.attempts) == 2
    night.passes(1)
    assert night.tried()[2:] == [(DANA, "voice")]
    night.hangs_up()
    assert night.tried()[3:] == [(DANA, "email")]
    night.passes(300)
    assert night.it.standing is Standing.UNANSWERED
    assert night.facts() == ["arrived", "dialled", "notified", "dialled", "notified", "closed"]
    assert night.contact.facts[-1].data == {"why": "unanswered"}


def test_a_ladder_is_climbed_as_often_as_it_says() -> None:
    night = Night(ladder(step(RAY, By.VOICE), rounds=3))
    night.begins()
    for _ in range(3):
        night.hangs_up()
    assert [one.round for one in night.it.attempts] == [1, 2, 3]
    assert night.it.standing is Standing.UNANSWERED


def test_all_on_duty_are_called_one_after_the_other_and_written_to_at_once() -> None:
    night = Night(ladder(step("on_duty", By.VOICE), step("on_duty", By.SMS)))
    night.begins()
    night.hangs_up()
    assert night.tried() == [(RAY, "voice"), (DANA, "voice")]  # Kim has the nights
    night.hangs_up()
    assert night.tried()[2:] == [(RAY, "sms"), (DANA, "sms")]
    assert night.it.next_at == night.now + timedelta(seconds=120)


def test_duty_is_in_the_clients_time_zone() -> None:
    night = Night(ladder(step("on_duty", By.VOICE)), now=MONDAY + timedelta(hours=12))  # 21:00 in Chicago
    night.begins()
    night.hangs_up()
    assert night.tried() == [(RAY, "voice"), (KIM, "voice")]


def test_who_is_named_is_tried_at_any_hour() -> None:
    night = Night(ladder(step(KIM, By.VOICE)))
    night.begins()
    assert night.tried() == [(KIM, "voice")]


def test_where_nobody_is_on_duty_nobody_is_tried_and_it_is_told_at_once() -> None:
    night = Night(ladder(step("on_duty", By.VOICE), people=(PEOPLE[2],), unanswered=Mailbox(BOSS)))
    night.begins()
    assert night.it.standing is Standing.UNANSWERED
    assert night.carrier.mailed[0][1] == BOSS
    assert night.facts() == ["arrived", "closed"]


def test_a_call_of_whose_end_nobody_hears_holds_nothing_up_for_ever() -> None:
    night = Night()
    night.begins()
    night.passes(CALL_S - 1)
    assert len(night.it.attempts) == 1
    night.passes(1)
    assert night.tried() == [(RAY, "voice"), (RAY, "sms")]
    night.hangs_up(0)
    assert len(night.it.attempts) == 2


def test_who_takes_it_first_has_it_and_the_second_is_told_who() -> None:
    night = Night()
    night.begins()
    assert night.takes(RAY).who == RAY
    late = night.takes(DANA, "email")
    assert (late.who, late.how) == (RAY, "voice")
    assert night.facts() == ["arrived", "dialled", "acknowledged", "closed"]
    assert night.contact.state is State.CLOSED
    assert night.it.next_at is None
    assert night.pages.due(night.now + timedelta(days=30), 10) == []


def test_the_conversation_it_came_from_is_told_the_end_once() -> None:
    night = Night()
    night.begins()
    night.takes(RAY)
    night.takes(RAY)
    assert night.notes() == ["On call, Water: Ray took it by phone after 1 attempt."]


def test_after_the_end_taking_it_says_so_and_changes_nothing() -> None:
    night = Night()
    night.begins()
    night.dispatches.cancel(night.client.id, night.id, by="agent:maria", now=night.now)
    assert night.takes().standing is Standing.CANCELLED
    assert night.facts() == ["arrived", "dialled", "closed"]


def test_nothing_is_tried_after_the_end() -> None:
    night = Night()
    night.begins()
    night.takes()
    night.hangs_up(answered=True)
    night.passes(86_400)
    assert len(night.it.attempts) == 1
    assert night.it.attempts[0].ended_at is not None


def test_a_text_and_a_mail_carry_the_message_and_a_link_that_takes_it() -> None:
    night = Night(ladder(step(DANA, By.EMAIL, 30), step(RAY, By.SMS)))
    night.begins()
    (sender, to, letter) = night.carrier.mailed[0]
    assert (sender, to) == ("on-call@mail.manyline.example", "dana@rapid-office.example")
    assert letter.subject == "Urgent for Rapid Plumbing: Water"
    assert "Water in the cellar, 411 Elm." in letter.text
    night.passes(30)
    number, text = night.carrier.texted[0]
    assert number == RAYS
    assert text.startswith("Rapid Plumbing: Water in the cellar, 411 Elm.\n")
    taken, attempt = night.dispatches.take(night.link(), night.now)
    assert (taken.who, taken.how, attempt.person) == (RAY, "sms", RAY)


def test_a_link_of_before_says_who_took_it() -> None:
    night = Night(ladder(step(DANA, By.EMAIL, 30), step(RAY, By.SMS)))
    night.begins()
    mail = night.link()
    night.passes(30)
    night.dispatches.take(night.link(), night.now)
    dispatch, attempt = night.dispatches.take(mail, night.now)
    assert (dispatch.who, attempt.person) == (RAY, DANA)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t[:-1] + ("a" if t[-1] != "a" else "b"),
        lambda t: t.replace("plumber", "clinic0"),
        lambda t: t.replace(".1.", ".2."),
        lambda t: "",
        lambda t: t + "a",
    ],
)
def test_a_link_that_is_none_of_ours_opens_nothing(spoil: Callable[[str], str]) -> None:
    night = Night(ladder(step(RAY, By.SMS)))
    night.begins()
    with pytest.raises(NotFound):
        night.dispatches.take(spoil(night.link()), night.now)
    assert night.it.running


def test_one_runs_for_a_contact_and_a_ladder_and_another_one_may_follow() -> None:
    night = Night()
    first = night.begins()
    assert night.begins(" Water in the  cellar, 411 Elm. ", by="agent:joe").contact == first.contact
    assert len(night.carrier.rang) == 1
    night.takes()
    second = night.begins("Again")
    assert second.contact != first.contact
    assert [one.contact for one in night.dispatches.all_of(night.source)] == [first.contact, second.contact]
    newest = night.dispatches.of(night.source)
    assert newest is not None
    assert newest.contact == second.contact


def test_another_message_for_a_ladder_that_is_climbed_is_refused_and_not_lost_in_silence() -> None:
    night = Night()
    first = night.begins()
    with pytest.raises(Conflict, match="Water is under way with another message: stop that one first, or wait") as told:
        night.begins("The roof as well")
    assert told.value.facts == {"running": first.contact}
    night.dispatches.cancel(night.client.id, first.contact, by="agent:maria", now=night.now)
    assert night.begins("The roof as well").message == "The roof as well"


def test_a_rule_says_nothing_where_somebody_is_sent_for_already() -> None:
    night = Night(ladder(voicemail=True))
    first = night.begins()
    told = night.dispatches.on_tape(night.client, night.source, night.now)
    assert told is not None
    assert told.contact == first.contact


def test_a_message_on_tape_is_dispatched_once_whatever_became_of_it() -> None:
    night = Night(ladder(voicemail=True))
    first = night.dispatches.on_tape(night.client, night.source, night.now)
    assert first is not None
    assert (first.by, first.message) == ("rule", "A caller left a message on tape: +15557654321.")
    night.id = first.contact
    night.takes()
    again = night.dispatches.on_tape(night.client, night.source, night.now)
    assert again is not None
    assert again.contact == first.contact
    assert len(night.carrier.rang) == 1


def test_without_the_rule_a_message_on_tape_stays_one() -> None:
    assert Night().dispatches.on_tape(Night().client, Night().source, MONDAY) is None


def test_the_ladder_is_the_one_of_the_start() -> None:
    night = Night()
    night.begins()
    night.client = replace(night.client, on_call=())
    night.hangs_up()
    assert night.tried() == [(RAY, "voice"), (RAY, "sms")]
    assert night.it.ladder == night.climbed


@pytest.mark.parametrize("message", ["", "   ", "x" * (MOST_MESSAGE + 1)])
def test_a_message_says_something_and_can_be_read_out(message: str) -> None:
    with pytest.raises(Invalid):
        Night().begins(message)


def test_an_unknown_ladder_is_refused() -> None:
    night = Night()
    with pytest.raises(NotFound):
        night.dispatches.start(night.client, night.source, ladder="fire", message="x", by="agent:m", now=night.now)


def test_who_answers_is_known_by_call_and_number_alone() -> None:
    night = Night()
    night.begins()
    call = night.carrier.rang[0].call
    line = night.dispatches.on_the_line
    assert line(night.client.id, night.id, call=call, number=RAYS, n=1, now=night.now) is not None
    assert line(night.client.id, night.id, call=call, number=DANAS, n=1, now=night.now) is None
    assert line(night.client.id, night.id, call="other", number=RAYS, n=1, now=night.now) is None
    assert line(sample("clinic").id, night.id, call=call, number=RAYS, n=1, now=night.now) is None
    assert line(night.client.id, ContactId("v0"), call=call, number=RAYS, n=1, now=night.now) is None
