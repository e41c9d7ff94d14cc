"""Draft invoices as files: kept under the hash of what they say, printed by the Lambda that can (`print_room`)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Protocol

from chalicelib.billing.model.invoice import Draft
from chalicelib.billing.service.billing import Billing
from chalicelib.billing.service.print_room import FOLDER, PDF
from chalicelib.kernel.ids import TenantId

_LINK_S = 300


class Cabinet(Protocol):
    def put(self, key: str, content: bytes, media_type: str) -> None: ...
    def link(self, key: str, *, name: str, media_type: str, seconds: int) -> str: ...


class Printer(Protocol):
    def ask(self, question: dict[str, Any]) -> dict[str, str]: ...


class Drafts:
    def __init__(self, billing: Billing, cabinet: Cabinet, printer: Printer) -> None:
        self.usage = billing.usage
        self.draft = billing.draft
        self._cabinet = cabinet
        self._printer = printer

    def pdf(self, tenant: TenantId, label: str, now: datetime) -> str:
        """A link to the printed draft, good for some minutes."""
        draft = self.draft(tenant, label, now)
        key = _key(draft)
        self._cabinet.put(key, draft.as_json(), "application/json")
        printed = self._printer.ask({"document": key})["pdf"]
        name = f"draft-{tenant}-{draft.period.label}.pdf"
        return self._cabinet.link(printed, name=name, media_type=PDF, seconds=_LINK_S)


def _key(draft: Draft) -> str:
    said = hashlib.sha256(draft.as_json()).hexdigest()[:32]
    return f"{FOLDER}{draft.client.tenant}/{draft.period.label}/draft-{said}.json"
