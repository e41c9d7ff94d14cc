"""Where an invoice stands after it was issued. Its document never changes; this is what happened to it since.

    open → draft → final → paid, disputed, credited

Open is a period that runs, draft one that is over and has no number yet: both follow from the clock. The rest
follows from what was recorded: credited in full, else disputed as long as a dispute is open, else paid, else final.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import Money
from chalicelib.kernel.signature import Signature


class State(StrEnum):
    OPEN = "open"
    DRAFT = "draft"
    FINAL = "final"
    PAID = "paid"
    DISPUTED = "disputed"
    CREDITED = "credited"


class AlreadyFinal(Conflict):
    """The period has its invoice. Nothing was written."""

    def __init__(self, label: str, number: str, instead: str = "correct it by a credit note") -> None:
        super().__init__(f"{label} is final already, as {number}; {instead}", number=number)
        self.number = number


class BeforeContract(Conflict):
    """The whole period is before the client's contract: there is nothing to pay for it, whatever was recorded."""

    def __init__(self, label: str, begins: date) -> None:
        super().__init__(f"{label} is before the contract, which begins on {begins}", period=label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A place in a series of a legal entity. `sha256` is that of the document, `key` where it lies."""

    entity: str
    series: str
    sequence: int
    sha256: str
    key: str

    @property
    def number(self) -> str:
        return numbered(self.series, self.sequence)


def numbered(series: str, sequence: int) -> str:
    return f"{series}-{sequence:06d}".upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The end of a series; 0 where it has not begun."""

    sequence: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A number, whose it is, and the hash of the document before it."""

    tenant: TenantId
    numbered: Numbered
    previous: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a finalisation began with. It is kept, so that one that was cut off goes on with the same."""

    at: datetime
    cutoff: datetime

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> Start:
        return Start(at=instant(item["started"]), cutoff=instant(item["cutoff"]))


class Overtaken(Exception):
    """Somebody was faster: with the number, or with a record that belongs into the invoice. Nothing was written."""

    def __init__(self, *, number: bool) -> None:
        super().__init__("the number is taken" if number else "the books moved")
        self.number = number


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An invoice that is final. Amounts are whole minor units."""

    tenant: TenantId
    label: str
    entity: str
    series: str
    sequence: int
    sha256: str
    key: str
    cutoff: str  # a stamp: the last instant whose records are in it
    issued_on: str
    due_on: str
    currency: str
    net: int
    tax: int
    total: int
    rounding: int = 0  # of the total, to what can be paid
    credited_net: int = 0
    credited: int = 0  # with tax
    paid_on: str = ""
    paid_by: str = ""  # the payment's reference
    received: int = 0  # what it came to: all that was left then
    disputes: int = 0  # that are open
    revision: int = 1  # of this summary

    @property
    def number(self) -> str:
        return numbered(self.series, self.sequence)

    @property
    def state(self) -> State:
        if self.credited and not self.billed.minor:
            return State.CREDITED
        if self.disputes:
            return State.DISPUTED
        return State.PAID if self.paid_on else State.FINAL

    @property
    def billed(self) -> Money:
        """What is not credited, with tax: the price, whether it was paid or not."""
        return Money(self.total + self.rounding - self.credited, self.currency)

    @property
    def left(self) -> Money:
        """What is still to be paid."""
        return Money(max(0, self.billed.minor - self.received), self.currency)

    @property
    def refund(self) -> Money:
        """What is due back to the client: of what was paid, that which was credited since."""
        return Money(max(0, self.received - self.billed.minor), self.currency)

    def paid(self, on: date, reference: str, today: date) -> Issued:
        """All that is left, on a day until `today`. Raises Conflict, Invalid."""
        if self.state is State.CREDITED:
            raise Conflict(f"{self.number} was credited in full; there is nothing to pay", state=self.state.value)
        if self.paid_on:
            raise Conflict(f"{self.number} was paid on {self.paid_on} ({self.paid_by})", state=self.state.value)
        if not reference:
            raise Invalid("reference", "is empty", "give what the bank calls the payment")
        if on.isoformat() < self.issued_on:
            raise Invalid("on", f"{on} is before the invoice, of {self.issued_on}", "give the day of the payment")
        if on > today:
            raise Invalid("on", f"{on} is in the future", f"give {today} or an earlier day")
        return self._next(paid_on=on.isoformat(), paid_by=reference, received=self.billed.minor)

    def unpaid(self) -> Issued:
        """As if no payment had been written down; credits and disputes stay. Raises Conflict."""
        if not self.paid_on:
            raise Conflict(f"{self.number} is not paid", state=self.state.value)
        return self._next(paid_on="", paid_by="", received=0)

    def less(self, net: Money, total: Money) -> Issued:
        """After a credit note of so much (`total`: with tax, as it is paid), zero or more. Never more than is left."""
        if total.minor > self.billed.minor or net.minor > self.net - self.credited_net:
            raise Invalid(
                "amount", f"{total.text()} is more than the {self.billed.text()} left of {self.number}", "credit less"
            )
        return self._next(credited_net=self.credited_net + net.minor, credited=self.credited + total.minor)

    def disputed(self) -> Issued:
        if self.state is State.CREDITED:
            raise Conflict(f"{self.number} was credited in full; there is nothing to dispute", state=self.state.value)
        return self._next(disputes=self.disputes + 1)

    def settled(self) -> Issued:
        """One dispute less."""
        return self._next(disputes=self.disputes - 1)

    def _next(self, **changed: Any) -> Issued:
        return replace(self, revision=self.revision + 1, **changed)

    def as_item(self) -> dict[str, Any]:
        return asdict(self)

    def as_document(self) -> dict[str, Any]:
        kept = {"key", "revision", "sequence", "received"}
        told = {name: value for name, value in asdict(self).items() if name not in kept}
        amounts = {"left": self.left.minor, "refund": self.refund.minor}
        return told | {"number": self.number, "state": self.state.value} | amounts

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> Issued:
        return Issued(**{field.name: item[field.name] for field in fields(Issued) if field.name in item})


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Who did what, when and why: an item that is only ever added."""

    tenant: TenantId
    # finalised, paid, unpaid, credited, disputed, accepted, rejected, corrected, reversed, dropped, reconciled
    what: str
    about: str  # the number of an invoice, or the key of a record
    by: str  # a signature
    at: str  # a stamp
    why: str = ""

    def as_item(self) -> dict[str, Any]:
        return asdict(self)

    def as_document(self) -> dict[str, Any]:
        """For people, and with the id for an audit."""
        by = Signature.parse(self.by)
        return asdict(self) | {"by": by.name, "by_id": by.id}

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> Deed:
        return Deed(**{field.name: item[field.name] for field in fields(Deed)})
