"""What stands behind an agent's calls: telephony's recording, kept sound, and what decides on calls of ours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chalicelib.contacts.model.contact import Contact
from chalicelib.kernel.errors import Conflict, NotFound, Unavailable
from chalicelib.kernel.ids import AgentId, ContactId, TenantId
from chalicelib.outreach.model.about import About
from chalicelib.outreach.model.appointment import CANCELLED, Appointment
from chalicelib.outreach.model.dispatch import Dispatch
from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.tenants import sample


class Recorder:
    """Telephony's recording: what it was asked to do, and whether it does it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.broken = False
        self.parts = {"part-2": "call-1"}  # of a call, beside its first one
        self.requeued: dict[str, str] = {}  # parts that went on to another queue
        self.gone: set[str] = set()  # parts that it does nothing with, and what happens just before
        self.before: Callable[[], object] = lambda: None
        self.going: set[str] = set()  # calls that go on

    def belongs(self, call: str, first: str) -> bool:
        return self.parts.get(call) == first

    def part_now(self, call: str, first: str) -> str:
        if self.broken:
            raise Unavailable("Amazon Connect")
        return self.requeued.get(call, call)

    def goes_on(self, call: str) -> bool:
        if self.broken:
            raise Unavailable("Amazon Connect")
        return call in self.going

    def pause(self, call: str, first: str) -> None:
        self._do("pause", call, first)

    def resume(self, call: str, first: str) -> None:
        self._do("resume", call, first)

    def _do(self, what: str, call: str, first: str) -> None:
        if call in self.gone:
            self.before()
        if self.broken or call in self.gone:
            raise Unavailable("Amazon Connect's recording")
        self.asked.append((what, call, first))


class Tapes:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def fetch(self, where: str) -> bytes | None:
        return self.kept.get(where)


WHY = About(
    kind="campaign",
    title="Checkups that are due",
    mode="preview",
    name="Jana Weiss",
    number="+15550123456",
    data=(("Last checkup", "2024-03-18"), ("Doctor", "Dr. Roth")),
    attempt=1,
    most=3,
    opening={},
)


class Promises:
    """Calls that were promised."""

    def __init__(self, made: list[Appointment]) -> None:
        self.made = made

    def make(
        self,
        client: Tenant,
        *,
        number: str,
        at: datetime,
        note: str,
        by: str,
        agent: str = "",
        previous: Contact | None = None,
        now: datetime,
    ) -> Appointment:
        made = Appointment(
            id=f"a{len(self.made)}",
            tenant=client.id,
            number=number,
            at=at,
            zones=(client.zone,),
            note=note,
            by=by,
            agent=AgentId(agent),
            name=previous.customer_name if previous else "",
            previous=ContactId(previous.contact if previous else ""),
            thread=(previous.thread or previous.contact) if previous else "",
        )
        self.made.append(made)
        return made

    def to_come(self, tenant: TenantId, by: str) -> list[Appointment]:
        return [one for one in self.made if (one.tenant, one.by) == (tenant, by) and not one.outcome]

    def of(self, tenant: TenantId) -> list[Appointment]:
        return [one for one in self.made if one.tenant == tenant]

    def get(self, tenant: TenantId, id: str) -> Appointment:
        found = next((one for one in self.made if (one.tenant, one.id) == (tenant, id)), None)
        if found is None:
            raise NotFound("appointment", id)
        return found

    def cancel(self, tenant: TenantId, id: str, now: datetime) -> Appointment:
        standing = self.get(tenant, id)
        self.made[self.made.index(standing)] = standing.over(CANCELLED)
        return standing.over(CANCELLED)


class Calls:
    """What decides on calls that we begin, told by a test what it says."""

    def __init__(self) -> None:
        self.why: About | None = WHY
        self.refuses = ""
        self.noted: list[str] = []
        self.made: list[Appointment] = []
        self.sent: dict[str, Dispatch] = {}
        self.theirs: tuple[str, ...] = ()
        self.never: set[str] = set()  # numbers that are not to be called
        self.promises = Promises(self.made)

    def about(self, client: Tenant, contact: Contact) -> About | None:
        return self.why

    def zones(self, number: str) -> tuple[str, ...]:
        return self.theirs or (sample("shop").zone,)

    def listed(self, tenant: TenantId, number: str) -> bool:
        return number in self.never

    def may_call(self, client: Tenant, contact: Contact, now: datetime) -> None:
        if self.refuses:
            raise Conflict(self.refuses)

    def note_call(self, client: Tenant, contact: Contact, now: datetime) -> None:
        self.noted.append(contact.contact)

    def start(self, client: Tenant, source: Contact, *, ladder: str, message: str, by: str, now: datetime) -> Dispatch:
        known = client.ladder(ladder)
        assert known is not None
        self.sent[source.contact] = Dispatch(
            tenant=client.id, contact=ContactId(f"d-{source.contact}"), source=source.contact, source_id="",
            thread="", ladder=known, client=client.name, language="en", zone=client.zone, caller_id="",
            sender="", message=message, by=by, started_at=now, next_at=now,
        )  # fmt: skip
        return self.sent[source.contact]

    def of(self, contact: Contact) -> Dispatch | None:
        return self.sent.get(contact.contact)

    def cancel(self, tenant: TenantId, contact: ContactId, *, by: str, now: datetime) -> Dispatch:
        source = contact.removeprefix("d-")
        self.sent[source] = self.sent[source].cancelled(by, now)
        return self.sent[source]
