"""A mail has come: whose is it, may it in, which conversation does it belong to?

Every step can be repeated: SES tells a mail at least once, and SQS hands a message out at least once. The
first thing written for a mail is to which contact it belongs (its own id is linked like a thread key), so a
second delivery finds that and not what has become of the thread since.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.channels.email.model.address import detail, mailbox
from chalicelib.channels.email.model.letter import answer_subject
from chalicelib.channels.email.model.mail import MAIL_LIMIT, Auto, Mail
from chalicelib.channels.email.model.notice import Notice
from chalicelib.channels.email.model.parsing import parse, parse_head
from chalicelib.channels.email.model.token import ReplyTokens
from chalicelib.channels.email.service.ports import Directory, Fetched, Files, Marks
from chalicelib.contacts.model.contact import Arrival, Contact, State
from chalicelib.contacts.model.conversation import Attachment, Draft
from chalicelib.contacts.service import MOST_TEXT, Contacts
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import ContactId, TenantId, digest
from chalicelib.routing.model.terms import terms_of
from chalicelib.routing.service.router import Router
from chalicelib.tenancy.model.gate import Refused, gate
from chalicelib.tenancy.model.tenant import Tenant

ANSWER = "answer"  # in Draft.headers: a machine of ours wrote this, and why
_TALKING = frozenset({State.ARRIVED, State.QUEUED, State.OFFERED, State.CONNECTED, State.HELD})


class Fate(StrEnum):
    OPENED = "opened"
    APPENDED = "appended"
    REFUSED = "refused"
    UNKNOWN_MAILBOX = "unknown_mailbox"
    GONE = "gone"  # the raw mail is not in the bucket: nothing can be said about it


@dataclass(frozen=True, slots=True)
class Outcome:
    fate: Fate
    tenant: str = ""
    contact: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delivery:
    """One mail at one tenant's mailbox."""

    tenant: Tenant
    mailbox: str
    details: tuple[str, ...]  # what stood behind the plus
    notice: Notice
    mail: Mail

    @property
    def source_id(self) -> str:
        """One mail to two tenants is two contacts, and routing keeps contacts of both in one list."""
        return f"{self.notice.mail_id}/{self.tenant.id}"

    @property
    def own_key(self) -> str:
        return f"mail:{self.notice.mail_id}"

    @property
    def customer(self) -> str:
        return self.mail.answer_to or mailbox(self.notice.sender or "")

    def arrival(self, before: Contact | None = None) -> Arrival:
        return Arrival(
            channel=Channel.EMAIL,
            entry_point=self.mailbox,
            customer=self.customer,
            source_id=self.source_id,
            customer_name=self.mail.sender_name,
            subject=self.mail.subject,
            previous=before.contact if before else "",
            thread=(before.thread or before.contact) if before else "",
        )


