"""Records of calls with several legs, on both databases: each against its own contact, and what it tells of that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws.table import Database
from chalicelib.billing.model.ledger import Meter, UsageRecord, standing
from chalicelib.channels.voice.service.reconciling import PATIENCE
from chalicelib.contacts.model.contact import Arrival, Contact, State
from chalicelib.contacts.service import Contacts
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, contact_id
from chalicelib.routing.model.terms import terms_of
from chalicelib.tenancy.model.tenant import Tenant
from tests.contract.test_voice_records import AFTER, SETTLED, Line
from tests.fakes.counting_house import CountingHouse
from tests.fakes.telephone import PLUMBER
from tests.fakes.usage import JONAS, NOON, handled, told
from tests.unit.test_voice_records import raw

NOBODY: Mapping[str, Any] = {"Agent": None, "Queue": None}


class Legs(Line):
    """A call of several legs; those after the first are named by a number."""

    def segment(self, number: int) -> str:
        return f"{self.call}-{number}" if number > 1 else self.call

    def leg(self, number: int) -> ContactId:
        return contact_id("voice", self.segment(number))

    def began(self, number: int, *facts: Fact, over: bool = True, **arrival: Any) -> Contact:
        """Our side of a leg, and its usage where it is over."""
        source = self.segment(number)
        came = Arrival(channel=Channel.VOICE, entry_point=PLUMBER, customer="+15557654321", source_id=source, **arrival)
        contact = Contacts(self.contacts).open(self.shop.id, came, facts[0].at)
        for fact in facts[1:]:
            contact = self.contacts.move(self.shop.id, self.leg(number), fact)
        if over:
            self.house.tell(facts, tenant=self.shop.id, contact=self.leg(number))
        return contact

    def segment_record(self, number: int, *, of: int = 0, agent: str = "maria", **how: Any) -> str:
        """The record of a segment of the leg `of` (its own, if not said), tagged as our flow tags it."""
        before: dict[str, Any] = {"ConnectedToSystemTimestamp": stamp(NOON)}
        if number > 1:
            before |= {"InitialContactId": self.call, "PreviousContactId": self.call}
        tags = {"Tags": {"tenantId": self.shop.id, "contactId": self.leg(of or number)}}
        figures = {name: how.pop(name) for name in ("talk", "hold", "wrap", "queue", "at") if name in how}
        spoke = raw(**figures)["Agent"] | {"Username": agent}
        how = {"Agent": spoke, "InitiationMethod": "TRANSFER" if number > 1 else "INBOUND"} | tags | how
        return self.record(ContactId=self.segment(number), **before, **figures, **how)

    def now_of(self, number: int) -> Contact:
        return self.contacts.get(self.shop.id, self.leg(number))

    def usage(self, number: int) -> dict[str, int]:
        records: list[UsageRecord] = []
        for meter in Meter:
            records += standing(self.house.ledger.revisions(self.shop.id, self.leg(number), meter))
        return {one.meter.value: one.quantity for one in records}


@pytest.fixture
def line(database: Database, shop: Tenant, house: CountingHouse) -> Legs:
    return Legs(database, shop, house)


def test_a_transfer_is_two_contacts_and_each_is_corrected_by_its_own_records(line: Legs) -> None:
    line.began(1, *handled(talk=60, hold=20, wrap=30))
    line.began(2, *handled(talk=100, wrap=10, agent=JONAS))
    line.segment_record(2, agent="jonas", talk=90, wrap=10)
    line.segment_record(1, talk=60, hold=20, wrap=40, NextContactId=line.segment(2))
    assert line.look(SETTLED) == ["telephony_rules"] * 2
    assert {body["contact_id"]: body["seconds"] for body, _ in line.topic.told} == {
        line.leg(1): {"talk": 60, "hold": 20, "wrap": 40},
        line.leg(2): {"talk": 90, "hold": 0, "wrap": 10},
    }
    assert line.bill(SETTLED) == ["corrected", "corrected"]
    assert (line.usage(1), line.usage(2)) == ({"voice_seconds": 120}, {"voice_seconds": 100})
    assert sorted(one["contact_id"] for one in line.reports(SETTLED)) == sorted((line.leg(1), line.leg(2)))


def test_a_consultation_is_the_time_of_two_agents(line: Legs) -> None:
    line.began(1, *handled(talk=60, hold=45, wrap=20))
    line.began(2, *handled(talk=40, wrap=5, agent=JONAS))
    line.segment_record(1, talk=60, hold=45, wrap=20)
    line.segment_record(2, agent="jonas", talk=40, wrap=5)
    assert line.look(SETTLED) == ["agrees", "agrees"]
    assert (line.usage(1), line.usage(2)) == ({"voice_seconds": 125}, {"voice_seconds": 45})
    assert line.topic.told == []


def test_one_leg_waits_and_the_other_is_settled_once(line: Legs) -> None:
    line.began(1, *handled(talk=60))
    line.began(2, *handled(talk=100, agent=JONAS)[:-1], over=False)
    line.segment_record(1, talk=50)
    line.segment_record(2, agent="jonas", talk=100)
    assert line.look(SETTLED) == ["telephony_rules", "waits"]
    assert line.look(SETTLED + PATIENCE) == ["telephony_rules", "not_over"]
    assert len(line.topic.told) == 1
    assert sorted(one["reason"] for one in line.reports(SETTLED + PATIENCE)) == ["not_over"]
    assert [one["reason"] for one in line.reports(SETTLED)] == ["telephony_rules"]


def test_a_leg_that_nobody_knows_waits_and_is_told_for_itself(line: Legs) -> None:
    line.began(1, *handled())
    line.segment_record(1)
    line.segment_record(2, agent="jonas")
    assert line.look(SETTLED) == ["agrees", "waits"]
    assert line.look(SETTLED + PATIENCE) == ["agrees", "unknown_contact"]


@pytest.mark.parametrize("method", ["OUTBOUND", "CALLBACK"])
def test_a_call_out_is_an_agents_time_like_any_other_and_one_attempt(line: Legs, method: str) -> None:
    rang = (*handled()[:3], *told((2, "dialled", {"to": "customer", "call": line.call})), *handled()[3:])
    line.began(1, *rang)
    line.segment_record(1, InitiationMethod=method, talk=80)
    assert line.look(SETTLED) == ["telephony_rules"]
    line.bill(SETTLED)
    assert line.usage(1) == {"voice_seconds": 110, "dial": 1}


# --- outside ----------------------------------------------------------------------------------------------------


def outside(line: Legs, *, answered_s: int | None, ended_s: int) -> list[str]:
    """The second leg goes to somebody outside, and its record tells how it went."""
    line.began(1, *handled())
    line.began(2, *told((60, "arrived", {}), (61, "dialled", {"to": "outside", "call": "x1"})), over=False)
    line.segment_record(1)
    through = None if answered_s is None else stamp(NOON + timedelta(seconds=answered_s))
    for _ in range(3):
        line.segment_record(
            2,
            TransferredToEndpoint={"Address": "+15550100777", "Type": "TELEPHONE_NUMBER"},
            TransferCompletedTimestamp=through,
            DisconnectTimestamp=stamp(NOON + timedelta(seconds=ended_s)),
            **NOBODY,
        )
    return line.look(SETTLED)


def tell(line: Legs, number: int) -> dict[str, int]:
    """What our facts have become reaches the ledger."""
    line.house.tell(line.now_of(number).facts, SETTLED, tenant=line.shop.id, contact=line.leg(number))
    return line.usage(number)


def test_a_call_put_through_is_metered_until_they_hang_up_long_after_the_agent_left(line: Legs) -> None:
    assert outside(line, answered_s=70, ended_s=370) == ["agrees", "agrees"]
    leg = line.now_of(2)
    assert leg.state is State.CLOSED
    assert [(fact.kind, (fact.at - NOON).total_seconds()) for fact in leg.facts[2:]] == [
        ("patched", 70),
        ("closed", 370),
    ]
    assert tell(line, 2) == {"patched_seconds": 300, "dial": 1}
    assert tell(line, 2) == {"patched_seconds": 300, "dial": 1}
    assert line.usage(1) == {"voice_seconds": 90}


def test_nobody_answered_outside_and_it_was_an_attempt_all_the_same(line: Legs) -> None:
    outside(line, answered_s=None, ended_s=90)
    assert [fact.kind for fact in line.now_of(2).facts] == ["arrived", "dialled", "closed"]
    assert tell(line, 2) == {"dial": 1}


# --- over, with nobody on it -------------------------------------------------------------------------------------


def test_a_call_whose_end_nobody_heard_is_abandoned_when_its_caller_hung_up(line: Legs) -> None:
    waiting = line.began(1, *told((0, "arrived", {})), over=False)
    line.router.enqueue(waiting, terms_of(line.shop, Channel.VOICE), now=NOON)
    gone = NOON + timedelta(seconds=70)
    line.segment_record(1, DisconnectTimestamp=stamp(gone), **NOBODY)
    assert line.look(SETTLED) == ["agrees"]
    last = line.now_of(1).facts[-1]
    assert (last.kind, last.at, last.data["where"]) == ("abandoned", gone, "queue")
    line.segment_record(1, LastUpdateTimestamp=stamp(AFTER), **NOBODY)
    assert line.look(SETTLED + timedelta(minutes=1)) == ["agrees"]
    assert line.now_of(1).facts[-1] == last


def test_a_call_that_an_agent_has_by_our_facts_is_never_abandoned_by_a_record(line: Legs) -> None:
    line.began(1, *handled()[:4], over=False)
    line.segment_record(1, **NOBODY)
    assert line.look(SETTLED) == ["waits"]
    assert line.now_of(1).state is State.CONNECTED


# --- voicemail --------------------------------------------------------------------------------------------------


def spoken(line: Legs) -> dict[str, Any]:
    return {
        "Attributes": {"tenantId": line.shop.id, "voicemail": "1"},
        "Recordings": [{"Location": f"recordings/ivr/{line.call}.wav"}],
        **NOBODY,
    }


def messages(line: Legs) -> list[Contact]:
    day = line.contacts.of_day(line.shop.id, stamp(AFTER)[:10])
    found = [line.contacts.get(line.shop.id, one) for one in day]
    return [one for one in found if one.source_id.endswith("/voicemail")]


def test_a_message_waits_in_the_clients_line_as_soon_as_its_record_comes_and_once(line: Legs) -> None:
    line.began(1, *told((0, "arrived", {})), over=False)
    for _ in range(3):
        line.segment_record(1, **spoken(line))
    line.segment_record(1, **spoken(line) | {"LastUpdateTimestamp": stamp(AFTER)})
    assert line.look(SETTLED) == ["agrees"]
    (message,) = messages(line)
    assert message.contact == contact_id("voice", f"{line.call}/voicemail")
    assert (message.state, message.team) == (State.QUEUED, line.shop.team)
    assert (message.voicemail, message.previous) == (f"recordings/ivr/{line.call}.wav", line.leg(1))
    assert (message.entry_point, message.customer, message.thread) == (PLUMBER, "+15557654321", line.leg(1))
    assert [fact.kind for fact in message.facts] == ["arrived", "queued"]
    call = line.now_of(1)
    assert (call.state, call.facts[-1].data["topic"]) == (State.SELF_SERVED, "voicemail")


def test_a_message_without_a_recording_is_a_contact_all_the_same_once_none_can_come(line: Legs) -> None:
    line.began(1, *told((0, "arrived", {}), (40, "self_served", {"topic": "voicemail"})))
    line.segment_record(1, **spoken(line) | {"Recordings": None})
    assert messages(line) == []
    line.look(SETTLED)
    (message,) = messages(line)
    assert message.voicemail == ""


def test_a_message_that_an_agent_has_heard_does_not_come_again(line: Legs) -> None:
    line.began(1, *told((0, "arrived", {}), (40, "self_served", {"topic": "voicemail"})))
    line.segment_record(1, **spoken(line))
    (message,) = messages(line)
    agent = AgentId("maria")
    steps = told(
        (700, "offered", {"agent": agent, "offer": "o1"}),
        (705, "connected", {"agent": agent}),
        (765, "ended", {"why": "agent"}),
        (780, "wrapped", {"disposition": "solved"}),
    )
    for fact in steps:
        heard = line.contacts.move(line.shop.id, message.contact, fact)
    line.segment_record(1, **spoken(line) | {"LastUpdateTimestamp": stamp(AFTER)})
    line.look(SETTLED)
    assert messages(line) == [heard]
    line.house.tell(heard.facts, SETTLED, tenant=line.shop.id, contact=message.contact)
    (record,) = standing(line.house.ledger.revisions(line.shop.id, message.contact, Meter.VOICE))
    assert record.quantity == 75


def test_what_was_said_is_found_by_the_leg_that_it_was_said_in(line: Legs) -> None:
    line.began(1, *handled())
    line.began(2, *handled(agent=JONAS))
    line.segment_record(1, Recordings=[{"Location": "recordings/calls/a.wav"}])
    line.segment_record(2, agent="jonas", Recordings=[{"Location": "recordings/calls/b.wav"}])
    line.look(SETTLED)
    assert line.store.recordings(line.call, line.leg(1)) == ("recordings/calls/a.wav",)
    assert line.store.recordings(line.call, line.leg(2)) == ("recordings/calls/b.wav",)
    assert line.store.recordings(line.call, "nobody") == ()
