"""Contact records from the stream to the ledger, on both databases: kept once, held against our facts, corrected."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.table import Database
from chalicelib.billing.model.ledger import Meter, UsageRecord, standing
from chalicelib.channels.voice.service import adopting
from chalicelib.channels.voice.service.adopting import Adoption
from chalicelib.channels.voice.service.endings import Endings
from chalicelib.channels.voice.service.mailbox import Mailbox
from chalicelib.channels.voice.service.reconciling import PATIENCE, Reconciler
from chalicelib.channels.voice.service.records import SETTLE_S, RecordKeeper
from chalicelib.channels.voice.service.retention import Retention
from chalicelib.channels.voice.store.records import RecordStore
from chalicelib.contacts.model.contact import Arrival, Contact
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import NotFound, Unavailable
from chalicelib.kernel.ids import ContactId, TenantId, contact_id
from chalicelib.routing.service.router import Router
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.workforce.service import known_as
from infra.listeners import wants
from tests.fakes.counting_house import CountingHouse
from tests.fakes.marked_tapes import MarkedTapes
from tests.fakes.on_call import NobodyOnCall
from tests.fakes.queues import KeptQueue, KeptTopic
from tests.fakes.telephone import PLUMBER, Staff, Telephone
from tests.fakes.usage import NOON, handled
from tests.unit.test_voice_records import raw

AFTER = NOON + timedelta(minutes=10)


class Dialled:
    def __init__(self, shop: Tenant) -> None:
        self._shop = shop

    def asked(self, kind: str, text: str) -> Tenant | None:
        return self._shop if (kind, text) == ("phone", "+15550000001") else None

    def get(self, tenant: TenantId) -> Tenant:
        if tenant != self._shop.id:
            raise NotFound("tenant", tenant)
        return self._shop


@dataclass
class Line:
    """A client's calls, the records of them, and what billing is told."""

    database: Database
    shop: Tenant
    house: CountingHouse
    topic: KeptTopic = field(default_factory=KeptTopic)

    def __post_init__(self) -> None:
        self.call = f"c-{uuid.uuid4().hex[:12]}"
        self.store = RecordStore(self.database)
        self.contacts = ContactStore(self.database)
        self.router = Router(RoutingStore(self.database), KeptQueue())
        told, known = Contacts(self.contacts), Dialled(self.shop)
        mailbox = Mailbox(known, told, self.router, NobodyOnCall())
        self.tapes = MarkedTapes()
        retention = Retention(known, self.tapes)
        self.keeper = RecordKeeper(self.store, self.store, mailbox, retention)
        endings = Endings(told, self.router, NobodyOnCall())
        self.staff = Staff()
        self.staff.agents["maria"] = known_as("maria", "Maria", "shared", {})
        adoption = Adoption(told, known, self.staff)
        self.reconciler = Reconciler(self.store, told, known, self.topic, endings, mailbox, retention, adoption)

    @property
    def contact(self) -> ContactId:
        return contact_id("voice", self.call)

    def talked(self, *, over: bool = True, **how: Any) -> Contact:
        """Our side of the call, and its usage where it is over."""
        facts = handled(**how)[: None if over else -1]
        arrival = Arrival(channel=Channel.VOICE, entry_point=PLUMBER, customer="", source_id=self.call)
        Contacts(self.contacts).open(self.shop.id, arrival, facts[0].at)
        for fact in facts[1:]:
            contact = self.contacts.move(self.shop.id, self.contact, fact)
        if over:
            self.house.tell(facts, tenant=self.shop.id, contact=self.contact)
        return contact

    def record(self, now: datetime = AFTER, **how: Any) -> str:
        value = raw(**{"ContactId": self.call, "Attributes": {"tenantId": self.shop.id}} | how)
        return self.keeper.take(json.dumps(value), "1", now).outcome

    def look(self, now: datetime) -> list[str]:
        """The emulator's tables are shared by the run: a test looks at its own call."""
        mine = [due for due in self.store.due(now, 10_000) if due.initial == self.call]
        return [found for due in mine for found in self.reconciler.settle(due, now)]

    def bill(self, now: datetime) -> list[str]:
        """Everything the topic was told reaches the ledger."""
        return [self.house.metering.record(body, now).outcome.value for body, _ in self.topic.told]

    def stands(self) -> UsageRecord:
        (only,) = standing(self.house.ledger.revisions(self.shop.id, self.contact, Meter.VOICE))
        return only

    def reports(self, now: datetime) -> list[dict[str, Any]]:
        return [one for one in self.store.reports(stamp(now)[:10]) if one["initial"] == self.call]


@pytest.fixture
def line(database: Database, shop: Tenant, house: CountingHouse) -> Line:
    return Line(database, shop, house)


