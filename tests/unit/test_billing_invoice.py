from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.annex import annex
from chalicelib.billing.model.invoice import Draft, draft
from chalicelib.billing.model.ledger import UsageRecord
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.period import BillingPeriod
from tests.fakes.plans import simple
from tests.fakes.usage import CLIENT, NOON, PLUMBER, handled, plan, record, refused, told, usage

NOVEMBER = BillingPeriod.month(2026, 11, "Europe/Berlin")
PLAN = plan(
    base="2150.00", per_minute="1.45", included_minutes=2, included_chats=1, tax="19", initial_interval=30,
    next_interval=6, wrap_up_cap=60,
)  # fmt: skip


def drafted(records: Sequence[UsageRecord], **changes: Any) -> Draft:
    how: dict[str, Any] = {"plan": PLAN, "period": NOVEMBER, "until": NOVEMBER.end}
    return draft(records=records, client=CLIENT, **(how | changes))


def contact(n: int, channel: Channel, talk: int, hours: int) -> UsageRecord:
    """A talk of no seconds stands for a contact that was turned away."""
    start = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hours)
    facts = handled(talk=talk, start=start) if talk else refused(start)
    return record(facts, contact=f"{channel[0]}{n}", channel=channel)


traffic = st.lists(
    st.builds(
        contact,
        st.integers(0, 10**6),
        st.sampled_from([Channel.VOICE, Channel.CHAT, Channel.EMAIL, Channel.POST]),
        st.sampled_from([0, 1, 59, 60, 3600]),
        st.integers(0, 40) | st.integers(0, 600),
    ),
    max_size=15,
    unique_by=lambda record: record.contact,
)


@given(traffic, st.randoms(use_true_random=False))
def test_any_order_of_events_gives_the_same_bytes(records: list[UsageRecord], random: Any) -> None:
    mixed = list(records)
    random.shuffle(mixed)
    assert drafted(records).as_json() == drafted(mixed).as_json()


@given(traffic)
def test_lines_add_up_to_net_taxes_to_tax_and_both_to_the_total(records: list[UsageRecord]) -> None:
    document = json.loads(drafted(records).as_json())
    assert sum(line["amount"] for line in document["lines"]) == document["net"]
    assert sum(group["base"] for group in document["taxes"]) == document["net"]
    assert sum(group["tax"] for group in document["taxes"]) == document["tax"]
    assert document["net"] + document["tax"] == document["total"]


@given(traffic)
def test_the_contacts_in_the_annex_add_up_to_the_lines(records: list[UsageRecord]) -> None:
    bill = drafted(records)
    rows = json.loads(annex(records, bill.usage))["contacts"]
    assert len(rows) == len(records)
    for line in bill.as_document()["lines"][1:]:
        mine = [row for row in rows if row["charge"] == line["kind"] and row["rate_class"] == line["rate_class"]]
        assert sum(row["billed"] for row in mine) == line["used"]
        assert len(mine) == line["contacts"]
        assert line["used"] - line["included"] == line["quantity"]


@given(traffic, traffic)
def test_another_clients_usage_never_changes_this_ones_invoice(
    own: list[UsageRecord], others: list[UsageRecord]
) -> None:
    foreign = [
        UsageRecord.from_item({**record.as_item(), "tenant": PLUMBER, "contact": f"x{record.contact}"})
        for record in others
    ]
    assert drafted([*own, *foreign]).as_json() == drafted(own).as_json()


@given(traffic, st.integers(0, 3600))
def test_one_more_call_never_makes_it_cheaper(records: list[UsageRecord], talk: int) -> None:
    more = [*records, contact(10**7, Channel.VOICE, talk, 100)]
    assert drafted(more).as_document()["total"] >= drafted(records).as_document()["total"]


