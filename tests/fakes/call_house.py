"""The whole house behind the telephone: what `Telephone` has, and besides records, reconciliation, errands, wrap-up."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from chalicelib.channels.voice.service.adopting import Adoption
from chalicelib.channels.voice.service.endings import Endings
from chalicelib.channels.voice.service.mailbox import Mailbox
from chalicelib.channels.voice.service.reconciling import Reconciler
from chalicelib.channels.voice.service.records import SETTLE_S, RecordKeeper
from chalicelib.channels.voice.service.retention import Retention
from chalicelib.channels.voice.store.records import RecordStore
from chalicelib.contacts.model.contact import OUTBOUND, Arrival, Contact, State
from chalicelib.contacts.model.errand import ERRAND_S, DialErrand, TransferErrand
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
from chalicelib.routing.model.terms import terms_of
from chalicelib.tenancy.model.tenant import Tenant
from infra.local.connect.parties import Call, Leg, LegState, Take
from tests.fakes.marked_tapes import MarkedTapes
from tests.fakes.queues import KeptTopic
from tests.fakes.telephone import MONDAY_MORNING, PLUMBER, Telephone

CALLER, COURIER = "+15557654321", "+15550100777"
RINGS_S = 8  # until the phone of a free agent rings, for who presses a key ahead
POLL_S = 12  # a caller in line is asked about every ten seconds
PICKED_UP_S = 5  # until both ends are on the line, the whispers included


class Taped:
    """The port `Tapes`."""

    def __init__(self) -> None:
        self.takes: list[Take] = []

    def put(self, take: Take) -> None:
        self.takes.append(take)


class CallHouse(Telephone):
    def __init__(self, start: datetime = MONDAY_MORNING, *clients: Tenant, **setup: Any) -> None:
        """`clients` stand in the place of samples."""
        self.tapes = Taped()
        super().__init__(start, tapes=self.tapes, **setup)
        for client in clients:
            self.numbers.tenants |= dict.fromkeys(client.entry_points.phones, client)
        store, mailbox = RecordStore(self.database), Mailbox(self.numbers, self.contacts, self.router, self.on_call)
        self.marked = MarkedTapes()
        retention = Retention(self.numbers, self.marked)
        self.store, self.keeper = store, RecordKeeper(store, store, mailbox, retention)
        endings = Endings(self.contacts, self.router, self.on_call)
        adoption = Adoption(self.contacts, self.numbers, self.staff)
        self.reconciler = Reconciler(
            store, self.contacts, self.numbers, KeptTopic(), endings, mailbox, retention, adoption
        )
        self.records.then = lambda record: self.keeper.take(json.dumps(record), "1", self.clock.now())
        self.findings: dict[str, str] = {}  # by our contact: the last one

    # The customer

    def dials(self, keys: str = "1", to: str = PLUMBER, caller: str = CALLER) -> Call:
        call = self.exchange.dial(to, caller, keys)
        self.clock.advance(RINGS_S)
        return call

    def presses(self, call: Call, keys: str, then_s: float = 4) -> None:
        self.exchange.press(call, keys)
        self.clock.advance(then_s)

    def back(self) -> Call:
        """The call by which somebody is called back."""
        (found,) = [call for call in self.exchange.calls.values() if call.plan is not None]
        return found

    def out(self) -> str:
        """The one phone outside that rings or talks."""
        (leg_id,) = self.exchange.outgoing
        return leg_id

    # The agent

    def leg(self, agent: str) -> Leg:
        found = self.exchange.floor.agents[agent].leg
        assert found is not None, f"{agent} has no call"
        return found

    def rings(self, agent: str = "maria", most_s: int = 600) -> None:
        """Waits until his phone does."""
        for _ in range(most_s):
            leg = self.exchange.floor.agents[agent].leg
            if leg is not None and leg.state is LegState.CONNECTING:
                return
            self.clock.advance(1)
        raise AssertionError(f"the phone of {agent} did not ring within {most_s} s")

    def answers(self, agent: str = "maria") -> None:
        self.rings(agent)
        self.exchange.accept(agent)
        self.clock.advance(PICKED_UP_S)

    def talks(self, agent: str = "maria", keys: str = "1", to: str = PLUMBER) -> Call:
        self.agent(agent)
        call = self.dials(keys, to)
        self.answers(agent)
        return call

    def hands_on(self, call: Call, to: str, agent: str = "maria") -> None:
        """At the desk, and then by the quick connect of the telephone."""
        contact = self.contact(call)
        errand = TransferErrand(
            tenant=contact.tenant, contact=contact.contact, to=to, agent=AgentId(agent), until=self._soon()
        )  # fmt: skip
        self.contacts.leave_transfer(errand)
        self.exchange.transfer(agent)
        self.clock.advance(RINGS_S)

    def calls_out(self, number: str = CALLER, agent: str = "maria") -> tuple[Call, ContactId]:
        """As the desk does: a contact that is his, the errand, and then the telephone."""
        now, tenant = self.clock.now(), self.numbers.get(TenantId("plumber"))
        arrival = Arrival(
            channel=Channel.VOICE, entry_point=PLUMBER, customer=number, source_id=f"desk:{now}", direction=OUTBOUND
        )  # fmt: skip
        contact = self.contacts.open(tenant.id, arrival, now)
        self.router.claim_own(contact, terms_of(tenant, Channel.VOICE), self.staff.agent(AgentId(agent)), now)
        self.contacts.leave_dial(
            DialErrand(
                tenant=tenant.id, contact=contact.contact, agent=AgentId(agent), number=number, caller_id=PLUMBER,
                until=self._soon(),
            )
        )  # fmt: skip
        call = self.exchange.dial_out(agent, number)
        self.clock.advance(1)
        return call, contact.contact

    def wraps(self, agent: str = "maria", after_s: float = 10) -> None:
        """What has ended is noted at the desk, and the phone is cleared."""
        self.clock.advance(after_s)
        for contact in self.all():
            if contact.agent == agent and contact.state is State.ENDED:
                self.router.finish(
                    contact.tenant, contact.contact, contact.channel, agent=agent, team=contact.team,
                    disposition="question_answered", now=self.clock.now(),
                )  # fmt: skip
        self.exchange.clear(agent)

    def _soon(self) -> datetime:
        return self.clock.now() + timedelta(seconds=ERRAND_S)

    # What is known of it

    def all(self) -> list[Contact]:
        """In the order in which they began."""
        items = [item for item in self.database.tables["contacts"].values() if "facts" in item]
        return sorted(map(Contact.from_item, items), key=lambda contact: contact.opened_at)

    def legs(self, call: Call) -> list[Contact]:
        """Those that followed, without the first."""
        first = self.contact(call)
        return [one for one in self.all() if one.thread == first.thread and one.contact != first.contact]

    def kinds(self, contact: Contact) -> list[str]:
        standing = self.contacts.get(contact.tenant, contact.contact)
        return [fact.kind for fact in standing.facts]

    def settles(self) -> dict[str, str]:
        """What is found once the late records have come; by our contact."""
        self.clock.advance(SETTLE_S + 1)
        for due in self.reconciler.due(self.clock.now()):
            self.reconciler.settle(due, self.clock.now())
            self.findings |= {contact: found["reason"] for contact, found in self.store.found(due.initial).items()}
        return self.findings

    def ends_well(self) -> None:
        """Whatever happened: all is over, nobody is kept for anything, and telephony says the same as we do."""
        found = self.settles()
        now = self.clock.now()
        assert {one.contact: one.state for one in self.all() if not one.over} == {}
        assert [seat.contacts for seat in self.router.seats(TeamId("shared")) if seat.contacts] == []
        # Who is asked for puts the customer on hold, and only telephony knows of that: it was talk to us.
        assert set(found.values()) <= {"agrees", "telephony_rules"}, found
        for told in self.store.reports(f"{now:%Y-%m-%d}"):
            apart = {one["part"]: one["theirs"] - one["ours"] for one in told["differences"]}
            assert apart.keys() <= {"talk", "hold"}, apart
            assert abs(sum(apart.values())) <= 1, apart
        assert self.store.unread(f"{now:%Y-%m-%d}") == []
        assert not self.exchange.outgoing
