"""Something happens to a contact in the very moment in which it leaves: what was read is held against what stands."""

from __future__ import annotations

import pytest

from chalicelib.contacts.model.contact import Arrival, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict
from chalicelib.routing.model.line import Line
from chalicelib.workforce.model import Status
from tests.contract.routing_team import SHOP, Meanwhile, check, floor_of
from tests.fakes.terms import terms

CALL = Channel.VOICE
HOUR = 3600


@pytest.mark.parametrize("where", ["", "withdrawn"])
@pytest.mark.parametrize("prefers", [True, False])
def test_who_is_queued_in_the_moment_in_which_he_leaves_leaves_his_place_too(where: str, prefers: bool) -> None:
    database = Meanwhile()
    floor = floor_of(database)
    maria = floor.agent("maria", Status.PAUSED)
    arrival = Arrival(channel=CALL, entry_point="e", customer="+1", source_id="s", direction="outbound")
    contact = floor.contacts.open(SHOP, arrival, floor.clock.passes(1))
    wanted, prefer = terms(SHOP, floor.team, target_s=20).calling_out(HOUR), maria.agent if prefers else ""
    database.deed = lambda: floor.router.enqueue(contact, wanted, now=floor.clock(), prefer=prefer)
    gone = floor.router.abandon(SHOP, contact.contact, where, floor.clock.passes(1))
    assert [fact.kind for fact in gone.facts] == ["arrived", "queued", "abandoned"]
    waits = Line.read(gone.facts[1].data["line"])
    assert (floor.store.heads(waits), floor.store.queue(waits).waiting) == ((), 0)
    assert floor.store.personal(floor.team, maria.agent) == []
    check(floor)


@pytest.mark.parametrize("prefers", [True, False])
def test_who_is_queued_in_the_moment_in_which_he_is_served_leaves_his_place_too(prefers: bool) -> None:
    database = Meanwhile()
    floor = floor_of(database)
    maria = floor.agent("maria", Status.PAUSED)
    arrival = Arrival(channel=CALL, entry_point="e", customer="+1", source_id="s")
    contact = floor.contacts.open(SHOP, arrival, floor.clock.passes(1))
    wanted, prefer = terms(SHOP, floor.team, target_s=20), maria.agent if prefers else ""
    database.deed = lambda: floor.router.enqueue(contact, wanted, now=floor.clock(), prefer=prefer)
    gone = floor.router.serve(SHOP, contact.contact, "voicemail", floor.clock.passes(1))
    assert gone == floor.now_of(contact)
    assert [fact.kind for fact in gone.facts] == ["arrived", "queued", "left_line", "self_served"]
    assert floor.store.heads(Line.read(gone.facts[1].data["line"])) == ()
    check(floor)


def test_who_is_offered_in_the_moment_in_which_he_is_served_has_an_agent() -> None:
    database = Meanwhile()
    floor = floor_of(database)
    floor.agent("maria")
    arrival = Arrival(channel=CALL, entry_point="e", customer="+1", source_id="s")
    contact = floor.contacts.open(SHOP, arrival, floor.clock.passes(1))
    wanted = terms(SHOP, floor.team, target_s=20)
    database.deed = lambda: floor.router.enqueue(contact, wanted, now=floor.clock())
    with pytest.raises(Conflict, match="offered cannot be self_served"):
        floor.router.serve(SHOP, contact.contact, "voicemail", floor.clock.passes(1))
    assert floor.now_of(contact).state is State.OFFERED
    check(floor)


def test_two_attempts_that_fail_in_one_moment_are_two() -> None:
    database = Meanwhile()
    floor = floor_of(database)
    contact, _ = floor.arrives(CALL)
    floor.contacts.ask_callback(SHOP, contact.contact, number="+1", attempts=3, retry_s=60, now=floor.clock.passes(1))
    floor.router.not_reached(SHOP, contact.contact, floor.clock.passes(1), id="c-1")
    now = floor.clock.passes(1)
    database.deed = lambda: floor.router.not_reached(SHOP, contact.contact, now, id="c-2")
    assert floor.router.not_reached(SHOP, contact.contact, now, id="c-3").state is State.ABANDONED
