"""A call's records by leg: whose each one is, whether a leg is whole, and what it tells that our facts do not know."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels.voice.model.event import contact_event
from chalicelib.channels.voice.model.legs import ANSWERED, TRIED, Untold, legs, untold, whole
from chalicelib.channels.voice.model.reconciliation import Reason, theirs, verdict
from chalicelib.channels.voice.model.record import ContactRecord, contact_record
from chalicelib.contacts.model.contact import Arrival, Contact, opened, replayed
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId, TenantId, contact_id
from tests.fakes.switchboard import Switchboard
from tests.fakes.telephone import PLUMBER
from tests.fakes.usage import JONAS, NOON, handled, told
from tests.unit.test_voice_records import chain, raw

FIRST = contact_id("voice", "c1")
NOBODY: dict[str, Any] = {"Agent": None, "Queue": None}


def segment(name: str, **how: Any) -> ContactRecord:
    """Of the call c1; `leg` is told by its tag, `after` is the segment before it."""
    told: dict[str, Any] = {"ContactId": name, "InitialContactId": None if name == "c1" else "c1"}
    told |= {"ConnectedToSystemTimestamp": stamp(NOON)}
    told |= {"PreviousContactId": how.pop("after", None), "Tags": {"contactId": how.pop("leg", "")}}
    return contact_record(raw(**told | how))


def split(*records: ContactRecord) -> dict[str, set[str]]:
    return {contact: set(found) for contact, found in legs(chain(*records)).items()}


def contact(*facts: Fact, **arrival: Any) -> Contact:
    came = Arrival(channel=Channel.VOICE, entry_point=PLUMBER, customer="", source_id="c1", **arrival)
    return replayed(opened(TenantId("shop"), ContactId("v1"), came, facts[0].at), facts[1:])


ARRIVED = told((0, "arrived", {}))
QUEUED = (*ARRIVED, *told((1, "queued", {})))
OFFERED = (*QUEUED, *told((2, "offered", {"agent": "maria", "offer": "o1"})))

# --- whose a record is ------------------------------------------------------------------------------------------


def test_a_transfer_is_a_leg_of_its_own_and_a_requeue_is_not() -> None:
    first = segment("c1", NextContactId="c2")
    again = segment("c2", after="c1", InitiationMethod="QUEUE_TRANSFER")
    passed_on = segment("c3", after="c2", InitiationMethod="TRANSFER", leg="v2")
    assert split(passed_on, again, first) == {FIRST: {"c1", "c2"}, "v2": {"c3"}}


def test_a_tag_is_the_segments_own_and_an_attribute_may_be_of_a_later_leg() -> None:
    later = {"tenantId": "shop", "contactId": "v2"}
    assert segment("c2", leg="v1", Attributes=later).ours == "v1"
    assert segment("c2", InitiationMethod="TRANSFER", Attributes=later).ours == "v2"
    assert segment("c1", Attributes=later).ours == FIRST
    assert segment("c2").ours == segment("c2", leg="none").ours == FIRST


def test_what_follows_an_agents_hang_up_is_of_the_leg_before_it() -> None:
    later = {"tenantId": "shop", "contactId": "v9"}
    first, second = segment("c1"), segment("c2", after="c1", InitiationMethod="TRANSFER", leg="v2")
    survey = segment("c3", after="c2", InitiationMethod="DISCONNECT", Attributes=later, **NOBODY)
    more = segment("c4", after="c3", InitiationMethod="DISCONNECT", Attributes=later, **NOBODY)
    assert split(first, second, survey, more)["v2"] == {"c2", "c3", "c4"}
    assert split(first, survey)[FIRST] == {"c1", "c3"}


@pytest.mark.parametrize("method", ["CALLBACK", "OUTBOUND", "EXTERNAL_OUTBOUND"])
def test_a_call_that_is_made_for_a_leg_is_of_it(method: str) -> None:
    assert split(segment("c1"), segment("c2", after="c1", InitiationMethod=method, leg="v2"))["v2"] == {"c2"}


def test_a_record_of_before_there_were_legs_is_read_as_one_of_the_whole_call() -> None:
    item = segment("c1").as_item()
    for name in ("leg", "related", "outside", "through_at", "voicemail", "recordings"):
        del item[name]
    assert ContactRecord.from_item(item) == segment("c1")


def test_recordings_are_kept_with_their_bucket_and_come_back_from_the_store() -> None:
    told = [
        {"Location": "bucket/connect/x/c1.wav"},
        {"Location": "bucket/connect/x/gone.wav", "DeletionReason": "asked for"},
        {"Location": "bucket/" + "x" * 2000},
        {"Location": "bucket"},
        None,
    ]
    kept = segment("c1", Recordings=told)
    assert kept.recordings == ("bucket/connect/x/c1.wav",)
    assert ContactRecord.from_item(json.loads(json.dumps(kept.as_item()))) == kept
    assert segment("c1", Recordings=None, Recording=told[0]).recordings == ("bucket/connect/x/c1.wav",)


# --- whether a leg is whole -------------------------------------------------------------------------------------


def tree() -> list[ContactRecord]:
    """Asked again, consulted (who did not help), transferred, a survey; and somebody outside."""
    return [
        segment("c1", NextContactId="c2"),
        segment("c2", after="c1", InitiationMethod="QUEUE_TRANSFER", NextContactId="c4", leg=FIRST),
        segment("c3", after="c2", InitiationMethod="TRANSFER", leg="v3"),
        segment("c4", after="c2", InitiationMethod="TRANSFER", leg="v4", NextContactId="c5"),
        segment("c5", after="c4", InitiationMethod="DISCONNECT"),
        segment("c6", RelatedContactId="c2", InitiationMethod="EXTERNAL_OUTBOUND", leg="v6"),
    ]


@given(st.randoms(use_true_random=False))
def test_all_legs_of_a_tree_are_whole_whatever_the_order_of_their_records(order: random.Random) -> None:
    records = tree()
    order.shuffle(records)
    everything = chain(*records)
    assert all(whole(leg, everything) for leg in legs(everything).values())


@pytest.mark.parametrize(
    ("missing", "lacking"),
    [("c1", {FIRST}), ("c2", {FIRST}), ("c3", set()), ("c4", {FIRST}), ("c5", {"v4"}), ("c6", set())],
)
def test_a_leg_lacks_what_hangs_together_with_it_and_no_other_leg_does(missing: str, lacking: set[str]) -> None:
    everything = chain(*(one for one in tree() if one.contact != missing))
    found = {contact for contact, leg in legs(everything).items() if not whole(leg, everything)}
    assert found == lacking


def test_a_segment_that_goes_on_keeps_its_own_leg_waiting_and_no_other() -> None:
    records = [replace(one, ended_at="") if one.contact == "c4" else one for one in tree()]
    everything = chain(*records)
    assert {contact for contact, leg in legs(everything).items() if not whole(leg, everything)} == {"v4"}


def test_what_goes_with_a_segment_hangs_on_it() -> None:
    beside = segment("c2", InitiationMethod="EXTERNAL_OUTBOUND", RelatedContactId="c1")
    assert whole(chain(segment("c1"), beside))
    assert not whole(chain(segment("c1"), replace(beside, related="")))


def test_segments_in_a_circle_are_never_whole() -> None:
    one, other = segment("c1", NextContactId="c2"), segment("c2", after="c1", NextContactId="c1")
    assert not whole(chain(one, other))
    assert not whole({})


# --- each against its own contact -------------------------------------------------------------------------------


def test_two_agents_at_once_are_compared_each_with_his_own_contact() -> None:
    agent = raw(talk=40, wrap=10)["Agent"] | {"Username": "jonas"}
    asked = segment("c1", talk=60, hold=45, wrap=20)
    consulted = segment("c2", after="c1", InitiationMethod="TRANSFER", leg="v2", talk=40, wrap=10, Agent=agent)
    everything = chain(asked, consulted)
    mine, his = (leg for leg in legs(everything).values())
    assert verdict(mine, contact(*handled(talk=60, hold=45, wrap=20)), everything).reason is Reason.AGREES
    found = verdict(his, contact(*handled(talk=30, wrap=10, agent=JONAS)), everything)
    assert (found.reason, found.seconds) == (Reason.TELEPHONY_RULES, {"talk": 40, "hold": 0, "wrap": 10})


def test_who_was_called_waited_for_nobody_and_who_is_called_back_waited_at_home() -> None:
    called = segment("c1", InitiationMethod="OUTBOUND", queue=40)
    rang = told((0, "arrived", {"direction": "outbound"}), (0, "offered", {"agent": "maria", "offer": "o1"}))
    assert not verdict(chain(called), contact(*rang, *handled(queue=40)[3:])).worth_telling
    asked = segment("c1", queue=30, Agent=None, NextContactId="c2")
    later = segment("c2", after="c1", queue=5, InitiationMethod="CALLBACK")
    later = replace(later, queue=replace(later.queue, seconds=1800) if later.queue else None)
    rung_back = told(
        (0, "arrived", {}),
        (0, "queued", {}),
        (30, "callback_asked", {"number": "+1"}),
        (1000, "offered", {"agent": "maria", "offer": "o1"}),
        (1020, "connected", {"agent": "maria"}),
        (1080, "ended", {}),
        (1110, "wrapped", {}),
    )
    found = verdict(chain(asked, later), contact(*rung_back))
    assert (found.reason, found.differences) == (Reason.AGREES, ())


@pytest.mark.parametrize("method", ["OUTBOUND", "CALLBACK"])
def test_an_agent_who_lets_it_ring_has_not_begun_to_talk(method: str) -> None:
    """The agent is there 5 seconds after noon; his customer answers 20 seconds later, or never."""
    answered = stamp(NOON + timedelta(seconds=25))
    rang = segment("c1", InitiationMethod=method, talk=60, ConnectedToSystemTimestamp=answered).agent
    assert rang is not None
    assert (rang.connected_at, rang.talk, rang.contradiction) == (answered, 40, 0)
    assert segment("c1", InitiationMethod=method, ConnectedToSystemTimestamp=None).agent is None
    taken = segment("c1", ConnectedToSystemTimestamp=answered, talk=60).agent
    assert taken is not None
    assert taken.talk == 60, "who calls us is there before the agent"


def test_time_outside_that_our_facts_do_not_know_is_told_and_never_billed_from_a_record() -> None:
    """Somebody dialled by hand: no leg of ours was begun for it. The agent's part of it is over when he leaves."""
    record = segment(
        "c1",
        TransferredToEndpoint={"Address": "+15550100777"},
        TransferCompletedTimestamp=stamp(NOON + timedelta(seconds=40)),
        DisconnectTimestamp=stamp(NOON + timedelta(seconds=665)),
    )
    found = verdict(chain(record), contact(*handled()))
    assert (found.reason, found.seconds) == (Reason.AGREES, None)
    assert [(one.part, one.ours, one.theirs, one.wins) for one in found.differences] == [("patched", 0, 600, "ours")]


