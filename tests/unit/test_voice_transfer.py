"""An agent hands his caller on: to a colleague, to a team, to a number outside."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.billing.model.ledger import usage_of
from chalicelib.contacts.model.contact import State
from chalicelib.contacts.model.errand import TransferErrand
from chalicelib.kernel.ids import AgentId, contact_id
from tests.fakes.asking import Asking
from tests.fakes.telephone import Telephone

LEG = "connect-9"
OUTSIDE = "+15550100777"


def connected(telephone: Telephone, agent: str = "maria") -> Asking:
    """A caller who talks to an agent."""
    telephone.agent(agent)
    asking = Asking(telephone)
    asking.waits()
    contact = asking.ours()
    telephone.router.accept(contact.tenant, contact.contact, agent=agent, now=telephone.clock.now())
    return asking


def handing_on(asking: Asking, to: str, note: str = "", *, leaves: bool = False, warm: bool = False) -> Asking:
    """The agent has left his errand, and telephony asks for it in the new leg; `leaves`: he is gone by then."""
    contact, now = asking.ours(), asking.telephone.clock.now()
    errand = TransferErrand(
        tenant=contact.tenant,
        contact=contact.contact,
        agent=AgentId("maria"),
        to=to,
        note=note,
        warm=warm,
        until=now + timedelta(seconds=60),
    )
    asking.telephone.contacts.leave_transfer(errand)
    if leaves:
        asking.telephone.contacts.end(contact.tenant, contact.contact, by="agent:maria", now=now, why="agent")
    asking.contact, asking.dialled = LEG, None
    asking.ask("transfer")
    return asking


def test_a_colleague_who_is_free_gets_the_caller_with_the_note_and_the_thread() -> None:
    asking = connected(Telephone())
    first = asking.ours()
    asking.telephone.agent("jonas")
    answer = handing_on(asking, "agent:jonas", "  Wants\nto pay twice ").last
    assert (answer["outcome"], answer["agent"]) == ("agent", "jonas")
    leg = asking.ours(answer["contactId"])
    assert leg.contact == contact_id("voice", LEG) != first.contact
    assert (leg.previous, leg.thread, leg.subject) == (first.contact, first.thread, "Wants to pay twice")
    assert (leg.customer, leg.entry_point, leg.skill) == (first.customer, first.entry_point, "emergency")
    fact = asking.ours(first.contact).last("transferred")
    assert fact is not None
    assert fact.data == {"to": "agent:jonas", "contact": leg.contact}
    assert asking.facts(first.contact).count("transferred") == 1
    assert asking.ours(first.contact).state is State.CONNECTED


@pytest.mark.parametrize("to", ["agent:jonas", "team:shared"])
def test_who_is_handed_on_counts_as_answered_by_the_first_leg_alone(to: str) -> None:
    asking = connected(Telephone())
    asking.telephone.agent("jonas")
    first, leg = asking.ours(), asking.ours(handing_on(asking, to).last["contactId"])
    now = asking.telephone.clock.now()
    asking.telephone.router.accept(leg.tenant, leg.contact, agent="jonas", now=now)
    talks = [asking.telephone.contacts.get(one.tenant, one.contact) for one in (first, leg)]
    records = [usage_of(one.tenant, one.contact, one.channel, one.facts).records[0] for one in talks]
    assert [record.dimensions.get("direction", "") for record in records] == ["", "transfer"]


def test_a_caller_whose_agent_left_before_telephony_asked_is_handed_on_all_the_same() -> None:
    asking = connected(Telephone())
    first = asking.ours()
    asking.telephone.agent("jonas")
    answer = handing_on(asking, "agent:jonas", leaves=True).last
    assert (answer["outcome"], answer["agent"]) == ("agent", "jonas")
    assert asking.facts(first.contact)[-2:] == ["ended", "transferred"]
    assert asking.ours(first.contact).state is State.ENDED


def test_a_colleague_who_is_busy_is_waited_for() -> None:
    asking = connected(Telephone())
    telephone = asking.telephone
    telephone.agent("jonas")
    busy = Asking(telephone, connect="connect-5")
    busy.waits()
    assert busy.ours().agent == "jonas"
    assert handing_on(asking, "agent:jonas").last["outcome"] == "wait"
    assert asking.ours(asking.last["contactId"]).state is State.QUEUED


@pytest.mark.parametrize(("warm", "asks"), [(True, "yes"), (False, "no")])
def test_whoever_waits_on_the_leg_hears_what_is_meant_for_him(warm: bool, asks: str) -> None:
    asking = connected(Telephone())
    asking.telephone.agent("jonas")
    answer = handing_on(asking, "agent:jonas", warm=warm).last
    assert (answer["asks"], answer["asking"]) == (asks, "Asking Jonas." if warm else "none")
    assert "You keep your place in line" in answer["comfort"]


def test_a_team_gets_the_caller_who_wants_the_same_as_before() -> None:
    asking = connected(Telephone())
    asking.telephone.agent("nina", team="night")
    answer = handing_on(asking, "team:night").last
    assert (answer["outcome"], answer["agent"]) == ("agent", "nina")
    assert asking.ours(answer["contactId"]).team == "night"


def test_a_number_outside_is_dialled_with_the_clients_own_number_shown() -> None:
    asking = connected(Telephone())
    answer = handing_on(asking, f"number:{OUTSIDE}").last
    assert (answer["outcome"], answer["number"], answer["callerId"]) == ("outside", OUTSIDE, "+15550100100")
    leg = asking.ours(answer["contactId"])
    assert asking.facts(leg.contact) == ["arrived", "dialled"]
    assert leg.facts[-1].data == {"to": "outside", "call": LEG}


def test_nobody_answered_outside_so_the_leg_is_closed_and_the_agent_told() -> None:
    asking = connected(Telephone())
    handing_on(asking, f"number:{OUTSIDE}")
    answer = asking.ask("outside", result="failed")
    assert answer["outcome"] == "sorry"
    assert asking.ours().state is State.CLOSED


def test_what_was_spoken_outside_is_left_to_the_record_which_knows_its_seconds() -> None:
    asking = connected(Telephone())
    handing_on(asking, f"number:{OUTSIDE}")
    assert asking.ask("outside", result="over")["outcome"] == "over"
    assert asking.ours().state is State.ARRIVED


def test_without_an_errand_the_agent_is_told_and_has_his_caller_back() -> None:
    asking = connected(Telephone())
    asking.contact = LEG
    answer = asking.ask("transfer")
    assert answer["outcome"] == "sorry"
    assert "could not be transferred" in answer["message"]


def test_an_errand_that_ran_out_is_none() -> None:
    asking = connected(Telephone())
    contact, now = asking.ours(), asking.telephone.clock.now()
    asking.telephone.contacts.leave_transfer(
        TransferErrand(
            tenant=contact.tenant,
            contact=contact.contact,
            agent=AgentId("maria"),
            to="team:shared",
            until=now + timedelta(seconds=60),
        )
    )
    asking.telephone.clock.advance(61)
    asking.contact = LEG
    assert asking.ask("transfer")["outcome"] == "sorry"


def test_a_caller_who_hung_up_meanwhile_is_handed_to_nobody() -> None:
    asking = connected(Telephone())
    contact, now = asking.ours(), asking.telephone.clock.now()
    errand = TransferErrand(
        tenant=contact.tenant,
        contact=contact.contact,
        agent=AgentId("maria"),
        to="team:shared",
        until=now + timedelta(seconds=60),
    )
    asking.telephone.contacts.leave_transfer(errand)
    asking.telephone.contacts.end(contact.tenant, contact.contact, by="customer", now=now)
    asking.contact = LEG
    assert asking.ask("transfer")["outcome"] == "sorry"


@pytest.mark.parametrize("to", ["agent:nobody", "moon:1", "agent:", ""])
def test_a_destination_that_is_none_takes_nobody_anywhere(to: str) -> None:
    asking = connected(Telephone())
    assert handing_on(asking, to).last["outcome"] == "sorry"


def test_another_clients_call_is_not_handed_on() -> None:
    asking = connected(Telephone())
    asking.attributes["tenantId"] = "clinic"
    asking.contact, asking.dialled = LEG, None
    assert asking.ask("transfer")["outcome"] == "sorry"