SETTLED = AFTER + timedelta(seconds=SETTLE_S)


# --- kept -------------------------------------------------------------------------------------------------------


def test_the_same_record_three_times_is_kept_once(line: Line) -> None:
    assert [line.record() for _ in range(3)] == ["new", "repeated", "repeated"]
    assert list(line.store.chain(line.call)) == [line.call]


def test_of_a_record_that_is_sent_again_the_greatest_update_time_holds_in_any_order(line: Line) -> None:
    times = [stamp(NOON + timedelta(minutes=minute)) for minute in (3, 9, 6)]
    outcomes = [line.record(LastUpdateTimestamp=at, talk=talk) for at, talk in zip(times, (10, 20, 30), strict=True)]
    assert outcomes == ["new", "newer", "stale"]
    kept = line.store.chain(line.call)[line.call]
    assert kept.agent is not None
    assert (kept.updated_at, kept.agent.talk) == (times[1], 20)


def test_a_chain_is_read_by_its_first_contact(line: Line) -> None:
    line.record(NextContactId=f"{line.call}-2")
    line.record(ContactId=f"{line.call}-2", InitialContactId=line.call, PreviousContactId=line.call)
    assert sorted(line.store.chain(line.call)) == [line.call, f"{line.call}-2"]


def test_what_is_no_call_is_not_kept(line: Line) -> None:
    assert line.record(Channel="CHAT") == "not_a_call"
    assert line.store.chain(line.call) == {}


# --- held against our facts -------------------------------------------------------------------------------------


def test_a_call_that_agrees_is_looked_at_once_and_nobody_is_told(line: Line) -> None:
    line.talked()
    line.record()
    assert line.look(SETTLED - timedelta(seconds=1)) == []
    assert line.look(SETTLED) == ["agrees"]
    assert line.look(SETTLED + PATIENCE) == []
    assert (line.topic.told, line.reports(SETTLED)) == ([], [])


def test_telephonys_clock_takes_back_and_tells_again_with_the_reason(line: Line) -> None:
    line.talked(talk=60, wrap=30)
    line.record(talk=50, hold=10, wrap=34)
    assert line.look(SETTLED) == ["telephony_rules"]
    ((_, attributes),) = line.topic.told
    assert wants("usage", attributes)
    assert not wants("desk", attributes)
    assert line.bill(SETTLED) == ["corrected"]
    stands = line.stands()
    assert (stands.revision, stands.quantity) == (3, 94)
    assert {part: stands.seconds[part] for part in ("queue", "talk", "hold", "wrap")} == {
        "queue": 5, "talk": 50, "hold": 10, "wrap": 34,
    }  # fmt: skip
    (deed,) = line.house.store.deeds(line.shop.id)
    assert (deed.what, deed.by) == ("reconciled", "contact record")
    assert "talk 60 s by our facts, 50 s by Connect" in deed.why
    (report,) = line.reports(SETTLED)
    assert [one["part"] for one in report["differences"]] == ["talk", "hold", "wrap"]


def test_told_again_nothing_is_corrected_twice_and_nothing_comes_into_quarantine(line: Line) -> None:
    line.talked(talk=60)
    line.record(talk=50)
    line.look(SETTLED)
    assert line.bill(SETTLED) + line.bill(SETTLED) == ["corrected", "repeated"]
    line.house.tell(handled(talk=60), SETTLED, tenant=line.shop.id, contact=line.contact)
    line.record(talk=50, LastUpdateTimestamp=stamp(AFTER))
    assert line.look(SETTLED + timedelta(minutes=1)) == ["telephony_rules"]
    assert len(line.topic.told) == len(line.reports(SETTLED)) == 1
    assert line.house.ledger.quarantined(line.shop.id) == []
    assert len(line.house.ledger.revisions(line.shop.id, line.contact, Meter.VOICE)) == 3


def test_a_record_that_changes_later_corrects_the_correction_and_the_older_word_comes_too_late(line: Line) -> None:
    line.talked(talk=60)
    line.record(talk=50)
    line.look(SETTLED)
    later = SETTLED + timedelta(hours=1)
    line.record(later, talk=40, LastUpdateTimestamp=stamp(SETTLED))
    assert line.look(later + timedelta(seconds=SETTLE_S)) == ["telephony_rules"]
    older, newer = (body for body, _ in line.topic.told)
    outcomes = [line.house.metering.record(body, later).outcome.value for body in (newer, older)]
    assert outcomes == ["corrected", "late"]
    assert line.stands().seconds["talk"] == 40