# --- what the records tell that our facts do not know -------------------------------------------------------------


def out(answered_s: int | None = 10, ended_s: int = 70, **how: Any) -> ContactRecord:
    through = None if answered_s is None else stamp(NOON + timedelta(seconds=answered_s))
    usual: dict[str, Any] = {"InitiationMethod": "TRANSFER", "TransferredToEndpoint": {"Address": "+15550100777"}}
    usual |= {"TransferCompletedTimestamp": through, "DisconnectTimestamp": stamp(NOON + timedelta(seconds=ended_s))}
    return segment("c2", after="c1", leg="v1", **NOBODY | usual | how)


def says(record: ContactRecord, *facts: Fact, **arrival: Any) -> list[tuple[str, float]]:
    leg, at = chain(record), NOON.timestamp()
    found = untold(leg, chain(segment("c1"), record), contact(*facts, **arrival))
    return [(one.kind, _instant(one) - at) for one in found]


def _instant(one: Untold) -> float:
    return NOON.fromisoformat(one.at).timestamp()


def test_a_leg_outside_is_put_through_when_they_answer_and_closed_when_they_hang_up() -> None:
    assert says(out(), *ARRIVED) == [("patched", 10), ("closed", 70)]
    assert says(out(), *ARRIVED, *told((10, "patched", {}))) == [("closed", 70)]
    assert says(out(None), *ARRIVED) == [("closed", 70)]
    assert says(out(), *ARRIVED, *told((70, "closed", {}))) == []
    rang = (*ARRIVED, *told((5, "dialled", {"to": "outside", "call": "x1"})))
    no_number = out(None, TransferredToEndpoint=None)
    assert says(no_number, *rang) == [("closed", 70)]
    assert says(no_number, *ARRIVED) == [("abandoned", 70)]
    assert says(no_number, *rang, *told((10, "patched", {}))) == [("closed", 70)]
    of_its_own = out(None, InitiationMethod="EXTERNAL_OUTBOUND", TransferredToEndpoint=None,
                     ConnectedToSystemTimestamp=stamp(NOON + timedelta(seconds=12)))  # fmt: skip
    assert says(of_its_own, *ARRIVED) == [("patched", 12), ("closed", 70)]


