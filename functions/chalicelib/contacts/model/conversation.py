"""What is said in a contact: mails, chat lines and notes, numbered from 1 without a gap."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from chalicelib.kernel.clock import instant, stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    name: str
    type: str  # a media type
    size: int  # bytes
    key: str  # in the mail bucket


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`client_id` is made by who says it: said twice under one id, it is said once."""

    by: str  # customer, system, or agent:<id>
    text: str
    kind: str = "text"  # text, email, note (never shown to the customer), system
    client_id: str
    html: str = ""
    quoted: str = ""
    subject: str = ""
    message_id: str = ""
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    n: int
    at: datetime
    draft: Draft

    @property
    def author(self) -> str:
        """customer, agent or system: what queues filter by."""
        return self.draft.by.split(":")[0]

    def as_item(self) -> dict[str, Any]:
        draft = {f.name: getattr(self.draft, f.name) for f in fields(self.draft)}
        draft["attachments"] = [{f.name: getattr(a, f.name) for f in fields(a)} for a in self.draft.attachments]
        draft["headers"] = dict(self.draft.headers)
        return {"n": self.n, "at": stamp(self.at), **{name: value for name, value in draft.items() if value}}

    def as_answer(self) -> dict[str, Any]:
        """As programs see it: without the parts of a mail that only machines read."""
        return {name: value for name, value in self.as_item().items() if name not in {"headers", "html", "quoted"}}

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> Message:
        known = {f.name for f in fields(Draft)}
        draft = {name: value for name, value in item.items() if name in known}
        draft["attachments"] = tuple(Attachment(**attachment) for attachment in item.get("attachments", ()))
        return Message(n=item["n"], at=instant(item["at"]), draft=Draft(**{"text": "", **draft}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast one side may speak: at most `most` messages within any `within_s` seconds."""

    most: int
    within_s: int

    def wait_s(self, author: str, said: Sequence[Message], now: datetime) -> int:
        """Whole seconds until this author may speak again; 0 when now. `said` is the latest, newest first."""
        own = [message.at for message in said if message.author == author]
        if len(own) < self.most:
            return 0
        free_again = own[self.most - 1] + timedelta(seconds=self.within_s)
        return max(0, math.ceil((free_again - now).total_seconds()))
