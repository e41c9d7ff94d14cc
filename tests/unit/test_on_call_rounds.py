"""Nobody is on duty now: a ladder takes its time, so that whoever comes on duty is reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chalicelib.outreach.model.dispatch import Standing
from chalicelib.tenancy.model.address import Mailbox
from chalicelib.tenancy.model.on_call import By
from tests.fakes.night import BOSS, KIM, MONDAY, PEOPLE, RAY, Night, ladder, step
from tests.fakes.on_call import Carrier

BEFORE_DUTY = MONDAY + timedelta(hours=10, minutes=59)  # 19:59 in Chicago: Kim comes at 20:00
CALL = step("on_duty", By.VOICE)
KIM_ALONE = (PEOPLE[2],)


def test_who_comes_on_duty_a_minute_later_is_called() -> None:
    night = Night(ladder(CALL, people=KIM_ALONE, rounds=2, unanswered=Mailbox(BOSS)), now=BEFORE_DUTY)
    night.begins()
    assert (night.it.standing, night.tried()) == (Standing.RUNNING, [])
    night.passes(119)
    assert night.tried() == []
    night.passes(1)
    assert night.tried() == [(KIM, "voice")]
    assert night.it.attempts[0].round == 2


def test_the_wait_counts_from_where_the_round_began() -> None:
    people = (replace(PEOPLE[0], hours=PEOPLE[2].hours), PEOPLE[2])
    night = Night(ladder(CALL, step(RAY, By.SMS, 30), people=people, rounds=2))
    night.begins()
    assert night.tried() == [(RAY, "sms")]
    night.passes(30)
    assert (night.it.round, night.it.next_at) == (2, MONDAY + timedelta(seconds=120))


def test_what_was_refused_in_a_round_is_not_asked_again_in_the_same_moment() -> None:
    night = Night(ladder(step(RAY, By.VOICE), rounds=3), carrier=Carrier(refused={"voice"}))
    night.begins()
    assert len(night.it.attempts) == 1
    night.carrier.refused.clear()
    night.passes(120)
    assert len(night.carrier.rang) == 1


def test_a_round_that_reached_everybody_is_followed_by_the_next_at_once() -> None:
    night = Night(ladder(step(RAY, By.VOICE), rounds=2))
    night.begins()
    night.hangs_up()
    assert [one.round for one in night.it.attempts] == [1, 2]


def test_after_the_last_round_nobody_is_waited_for() -> None:
    night = Night(ladder(CALL, people=KIM_ALONE, rounds=1, unanswered=Mailbox(BOSS)), now=BEFORE_DUTY)
    night.begins()
    assert night.it.standing is Standing.UNANSWERED
    assert night.carrier.mailed[0][1] == BOSS