class Incoming:
    def __init__(
        self,
        *,
        directory: Directory,
        contacts: Contacts,
        router: Router,
        files: Files,
        marks: Marks,
        tokens: ReplyTokens,
        own_domain: str,
    ) -> None:
        self._directory = directory
        self._contacts = contacts
        self._router = router
        self._files = files
        self._marks = marks
        self._tokens = tokens
        self._own_domain = own_domain.lower()

    def receive(self, notice: Notice, now: datetime) -> list[Outcome]:
        """What became of the mail, per tenant that it was sent to."""
        asked = self._who_is_asked(notice)
        if not asked:
            self._files.move(notice.key, f"unknown/{notice.mail_id}")
            return [Outcome(Fate.UNKNOWN_MAILBOX)]
        fetched = self._files.fetch(notice.key, MAIL_LIMIT)
        if fetched is None:
            return [Outcome(Fate.GONE, tenant=tenant.id) for tenant, _, _ in asked]
        mail = _read(fetched, notice)
        return [
            self._deliver(
                _Delivery(tenant=tenant, mailbox=box, details=details, notice=notice, mail=mail), fetched, now
            )
            for tenant, box, details in asked
        ]

    def _who_is_asked(self, notice: Notice) -> list[tuple[Tenant, str, tuple[str, ...]]]:
        """Tenants with the first mailbox of theirs that was mailed, and every detail behind a plus."""
        found: dict[TenantId, tuple[Tenant, str, list[str]]] = {}
        boxes: dict[str, list[str]] = {}
        for recipient in notice.recipients:
            if box := mailbox(recipient):
                boxes.setdefault(box, []).append(detail(recipient))
        for box, details in boxes.items():
            if tenant := self._directory.asked("mailbox", box):
                found.setdefault(tenant.id, (tenant, box, []))[2].extend(filter(None, details))
        return [(tenant, box, tuple(details)) for tenant, box, details in found.values()]

    def _deliver(self, delivery: _Delivery, fetched: Fetched, now: datetime) -> Outcome:
        tenant, mail = delivery.tenant, delivery.mail
        if harm := delivery.notice.verdicts.harmful:
            return self._refuse(delivery, harm, now, keep=False)
        settled = self._settled(delivery)
        if settled is not None and settled.source_id != delivery.source_id:
            return self._append(settled, delivery, now)
        verdict = gate(tenant, Channel.EMAIL)
        if isinstance(verdict, Refused):
            return self._refuse(delivery, verdict.reason.value, now, answer=verdict.answer)
        if fetched.size > MAIL_LIMIT:
            return self._refuse(delivery, "too_large", now, answer=_too_large(tenant))
        before = self._thread(delivery)
        if before is not None and settled is None and self._continues(before, mail):
            return self._append(before, delivery, now)
        if mail.auto in (Auto.BOUNCE, Auto.REPLY):
            return self._refuse(delivery, f"auto_{mail.auto.value}", now)
        return self._open(before, delivery, now)

    # Which conversation

    def _settled(self, delivery: _Delivery) -> Contact | None:
        """The contact that an earlier delivery of this very mail went to."""
        return self._standing(delivery.tenant.id, self._contacts.thread(delivery.tenant.id, [delivery.own_key]))

    def _thread(self, delivery: _Delivery) -> Contact | None:
        """A signed token names it; else the message ids that the mail answers. Never outside of this tenant."""
        tenant = delivery.tenant.id
        for text in delivery.details:
            if contact := self._standing(tenant, self._tokens.open(tenant, text)):
                return contact
        return self._standing(tenant, self._contacts.thread(tenant, delivery.mail.thread_keys))

    def _standing(self, tenant: TenantId, contact: ContactId | None) -> Contact | None:
        try:
            return self._contacts.get(tenant, contact) if contact else None
        except NotFound:
            return None

    def _continues(self, before: Contact, mail: Mail) -> bool:
        """Whether the mail goes into that contact; a machine's answer never opens a new one."""
        return before.state in _TALKING or mail.auto in (Auto.BOUNCE, Auto.REPLY)

    # What is written

    def _open(self, before: Contact | None, delivery: _Delivery, now: datetime) -> Outcome:
        tenant = delivery.tenant
        contact = self._contacts.open(tenant.id, delivery.arrival(before), now)
        self._record(contact, delivery, now)
        # Whoever had the case before knows it: it waits for that agent a while, if he is there.
        had_it = before.agent if before is not None else ""
        self._router.enqueue(contact, terms_of(tenant, Channel.EMAIL), now=now, prefer=had_it)
        return Outcome(Fate.OPENED, tenant.id, contact.contact)

    def _append(self, contact: Contact, delivery: _Delivery, now: datetime) -> Outcome:
        self._record(contact, delivery, now)
        return Outcome(Fate.APPENDED, contact.tenant, contact.contact)

    def _refuse(
        self, delivery: _Delivery, reason: str, now: datetime, *, answer: str = "", keep: bool = True
    ) -> Outcome:
        """Recorded, with its words where they are harmless; answered where an answer can do no harm."""
        tenant = delivery.tenant
        contact = self._contacts.refuse(tenant.id, delivery.arrival(), reason, tenant.tier.value, now)
        if keep:
            self._record(contact, delivery, now)
        if answer and self._answerable(delivery):
            day = now.astimezone(tenant.zone.info).date()
            if self._marks.may_answer(tenant.id, delivery.customer, day, contact.contact, now):
                self._contacts.say(contact, _answer(delivery, reason, answer), now)
        return Outcome(Fate.REFUSED, tenant.id, contact.contact, reason)

    def _record(self, contact: Contact, delivery: _Delivery, now: datetime) -> None:
        mail = delivery.mail
        own_ids = [delivery.own_key] + ([mail.message_id] if mail.message_id else [])
        self._contacts.link(contact.tenant, contact.contact, own_ids)
        self._contacts.say(contact, self._draft(contact, delivery), now)

    def _draft(self, contact: Contact, delivery: _Delivery) -> Draft:
        mail = delivery.mail
        headers = {
            "from": mail.sender,
            "to": delivery.mailbox,
            "raw": delivery.notice.key,
            "auto": mail.auto.value,
            "in_reply_to": mail.in_reply_to,
            "references": " ".join(mail.references),
            "date": mail.date.isoformat() if mail.date else "",
        }
        return Draft(
            by="customer",
            kind="email",
            client_id=delivery.own_key,
            text=_with_remarks(mail),
            quoted=mail.quoted,
            html=mail.html,
            subject=mail.subject,
            message_id=mail.message_id,
            attachments=self._keep(contact, delivery),
            headers={name: value for name, value in headers.items() if value},
        )

    def _keep(self, contact: Contact, delivery: _Delivery) -> tuple[Attachment, ...]:
        folder = f"attachments/{contact.tenant}/{contact.contact}/{digest(delivery.notice.mail_id)}"
        kept = []
        for number, file in enumerate(delivery.mail.attachments, 1):
            key = f"{folder}/{number}"
            self._files.put(key, file.content, file.type)
            kept.append(Attachment(name=file.name, type=file.type, size=file.size, key=key))
        return tuple(kept)

    def _answerable(self, delivery: _Delivery) -> bool:
        """No machine, no bystander, and none of our own mailboxes gets an automatic answer."""
        customer = delivery.customer
        if delivery.mail.auto is not Auto.NO or delivery.notice.verdicts.forged or not customer:
            return False
        if customer.endswith(f"@{self._own_domain}"):
            return False
        return self._directory.asked("mailbox", customer) is None


