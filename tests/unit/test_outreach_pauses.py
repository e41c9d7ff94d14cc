"""A campaign that is paused, that a night or a fault comes between: who waits is taken back, and nobody is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.outreach.model.campaign import RunState
from chalicelib.workforce.model import Status
from tests.fakes.calling_house import CallingHouse
from tests.fakes.recall import ANN, BOB, CAT, running


@pytest.fixture
def desk() -> CallingHouse:
    return running()


def test_a_pause_takes_back_who_waits_and_leaves_who_was_dialled(desk: CallingHouse) -> None:
    desk.comes("maria")
    desk.comes("jonas", Status.PAUSED)
    desk.minute()
    called = desk.dials("maria")
    report = desk.campaigns.pause(desk.tenant, "recall", "olivia", desk.now)
    assert (report.run.state, report.run.out, report.run.waiting) == (RunState.PAUSED, 1, 2)
    assert desk.person("recall", BOB).attempts == 0
    assert not desk.faults("recall")
    desk.router.abandon(called.tenant, called.contact, "no_answer", desk.clock.passes(30))
    desk.settle(called)
    assert desk.run("recall").out == 0
    desk.minute()
    desk.minute()
    assert not desk.entries()
    desk.campaigns.start(desk.tenant, "recall", "olivia", desk.now)
    again = desk.offered("maria")
    assert again is not None
    assert again.customer in (BOB, CAT)


def test_a_campaign_that_is_paused_and_started_many_times_has_one_place_in_the_agenda(desk: CallingHouse) -> None:
    for _ in range(5):
        desk.minute(20)
        desk.campaigns.pause(desk.tenant, "recall", "olivia", desk.now)
        desk.campaigns.start(desk.tenant, "recall", "olivia", desk.now)
    for _ in range(20):
        done = desk.minute()
        assert sum(count for what, count in done.items() if what != "campaign_stale") == 1
    assert len(desk.entries()) == 1


def test_an_evening_takes_back_who_waits_and_the_next_day_goes_on(desk: CallingHouse) -> None:
    desk.clock.now = datetime(2026, 11, 23, 23, 58, tzinfo=UTC)  # 18:58 in New York
    desk.comes("jonas", Status.PAUSED)
    desk.minute()
    assert desk.run("recall").out == 1
    desk.minute(120)
    assert desk.run("recall").out == 0
    person = desk.person("recall", ANN)
    assert (person.next_at, person.attempts, person.turns) == ("2026-11-24T14:00:00.000Z", 0, 1)
    desk.clock.now = datetime(2026, 11, 24, 14, 0, 30, tzinfo=UTC)
    desk.comes("maria")
    for _ in range(20):
        desk.minute()
    assert desk.offered("maria") is not None
    assert not desk.faults("recall")


def test_a_crash_between_the_claim_and_the_line_is_mended_by_the_next_look(
    desk: CallingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.comes("maria")
    for broken in ("open", "enqueue"):
        service = desk.contacts if broken == "open" else desk.router
        with monkeypatch.context() as patched:

            def fails(*words: object, **more: object) -> None:
                raise RuntimeError("gone")

            patched.setattr(service, broken, fails)
            with pytest.raises(RuntimeError):
                desk.campaigns.top_up(desk.tenant, "recall", desk.now)
        assert desk.run("recall").out == 1
        assert desk.offered("maria") is None
    desk.minute()
    assert desk.run("recall").out == 1
    assert desk.offered("maria") is not None
    assert not desk.faults("recall")


def test_a_fact_that_never_came_is_settled_by_the_next_look(desk: CallingHouse) -> None:
    desk.comes("maria")
    desk.minute()
    desk.talks("maria", "sold")
    desk.minute()
    assert desk.person("recall", ANN).outcome == "sold"
    assert desk.offered("maria") is not None


def test_a_campaign_that_left_the_file_calls_nobody_and_keeps_its_people(desk: CallingHouse) -> None:
    desk.comes("jonas", Status.PAUSED)
    desk.minute()
    assert desk.run("recall").out == 1
    desk.clients.clients[desk.tenant] = replace(desk.client, campaigns=())
    desk.minute()
    assert (desk.run("recall").out, desk.run("recall").waiting) == (0, 3)
    assert not desk.faults("recall")
