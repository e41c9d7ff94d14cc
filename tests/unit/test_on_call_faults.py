"""An urgent message, and what fails on its way: nothing is made twice, and nothing is left lying."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.ids import ContactId
from chalicelib.outreach.model.dispatch import AGAIN_S, CALL_S, CLAIM_S, MOST_TELLS, MOST_TRIES, Result, Standing
from chalicelib.tenancy.model.address import Mailbox
from chalicelib.tenancy.model.on_call import By
from tests.fakes.night import BOSS, DANA, RAY, RAYS, Night, ladder, step
from tests.fakes.on_call import Carrier


def test_what_is_refused_costs_nothing_and_the_next_is_tried_at_once() -> None:
    night = Night(carrier=Carrier(refused={"voice"}))
    night.begins()
    assert night.it.attempts[0].result is Result.FAILED
    assert night.tried() == [(RAY, "voice"), (RAY, "sms")]
    assert night.facts() == ["arrived", "notified"]


def test_what_does_not_answer_is_asked_again_and_rings_once() -> None:
    """Connect begins two calls a second: who comes third asks again."""
    night = Night(ladder(step(RAY, By.VOICE)), carrier=Carrier(dead={"voice"}))
    night.begins()
    night.passes(AGAIN_S - 1)
    assert night.it.pending is not None
    night.carrier.dead.clear()
    night.passes(1)
    assert [(one.n, one.result) for one in night.it.attempts] == [(1, Result.PLACED)]
    assert len(night.carrier.rang) == 1


def test_what_never_answers_is_given_up_after_some_tries_and_the_next_one_is_tried_at_once() -> None:
    night = Night(carrier=Carrier(dead={"voice"}))
    night.begins()
    for _ in range(MOST_TRIES - 2):
        night.passes(60)
    assert night.tried() == [(RAY, "voice")]
    night.passes(60)
    assert night.it.attempts[0].result is Result.FAILED
    assert night.tried() == [(RAY, "voice"), (RAY, "sms")]
    assert night.facts() == ["arrived", "notified"]


def breaks(night: Night, error: Exception) -> None:
    def broken() -> str:
        raise error

    night.dispatches._ways = replace(night.dispatches._ways, site=broken)


def test_what_nobody_foresaw_stops_one_step_and_who_sent_for_them_is_told_that_it_runs() -> None:
    night = Night(ladder(step(RAY, By.SMS), step(RAY, By.VOICE)))
    breaks(night, ValueError("a header cannot hold that"))
    began = night.begins()
    assert (began.standing, len(night.carrier.failed)) == (Standing.RUNNING, 1)
    for _ in range(MOST_TRIES):
        night.passes(CLAIM_S)
    assert len(night.failed) == MOST_TRIES - 1
    assert [one.result for one in night.it.attempts] == [Result.FAILED, Result.PLACED]
    assert len(night.carrier.rang) == 1


def test_who_takes_it_has_it_even_if_the_note_about_it_fails() -> None:
    night = Night()
    night.begins()
    said = night.contacts.say
    night.contacts.say = lambda *_, **__: (_ for _ in ()).throw(Unavailable("the table"))  # type: ignore[method-assign,assignment]
    assert night.takes().who == RAY
    night.contacts.say = said  # type: ignore[method-assign]
    night.passes(60)
    assert night.notes() == ["On call, Water: Ray took it by phone after 1 attempt."]
    assert night.it.next_at is None


def test_a_link_of_an_attempt_that_was_never_written_down_takes_it_and_it_counts() -> None:
    """The text went out, and who sent it was stopped before he could say so."""
    night = Night(ladder(step(RAY, By.SMS)))
    real = night.carrier.sent_text

    def sends_and_dies(number: str, text: str) -> str:
        real(number, text)
        raise Stopped

    night.carrier.sent_text = sends_and_dies  # type: ignore[method-assign]
    with pytest.raises(Stopped):
        night.begins()
    night.id = night.dispatches.all_of(night.source)[0].contact
    taken, attempt = night.dispatches.take(night.link(), night.now)
    assert taken.attempts[0].result is Result.TAKEN
    assert taken.attempts[0].id == taken.token(attempt)
    night.passes(CLAIM_S)
    assert night.facts() == ["arrived", "notified", "acknowledged", "closed"]
    assert len(night.carrier.texted) == 1


def test_a_call_of_which_we_were_not_told_that_it_rings_is_known_by_its_record() -> None:
    """Connect took it, and its answer was lost: it must be billed, and who was called may take it."""
    night = Night(carrier=Carrier(lost={"voice"}))
    night.begins()
    assert night.facts() == ["arrived"]
    call = night.carrier.rang[0].call
    told = night.dispatches.call_over(night.client.id, night.id, call, night.now, at=night.now, answered=False)
    assert told == "running"
    assert night.facts()[:2] == ["arrived", "dialled"]
    assert night.tried() == [(RAY, "voice"), (RAY, "sms")]


class Stopped(BaseException):
    """The function was taken away in the middle."""


def test_who_is_stopped_between_claim_and_call_is_gone_on_with_and_rings_once() -> None:
    night = Night()
    real = night.carrier.call

    def rings_and_dies(**how: Any) -> str:
        real(**how)
        raise Stopped

    night.carrier.call = rings_and_dies  # type: ignore[method-assign]
    with pytest.raises(Stopped):
        night.begins()
    night.id = night.dispatches.all_of(night.source)[0].contact
    night.carrier.call = real  # type: ignore[method-assign]
    night.passes(CLAIM_S - 1)
    assert night.it.pending is not None
    night.passes(1)
    assert len(night.carrier.rang) == 1
    assert night.facts() == ["arrived", "dialled"]


def test_who_is_stopped_before_anything_was_made_loses_nothing() -> None:
    night = Night()
    opened = night.contacts.open
    night.contacts.open = lambda *_: (_ for _ in ()).throw(Stopped)  # type: ignore[method-assign,assignment]
    with pytest.raises(Stopped):
        night.begins()
    night.contacts.open = opened  # type: ignore[method-assign]
    night.id = night.dispatches.all_of(night.source)[0].contact
    night.passes(0)
    assert night.facts() == ["arrived", "dialled"]


def test_it_is_taken_while_the_next_call_is_being_made_and_that_one_counts() -> None:
    night = Night(ladder(step(RAY, By.SMS, 30), step(DANA, By.VOICE)))
    night.begins()
    link, real = night.link(), night.carrier.call

    def taken_meanwhile(**how: Any) -> str:
        night.dispatches.take(link, night.now)
        return real(**how)

    night.carrier.call = taken_meanwhile  # type: ignore[method-assign]
    night.passes(30)
    assert night.facts() == ["arrived", "notified", "acknowledged", "dialled", "closed"]
    assert night.carrier.hushed == [night.carrier.rang[0].call]
    assert night.it.attempts[1].result is Result.STOPPED
    assert night.it.next_at is None


def test_it_is_taken_and_who_made_the_next_call_is_stopped() -> None:
    night = Night(ladder(step(RAY, By.SMS, 30), step(DANA, By.VOICE)))
    night.begins()
    link = night.link()

    def taken_and_dies(**how: Any) -> str:
        night.dispatches.take(link, night.now)
        raise Stopped

    night.carrier.call = taken_and_dies  # type: ignore[method-assign]
    with pytest.raises(Stopped):
        night.passes(30)
    night.passes(CLAIM_S)
    assert night.facts() == ["arrived", "notified", "acknowledged", "closed"]
    assert night.carrier.rang == []


def test_who_answers_and_passes_before_the_call_is_written_down_has_passed() -> None:
    night = Night()
    real = night.carrier.call

    def passes_at_once(**how: Any) -> str:
        call = real(**how)
        id = ContactId(how["attributes"]["contactId"])
        found = night.dispatches.on_the_line(night.client.id, id, call=call, number=RAYS, n=1, now=night.now)
        assert found is not None
        night.dispatches.pass_on(night.client.id, id, 1, night.now)
        return call

    night.carrier.call = passes_at_once  # type: ignore[method-assign]
    night.begins()
    assert night.it.attempts[0].result is Result.PASSED
    assert night.facts() == ["arrived", "dialled"]


def test_a_mail_about_what_nobody_took_is_tried_again() -> None:
    night = Night(ladder(step(RAY, By.VOICE), unanswered=Mailbox(BOSS)), carrier=Carrier(dead={"email"}))
    night.begins()
    night.hangs_up()
    assert night.facts()[-1] == "closed"
    night.carrier.dead.clear()
    night.passes(60)
    (_, to, letter) = night.carrier.mailed[0]
    assert to == BOSS
    assert "Ray, call" in letter.text
    assert night.it.next_at is None
    assert night.notes() == ["On call, Water: unanswered after 1 attempt."]


def unanswered(**how: Any) -> Night:
    night = Night(ladder(step(RAY, By.VOICE), unanswered=Mailbox(BOSS)), carrier=Carrier(**how))
    night.begins()
    return night


def counted(night: Night) -> list[int]:
    """A place for each mail that is asked for."""
    asked: list[int] = []
    real = night.carrier.sent_mail

    def counting(*mail: Any) -> str:
        asked.append(1)
        return real(*mail)

    night.carrier.sent_mail = counting  # type: ignore[method-assign]
    return asked


def test_a_mail_that_is_refused_is_not_sent_again_and_the_agents_are_told() -> None:
    night = unanswered(refused={"email"})
    asked = counted(night)
    night.hangs_up()
    assert (len(asked), night.it.told, night.it.next_at) == (1, True, None)
    assert night.notes()[1] == (
        f"On call, Water: the mail to {BOSS} that says so was not taken; tell the client another way."
    )


def test_a_mail_that_nobody_takes_is_tried_later_and_later_and_then_given_up() -> None:
    night = unanswered(dead={"email"})
    asked = counted(night)
    night.hangs_up()
    waits = []
    while (at := night.it.next_at) is not None:
        waits.append(int((at - night.now).total_seconds()))
        before = len(asked)
        night.passes(waits[-1])
        assert len(asked) == before + 1
    assert waits[:8] == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert len(waits) == MOST_TELLS
    assert len(night.notes()) == 2
    assert night.pages.due(night.now + timedelta(days=9), 10) == []


def test_an_end_that_cannot_even_be_written_about_is_given_up() -> None:
    night = unanswered()
    asked = counted(night)

    def broken(*_: Any) -> str:
        asked.append(1)
        raise ValueError("no mail can hold that")

    night.carrier.sent_mail = broken  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="no mail"):
        night.hangs_up()
    for _ in range(2 * MOST_TELLS):
        night.passes(3600)
    assert night.it.told
    assert len(asked) == 1 + MOST_TELLS


def test_however_often_the_table_fails_it_is_gone_on_with() -> None:
    night = Night(ladder(step(RAY, By.SMS), step(RAY, By.VOICE)))
    night.begins()
    real = night.dispatches._store.save

    def fails(*_: Any) -> None:
        raise Unavailable("the table")

    night.dispatches._store.save = fails  # type: ignore[method-assign,assignment]
    for _ in range(4):
        night.passes(301)
        assert len(night.pages.due(night.now + timedelta(days=1), 10)) == 1
    night.dispatches._store.save = real  # type: ignore[method-assign]
    night.passes(301)
    assert night.tried() == [(RAY, "sms"), (RAY, "voice")]
    assert len(night.pages.due(night.now + timedelta(days=1), 10)) == 1


def test_an_entry_at_another_moment_than_its_own_is_put_right() -> None:
    night = Night()
    night.begins()
    (entry,) = night.pages.due(night.now + timedelta(days=1), 10)
    night.pages.move(entry, night.now + timedelta(seconds=1))
    night.passes(1)
    assert night.pages.due(night.now + timedelta(days=1), 10) == [entry]


def test_an_agenda_that_put_it_off_comes_back_to_it_once() -> None:
    night = Night()
    night.begins()
    (entry,) = night.pages.due(night.now + timedelta(days=1), 10)
    night.pages.move(entry, entry.at + timedelta(seconds=300))
    night.passes(CALL_S + 300)
    assert len(night.it.attempts) == 2
    assert len(night.pages.due(night.now + timedelta(days=1), 10)) == 1


def test_a_call_that_still_rings_when_another_has_taken_it_rings_no_more() -> None:
    night = Night(ladder(step(RAY, By.SMS, 30), step(DANA, By.VOICE)))
    night.begins()
    night.passes(30)
    taken, _ = night.dispatches.take(night.link(), night.now)
    assert night.carrier.hushed == [night.carrier.rang[0].call]
    assert taken.attempts[1].result is Result.STOPPED
    night.hangs_up()
    assert night.it.attempts[1].result is Result.STOPPED, "we ended it: nobody says that Dana did not answer"
    assert night.it.attempts[1].ended_at is not None


def test_a_call_that_is_stopped_at_the_desk_is_told_from_one_that_nobody_answered() -> None:
    night = Night(ladder(step(RAY, By.VOICE), step(DANA, By.VOICE)))
    night.begins()
    night.hangs_up()
    off = night.dispatches.cancel(night.client.id, night.id, by="agent:maria", now=night.now)
    assert [one.result for one in off.attempts] == [Result.NO_ANSWER, Result.STOPPED]
    assert night.carrier.hushed == [night.carrier.rang[1].call]


def test_who_had_answered_already_when_another_took_it_has_heard_it() -> None:
    night = Night(ladder(step(RAY, By.SMS, 30), step(DANA, By.VOICE)))
    night.begins()
    night.passes(30)
    night.dispatches.take(night.link(), night.now)
    night.hangs_up(answered=True)
    assert night.it.attempts[1].result is Result.HUNG_UP


def test_the_call_by_which_it_is_taken_goes_on_and_so_does_who_passed_it() -> None:
    night = Night(ladder(step(RAY, By.VOICE), step(DANA, By.VOICE)))
    night.begins()
    night.dispatches.pass_on(night.client.id, night.id, 1, night.now)
    night.hangs_up(answered=True)
    night.dispatches.acknowledge(night.client.id, night.id, who=DANA, how="voice", now=night.now, n=2)
    assert night.carrier.hushed == []


def test_who_cannot_be_hushed_is_told_by_the_call_itself() -> None:
    night = Night(carrier=Carrier(dead={"hush"}))
    night.begins()
    assert night.takes(DANA, "desk").who == DANA
    assert night.it.next_at is None
