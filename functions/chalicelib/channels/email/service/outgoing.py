"""What an agent (or a polite rule) wrote goes out as a mail in the client's name.

Sent once: the right to send is claimed under the message's own number before SES is asked. If the Lambda
dies between the claim and SES's answer, nobody can know whether the mail left; then it is sent again after a
while. A customer who gets a reply twice is better off than one who never gets it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.channels.email.model import mail
from chalicelib.channels.email.model.address import address, with_detail
from chalicelib.channels.email.model.letter import Letter, answer_subject
from chalicelib.channels.email.model.token import ReplyTokens
from chalicelib.channels.email.service.incoming import ANSWER
from chalicelib.channels.email.service.ports import (
    Busy,
    Directory,
    Done,
    Files,
    Letterhead,
    Marks,
    Post,
    Rejected,
    Sent,
    Style,
)
from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.model.conversation import Attachment, Draft, Message
from chalicelib.contacts.service import Contacts
from chalicelib.kernel.errors import NotAllowed, Unavailable
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.tenancy.model.tenant import Tenant

FILES_LIMIT = 7 * 1024 * 1024  # SES takes 10 MB a mail unless asked for more, and base64 adds a third
_LOOK_BACK = 30  # messages in which the mail that we answer is looked for
_MAILED = frozenset({"text", "email"})


class Fate(StrEnum):
    SENT = "sent"
    REPEATED = "repeated"
    REJECTED = "rejected"
    NOT_OURS = "not_ours"  # a note, a line of the customer's


class Outgoing:
    def __init__(
        self,
        *,
        directory: Directory,
        contacts: Contacts,
        files: Files,
        marks: Marks,
        tokens: ReplyTokens,
        letterhead: Letterhead,
        post: Post,
    ) -> None:
        self._directory = directory
        self._contacts = contacts
        self._files = files
        self._marks = marks
        self._tokens = tokens
        self._letterhead = letterhead
        self._post = post

    def send(self, tenant_id: TenantId, contact_id: ContactId, item: Mapping[str, Any], now: datetime) -> Fate:
        """Raises Unavailable when it should come again."""
        message = Message.from_item(item)
        if message.draft.kind not in _MAILED or message.author not in ("agent", "system"):
            return Fate.NOT_OURS
        match self._marks.begin(tenant_id, contact_id, message.n, now):
            case Busy():
                raise Unavailable("the reply is being sent")
            case Done(Sent(message_id)):
                # The one before may have died before it told the thread.
                self._contacts.link(tenant_id, contact_id, [message_id])
                return Fate.REPEATED
            case Done():
                return Fate.REPEATED
        contact = self._contacts.get(tenant_id, contact_id)
        outcome = self._post_letter(self._directory.get(tenant_id), contact, message)
        self._marks.finish(tenant_id, contact_id, message.n, outcome, now)
        match outcome:
            case Sent(message_id):
                self._contacts.link(tenant_id, contact_id, [message_id])
                return Fate.SENT
            case Rejected(why):
                self._contacts.say(contact, _not_sent(message, why), now)
                return Fate.REJECTED

    def _post_letter(self, tenant: Tenant, contact: Contact, message: Message) -> Sent | Rejected:
        to = address(contact.customer)
        if not to:
            return Rejected("the customer's address cannot be written to")
        try:
            files = self._fetch(tenant, message.draft.attachments)
        except NotAllowed as refused:
            return Rejected(refused.message)
        letter = self._letter(tenant, contact, message, to, files)
        return self._post.send(letter.sender, [to], letter.as_bytes())

    def _letter(
        self, tenant: Tenant, contact: Contact, message: Message, to: str, files: Sequence[mail.Attachment]
    ) -> Letter:
        style = _style(tenant)
        answered = self._answered(contact, message)
        sender = tenant.replies.reply_from if tenant.replies else contact.entry_point
        token = self._tokens.sign(tenant.id, contact.contact)
        return Letter(
            sender=sender,
            sender_name=tenant.replies.sender_name if tenant.replies else tenant.name,
            to=to,
            to_name=contact.customer_name,
            reply_to=with_detail(contact.entry_point, token),
            subject=message.draft.subject or answer_subject(contact.subject),
            text=self._letterhead.text(message.draft.text, style),
            html=self._letterhead.html(message.draft.text, style),
            in_reply_to=answered.message_id if answered else "",
            references=answered.headers.get("references", "").split() if answered else (),
            automatic=message.author == "system" or ANSWER in message.draft.headers,
            mark=f"{contact.contact}/{message.n}",
            attachments=files,
        )

    def _answered(self, contact: Contact, message: Message) -> Draft | None:
        """The customer's last mail before this message."""
        after = max(0, message.n - 1 - _LOOK_BACK)
        earlier = self._contacts.messages(contact.tenant, contact.contact, after)
        mails = [one for one in earlier if one.n < message.n and one.author == "customer" and one.draft.message_id]
        return mails[-1].draft if mails else None

    def _fetch(self, tenant: Tenant, attachments: Sequence[Attachment]) -> list[mail.Attachment]:
        """Only files of this client: a key of another's must never leave in this one's name."""
        if sum(attachment.size for attachment in attachments) > FILES_LIMIT:
            raise NotAllowed(f"the files are larger than {FILES_LIMIT // (1024 * 1024)} MB together")
        found = []
        for attachment in attachments:
            if not attachment.key.startswith(f"attachments/{tenant.id}/"):
                raise NotAllowed("a file belongs to somebody else")
            fetched = self._files.fetch(attachment.key, FILES_LIMIT)
            if fetched is None or fetched.size > FILES_LIMIT:
                raise NotAllowed(f"the file {attachment.name} is gone or too large")
            found.append(mail.Attachment(name=attachment.name, type=attachment.type, content=fetched.content))
        return found


def _style(tenant: Tenant) -> Style:
    replies = tenant.replies
    return Style(
        client=tenant.name,
        colour=tenant.brand.colour,
        language=tenant.language,
        signature=tenant.say(replies.signature) if replies else tenant.name,
        legal_footer=tenant.say(replies.legal_footer) if replies and replies.legal_footer else "",
    )


def _not_sent(message: Message, why: str) -> Draft:
    return Draft(
        by="system",
        kind="system",
        client_id=f"rejected:{message.n}",
        text=f"Message {message.n} could not be sent: {why}",
    )