@pytest.mark.parametrize("facts", [ARRIVED, QUEUED, OFFERED])
def test_a_call_that_is_over_with_nobody_on_it_was_abandoned(facts: tuple[Fact, ...]) -> None:
    gone = segment("c1", DisconnectTimestamp=stamp(NOON + timedelta(seconds=70)), **NOBODY)
    assert says(gone, *facts) == [("abandoned", 70)]
    assert says(replace(gone, ended_at=""), *facts) == []
    assert says(replace(gone, next="c9"), *facts) == []


@pytest.mark.parametrize("reason", ["CUSTOMER_DISCONNECT", "CONTACT_FLOW_DISCONNECT", "TELECOM_PROBLEM", "API", ""])
@pytest.mark.parametrize("picked_up", [True, False])
def test_somebody_on_call_picked_up_where_telephony_connected_him_however_it_ended(
    picked_up: bool, reason: str
) -> None:
    at = stamp(NOON + timedelta(seconds=12)) if picked_up else None
    ended = stamp(NOON + timedelta(seconds=70))
    tried = segment("c1", leg="v1", InitiationMethod="API", ConnectedToSystemTimestamp=at, DisconnectReason=reason,
                    DisconnectTimestamp=ended, **NOBODY)  # fmt: skip
    (told,) = untold(chain(tried), chain(tried), contact(*ARRIVED, outreach="dispatch:night"))
    assert told == Untold(TRIED, ended, "c1", what=ANSWERED if picked_up else "")
    assert theirs(chain(tried)).seconds["patched"] == 0  # nobody of theirs was put through to anybody
    detail = {"eventType": "DISCONNECTED", "contactId": "c1", "initiationMethod": "API", "disconnectReason": reason}
    event = contact_event({"detail": {**detail, "connectedToSystemTimestamp": at}})
    assert (event.system_at is not None) is bool(told.what)