def test_records_that_agree_after_all_undo_the_correction(line: Line) -> None:
    line.talked(talk=60)
    line.record(talk=50)
    line.look(SETTLED)
    line.record(SETTLED, talk=60, LastUpdateTimestamp=stamp(SETTLED))
    assert line.look(SETTLED + timedelta(seconds=SETTLE_S)) == ["agrees"]
    assert line.bill(SETTLED + timedelta(hours=1)) == ["corrected", "corrected"]
    assert line.stands().seconds["talk"] == 60


def test_what_a_person_decided_stands(line: Line) -> None:
    line.talked(talk=60)
    line.record(talk=50)
    line.look(SETTLED)
    line.bill(SETTLED)
    seconds = {"automated": 0, "queue": 5, "talk": 60, "hold": 0, "wrap": 30}
    changed = {"quantity": 90, "seconds": seconds}
    line.house.corrections.correct(line.stands().key, changed, "agreed by telephone", "fiona", AFTER)
    assert line.bill(SETTLED + timedelta(hours=1)) == ["decided"]
    assert line.stands().quantity == 90
    line.house.corrections.reverse(line.stands().key, "a test call", "fiona", AFTER + timedelta(seconds=1))
    assert line.bill(SETTLED + timedelta(hours=1)) == ["decided"]


def test_the_correction_waits_for_the_usage_that_it_corrects(line: Line) -> None:
    line.talked(talk=60)
    line.record(talk=50)
    line.look(SETTLED)
    ((body, _),) = line.topic.told
    with pytest.raises(Unavailable):
        line.house.metering.record({**body, "contact_id": "v-on-its-way"}, SETTLED)


def test_records_that_come_before_our_facts_wait_for_them(line: Line) -> None:
    line.record(talk=50)
    assert line.look(SETTLED) == ["waits"]
    line.talked(talk=60, over=False)
    again = SETTLED + timedelta(seconds=SETTLE_S)
    assert line.look(again) == ["waits"]
    line.contacts.move(line.shop.id, line.contact, handled(talk=60)[-1])
    assert line.look(again + PATIENCE) == ["telephony_rules"]


def test_a_chain_waits_for_its_last_record_and_then_counts_all_of_it(line: Line) -> None:
    line.talked(talk=60)
    line.record(talk=40, wrap=0, NextContactId=f"{line.call}-2")
    assert line.look(SETTLED) == ["waits"]
    line.record(SETTLED, talk=25, ContactId=f"{line.call}-2", InitialContactId=line.call, PreviousContactId=line.call)
    assert "telephony_rules" in line.look(SETTLED + timedelta(seconds=2 * SETTLE_S))
    ((body, _),) = line.topic.told
    assert body["seconds"] == {"talk": 65, "hold": 0, "wrap": 30}


@pytest.mark.parametrize(
    ("how", "known", "reason"),
    [
        ({"InitiationMethod": "TRANSFER"}, False, "unknown_contact"),
        ({"NextContactId": "never"}, True, "chain_broken"),
    ],
)
def test_patience_ends_and_a_person_is_told(line: Line, how: Mapping[str, Any], known: bool, reason: str) -> None:
    if known:
        line.talked()
    line.record(talk=50, **how)
    looks: list[str] = []
    for minutes in range(0, 48 * 60, 5):
        now = SETTLED + timedelta(minutes=minutes)
        looks += line.look(now)
        if looks[-1] != "waits":
            break
    assert looks == ["waits"] * (len(looks) - 1) + [reason]
    assert len(looks) <= 11
    assert now - SETTLED <= 2 * PATIENCE
    assert line.topic.told == []
    assert [one["reason"] for one in line.reports(now)] == [reason]


# --- what none of our functions heard of ------------------------------------------------------------------------


ADOPTED = SETTLED + adopting.PATIENCE
DOWN: dict[str, Any] = {"Attributes": {}, "SystemEndpoint": {"Address": "+15550000001"}}


def test_a_call_that_nobody_of_ours_heard_of_is_written_down_by_its_record_and_billed_to_the_second(line: Line) -> None:
    line.record(talk=60, hold=20, wrap=15, queue=7, **DOWN)
    assert line.look(SETTLED) == ["waits"], "our side may still come"
    assert line.look(ADOPTED) == ["adopted"]
    contact = line.contacts.get(line.shop.id, line.contact)
    assert [fact.kind for fact in contact.facts] == [
        *("arrived", "queued", "offered", "connected", "held", "ended", "wrapped"),
    ]
    assert (contact.agent, contact.disposition, contact.opened_at) == ("maria", "incomplete", NOON)
    line.house.tell(contact.facts, tenant=line.shop.id, contact=line.contact)
    assert {part: line.stands().seconds[part] for part in ("talk", "hold", "wrap")} == {
        "talk": 60, "hold": 20, "wrap": 15,
    }  # fmt: skip
    assert [one["reason"] for one in line.reports(ADOPTED)] == ["adopted"]
    assert line.topic.told == [], "nothing is left to correct"


