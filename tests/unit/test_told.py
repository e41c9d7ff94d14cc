"""What listeners are told of a change of the contacts table."""

from __future__ import annotations

from chalicelib.contacts.model.contact import Contact, replayed
from chalicelib.contacts.model.told import tellings
from tests.unit.test_contact import a_call, handled


def item(contact: Contact) -> dict[str, object]:
    return {"pk": "T#plumber#C#x", "sk": "CONTACT", **contact.as_item()}


def test_each_new_fact_is_told_once_with_the_contact_as_it_was_then() -> None:
    before, after = replayed(a_call(), handled()[:4]), replayed(a_call(), handled()[:6])
    told = tellings(item(before), item(after))
    assert [(body["seq"], body["fact"]["kind"]) for body, _ in told] == [(6, "connected"), (7, "held")]
    assert [len(body["contact"]["facts"]) for body, _ in told] == [6, 7]
    assert told[0][1] == {"type": "fact", "kind": "connected", "channel": "voice", "tenant": "plumber"}


def test_an_arrival_that_is_refused_at_once_tells_both_facts() -> None:
    refused = a_call().after(handled()[0])
    assert [body["fact"]["kind"] for body, _ in tellings(None, item(refused))] == ["arrived", "queued"]


def test_hints_and_other_rows_are_no_news() -> None:
    contact = a_call()
    assert tellings(item(contact), {**item(contact), "desk": "c1"}) == []
    assert tellings(None, {"pk": "T#plumber#DAY#2026-11-23", "sk": "x"}) == []
    assert tellings(item(contact), None) == []


def test_a_message_is_told_with_the_hints_where_to_push_it() -> None:
    said = {"n": 2, "at": "2026-11-23T09:00:00.000Z", "by": "agent:maria", "kind": "text", "text": "hello"}
    where = {"tenant": "shop", "contact": "c1", "channel": "chat", "visitor": "v1"}
    row = {"pk": "T#shop#C#c1", "sk": "MSG#000002", **where, **said}
    ((body, attributes),) = tellings(None, row)
    assert body["message"] == said
    assert body["contact"] == {"visitor": "v1", "channel": "chat"}
    assert attributes == {"type": "message", "kind": "agent", "channel": "chat", "tenant": "shop"}
    assert tellings(row, {**row, "sent": True}) == []
