"""Of any traffic: what the ledger and the invoices promise, through the services, on the database in memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.billing.model import credit
from chalicelib.billing.model.agent_time import conserve
from chalicelib.billing.model.credit import CreditNote
from chalicelib.billing.model.invoice import taxes
from chalicelib.billing.model.ledger import Meter, NaturalKey, UsageRecord, reversal, standing
from chalicelib.billing.model.standing import Numbered
from chalicelib.billing.service.crediting import wished
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId
from chalicelib.kernel.money import Money
from chalicelib.tenancy.model.plan import ShortCalls
from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.counting_house import CountingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.usage import JONAS, MARIA, PLUMBER, SHOP, company, handled, record, refused, terms, usage
from tests.fakes.usage import told as told_facts

OCTOBER, NOVEMBER = "2026-10", "2026-11"
FIRST = datetime(2026, 10, 1, tzinfo=UTC)
AFTER_OCTOBER, AFTER_NOVEMBER = datetime(2026, 11, 5, tzinfo=UTC), datetime(2026, 12, 5, tzinfo=UTC)
VOICE = terms().voice
assert VOICE is not None
PLAN = replace(
    terms(base="99.99", included_chats=2, tax="19"),
    voice=replace(
        VOICE, initial_interval=30, next_interval=6, included_minutes=3, short_calls=ShortCalls(free=2, below_s=30)
    ),
)
Told = tuple[str, Channel, tuple[Fact, ...]]


def told(n: int, channel: Channel, talk: int, hours: int) -> Told:
    """A talk of no seconds stands for a contact that was turned away. Hours are of October, and a bit around it."""
    start = FIRST + timedelta(hours=hours)
    return f"{channel[0]}{n}", channel, handled(talk=talk, start=start) if talk else refused(start)


traffic = st.lists(
    st.builds(
        told,
        st.integers(0, 10**6),
        st.sampled_from([Channel.VOICE, Channel.CHAT, Channel.EMAIL, Channel.POST]),
        st.sampled_from([0, 1, 20, 29, 59, 3600]),
        st.integers(-5, 31 * 24 + 5),
    ),
    max_size=10,
    unique_by=lambda one: one[0],
)


def built(*clients: Tenant) -> CountingHouse:
    return CountingHouse(MemoryDatabase(), *(clients or (company(SHOP, plan=PLAN),)))


def deliver(house: CountingHouse, contacts: Sequence[Told], now: datetime, tenant: Any = SHOP) -> None:
    for contact, channel, facts in contacts:
        house.tell(facts, now, tenant=tenant, contact=contact, channel=channel)


def invoiced(house: CountingHouse, label: str = OCTOBER, now: datetime = AFTER_OCTOBER) -> dict[str, Any]:
    before = house.books.view(SHOP, "2026-09", now)
    if before.sums.records and not before.period.closed:
        house.invoices.finalise(SHOP, "2026-09", "fiona", now)
    house.invoices.finalise(SHOP, label, "fiona", now)
    return dict(house.invoices.document(SHOP, label))


@settings(max_examples=40, deadline=None)
@given(traffic, st.randoms(use_true_random=False))
def test_any_order_and_any_number_of_deliveries_give_the_same_invoice(contacts: list[Told], random: Any) -> None:
    forth, mixed = built(), built()
    deliver(forth, contacts, FIRST)
    again = [*contacts, *contacts]
    random.shuffle(again)
    deliver(mixed, again, FIRST)
    assert invoiced(forth) == invoiced(mixed)


@settings(max_examples=40, deadline=None)
@given(traffic, traffic)
def test_records_of_one_client_never_touch_the_invoice_of_another(own: list[Told], others: list[Told]) -> None:
    clients = company(SHOP, plan=PLAN), company(PLUMBER, plan=PLAN)
    alone, together = built(*clients), built(*clients)
    deliver(alone, own, FIRST)
    for place in range(max(len(own), len(others))):
        deliver(together, others[place : place + 1], FIRST, PLUMBER)
        deliver(together, own[place : place + 1], FIRST)
    assert invoiced(alone) == invoiced(together)


@settings(max_examples=40, deadline=None)
@given(traffic, traffic)
def test_what_was_invoiced_and_what_came_late_add_up_to_what_was_used(early: list[Told], late: list[Told]) -> None:
    """f(A) + delta(B) = f(A ∪ B), and every document can be made again."""
    known = {contact for contact, _, _ in early}
    late = [one for one in late if one[0] not in known]
    house, whole = built(), built()
    deliver(house, early, FIRST)
    first = invoiced(house)
    deliver(house, late, AFTER_OCTOBER + timedelta(days=1))
    second = invoiced(house, NOVEMBER, AFTER_NOVEMBER)
    deliver(whole, [*early, *late], FIRST)
    booked = sum(one["net"] for one in second["adjustments"] if one["period"] == OCTOBER)
    assert first["net"] + booked == invoiced(whole)["net"]
    for document in (first, second):
        assert sum(line["amount"] for line in document["lines"]) == document["net"]
        assert sum(group["base"] for group in document["taxes"]) == document["net"]
        assert sum(group["tax"] for group in document["taxes"]) == document["tax"]
    assert [proof.why for proof in house.replay.all([SHOP], AFTER_NOVEMBER) if not proof.ok] == []


@settings(max_examples=40, deadline=None)
@given(traffic, st.data())
def test_what_was_taken_back_is_as_if_it_had_never_been(contacts: list[Told], data: st.DataObject) -> None:
    gone = data.draw(st.lists(st.sampled_from(contacts), unique_by=lambda one: one[0])) if contacts else []
    house, without = built(), built()
    deliver(house, contacts, FIRST)
    for contact, channel, facts in gone:
        for one in record_keys(contact, channel, facts):
            house.corrections.reverse(one, "a test", "fiona", FIRST + timedelta(seconds=1))
    deliver(without, [one for one in contacts if one not in gone], FIRST)
    with_it, never = (one.billing.draft(SHOP, OCTOBER, AFTER_OCTOBER).as_document() for one in (house, without))
    assert [with_it[name] for name in ("lines", "net", "tax", "not_charged", "without_price", "handle_time")] == [
        never[name] for name in ("lines", "net", "tax", "not_charged", "without_price", "handle_time")
    ]


def record_keys(contact: str, channel: Channel, facts: tuple[Fact, ...]) -> list[NaturalKey]:
    made = record(facts, contact=contact, tenant=SHOP, channel=channel)
    return [NaturalKey(SHOP, ContactId(contact), made.meter, 1)]


@given(st.integers(1, 6))
def test_of_any_chain_of_revisions_the_last_telling_stands(corrections: int) -> None:
    revisions: list[UsageRecord] = [record(handled())]
    for n in range(corrections):
        back = reversal(revisions)
        revisions += [back, replace(revisions[0], quantity=n + 1, revision=back.revision + 1)]
    (stands,) = standing(reversed(revisions))
    assert (stands.quantity, stands.meter) == (corrections, Meter.VOICE)
    assert sum(one.sign * one.quantity for one in revisions) == stands.quantity


AGENTS = (MARIA, JONAS, AgentId("ada"))


def leg(n: int, agent: AgentId, begins: int, talk: int, hold: int, wrap: int, how: str) -> tuple[str, tuple[Fact, ...]]:
    """A leg of a call in its first hour: taken by an agent, who was called or called out, or gone outside."""
    start = FIRST + timedelta(seconds=begins)
    out = told_facts((0, "dialled", {"to": "customer", "call": f"x{n}"}), start=start)
    facts = handled(talk=talk, hold=hold, wrap=wrap, agent=agent, start=start)
    if how == "outside":
        seconds = told_facts((0, "arrived", {}), (9, "patched", {}), (9 + talk, "closed", {}), start=start)
        return f"v{n}", (seconds[0], *out, *seconds[1:])
    return f"v{n}", (*facts[:3], *out, *facts[3:]) if how == "out" else facts


@given(
    st.lists(
        st.tuples(
            st.sampled_from(AGENTS), st.integers(0, 1800), st.integers(1, 600), st.sampled_from([0, 45]),
            st.integers(0, 90), st.sampled_from(["in", "transfer", "out", "outside"]),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_whatever_an_agent_is_billed_for_is_in_his_hours_and_nothing_else_is(
    said: list[tuple[AgentId, int, int, int, int, str]],
) -> None:
    """Consulted, passed on, called out: two agents may be in one call, each in a leg of his own."""
    found = [usage(facts, contact=name) for name, facts in (leg(n, *one) for n, one in enumerate(said))]
    billed = dict.fromkeys(AGENTS, 0)
    outside = attempts = 0
    for made in (one for contact in found for one in contact.records):
        if made.meter is Meter.VOICE:
            (agent,) = made.agents
            billed[agent] += made.quantity
        outside += made.quantity if made.meter is Meter.PATCHED else 0
        attempts += made.quantity if made.meter is Meter.DIAL else 0
    turns = [turn for one in found for turn in one.engagements]
    start = int(FIRST.timestamp())
    for agent in AGENTS:
        own = [turn for turn in turns if turn.agent == agent]
        assert sum(turn.end - turn.start for turn in own) == billed[agent]
        time = conserve(agent, [], own, start, start + 3600)
        assert sum(time.shares.values()) + time.idle + time.pause == time.login <= billed[agent]
    assert outside == sum(talk for _, _, talk, _, _, how in said if how == "outside")
    assert attempts == sum(how in ("out", "outside") for *_, how in said)


rates = st.sampled_from(["0", "4", "7", "19", "10.75", "33.333"])
lines = st.lists(st.tuples(st.integers(-2_000, 50_000), rates), min_size=1, max_size=6)


@given(lines, st.data())
def test_credit_notes_in_any_parts_add_up_to_the_invoice_and_never_exceed_it(
    said: list[tuple[int, str]], data: st.DataObject
) -> None:
    rows = [_line(amount, rate) for amount, rate in said]
    invoice = _invoice(rows)
    notes: list[CreditNote] = []
    while any(rest := credit.left(invoice, notes)):
        place = data.draw(st.sampled_from([at for at, amount in enumerate(rest) if amount]))
        most = abs(rest[place])
        part = data.draw(st.integers(max(1, most // 3), most)) * (1 if rest[place] > 0 else -1)
        made = credit.document(
            invoice, notes, {place: part}, number="", series="", previous="", issued_on="", reason="why"
        )
        assert sum(line["amount"] for line in made["lines"]) == made["net"] == part
        numbered = Numbered(entity="e", series="s", sequence=1, sha256="", key="")
        notes.append(
            CreditNote(
                of="X-1", numbered=numbered, lines={place: part}, net=part, tax=made["tax"], reason="", by="",
                issued_on="",
            )
        )  # fmt: skip
    assert sum(note.tax for note in notes) == sum(group["tax"] for group in invoice["taxes"])
    assert sum(note.net for note in notes) == sum(amount for amount, _ in said)


@given(st.lists(st.tuples(st.integers(1, 50_000), rates), min_size=1, max_size=5), st.data())
def test_a_credit_with_its_tax_inside_comes_to_exactly_that_or_is_refused_with_the_nearest(
    said: list[tuple[int, str]], data: st.DataObject
) -> None:
    invoice = _invoice([_line(amount, rate) for amount, rate in said])
    owed = sum(group["base"] + group["tax"] for group in invoice["taxes"])
    gross = data.draw(st.integers(1, owed) | st.just(owed))
    try:
        assert _given_back(invoice, gross) == gross
    except Invalid as refused:
        assert gross != owed
        nearest = [
            int(text.replace(".", "")) for text in re.findall(r"\d+\.\d\d", str(refused).rpartition("credit ")[2])
        ]
        assert nearest
        assert [_given_back(invoice, one) for one in nearest] == nearest
    with pytest.raises(Invalid, match="with tax"):
        credit.with_tax(invoice, [], Money(owed + 1, "EUR"))


@given(st.integers(1, 3_000), rates)
def test_of_one_tax_only_what_no_net_comes_to_is_refused(amount: int, rate: str) -> None:
    invoice = _invoice([_line(amount, rate)])
    possible = {_note(invoice, {0: net})["total"] for net in range(1, amount + 1)}
    for gross in range(1, max(possible) + 1, max(1, max(possible) // 40)):
        if gross in possible:
            assert _given_back(invoice, gross) == gross
            continue
        below, above = (
            max((one for one in possible if one < gross), default=0),
            min(one for one in possible if one > gross),
        )
        near = " or ".join(Money(one, "EUR").text() for one in (below, above) if one)
        with pytest.raises(Invalid, match=f"credit {near}$"):
            credit.with_tax(invoice, [], Money(gross, "EUR"))


def test_what_finance_says_is_what_the_client_gets_back() -> None:
    """A net of 2178.13 at 19 %: 84.03 alone would give 99.99, and 0.02 without a tax of its own is 0.02."""
    invoice = _invoice([_line(149_000, "19"), _line(68_813, "19")])
    assert _given_back(invoice, 10_000) == 10_000
    assert _given_back(invoice, 2) == 2
    with pytest.raises(Invalid, match="is not above zero"):
        wished(invoice, [], {"gross": "-1.00"})


def _given_back(invoice: dict[str, Any], gross: int) -> int:
    total: int = _note(invoice, credit.with_tax(invoice, [], Money(gross, "EUR")))["total"]
    return total


def _note(invoice: dict[str, Any], lines: dict[int, int]) -> dict[str, Any]:
    return credit.document(invoice, [], lines, number="", series="", previous="", issued_on="", reason="why")


def test_what_a_client_is_to_get_back_is_taken_apart_by_the_tax_of_each_line() -> None:
    """Of 100.00 at 19 % and 200.00 at 7 %, 119.00 and 214.00 with tax: 33.30 are 11.90 and 21.40."""
    invoice = _invoice([_line(10_000, "19"), _line(20_000, "7")])
    parts = wished(invoice, [], {"gross": "33.30"})
    assert parts == {0: 1_000, 1: 2_000}
    with pytest.raises(Invalid, match="names amount and gross"):
        wished(invoice, [], {"gross": "33.30", "amount": "1.00"})


def _invoice(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "number": "X-1", "issued_on": "2026-11-05", "currency": {"code": "EUR", "exponent": 2}, "lines": rows,
        "taxes": taxes(rows), "seller": {}, "client": {}, "period": {}, "plans": [], "entity": "e",
    }  # fmt: skip


def _line(amount: int, rate: str) -> dict[str, Any]:
    return {
        "kind": "base", "text": "Base", "tax": {"category": "S", "rate": rate}, "plan_version": "", "rate_class": "",
        "tier": -1, "segment": {"first_day": "", "last_day": ""}, "amount": amount,
    }  # fmt: skip