def test_the_edges_of_the_month_are_the_clients_midnights() -> None:
    def ended(at: datetime) -> UsageRecord:
        return record(handled(start=at - timedelta(seconds=65), talk=60, queue=5), contact=f"v{at:%d%H%M%S}")

    first, last = NOVEMBER.start, NOVEMBER.end - timedelta(seconds=1)
    edges = [ended(first - timedelta(seconds=1)), ended(first), ended(last), ended(NOVEMBER.end)]
    assert drafted(edges).as_json() == drafted(edges[1:3]).as_json()
    assert drafted(edges).usage.sums.records == 2


def test_tax_is_on_the_sum_and_not_on_each_line() -> None:
    # Two lines of 0.03: 19 % of each is 0.0057, rounded 0.01; of the sum 0.0114, rounded 0.01.
    cents = plan(base="0.03", per_minute="0.03", per_chat="0.00", per_email="0.00", tax="19")
    bill = drafted([record(handled(talk=60, wrap=0))], plan=cents).as_document()
    assert (bill["net"], bill["tax"]) == (6, 1)


def test_published_tax_rounds_half_up() -> None:
    assert drafted([], plan=plan(base="24.99", tax="10.75")).as_document()["tax"] == 269


def test_a_currency_without_minor_units_bills_in_whole_ones() -> None:
    yen = plan(base="30000", per_minute="150", currency="JPY", tax="10")
    document = drafted([record(handled(talk=61, wrap=0))], plan=yen).as_document()
    assert document["currency"] == {"code": "JPY", "exponent": 0}
    assert (document["net"], document["tax"]) == (30_153, 3_015)


def test_what_is_not_charged_is_shown() -> None:
    abandoned = usage(told((0, "arrived", {}), (1, "queued", {}), (46, "abandoned", {"where": "queue"})), contact="v9")
    document = drafted([record(refused(), contact="c1", channel=Channel.CHAT), *abandoned.records]).as_document()
    assert document["not_charged"] == {"abandoned": 1, "refused": 1, "self_served": 0}
    assert document["total"] == drafted([]).as_document()["total"]


def test_whom_a_machine_served_is_charged_or_told_as_not_charged_and_never_both() -> None:
    served = told((0, "arrived", {}), (45, "self_served", {"topic": "hours"}))
    records = [
        *usage(served, contact="v7").records,
        *usage(served, contact="v8").records,
        *usage(served, contact="c9", channel=Channel.CHAT).records,
        *usage(served, contact="e9", channel=Channel.EMAIL).records,
    ]
    plans: list[tuple[dict[str, Any], list[str]]] = [({}, []), ({"automated": {"per_minute": "0.15"}}, ["v7", "v8"])]
    for terms, charged in plans:
        bill = drafted(records, plan=simple(**terms))
        document = bill.as_document()
        rows = json.loads(annex(records, bill.usage))["contacts"]
        assert [row["contact"] for row in rows if row["charge"] == "automated_seconds"] == charged
        assert sorted(row["contact"] for row in rows) == ["c9", "e9", "v7", "v8"]
        assert bill.usage.behind == len(rows)
        assert document["not_charged"]["self_served"] == 4 - len(charged)
        assert document["without_price"] == {}


def test_handle_time_counts_each_contact_in_full_though_they_were_handled_at_once() -> None:
    both = [record(handled(talk=60, wrap=0), contact=name, channel=Channel.CHAT) for name in ("c1", "c2")]
    assert drafted(both).as_document()["handle_time"] == {"seconds": 120, "channels": {"chat": 120}}


def test_a_running_month_says_until_when_it_counted() -> None:
    document = drafted([], until=NOON).as_document()
    assert not document["period"]["complete"]
    assert document["period"]["until_local"] == "2026-11-10 13:00"


def test_there_is_no_float_in_an_invoice() -> None:
    def no_float(text: str) -> None:
        raise AssertionError(text)

    json.loads(drafted([record(handled())]).as_json(), parse_float=no_float)


def test_an_invoice_names_the_records_it_was_computed_from() -> None:
    one, other = record(handled(talk=60)), record(handled(talk=61))
    hashes = {drafted([each]).as_document()["inputs"]["digest"] for each in (one, other)}
    assert len(hashes) == 2