def test_where_our_facts_are_further_on_they_win() -> None:
    gone = segment("c1", **NOBODY)
    assert says(gone, *OFFERED, *told((3, "connected", {"agent": "maria"}))) == []
    assert says(gone, *ARRIVED, *told((3, "self_served", {"topic": "hours"}))) == []
    assert says(segment("c1"), *OFFERED) == [], "an agent's connection is told by its event"


def test_who_asked_to_be_called_back_has_not_left_until_the_call_to_him_failed() -> None:
    asked = (*QUEUED, *told((20, "callback_asked", {"number": "+1"})))
    gone = segment("c1", DisconnectTimestamp=stamp(NOON + timedelta(seconds=70)), **NOBODY)
    assert says(gone, *asked) == []
    ended = stamp(NOON + timedelta(seconds=900))
    tried = segment("c1", InitiationMethod="CALLBACK", DisconnectTimestamp=ended, **NOBODY)
    assert says(tried, *asked) == [("not_reached", 900)]
    assert says(tried, *asked, *told((900, "not_reached", {"attempt": 1, "id": "c1"}), (1000, "queued", {}))) == []


def test_a_message_is_left_where_the_call_ended_and_no_agent_ever_was() -> None:
    spoken = {"Attributes": {"tenantId": "shop", "voicemail": "1"}}
    left = segment("c1", **NOBODY, **spoken)
    assert left.has_message
    assert [kind for kind, _ in says(left, *ARRIVED)] == ["self_served"]
    assert not segment("c1", **spoken).has_message, "an agent was there"
    assert not segment("c1", NextContactId="c2", **NOBODY, **spoken).has_message, "the attribute is all segments'"
    assert not segment("c2", InitiationMethod="DISCONNECT", **NOBODY, **spoken).has_message


# --- of an exchange ---------------------------------------------------------------------------------------------


def consulted(board: Switchboard) -> dict[str, ContactRecord]:
    """Maria asks Ben for 20 s and leaves him the customer, who talks to him for 40 s; then there is a survey."""
    call = board.talking("maria")
    board.clock.advance(30)
    board.exchange.sign_in("ben", "Ben")
    asked = board.exchange.transfer("maria")
    asked.tags["contactId"] = "v-ben"
    board.clock.advance(3)
    board.answer("ben")
    board.clock.advance(20)
    board.exchange.complete("maria")
    board.clock.advance(40)
    board.exchange.agent_hangs_up("ben")
    board.exchange.clear("ben")
    board.exchange.press(call, "5")
    board.clock.settle(60)
    board.exchange.clear("maria")
    return chain(*map(contact_record, board.records.sent))


def test_what_an_exchange_tells_of_a_consultation_falls_into_its_legs() -> None:
    records = consulted(Switchboard())
    found = legs(records)
    assert {contact: [one.method for one in leg.values()] for contact, leg in found.items()} == {
        contact_id("voice", min(records)): ["INBOUND"],
        "v-ben": ["TRANSFER", "DISCONNECT"],
    }
    assert all(whole(leg, records) for leg in found.values())
    told = {leg: theirs(found[leg]) for leg in found}
    first, second = told.values()
    assert [*first.agents, *second.agents] == ["maria", "ben"]
    assert second.seconds["talk"] + second.seconds["hold"] >= 60
    assert first.seconds["hold"] >= 20, "the customer was on hold while the two agents spoke"
    assert all(one.agent is None or one.agent.contradiction == 0 for one in records.values())
