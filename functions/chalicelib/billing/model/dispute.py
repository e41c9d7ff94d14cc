"""A contact that a client does not want to pay for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.kernel.signature import name_in


class Answer(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"  # credited, where the contact had cost anything
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    tenant: TenantId
    label: str
    number: str  # of the invoice
    contact: ContactId
    why: str
    by: str
    at: str  # a stamp
    answer: Answer = Answer.OPEN
    answered_by: str = ""
    answered_at: str = ""
    reason: str = ""
    credit_note: str = ""  # its number; empty where accepting changed no amount

    def __post_init__(self) -> None:
        if not self.why:
            raise Invalid("why", "is empty", "say what is wrong with the contact")

    def accepted(self, by: str, at: str, reason: str, credit_note: str) -> Dispute:
        return self._answered(Answer.ACCEPTED, by, at, reason, credit_note)

    def rejected(self, by: str, at: str, reason: str) -> Dispute:
        if not reason:
            raise Invalid("reason", "is empty", "tell the client why the contact is billed")
        return self._answered(Answer.REJECTED, by, at, reason, "")

    def _answered(self, answer: Answer, by: str, at: str, reason: str, credit_note: str) -> Dispute:
        if self.answer is not Answer.OPEN:
            by = name_in(self.answered_by)
            raise Conflict(f"this dispute was {self.answer.value} by {by}", state=self.answer.value)
        return replace(self, answer=answer, answered_by=by, answered_at=at, reason=reason, credit_note=credit_note)

    def as_item(self) -> dict[str, Any]:
        return asdict(self) | {"answer": self.answer.value}

    def as_document(self) -> dict[str, Any]:
        """As its people read it."""
        return self.as_item() | {"by": name_in(self.by), "answered_by": name_in(self.answered_by)}

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> Dispute:
        told = {field.name: item[field.name] for field in fields(Dispute)}
        return Dispute(**told | {"answer": Answer(item["answer"])})
