"""Whoever says in any call that he wants no more of them gets no more; and what is told of a call costs no more."""

from __future__ import annotations

from chalicelib.contacts.model.contact import Arrival, Contact
from chalicelib.contacts.model.told import tellings
from chalicelib.kernel.channel import Channel
from chalicelib.routing.model.terms import terms_of
from infra.listeners import wants
from tests.fakes.calling_house import CallingHouse
from tests.fakes.recall import ANN, BOB, CAT, running


def comes_in(desk: CallingHouse, code: str, *, wish: bool, **more: str) -> Contact:
    """A call of a customer, to the end of the wrap-up."""
    agent = desk.comes("maria")
    known = {"channel": Channel.VOICE, "entry_point": "+15550100200", "customer": ANN, "source_id": "c1", **more}
    contact = desk.contacts.open(desk.tenant, Arrival(**known), desk.now)  # type: ignore[arg-type]
    desk.router.enqueue(contact, terms_of(desk.client, contact.channel), now=desk.now)
    desk.router.accept(contact.tenant, contact.contact, now=desk.clock.passes(1), agent=agent.agent)
    desk.contacts.end(contact.tenant, contact.contact, by="customer", now=desk.clock.passes(60))
    desk.router.finish(
        contact.tenant, contact.contact, contact.channel, agent=agent.agent, team=desk.client.team_id,
        disposition=code, do_not_call=wish, now=desk.clock.passes(20),
    )  # fmt: skip
    return desk.contacts.get(contact.tenant, contact.contact)


def told(contact: Contact) -> dict[str, str]:
    item = {"pk": "x", "sk": "CONTACT", **contact.as_item()}
    ((_, attributes),) = tellings({**item, "facts": item["facts"][:-1]}, item)
    return attributes


def test_a_wish_of_whoever_called_us_is_heard() -> None:
    desk = running()
    over = comes_in(desk, "never", wish=True, callback=BOB)
    assert told(over)["outreach"] == "wish"
    assert wants("outreach", told(over))
    assert desk.settle(over) == "never"
    assert desk.settle(over) == "never"
    assert [desk.permission.listed(desk.tenant, number) for number in (ANN, BOB, CAT)] == [True, True, False]
    assert desk.run("recall").outcomes == {"do_not_call": 2}
    assert not desk.faults("recall")


def test_any_other_end_of_a_call_is_told_to_nobody_who_calls_out() -> None:
    desk = running()
    over = comes_in(desk, "sold", wish=False)
    assert "outreach" not in told(over)
    assert not wants("outreach", told(over))
    assert desk.settle(over) == "other"
    assert not desk.permission.listed(desk.tenant, ANN)


def test_whose_number_nobody_knows_cannot_be_listed() -> None:
    desk = running()
    assert desk.settle(comes_in(desk, "never", wish=True, customer="")) == "other"


def test_calls_that_are_settled_together_are_followed_by_one_look() -> None:
    desk = running()
    desk.comes("maria")
    desk.comes("jonas")
    desk.minute()
    ends = [desk.not_answered(name) for name in ("maria", "jonas")]
    looks: list[str] = []
    real = desk.campaigns.top_up

    def counted(tenant: str, name: str, now: object) -> int:
        looks.append(name)
        return real(tenant, name, now)  # type: ignore[arg-type]

    desk.campaigns.top_up = counted  # type: ignore[method-assign]
    for contact in ends:
        assert desk.settling.told(desk.contact(contact.contact).as_item(), desk.now) == "waiting"
    desk.settling.go_on(desk.now)
    desk.settling.go_on(desk.now)
    assert looks == ["recall"]
