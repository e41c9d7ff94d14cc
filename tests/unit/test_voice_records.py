"""Contact records as values, and which side wins where they differ from our facts."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.timeline import timeline
from chalicelib.channels.voice.model.legs import whole
from chalicelib.channels.voice.model.reconciliation import Reason, ours, verdict
from chalicelib.channels.voice.model.record import ContactRecord, Fault, Unreadable, contact_record, document, newer
from chalicelib.contacts.model.contact import Arrival, Contact, opened, replayed
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId, TenantId
from tests.fakes.telephone import PLUMBER, Telephone
from tests.fakes.usage import NOON, handled, told


def sample(name: str) -> dict[str, Any]:
    folder = os.environ.get("CONNECT_EVENT_SAMPLES")
    if not folder:
        pytest.skip("CONNECT_EVENT_SAMPLES names no folder with published events of Amazon Connect")
    return json.loads(Path(folder, name).read_text())  # type: ignore[no-any-return]


def raw(
    *, talk: int = 60, hold: int = 0, wrap: int = 30, queue: int = 5, at: datetime = NOON, **more: Any
) -> dict[str, Any]:
    """The record of a call of one segment, which agrees with `handled` of the same figures."""
    connected = at + timedelta(seconds=queue)
    ended = connected + timedelta(seconds=talk + hold)
    return {
        "ContactId": "c1",
        "InitialContactId": None,
        "Channel": "VOICE",
        "InitiationMethod": "INBOUND",
        "InitiationTimestamp": stamp(at),
        "DisconnectTimestamp": stamp(ended),
        "LastUpdateTimestamp": stamp(ended + timedelta(seconds=wrap)),
        "Attributes": {"tenantId": "shop"},
        "Agent": {
            "Username": "maria",
            "ConnectedToAgentTimestamp": stamp(connected),
            "AgentInteractionDuration": talk,
            "CustomerHoldDuration": hold,
            "AfterContactWorkDuration": wrap,
            "AfterContactWorkStartTimestamp": stamp(ended),
        },
        "Queue": {"EnqueueTimestamp": stamp(at), "DequeueTimestamp": stamp(connected), "Duration": queue},
    } | more


def record(**how: Any) -> ContactRecord:
    return contact_record(raw(**how))


def chain(*records: ContactRecord) -> dict[str, ContactRecord]:
    return {one.contact: one for one in records}


def called(*facts: Fact) -> Contact:
    arrival = Arrival(channel=Channel.VOICE, entry_point=PLUMBER, customer="", source_id="c1")
    first = opened(TenantId("shop"), ContactId("v1"), arrival, facts[0].at)
    return replayed(first, facts[1:])


def call(**how: Any) -> Contact:
    return called(*handled(**how))


# --- what is read -----------------------------------------------------------------------------------------------


def test_the_published_record_is_read_and_agrees_with_itself() -> None:
    read = contact_record(document(json.dumps(sample("ctr_voice_inbound.json"))))
    assert read.agent is not None
    assert (read.agent.username, read.agent.talk, read.agent.hold, read.agent.wrap) == ("admin1", 33, 0, 32)
    assert read.queue is not None
    assert read.queue.seconds == 7
    assert (read.initial, read.tenant, read.agent.contradiction) == (read.contact, "", 0)
    assert read.is_call
    assert whole(chain(read))


def test_a_record_of_our_own_exchange_is_read_by_the_same_code_and_agrees_with_our_facts() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    spoken = telephone.exchange.dial(PLUMBER, "+15557654321", "1")
    telephone.clock.advance(8)
    telephone.exchange.accept("maria")
    telephone.clock.advance(70)
    telephone.exchange.hang_up(spoken)
    contact = telephone.contact(spoken)
    telephone.clock.advance(20)
    telephone.exchange.clear("maria")
    wrapped = Fact(kind="wrapped", at=telephone.clock.now(), by="agent:maria", data={"disposition": "solved"})
    read = chain(*(contact_record(dict(one)) for one in telephone.records.records))
    assert {one.tenant for one in read.values()} == {"plumber"}
    assert all(one.ours == contact.contact for one in read.values())
    found = verdict(read, contact.after(wrapped))
    assert (found.reason, found.seconds) == (Reason.AGREES, None)
    assert ours(contact.after(wrapped)).seconds["talk"] > 0


@pytest.mark.parametrize("nothing", [None, {}])
def test_nobody_and_nowhere_are_read_as_such(nothing: Any) -> None:
    read = record(Agent=nothing, Queue=nothing, SystemEndpoint=nothing, CustomerEndpoint=nothing, Attributes=nothing)
    assert (read.agent, read.queue, read.tenant, read.dialled) == (None, None, "", "")


def test_the_channel_is_read_in_any_case_and_what_is_unknown_is_passed_over() -> None:
    assert record(Channel="Voice", Weather={"of": ["tomorrow"]}) == record(Channel="VOICE")
    assert not record(Channel="CHAT").is_call


def test_of_people_only_the_agents_name_is_kept() -> None:
    read = record(CustomerEndpoint={"Address": "+15557654321"}, Attributes={"tenantId": "shop", "note": "secret"})
    kept = json.dumps(read.as_item())
    assert "+15557654321" not in kept
    assert "secret" not in kept


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ({"ContactId": None}, Fault.NO_CONTACT_ID),
        ({"LastUpdateTimestamp": None}, Fault.NO_UPDATE_TIME),
        ({"LastUpdateTimestamp": "yesterday"}, Fault.BAD_TIME),
        ({"DisconnectTimestamp": "2026-11-10T12:00:00"}, Fault.BAD_TIME),
        ({"Queue": {"EnqueueTimestamp": "2026-11-10T12:00:00Z", "Duration": -1}}, Fault.BAD_SECONDS),
        ({"AgentConnectionAttempts": 1.5}, Fault.BAD_SECONDS),
        ({"AgentConnectionAttempts": 10**40}, Fault.BAD_SECONDS),
        ({"InitiationTimestamp": "0001-01-01T00:00:00+12:00"}, Fault.BAD_TIME),
        ({"InitiationTimestamp": "0999-01-01T00:00:00Z"}, Fault.BAD_TIME),
        ({"ContactId": "x" * 300}, Fault.TOO_LONG),
        ({"Tags": {"tenantId": "x" * 300}}, Fault.TOO_LONG),
    ],
)
def test_what_cannot_be_read_says_why(broken: dict[str, Any], fault: Fault) -> None:
    with pytest.raises(Unreadable) as refused:
        record(**broken)
    assert refused.value.fault is fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", Fault.NOT_JSON),
        ("[" * 100_000, Fault.NOT_JSON),
        ("[1]", Fault.NOT_AN_OBJECT),
        ('{"ContactId": "\\ud800"}', Fault.BAD_TEXT),
    ],
)
def test_what_is_no_object_says_so(text: str, fault: Fault) -> None:
    with pytest.raises(Unreadable) as refused:
        document(text)
    assert refused.value.fault is fault


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(changed=st.dictionaries(st.sampled_from(sorted(raw())), _JSON, max_size=3))
def test_whatever_comes_is_read_or_refused_by_name_and_what_is_read_survives_the_store(changed: dict[str, Any]) -> None:
    try:
        read = contact_record(raw() | changed)
    except Unreadable:
        return
    assert ContactRecord.from_item(json.loads(json.dumps(read.as_item()))) == read


def test_the_greatest_update_time_holds() -> None:
    first = record()
    later = replace(first, updated_at=stamp(NOON + timedelta(days=1)))
    assert newer(later, first)
    assert not newer(first, later)
    assert not newer(first, first)


# --- which side wins --------------------------------------------------------------------------------------------


@given(
    talk=st.integers(1, 900), hold=st.integers(0, 90), wrap=st.integers(0, 90), queue=st.integers(0, 90),
    apart=st.tuples(*[st.integers(-1, 1)] * 3),
)  # fmt: skip
def test_a_second_more_or_less_is_no_difference(
    talk: int, hold: int, wrap: int, queue: int, apart: tuple[int, ...]
) -> None:
    told_talk, told_hold, told_wrap = (max(0, a + b) for a, b in zip((talk, hold, wrap), apart, strict=True))
    told_record = record(talk=told_talk, hold=told_hold, wrap=told_wrap, queue=queue)
    found = verdict(chain(told_record), call(talk=talk, hold=hold, wrap=wrap, queue=queue))
    assert (found.reason, found.seconds, found.differences) == (Reason.AGREES, None, ())
    assert not found.worth_telling


@pytest.mark.parametrize("part", ["talk", "hold", "wrap"])
def test_two_seconds_are_and_telephonys_clock_rules_all_parts(part: str) -> None:
    mine = {"talk": 60, "hold": 20, "wrap": 30}
    theirs = mine | {part: mine[part] + 2}
    found = verdict(chain(record(**theirs)), call(**mine))
    assert found.reason is Reason.TELEPHONY_RULES
    assert found.seconds == theirs
    assert [(one.part, one.ours, one.theirs, one.wins) for one in found.differences] == [
        (part, mine[part], mine[part] + 2, "theirs")
    ]
    assert f"{part} {mine[part]} s by our facts" in found.why


def test_waiting_is_reported_and_never_corrected() -> None:
    found = verdict(chain(record(queue=5, Queue={"EnqueueTimestamp": stamp(NOON), "Duration": 40})), call(queue=5))
    assert (found.reason, found.seconds) == (Reason.AGREES, None)
    assert [(one.part, one.wins) for one in found.differences] == [("queue", "ours")]
    assert found.worth_telling


def test_clocks_that_disagree_are_told_and_change_no_duration() -> None:
    found = verdict(chain(record(at=NOON + timedelta(seconds=90))), call())
    assert (found.reason, found.seconds, found.clocks_apart_s) == (Reason.AGREES, None, 90)
    assert found.worth_telling


def test_each_turn_of_a_chain_counts_and_its_order_does_not() -> None:
    first = record(talk=40, wrap=0, ContactId="c1", NextContactId="c2")
    second = record(talk=25, wrap=30, ContactId="c2", InitialContactId="c1", PreviousContactId="c1", Queue=None)
    for records in (chain(first, second), chain(second, first)):
        assert verdict(records, call(talk=60)).seconds == {"talk": 65, "hold": 0, "wrap": 30}


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        (chain(record(talk=90, NextContactId="c2")), Reason.CHAIN_BROKEN),
        (chain(record(talk=90, ContactId="c2", InitialContactId="c1")), Reason.CHAIN_BROKEN),
        (chain(record(talk=90, DisconnectTimestamp=None)), Reason.CHAIN_BROKEN),
        (chain(record(talk=90, NextContactId="c1")), Reason.CHAIN_BROKEN),
        (chain(record(talk=90), record(ContactId="c9", InitialContactId="c1")), Reason.CHAIN_BROKEN),
        (chain(record(Agent=raw()["Agent"] | {"AgentInteractionDuration": 90})), Reason.CONTRADICTS_ITSELF),
        (chain(record(Agent=None)), Reason.NOBODY_TALKED),
        (chain(record(talk=90, Agent=raw(talk=90)["Agent"] | {"Username": "jonas"})), Reason.OTHER_AGENTS),
        (chain(record(talk=0, wrap=0)), Reason.NO_SECONDS),
    ],
)
def test_records_that_cannot_be_believed_change_nothing_and_are_told(
    records: dict[str, ContactRecord], reason: Reason
) -> None:
    found = verdict(records, call(talk=60))
    assert (found.reason, found.seconds) == (reason, None)
    assert found.worth_telling
    assert all(one.wins == "ours" for one in found.differences)


def test_an_agent_who_was_not_reserved_is_told_and_not_billed() -> None:
    left = called(*told((0, "arrived", {}), (1, "queued", {}), (30, "abandoned", {"where": ""})))
    found = verdict(chain(record(talk=90)), left)
    assert (found.reason, found.seconds) == (Reason.OUTSIDE_ROUTING, None)


_STEPS = {
    "arrived": ["queued", "abandoned", "self_served", "patched"],
    "patched": ["closed"],
    "queued": ["offered", "abandoned"],
    "offered": ["requeued", "connected", "abandoned"],
    "requeued": ["offered", "abandoned"],
    "connected": ["held", "ended"],
    "held": ["resumed", "ended"],
    "resumed": ["held", "ended"],
    "ended": ["wrapped"],
}


@given(data=st.data())
def test_our_seconds_are_those_that_billing_records(data: st.DataObject) -> None:
    """Whatever the facts, and whatever their clock: the two planes read them the same way."""
    kind, at, facts = "arrived", 0.0, []
    while True:
        agent = {"agent": "maria"} if kind == "connected" else {}
        facts.append(Fact(kind=kind, at=datetime(2026, 11, 10, tzinfo=UTC) + timedelta(seconds=at), data=agent))
        if kind not in _STEPS or len(facts) > 14:
            break
        kind, at = data.draw(st.sampled_from(_STEPS[kind])), at + data.draw(st.floats(-5, 60))
    seconds = timeline(facts).seconds
    parts = ("talk", "hold", "wrap", "queue", "patched")
    assert ours(called(*facts)).seconds == {part: seconds.get(part, 0) for part in parts}
