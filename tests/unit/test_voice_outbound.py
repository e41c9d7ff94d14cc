"""An agent calls a customer, or a customer is called back: for which client, and what he sees on his display."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.contacts.model.contact import OUTBOUND, Arrival, Contact
from chalicelib.contacts.model.errand import DialErrand
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import AgentId, TenantId
from chalicelib.routing.model.terms import terms_of
from tests.fakes.asking import CALLER, Asking, with_client
from tests.fakes.telephone import PLUMBER, Telephone
from tests.fakes.tenants import changed, sample

PLUMBERS = TenantId("plumber")


def errand(telephone: Telephone, number: str = CALLER) -> Contact:
    """Maria has keyed a number in at her desk."""
    telephone.agent("maria")
    now = telephone.clock.now()
    arrival = Arrival(
        channel=Channel.VOICE, entry_point=PLUMBER, customer=number, source_id="desk-1", direction=OUTBOUND
    )
    contact = telephone.contacts.open(PLUMBERS, arrival, now)
    terms = terms_of(sample("plumber"), Channel.VOICE)
    telephone.router.claim_own(contact, terms, telephone.staff.agent(AgentId("maria")), now)
    told = DialErrand(
        tenant=PLUMBERS,
        contact=contact.contact,
        agent=AgentId("maria"),
        number=number,
        caller_id=PLUMBER,
        until=now + timedelta(seconds=60),
    )
    telephone.contacts.leave_dial(told)
    return contact


def dialling(telephone: Telephone, caller: str = CALLER) -> Asking:
    return Asking(telephone, dialled="+15550109999", caller=caller, connect="connect-7")


def test_the_customer_sees_the_clients_number_and_the_leg_is_that_of_the_desk() -> None:
    telephone = Telephone()
    contact = errand(telephone)
    asking = dialling(telephone)
    answer = asking.ask("outbound", agent="maria")
    assert (answer["outcome"], answer["callerId"], answer["contactId"]) == ("dial", PLUMBER, contact.contact)
    assert (answer["tenantId"], answer["tenantName"]) == ("plumber", "Rapid Plumbing")
    standing = telephone.contacts.get(PLUMBERS, contact.contact)
    assert [fact.kind for fact in standing.facts].count("dialled") == 1
    assert standing.facts[-1].data == {"to": "customer", "call": "connect-7"}


@pytest.mark.parametrize(("agent", "caller"), [("jonas", CALLER), ("maria", "+15550000000"), ("", CALLER)])
def test_a_call_that_nobody_was_sent_for_counts_for_no_client(agent: str, caller: str) -> None:
    telephone = Telephone()
    contact = errand(telephone)
    assert dialling(telephone, caller).ask("outbound", agent=agent)["outcome"] == "unknown"
    assert telephone.contacts.get(PLUMBERS, contact.contact).last("dialled") is None


def test_an_errand_that_ran_out_is_none() -> None:
    telephone = Telephone()
    errand(telephone)
    telephone.clock.advance(61)
    assert dialling(telephone).ask("outbound", agent="maria")["outcome"] == "unknown"


def test_a_callback_is_dialled_for_the_client_that_was_called() -> None:
    telephone = Telephone()
    asking = Asking(telephone)
    asking.waits()
    contact = asking.ours()
    now = telephone.clock.now()
    telephone.contacts.ask_callback(PLUMBERS, contact.contact, number=CALLER, attempts=2, retry_s=60, now=now)
    telephone.agent("maria")
    asking.contact, asking.dialled = "connect-4", None
    answer = asking.ask("outbound", agent="maria")
    assert (answer["outcome"], answer["callerId"], answer["contactId"]) == ("dial", PLUMBER, contact.contact)
    dialled = asking.ours().last("dialled")
    assert dialled is not None
    assert dialled.data["call"] == "connect-4"


@pytest.mark.parametrize(
    ("client", "shown"),
    [
        ({}, PLUMBER),
        ({"entry_points__phones": ["+15550100111", PLUMBER]}, "+15550100111"),
        ({"entry_points__phones": [PLUMBER, "+15550100111"], "calls__caller_id": "+15550100111"}, "+15550100111"),
    ],
)
def test_a_callback_shows_the_number_that_the_client_chose(client: dict[str, Any], shown: str) -> None:
    telephone = with_client(Telephone(), changed("plumber", **client))
    asking = Asking(telephone)
    asking.waits()
    telephone.agent("maria")
    asking.contact, asking.dialled = "connect-4", None
    assert asking.ask("outbound", agent="maria")["callerId"] == shown


def test_a_contact_that_is_over_is_not_dialled_for() -> None:
    telephone = Telephone()
    asking = Asking(telephone)
    asking.waits("3")
    contact = asking.ours()
    telephone.contacts.serve(contact.tenant, contact.contact, "prices", telephone.clock.now())
    asking.contact, asking.dialled = "connect-4", None
    assert asking.ask("outbound", agent="maria")["outcome"] == "unknown"


def waiting_call(telephone: Telephone) -> Contact:
    """One of a campaign, offered to Maria, who has pressed Call."""
    telephone.agent("maria")
    now = telephone.clock.now()
    arrival = Arrival(
        channel=Channel.VOICE, entry_point=PLUMBER, customer=CALLER, source_id="campaign:checkups:1",
        direction=OUTBOUND, outreach="campaign:checkups",
    )  # fmt: skip
    contact = telephone.contacts.open(PLUMBERS, arrival, now)
    telephone.router.enqueue(contact, terms_of(sample("plumber"), Channel.VOICE).calling_out(3600), now=now)
    until = now + timedelta(seconds=60)
    told = {"number": CALLER, "caller_id": PLUMBER, "until": until, "agent": AgentId("maria")}
    telephone.contacts.leave_dial(DialErrand(tenant=PLUMBERS, contact=contact.contact, **told))  # type: ignore[arg-type]
    return contact


def test_a_call_of_a_campaign_is_dialled_once_and_by_one_call() -> None:
    telephone = Telephone()
    contact = waiting_call(telephone)
    asking = dialling(telephone)
    assert asking.ask("outbound", agent="maria")["contactId"] == contact.contact
    assert asking.ask("outbound", agent="maria")["outcome"] == "dial"
    other = Asking(telephone, dialled="+15550109999", caller=CALLER, connect="connect-8")
    assert other.ask("outbound", agent="maria")["outcome"] == "unknown"
    facts = telephone.contacts.get(PLUMBERS, contact.contact).facts
    assert [fact.data["call"] for fact in facts if fact.kind == "dialled"] == ["connect-7"]


@pytest.mark.parametrize("how", ["withdrawn", "declined"])
def test_a_call_that_was_taken_from_him_is_not_dialled(how: str) -> None:
    telephone = Telephone()
    contact = waiting_call(telephone)
    now = telephone.clock.now()
    if how == "withdrawn":
        telephone.router.abandon(PLUMBERS, contact.contact, "withdrawn", now)
    else:
        telephone.router.decline(PLUMBERS, contact.contact, agent="maria", now=now)
    assert dialling(telephone).ask("outbound", agent="maria")["outcome"] == "unknown"
    assert not telephone.contacts.get(PLUMBERS, contact.contact).is_dialled
