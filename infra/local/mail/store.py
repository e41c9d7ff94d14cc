"""Every mail that passed this machine, as files: `<id>.eml` is the mail, `<id>.json` says where it went."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path
from typing import Any

from infra.layout import open_functions
from infra.local.home import Home

open_functions()
from chalicelib.channels.email.model import mime  # noqa: E402  lives where Chalice wants it

KEPT = 500
_HEAD = 256 * 1024
_ID = re.compile(r"[0-9]{17}-[0-9a-f]{8}")


class Way(StrEnum):
    IN = "in"  # a customer's, to a client
    OUT = "out"  # a client's, to a customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    id: str
    way: Way
    at: str  # ISO 8601, UTC
    sender: str  # of the envelope
    recipients: tuple[str, ...]
    header_from: str
    subject: str
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    size: int

    def belongs_to(self, address: str) -> bool:
        """Whether that person sent or got it."""
        people = {self.sender, parseaddr(self.header_from)[1], *self.recipients}
        return address.lower() in {person.lower() for person in people}

    def answers(self, message_id: str) -> bool:
        return message_id in (self.in_reply_to, *self.references)


class MailStore:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, way: Way, sender: str, recipients: Sequence[str], raw: bytes) -> Kept:
        now = datetime.now(UTC)
        message, _ = mime.bare(raw[:_HEAD])
        ids = mime.ids(message, "Message-ID")
        answered = mime.ids(message, "In-Reply-To")
        kept = Kept(
            id=f"{now:%Y%m%d%H%M%S}{now.microsecond // 1000:03d}-{os.urandom(4).hex()}",
            way=way,
            at=now.isoformat(timespec="milliseconds"),
            sender=sender,
            recipients=tuple(recipients),
            header_from=mime.header(message, "From"),
            subject=mime.header(message, "Subject"),
            message_id=ids[0] if ids else "",
            in_reply_to=answered[0] if answered else "",
            references=tuple(mime.ids(message, "References")),
            size=len(raw),
        )
        self._path(kept.id, "eml").write_bytes(raw)
        # Last, and at once: who lists the folder never meets a mail that is half there.
        draft = self._path(kept.id, "draft")
        draft.write_text(json.dumps(asdict(kept)))
        draft.replace(self._path(kept.id, "json"))
        self._forget_old()
        return kept

    def all(self) -> list[Kept]:
        """The newest first."""
        return [_read(path) for path in sorted(self._folder.glob("*.json"), reverse=True)]

    def get(self, mail_id: str) -> Kept | None:
        path = self._path(mail_id, "json")
        return _read(path) if _ID.fullmatch(mail_id) and path.exists() else None

    def raw(self, kept: Kept) -> bytes:
        return self._path(kept.id, "eml").read_bytes()

    def _path(self, mail_id: str, ending: str) -> Path:
        return self._folder / f"{mail_id}.{ending}"

    def _forget_old(self) -> None:
        for path in sorted(self._folder.glob("*.json"), reverse=True)[KEPT:]:
            path.unlink(missing_ok=True)
            path.with_suffix(".eml").unlink(missing_ok=True)


def folder(home: Home) -> Path:
    return home.folder / "mail"


def _read(path: Path) -> Kept:
    item: dict[str, Any] = json.loads(path.read_text())
    item |= {"way": Way(item["way"]), "recipients": tuple(item["recipients"]), "references": tuple(item["references"])}
    return Kept(**item)
