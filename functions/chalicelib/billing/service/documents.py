"""The files of an invoice, each made once and kept under the hash of what the invoice says.

    invoices/<tenant>/<YYYY-MM>/<invoice|credit-note|draft>-<hash>.json   the canonical JSON; the others follow from it:
                                                                          .pdf, .csv, .contacts.csv, .xml
    invoices/<tenant>/<YYYY-MM>/annex-<sha256>.json                       the contacts behind the lines

Nothing here is ever changed: another document has another name. Whoever may see a file gets a link that expires.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.billing.model.annex import annex as contacts_behind
from chalicelib.billing.model.documents import csv, ubl
from chalicelib.billing.model.documents.reading import DRAFT
from chalicelib.billing.model.invoice import canonical, sha256
from chalicelib.billing.service.print_room import FOLDER, PDF, Cabinet, annex_beside
from chalicelib.kernel.errors import Invalid, NotFound, TooLarge
from chalicelib.kernel.ids import TenantId

if TYPE_CHECKING:
    from chalicelib.billing.service.billing import Billing

JSON = "application/json"
_LINK_S = 300
_MOST_IN_A_DRAFT = 5_000  # records: whoever prints a draft waits for them to be read
_MOST = 64 * 1024 * 1024  # of an invoice or its annex: some 200,000 contacts


class Artefact(StrEnum):
    """The forms of an invoice; the value is the ending of the file's name."""

    JSON = "json"
    PDF = "pdf"
    LINES = "csv"
    CONTACTS = "contacts.csv"
    XML = "xml"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    Artefact.JSON: JSON,
    Artefact.PDF: PDF,
    Artefact.LINES: "text/csv; charset=utf-8; header=present",
    Artefact.CONTACTS: "text/csv; charset=utf-8; header=present",
    Artefact.XML: "application/xml",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a document lies; `sha256` is of its bytes."""

    key: str
    sha256: str


class Links(Cabinet, Protocol):
    def link(self, key: str, *, name: str, media_type: str, seconds: int) -> str: ...


class Printer(Protocol):
    def ask(self, question: dict[str, Any]) -> dict[str, str]: ...


class Documents:
    def __init__(self, cabinet: Links, printer: Printer) -> None:
        self._cabinet = cabinet
        self._printer = printer

    def keep(self, document: bytes, annex: bytes = b"") -> Kept:
        """Files the canonical JSON, and before it the annex that it names by its hash. Filing it again is silence."""
        said = json.loads(document)
        kept = Kept(_key(said, document), sha256(document))
        if annex:
            named = (said.get("annex") or {}).get("sha256", "")
            if sha256(annex) != named:
                raise Invalid("annex", "the invoice names another annex", "file the annex that it was made with")
            self._cabinet.put(annex_beside(kept.key, said), annex, JSON)
        self._cabinet.put(kept.key, document, JSON)
        return kept

    def link(self, tenant: TenantId, key: str, artefact: Artefact) -> str:
        """A link, good for some minutes, to that form of the client's invoice under `key`, which is made for it.

        Raises NotFound if the client has no such invoice, Invalid for the XML of a draft, TooLarge for what this Lambda
        cannot hold.
        """
        if not key.startswith(f"{FOLDER}{tenant}/"):
            raise NotFound("invoice", key)
        document = self._read(key)
        place = _beside(key, artefact)
        if artefact is Artefact.PDF:
            place = self._printer.ask({"document": key})["pdf"]
        elif artefact is not Artefact.JSON:
            self._cabinet.put(place, self._made(artefact, key, document), artefact.media_type)
        return self._cabinet.link(
            place, name=f"{title(document)}.{artefact}", media_type=artefact.media_type, seconds=_LINK_S
        )

    def form(self, tenant: TenantId, key: str, name: str) -> str:
        """The same by the form's name. Raises Invalid for one that there is not."""
        return self._form(tenant, key, name, set(Artefact))

    def credit_note(self, tenant: TenantId, key: str, name: str) -> str:
        """A credit note's; it has amounts, and no contacts of its own."""
        return self._form(tenant, key, name, set(Artefact) - {Artefact.CONTACTS})

    def _form(self, tenant: TenantId, key: str, name: str, known: AbstractSet[Artefact]) -> str:
        if name not in known:
            raise Invalid("form", f"{name!r} is none", f"ask for {', '.join(one for one in Artefact if one in known)}")
        return self.link(tenant, key, Artefact(name))

    def _made(self, artefact: Artefact, key: str, document: Mapping[str, Any]) -> bytes:
        make: dict[Artefact, Callable[[], bytes]] = {
            Artefact.LINES: lambda: csv.lines(document),
            Artefact.CONTACTS: lambda: csv.contacts(document, self._annex(key, document)),
            Artefact.XML: lambda: ubl.xml(document),
        }
        return make[artefact]()

    def _annex(self, key: str, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
        beside = annex_beside(key, document)
        return self._read(beside) if beside else None

    def _read(self, key: str) -> Mapping[str, Any]:
        file = self._cabinet.fetch(key, _MOST)
        if file is None:
            raise NotFound("invoice", key)
        if file.size > _MOST:
            raise TooLarge("the file of the invoice", file.size, _MOST)
        said: Mapping[str, Any] = json.loads(file.content)
        return said


class Drafts:
    """The running period of a client on paper."""

    def __init__(self, billing: Billing, cabinet: Links, printer: Printer) -> None:
        self.usage = billing.usage
        self.recorded = billing.recorded
        self.draft = billing.open_draft
        self._documents = Documents(cabinet, printer)

    def pdf(self, tenant: TenantId, label: str, now: datetime) -> str:
        """A link to the printed draft, good for some minutes. It lists the contacts as long as they are few."""
        draft = self.draft(tenant, label, now)
        document, behind = draft.as_document(), b""
        if draft.usage.sums.records <= _MOST_IN_A_DRAFT:
            behind = contacts_behind(self.recorded(tenant, label, now), draft.usage)
            document["annex"] = {"sha256": sha256(behind), "contacts": draft.usage.behind}
        kept = self._documents.keep(canonical(document), behind)
        return self._documents.link(tenant, kept.key, Artefact.PDF)


def title(document: Mapping[str, Any]) -> str:
    """What its files are called: `invoice-ML-2026-00042`, `credit-note-…`, `draft-shop-2026-11`."""
    if document["document"] == DRAFT:
        return f"draft-{document['client']['tenant']}-{document['period']['label']}"
    number = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in document["number"])
    return f"{document['document'].replace(' ', '-')}-{number}"


def _key(document: Mapping[str, Any], content: bytes) -> str:
    kind = "draft" if document["document"] == DRAFT else document["document"].replace(" ", "-")
    said = sha256(content)[:32]
    return f"{FOLDER}{document['client']['tenant']}/{document['period']['label']}/{kind}-{said}.json"


def _beside(key: str, artefact: Artefact) -> str:
    return f"{key.removesuffix('.json')}.{artefact}"
