"""Asked once more before anybody dials: whether this call is still to be made, and whether somebody called just now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.outreach.model.campaign import MOST_OUT, CalleeState, Loaded, RunState
from chalicelib.outreach.store import campaigns as stored
from chalicelib.tenancy.model.tenant import Status as ClientStatus
from chalicelib.workforce.model import Status
from tests.fakes.calling_house import CallingHouse
from tests.fakes.recall import ANN, BOB, CAMPAIGN, CAT, client, house, listed, many, running


def reason(desk: CallingHouse, contact: Contact) -> str:
    with pytest.raises(Conflict) as refused:
        desk.permission.may_call(desk.client, contact, desk.now)
    return str(refused.value.facts["reason"])


def offered(desk: CallingHouse, name: str = "maria") -> Contact:
    found = desk.offered(name)
    assert found is not None
    return found


def interrupted(desk: CallingHouse, happens: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, after somebody was claimed, and before his contact is opened."""
    opens, done = desk.contacts.open, []

    def first(*words: Any, **more: Any) -> Contact:
        if not done:
            done.append(happens)
            happens()
        return opens(*words, **more)

    monkeypatch.setattr(desk.contacts, "open", first)


@pytest.fixture
def desk() -> CallingHouse:
    return running()


def test_a_pause_between_the_claim_and_the_line_leaves_nobody_to_call(
    desk: CallingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(desk, lambda: desk.campaigns.pause(desk.tenant, "recall", "olivia", desk.now), monkeypatch)
    desk.comes("maria")
    desk.minute()
    contact = offered(desk)
    assert (desk.run("recall").state, desk.run("recall").out) == (RunState.PAUSED, 0)
    assert reason(desk, contact) == "campaign"
    desk.campaigns.start(desk.tenant, "recall", "olivia", desk.now)
    assert reason(desk, contact) == "over"  # somebody else may have been sent for since


def test_a_campaign_that_rests_lets_nobody_be_dialled(desk: CallingHouse) -> None:
    desk.comes("maria")
    desk.minute()
    contact = offered(desk)
    known = desk.client
    desk.clients.clients[desk.tenant] = replace(known, status=ClientStatus.PAUSED)
    assert reason(desk, contact) == "client"
    desk.clients.clients[desk.tenant] = replace(known, campaigns=())
    assert reason(desk, contact) == "campaign"
    desk.clients.clients[desk.tenant] = known
    desk.permission.may_call(desk.client, contact, desk.now)
    desk.campaigns.pause(desk.tenant, "recall", "olivia", desk.now)
    assert desk.contact(contact.contact).state is State.ABANDONED
    assert desk.offered("maria") is None


def test_whoever_wants_no_calls_gets_none_even_by_a_call_that_nobody_asks_for(
    desk: CallingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.comes("maria")
    desk.minute()
    over = desk.talks("maria", "never")
    monkeypatch.setattr(desk.store, "person", lambda *words: None)
    assert desk.campaigns.settle(over, desk.now) == "known"
    assert desk.permission.listed(desk.tenant, ANN)


def test_two_campaigns_do_not_ring_one_person_at_once() -> None:
    desk = house(CAMPAIGN, {**CAMPAIGN, "name": "offer", "title": "Offer"})
    desk.comes("maria")
    desk.comes("jonas")
    for name in ("recall", "offer"):
        desk.campaigns.load(desk.tenant, name, listed(ANN), now=desk.now)
        desk.campaigns.start(desk.tenant, name, "olivia", desk.now)
    assert {offered(desk).outreach, offered(desk, "jonas").outreach} == {"campaign:recall", "campaign:offer"}
    second = offered(desk, "jonas")
    desk.dials("maria")
    assert reason(desk, second) == "limit"
    with pytest.raises(Conflict, match="less than 15 minutes ago"):
        desk.permission.note_call(desk.client, second, desk.now)
    desk.router.abandon(second.tenant, second.contact, "withdrawn", desk.now)
    assert desk.settle(second) == "waiting"  # put off, and not dropped
    put_off = desk.person(second.outreach.partition(":")[2], ANN)
    assert (put_off.attempts, put_off.is_due(desk.now), put_off.is_due(desk.now + timedelta(minutes=15))) == (
        0,
        False,
        True,
    )


def test_who_was_dialled_was_called_however_that_ended(desk: CallingHouse) -> None:
    desk.comes("maria")
    desk.minute()
    contact = desk.dials("maria")
    desk.router.abandon(contact.tenant, contact.contact, "", desk.now)
    assert desk.settle(contact) == "waiting"
    person = desk.person("recall", ANN)
    assert (person.attempts, [one.outcome for one in person.history]) == (1, ["no_answer"])
    assert person.is_due(desk.now + timedelta(seconds=7200))
    assert not person.is_due(desk.now + timedelta(seconds=7000))


def test_who_was_not_dialled_was_not_called_whatever_the_word_is(desk: CallingHouse) -> None:
    desk.comes("maria")
    desk.minute()
    contact = offered(desk)
    desk.router.abandon(contact.tenant, contact.contact, "no_answer", desk.now)
    desk.settle(contact)
    assert desk.person("recall", ANN).attempts == 0


def test_whoever_was_too_late_waits_again_when_the_last_day_is_put_off() -> None:
    desk = house({**CAMPAIGN, "last_day": date(2026, 11, 20)})
    text = listed(ANN, BOB)
    assert desk.campaigns.load(desk.tenant, "recall", text, now=desk.now) == Loaded(late=2)
    with pytest.raises(Conflict, match="2 were too late: put off the last day, and load them again"):
        desk.campaigns.start(desk.tenant, "recall", "olivia", desk.now)
    desk.clients.clients[desk.tenant] = client({**CAMPAIGN, "last_day": date(2026, 12, 20)})
    assert desk.campaigns.load(desk.tenant, "recall", text, now=desk.now) == Loaded(changed=2)
    assert desk.campaigns.load(desk.tenant, "recall", text, now=desk.now) == Loaded(same=2)
    assert desk.person("recall", ANN).expires == 0
    assert not desk.faults("recall")
    desk.comes("maria")
    desk.campaigns.start(desk.tenant, "recall", "olivia", desk.now)
    assert offered(desk).customer == ANN


def test_whoever_was_on_the_list_waits_again_when_he_is_taken_off_but_not_who_was_called(desk: CallingHouse) -> None:
    desk.comes("maria")
    desk.minute()
    desk.settle(desk.talks("maria", "never"))
    desk.do_not_call.add(desk.tenant, BOB, by="olivia", now=desk.now)
    desk.campaigns.leave(desk.client, BOB, desk.now)
    text = listed(ANN, BOB, CAT)
    assert desk.campaigns.load(desk.tenant, "recall", text, now=desk.now) == Loaded(same=3)
    for number in (ANN, BOB):
        desk.do_not_call.remove(desk.tenant, number)
    assert desk.campaigns.load(desk.tenant, "recall", text, now=desk.now) == Loaded(changed=1, same=2)
    assert desk.person("recall", BOB).state is not CalleeState.DONE
    assert desk.person("recall", ANN).state is CalleeState.DONE
    assert not desk.faults("recall")


def test_a_campaign_that_left_the_file_is_paused_and_does_not_wake_by_itself(desk: CallingHouse) -> None:
    known = desk.client
    desk.clients.clients[desk.tenant] = replace(known, campaigns=())
    assert desk.minute() == {"campaign_gone": 1}
    assert (desk.run("recall").state, desk.entries()) == (RunState.PAUSED, [])
    told = desk.campaigns.standing(desk.tenant, "recall")
    assert (told.as_json()["gone"], told.run.waiting) == (True, 3)
    desk.campaigns.pause(desk.tenant, "recall", "olivia", desk.now)
    for deed in (
        lambda: desk.campaigns.load(desk.tenant, "recall", listed(ANN), now=desk.now),
        lambda: desk.campaigns.start(desk.tenant, "recall", "olivia", desk.now),
    ):
        with pytest.raises(Conflict, match="put it back into the client's file"):
            deed()
    with pytest.raises(NotFound):
        desk.campaigns.standing(desk.tenant, "other")
    desk.clients.clients[desk.tenant] = known
    desk.comes("maria")
    desk.minute(900)
    assert desk.offered("maria") is None
    assert not desk.campaigns.standing(desk.tenant, "recall").as_json()["gone"]
    desk.campaigns.start(desk.tenant, "recall", "olivia", desk.now)
    assert offered(desk).customer == ANN


def test_people_are_forgotten_when_nobody_is_called_and_are_new_when_they_come_back(desk: CallingHouse) -> None:
    desk.comes("maria")
    desk.minute()
    with pytest.raises(Conflict, match="pause it"):
        desk.campaigns.forget(desk.tenant, "recall", desk.now, lambda: 8.0)
    before = desk.dials("maria")
    desk.campaigns.pause(desk.tenant, "recall", "olivia", desk.now)
    with pytest.raises(Conflict, match="wait for its calls"):
        desk.campaigns.forget(desk.tenant, "recall", desk.now, lambda: 8.0)
    desk.router.abandon(before.tenant, before.contact, "no_answer", desk.clock.passes(30))
    forgotten = desk.campaigns.forget(desk.tenant, "recall", desk.now, lambda: 8.0)
    assert forgotten.as_json() == {"people": 3, "left": 0}
    assert desk.run("recall").people == 0
    desk.clock.passes(86400)
    desk.campaigns.load(desk.tenant, "recall", listed(ANN), now=desk.now)
    desk.campaigns.start(desk.tenant, "recall", "olivia", desk.now)
    assert offered(desk).contact != before.contact


def test_a_long_list_is_forgotten_in_as_many_requests_as_its_time_needs() -> None:
    desk = house()
    numbers = [*many(80), *(f"+1312555{number:04d}" for number in range(80))]
    desk.campaigns.load(desk.tenant, "recall", listed(*numbers), now=desk.now)
    told = []
    while not told or told[-1][1]:
        seconds = iter([1.0, 0.0, 0.0])  # two changes of 49 people, and the time is over
        forgotten = desk.campaigns.forget(desk.tenant, "recall", desk.now, lambda: next(seconds))  # noqa: B023
        told.append((forgotten.people, forgotten.left))
    assert told == [(98, 62), (62, 0)]
    left = desk.database.query("contacts", f"T#{desk.tenant}#P#recall").items
    assert not left, "where nobody is left the run is gone, too, however late it is"


def test_no_look_at_a_long_list_is_begun_that_would_take_longer_than_there_is_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = house()
    desk.campaigns.load(desk.tenant, "recall", listed(*many(80)), now=desk.now)
    monkeypatch.setattr(stored, "_READ", 30)
    assert desk.campaigns.forget(desk.tenant, "recall", desk.now, lambda: 4.0).as_json() == {"people": 30, "left": 50}
    assert desk.campaigns.forget(desk.tenant, "recall", desk.now, lambda: 9.0).as_json() == {"people": 50, "left": 0}


def test_a_campaign_that_is_started_once_more_runs_since_when_it_ran(desk: CallingHouse) -> None:
    before = desk.run("recall")
    desk.clock.passes(3600)
    again = desk.campaigns.start(desk.tenant, "recall", "oscar", desk.now).run
    assert (again.since, again.by) == (before.since, before.by)
    assert again.agenda > before.agenda, "it is looked at at once"
    desk.campaigns.pause(desk.tenant, "recall", "oscar", desk.now)
    assert desk.run("recall").by == "oscar"


def test_a_large_team_has_a_call_each_and_one_look_keeps_within_its_time() -> None:
    desk = house()
    desk.campaigns.load(desk.tenant, "recall", listed(*many(70)), now=desk.now)
    for number in range(60):
        desk.comes(f"a{number}", Status.PAUSED)
    desk.campaigns.start(desk.tenant, "recall", "olivia", desk.now)
    assert desk.run("recall").out == 50
    desk.minute()
    assert desk.run("recall").out == 60 < MOST_OUT
    assert not desk.faults("recall")