def test_what_is_sent_again_adopts_nobody_twice_and_corrects_what_was_written_down(line: Line) -> None:
    line.record(talk=60, **DOWN)
    line.look(ADOPTED)
    again = ADOPTED + timedelta(seconds=SETTLE_S)
    for _ in range(2):
        line.record(ADOPTED, talk=60, LastUpdateTimestamp=stamp(ADOPTED), **DOWN)
    assert line.look(again) == ["agrees"]
    line.record(again, talk=90, LastUpdateTimestamp=stamp(again), **DOWN)
    assert line.look(again + timedelta(seconds=SETTLE_S)) == ["telephony_rules"]


def test_our_own_side_comes_late_and_is_believed(line: Line) -> None:
    line.record(talk=60, **DOWN)
    line.look(SETTLED)
    line.talked(talk=60)
    assert line.look(ADOPTED) == ["agrees"]
    assert len(line.contacts.get(line.shop.id, line.contact).facts) == len(handled())


def test_who_hung_up_in_the_fallback_queue_is_abandoned(line: Line) -> None:
    line.record(Agent=None, **DOWN)
    assert line.look(ADOPTED) == ["adopted"]
    contact = line.contacts.get(line.shop.id, line.contact)
    assert [fact.kind for fact in contact.facts] == ["arrived", "queued", "abandoned"]


@pytest.mark.parametrize(
    "how",
    [
        {"Agent": {"Username": "stranger"}},
        {"NextContactId": "never"},
        {"talk": 60, "DisconnectTimestamp": None},
        {"SystemEndpoint": {"Address": "+15559999999"}},
        {"hold": -1},
    ],
    ids=["an agent who is none of ours", "a record is missing", "it goes on", "nobody's number", "unreadable"],
)
def test_what_the_records_do_not_say_plainly_is_for_a_person(line: Line, how: Mapping[str, Any]) -> None:
    if "Agent" in how:
        how = {"Agent": raw()["Agent"] | how["Agent"]}
    line.record(**{**DOWN, **how})
    line.look(ADOPTED)
    with pytest.raises(NotFound):
        line.contacts.get(line.shop.id, line.contact)


def test_a_record_that_our_flow_never_touched_is_known_by_the_number_or_is_nobodys(line: Line) -> None:
    line.talked(talk=60)
    line.record(talk=50, Attributes=None, SystemEndpoint={"Address": "+15550000001"})
    assert line.look(SETTLED) == ["telephony_rules"]
    line.record(LastUpdateTimestamp=stamp(AFTER), Attributes=None, SystemEndpoint=None)
    assert line.look(SETTLED) == ["unknown_client"]


def test_records_of_our_own_exchange_settle_a_hold_that_our_facts_missed(line: Line) -> None:
    telephone = Telephone()
    telephone.agent("maria")
    spoken = telephone.exchange.dial(PLUMBER, "+15557654321", "1")
    telephone.clock.advance(8)
    telephone.exchange.accept("maria")
    telephone.clock.advance(30)
    telephone.exchange.hold("maria")
    telephone.clock.advance(20)
    telephone.exchange.resume("maria")
    telephone.exchange.hang_up(spoken)
    telephone.clock.advance(15)
    telephone.exchange.clear("maria")
    tenant, ours = TenantId("plumber"), telephone.contact(spoken).contact
    telephone.router.finish(
        tenant, ours, Channel.VOICE, agent="maria", team="shared", disposition="solved", now=telephone.clock.now()
    )
    store, topic = RecordStore(telephone.database), KeptTopic()
    mailbox = Mailbox(telephone.numbers, telephone.contacts, telephone.router, telephone.on_call)
    retention = Retention(telephone.numbers, MarkedTapes())
    keeper = RecordKeeper(store, store, mailbox, retention)
    for one in [*telephone.records.records, *telephone.records.records]:
        keeper.take(json.dumps(one), "1", telephone.clock.now())
    telephone.clock.advance(SETTLE_S)
    endings = Endings(telephone.contacts, telephone.router, telephone.on_call)
    adoption = Adoption(telephone.contacts, telephone.numbers, telephone.staff)
    reconciler = Reconciler(store, telephone.contacts, telephone.numbers, topic, endings, mailbox, retention, adoption)
    found = [reconciler.settle(due, telephone.clock.now()) for due in reconciler.due(telephone.clock.now())]
    assert found == [("telephony_rules",)]
    ((body, _),) = topic.told
    assert (body["tenant"], body["contact_id"], body["seconds"]["hold"]) == (tenant, ours, 20)
