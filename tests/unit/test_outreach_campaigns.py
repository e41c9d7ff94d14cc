"""A campaign from the list to the last call: who is called when, what comes of it, and that nobody is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.contacts.model.contact import State
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.outreach.model.campaign import AT_ONCE, CalleeState, Loaded, RunState
from chalicelib.outreach.model.people import BadList
from chalicelib.outreach.service.about import Briefing
from chalicelib.tenancy.model.tenant import Status as ClientStatus
from chalicelib.workforce.model import Status
from tests.fakes.calling_house import CallingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.recall import ANN, BOB, CAMPAIGN, CAT, MONDAY, OUTCOMES, client, house, listed, many, running
from tests.fakes.tenants import changed


@pytest.fixture
def desk() -> CallingHouse:
    return running()


# Lists


def test_a_list_that_is_loaded_twice_changes_nothing() -> None:
    made = house()
    text = listed(*many(2 * AT_ONCE + 5))
    assert made.campaigns.load(made.tenant, "recall", text, now=made.now) == Loaded(new=71)
    kept = {key: dict(item) for key, item in made.database.tables["contacts"].items()}  # type: ignore[attr-defined]
    assert made.campaigns.load(made.tenant, "recall", text, now=made.clock.passes(60)) == Loaded(same=71)
    assert made.database.tables["contacts"] == kept  # type: ignore[attr-defined]
    assert made.run("recall").waiting == 71
    assert not made.faults("recall")


def test_one_bad_row_keeps_all_from_being_taken_unless_it_is_to_be_skipped() -> None:
    made = house()
    text = listed(ANN, "0301234", BOB)
    with pytest.raises(BadList) as refused:
        made.campaigns.load(made.tenant, "recall", text, now=made.now)
    assert [one.row for one in refused.value.bad] == [3]
    assert made.run("recall").people == 0
    loaded = made.campaigns.load(made.tenant, "recall", text, skip_bad=True, now=made.now)
    assert loaded == Loaded(new=2, skipped=1)


def test_whose_data_changed_before_he_was_called_is_as_the_newer_list_has_him(desk: CallingHouse) -> None:
    desk.comes("maria")
    desk.minute()
    desk.settle(desk.not_answered("maria"))
    text = listed(ANN, BOB, CAT).replace("P ", "Q ").replace("America/New_York", "America/Los_Angeles")
    assert desk.campaigns.load(desk.tenant, "recall", text, now=desk.now) == Loaded(changed=1, called=2)
    person = desk.person("recall", CAT)
    assert (person.name, person.zones) == ("Q 3", ("America/Los_Angeles",))
    assert person.next_at == "2026-11-23T17:00:00.000Z"  # nine in the morning there
    assert desk.person("recall", ANN).name == "P 1"
    assert not desk.faults("recall")


def test_who_must_not_be_called_and_who_is_too_late_are_on_the_list_and_done() -> None:
    made = house({**CAMPAIGN, "last_day": date(2026, 11, 20)})
    made.do_not_call.add(made.tenant, ANN, by="client", now=made.now)
    made.do_not_call.add(None, BOB, by="olivia", now=made.now)
    loaded = made.campaigns.load(made.tenant, "recall", listed(ANN, BOB, CAT), now=made.now)
    assert loaded == Loaded(listed=2, late=1)
    assert made.run("recall").outcomes == {"do_not_call": 2, "too_late": 1}
    assert not made.faults("recall")
    with pytest.raises(Conflict, match="load more people"):
        made.campaigns.start(made.tenant, "recall", "olivia", made.now)


def test_a_number_that_may_be_anywhere_needs_its_zone_told() -> None:
    anywhere = ("Europe/London", "Asia/Tokyo", "America/Los_Angeles")
    made = CallingHouse(MemoryDatabase(), client(), now=MONDAY, zones={ANN: anywhere})
    with pytest.raises(BadList, match="write the zone where this person lives"):
        made.campaigns.load(made.tenant, "recall", listed(ANN, zone=""), now=made.now)
    assert made.campaigns.load(made.tenant, "recall", listed(ANN), now=made.now) == Loaded(new=1)


def test_only_a_campaign_of_the_file_can_be_loaded_and_started() -> None:
    made = house()
    for deed in (
        lambda: made.campaigns.load(made.tenant, "other", listed(ANN), now=made.now),
        lambda: made.campaigns.start(made.tenant, "other", "olivia", made.now),
        lambda: made.campaigns.standing(made.tenant, "other"),
    ):
        with pytest.raises(NotFound):
            deed()
    with pytest.raises(Conflict, match="load people first"):
        made.campaigns.start(made.tenant, "recall", "olivia", made.now)


# Who is called


def test_each_agent_at_work_has_one_to_call_and_nobody_else_is_out(desk: CallingHouse) -> None:
    assert desk.run("recall").out == 0
    desk.comes("maria")
    desk.comes("jonas", Status.PAUSED)
    desk.comes("ben")
    desk.goes("ben")
    assert desk.minute() == {"campaign_called": 1}
    assert desk.run("recall").out == 2
    contact = desk.offered("maria")
    assert contact is not None
    assert (contact.customer, contact.outreach, contact.direction) == (ANN, "campaign:recall", "outbound")
    assert contact.entry_point == "+15550100200"
    assert contact.customer_name == "P 1"
    assert desk.minute() == {"campaign_waits": 1}
    assert desk.run("recall").out == 2
    assert not desk.faults("recall")


def test_who_may_not_serve_the_client_has_nobody_called_for_him(desk: CallingHouse) -> None:
    desk.comes("maria", walls=frozenset({desk.tenant}))
    desk.minute()
    assert desk.run("recall").out == 0


def test_a_paused_client_has_nobody_called(desk: CallingHouse) -> None:
    desk.clients.clients[desk.tenant] = replace(desk.client, status=ClientStatus.PAUSED)
    desk.comes("maria")
    desk.minute()
    assert desk.run("recall").out == 0


def test_when_one_call_is_settled_the_next_one_begins_at_once(desk: CallingHouse) -> None:
    desk.comes("maria")
    desk.minute()
    talked = desk.talks("maria", "sold")
    assert desk.offered("maria") is None
    assert desk.settle(talked) == "done"
    assert desk.person("recall", ANN).outcome == "sold"
    following = desk.offered("maria")
    assert following is not None
    assert following.customer == BOB
    assert desk.settle(talked) == "known"
    assert not desk.faults("recall")


def test_who_is_not_reached_is_called_again_and_after_the_last_time_no_more(desk: CallingHouse) -> None:
    numbers = (BOB, CAT)
    for number in numbers:
        desk.do_not_call.add(desk.tenant, number, by="x", now=desk.now)
    desk.comes("maria")
    seen = []
    for _ in range(3 * 24 * 60):
        desk.minute()
        if desk.offered("maria") is not None:
            called = desk.not_answered("maria")
            seen.append(called.facts[-1].at)
            desk.settle(called)
            if desk.person("recall", ANN).state is CalleeState.DONE:
                break
    person = desk.person("recall", ANN)
    assert (person.attempts, person.outcome) == (3, "no_answer")
    assert len(person.history) == 3
    assert seen[1] - seen[0] >= timedelta(seconds=7200)
    assert seen[2] - seen[0] >= timedelta(days=1)  # twice a day, no more
    desk.minute()
    assert desk.run("recall").state is RunState.OVER
    assert not desk.entries()
    assert not desk.faults("recall")


def test_what_is_told_late_of_an_earlier_call_does_not_settle_the_one_of_now(desk: CallingHouse) -> None:
    for number in (BOB, CAT):
        desk.do_not_call.add(desk.tenant, number, by="x", now=desk.now)
    desk.comes("maria")
    desk.minute()
    first = desk.not_answered("maria")
    assert desk.settle(first) == "waiting"
    desk.minute(7200)
    assert desk.person("recall", ANN).state is CalleeState.OUT
    assert desk.settle(first) == "known"
    person = desk.person("recall", ANN)
    assert (person.state, person.attempts) == (CalleeState.OUT, 1)


def test_a_call_goes_with_the_thread_of_those_before_it(desk: CallingHouse) -> None:
    desk.comes("maria")
    desk.minute()
    first = desk.not_answered("maria")
    desk.settle(first)
    desk.do_not_call.add(desk.tenant, BOB, by="x", now=desk.now)
    desk.do_not_call.add(desk.tenant, CAT, by="x", now=desk.now)
    desk.campaigns.leave(desk.client, BOB, desk.now)
    desk.minute(7200)
    second = desk.offered("maria")
    assert second is not None
    assert (second.customer, second.previous, second.thread) == (ANN, first.contact, first.contact)
    told = Briefing(desk.store, desk.promises).about(desk.client, second)
    assert told is not None
    assert (told.title, told.mode, told.attempt, told.most) == ("Recall", "preview", 2, 3)
    assert told.data == (("Order", "O-01"),)
    assert not told.at_once


def test_an_outcome_that_says_later_calls_again_later(desk: CallingHouse) -> None:
    desk.comes("maria")
    desk.minute()
    talked = desk.talks("maria", "later")
    assert desk.settle(talked) == "waiting"
    person = desk.person("recall", ANN)
    assert person.next_at >= "2026-11-24T15:0"
    assert [one.outcome for one in person.history] == ["later"]


def test_who_does_not_want_to_be_called_leaves_every_campaign_of_the_client() -> None:
    made = house(CAMPAIGN, {**CAMPAIGN, "name": "other", "title": "Other"})
    for name in ("recall", "other"):
        made.campaigns.load(made.tenant, name, listed(ANN, BOB), now=made.now)
    made.campaigns.start(made.tenant, "recall", "olivia", made.now)
    made.comes("maria")
    made.minute()
    made.settle(made.talks("maria", "never"))
    assert made.permission.listed(made.tenant, ANN)
    assert made.person("recall", ANN).outcome == "never"
    assert made.person("other", ANN).outcome == "do_not_call"
    assert not made.faults("recall")
    assert not made.faults("other")


def test_who_is_put_on_the_list_while_he_is_out_is_taken_back(desk: CallingHouse) -> None:
    desk.comes("maria")
    desk.minute()
    contact = desk.offered("maria")
    assert contact is not None
    desk.do_not_call.add(desk.tenant, ANN, by="client", now=desk.now)
    assert desk.campaigns.leave(desk.client, ANN, desk.now) == 1
    gone = desk.contact(contact.contact)
    assert (gone.state, gone.facts[-1].data["where"]) == (State.ABANDONED, "withdrawn")
    assert desk.person("recall", ANN).outcome == "do_not_call"
    assert not desk.faults("recall")


def test_who_is_put_on_the_list_of_the_house_is_called_for_nobody(desk: CallingHouse) -> None:
    desk.do_not_call.add(None, ANN, by="olivia", now=desk.now)
    desk.comes("maria")
    desk.minute()
    assert desk.person("recall", ANN).outcome == "do_not_call"
    offered = desk.offered("maria")
    assert offered is not None
    assert offered.customer == BOB


def test_two_clients_call_the_same_person_for_campaigns_of_the_same_name() -> None:
    first = client()
    second = changed("shop", "lamps", campaigns=[CAMPAIGN], dispositions=OUTCOMES, plan__non_billable=None)
    made = CallingHouse(MemoryDatabase(), first, second, now=MONDAY)
    ids = set()
    made.comes("maria")
    made.comes("jonas")
    for tenant in (first.id, second.id):
        made.campaigns.load(tenant, "recall", listed(ANN), now=made.now)
        made.campaigns.start(tenant, "recall", "olivia", made.now)
        ids |= {callee.contact for callee in made.store.out(tenant, "recall")}
    assert len(ids) == 2
    assert {made.store.person(tenant, "recall", ANN).tenant for tenant in (first.id, second.id)} == {
        first.id,
        second.id,
    }  # type: ignore[union-attr]


def test_the_zones_behind_do_not_wait_for_those_where_it_is_night() -> None:
    made = house(now=datetime(2026, 11, 23, 14, tzinfo=UTC))
    asleep = many(100)
    made.campaigns.load(made.tenant, "recall", listed(*asleep, zone="Europe/Berlin"), now=made.now)
    made.campaigns.load(made.tenant, "recall", listed("+12125559999"), now=made.now)
    made.campaigns.start(made.tenant, "recall", "olivia", made.now)
    made.clock.now = datetime(2026, 11, 23, 19, tzinfo=UTC)  # 20:00 in Berlin
    made.comes("maria")
    made.minute()
    offered = made.offered("maria")
    assert offered is not None
    assert offered.customer == "+12125559999"
    assert not made.faults("recall")


# What the desk asks


def test_the_desk_asks_once_more_in_the_moment_of_the_call(desk: CallingHouse) -> None:
    desk.comes("maria")
    desk.minute()
    contact = desk.offered("maria")
    assert contact is not None
    desk.permission.may_call(desk.client, contact, desk.now)
    with pytest.raises(Conflict, match="outside of the hours for calls: it is Monday 19:30 there"):
        desk.permission.may_call(desk.client, contact, datetime(2026, 11, 24, 0, 30, tzinfo=UTC))
    other = replace(contact, contact="v2")
    desk.permission.note_call(desk.client, other, desk.now)
    desk.permission.note_call(desk.client, other, desk.now)  # once of each
    desk.permission.may_call(desk.client, contact, desk.clock.passes(900))
    desk.permission.note_call(desk.client, replace(contact, contact="v3"), desk.now)
    with pytest.raises(Conflict, match="called 2 times within 24 hours"):
        desk.permission.may_call(desk.client, contact, desk.now)
    with pytest.raises(Conflict, match="called 2 times within 24 hours"):
        desk.permission.note_call(desk.client, contact, desk.now)
    desk.do_not_call.add(desk.tenant, ANN, by="client", now=desk.now)
    with pytest.raises(Conflict, match="do-not-call"):
        desk.permission.may_call(desk.client, contact, desk.now)
    desk.permission.may_call(desk.client, replace(contact, outreach=""), desk.now)  # an agent's own call