def _read(fetched: Fetched, notice: Notice) -> Mail:
    if fetched.size <= MAIL_LIMIT:
        return parse(fetched.content, envelope_sender=notice.sender)
    remark = f"The mail has {fetched.size} bytes, more than the {MAIL_LIMIT} that are read; the original is kept."
    return replace(parse_head(fetched.content, envelope_sender=notice.sender), remarks=(remark,))


def _with_remarks(mail: Mail) -> str:
    """The customer's words; what was cut from them is said below, so that no agent takes a part for the whole."""
    if not mail.remarks:
        return mail.text
    note = "\n\n" + "\n".join(f"[{remark}]" for remark in mail.remarks)
    room = MOST_TEXT - len(note.encode())
    return (mail.text.encode()[:room].decode("utf-8", "ignore") + note).strip()


def _answer(delivery: _Delivery, reason: str, answer: str) -> Draft:
    return Draft(
        by="system",
        kind="email",
        client_id=f"answer:{delivery.own_key}",
        text=answer,
        subject=answer_subject(delivery.mail.subject),
        headers={ANSWER: reason},
    )


def _too_large(tenant: Tenant) -> str:
    limit = MAIL_LIMIT // (1024 * 1024)
    sentence = _TOO_LARGE.get(tenant.language, _TOO_LARGE["en"])
    return f"{tenant.name}: {sentence.format(limit=limit)}"


_TOO_LARGE = {
    "en": "Your mail is larger than {limit} MB, so we could not take it. Please send it again with smaller files.",
    "de": "Ihre E-Mail ist größer als {limit} MB, daher konnten wir sie nicht annehmen. "
    "Bitte senden Sie sie noch einmal mit kleineren Dateien.",
}
