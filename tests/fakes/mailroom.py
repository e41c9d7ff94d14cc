"""A whole mail channel in memory: SES, the bucket, the queues between, two clients and their agents' words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

from chalicelib.channels.email.model.notice import Notice, Verdicts
from chalicelib.channels.email.model.token import ReplyTokens
from chalicelib.channels.email.service import outgoing
from chalicelib.channels.email.service.incoming import Incoming, Outcome
from chalicelib.channels.email.service.outgoing import Outgoing
from chalicelib.channels.email.service.ports import Fetched, Rejected, Sent, Style
from chalicelib.channels.email.store.marks import MailMarks
from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.model.conversation import Draft, Message
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.routing.service.router import Router
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.files import read_files
from tests.fakes.clock import Clock
from tests.fakes.memory import MemoryDatabase
from tests.fakes.queues import KeptQueue

_FILE = """
name = "{name}"
tier = "{tier}"
zone = "Europe/Berlin"
languages = ["en"]
team = "shared"
greeting.en = "Hello."
script.opening.en = "Hello."
brand.colour = "#0b7285"
entry_points.mailboxes = [{mailboxes}]
hours.monday = ["07:00-12:00"]
{more}
[[dispositions]]
code = "done"
label = "Done"
[contract]
effective_from = 2026-01-01
zone = "Europe/Berlin"
[plan]
name = "Plan"
currency = "EUR"
base = "1.00"
email.per_contact = "1.00"
tax = {{ category = "O", rate = "0" }}
"""


def client(tenant: str, *mailboxes: str, tier: str = "multichannel") -> Tenant:
    """A client of the operator, as its file would say."""
    name = tenant.title()
    replies = f"""
replies.reply_from = "{mailboxes[0]}"
replies.sender_name = "{name} help"
replies.signature.en = "Your {name} team"
replies.legal_footer.en = "{name} Ltd, 1 High Street"
"""
    refusals = f'refusals.email.en = "{name} answers no mail. Please call us."\n'
    text = _FILE.format(
        name=name,
        tier=tier,
        mailboxes=", ".join(f'"{mailbox}"' for mailbox in mailboxes),
        more=replies if tier == "multichannel" else refusals,
    )
    return read_files({f"{tenant}.toml": text})[0]


class MemoryDirectory:
    def __init__(self, *tenants: Tenant) -> None:
        self.tenants = {tenant.id: tenant for tenant in tenants}

    def asked(self, kind: str, address: str) -> Tenant | None:
        found = (one for one in self.tenants.values() if address.lower() in one.entry_points.mailboxes)
        return next(found, None) if kind == "mailbox" else None

    def get(self, tenant: TenantId) -> Tenant:
        return self.tenants[tenant]


class MemoryFiles:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def fetch(self, key: str, most: int) -> Fetched | None:
        content = self.kept.get(key)
        if content is None:
            return None
        return Fetched(len(content), content if len(content) <= most else content[: 256 * 1024])

    def put(self, key: str, content: bytes, media_type: str) -> None:
        self.kept[key] = content

    def move(self, key: str, to: str) -> None:
        if key in self.kept:
            self.kept[to] = self.kept.pop(key)


class MemoryPost:
    """Takes letters. `rejects` says why it takes none; `dies` raises after the letter has left."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, tuple[str, ...], bytes]] = []
        self.rejects = ""
        self.dies = False

    def send(self, sender: str, to: Sequence[str], raw: bytes) -> Sent | Rejected:
        if self.rejects:
            return Rejected(self.rejects)
        self.sent.append((sender, tuple(to), raw))
        if self.dies:
            raise RuntimeError("the function was stopped in that moment")
        return Sent(f"<{len(self.sent):04d}@email.amazonses.com>")

    def letter(self, position: int = -1) -> EmailMessage:
        letter = message_from_bytes(self.sent[position][2], _class=EmailMessage, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        return letter


class PlainLetterhead:
    def text(self, words: str, style: Style) -> str:
        return "\n".join((words, "-- ", style.signature, style.legal_footer))

    def html(self, words: str, style: Style) -> str:
        return f"<p>{words}</p>"


class Mailroom:
    def __init__(self, *tenants: Tenant) -> None:
        self.clock = Clock()
        self.database = MemoryDatabase()
        self.contacts = Contacts(ContactStore(self.database))
        self.router = Router(RoutingStore(self.database), KeptQueue())
        self.directory = MemoryDirectory(*tenants)
        self.files = MemoryFiles()
        self.post = MemoryPost()
        self.tokens = ReplyTokens(b"a key of this test")
        self.marks = MailMarks(self.database)
        self.incoming = Incoming(
            directory=self.directory,
            contacts=self.contacts,
            router=self.router,
            files=self.files,
            marks=self.marks,
            tokens=self.tokens,
            own_domain="mail.manyline.example",
        )
        self.outgoing = Outgoing(
            directory=self.directory,
            contacts=self.contacts,
            files=self.files,
            marks=self.marks,
            tokens=self.tokens,
            letterhead=PlainLetterhead(),
            post=self.post,
        )
        self._mails = 0

    def takes(
        self,
        raw: bytes,
        *recipients: str,
        sender: str | None = "jana@example.com",
        mail_id: str = "",
        verdicts: Verdicts | None = None,
    ) -> list[Outcome]:
        """SES takes a mail, once; give the same `mail_id` to have it told again."""
        self._mails += 1
        mail_id = mail_id or f"ses{self._mails:04d}"
        self.files.kept.setdefault(f"raw/{mail_id}", raw)
        notice = Notice(
            mail_id=mail_id,
            sender=sender,
            recipients=recipients,
            key=f"raw/{mail_id}",
            verdicts=verdicts or Verdicts(),
        )
        return self.incoming.receive(notice, self.clock())

    def the_contact(self, outcomes: list[Outcome], tenant: str = "luna") -> Contact:
        outcome = next(one for one in outcomes if one.tenant == tenant)
        return self.contacts.get(TenantId(tenant), ContactId(outcome.contact))

    def words(self, contact: Contact) -> list[Message]:
        return self.contacts.messages(contact.tenant, contact.contact)

    def agent_takes(self, contact: Contact, agent: str = "maria") -> Contact:
        store = ContactStore(self.database)
        offered = Fact(kind="offered", at=self.clock(), data={"agent": agent, "offer": "o1", "reason": "r"})
        store.move(contact.tenant, contact.contact, offered)
        connected = Fact(kind="connected", at=self.clock(), data={"agent": agent})
        return store.move(contact.tenant, contact.contact, connected)

    def agent_writes(self, contact: Contact, text: str, **more: object) -> Message:
        draft = Draft(by="agent:maria", kind="email", text=text, client_id=f"reply-{text}")
        return self.contacts.say(contact, replace(draft, **more), self.clock())  # type: ignore[arg-type]

    def sends(self, contact: Contact, message: Message) -> outgoing.Fate:
        return self.outgoing.send(contact.tenant, contact.contact, message.as_item(), self.clock())

    def sends_all(self, contact: Contact) -> list[outgoing.Fate]:
        """What the queue in front of `mail_out` brings: everything that was said."""
        return [self.sends(contact, message) for message in self.words(contact)]
