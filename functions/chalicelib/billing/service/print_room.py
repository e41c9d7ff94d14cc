"""Prints what has been written. It knows nothing of rating, so its Lambda loads little but the typesetting library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from chalicelib.billing.model.documents import ubl
from chalicelib.billing.model.documents.paper import paper
from chalicelib.billing.model.documents.reading import DRAFT
from chalicelib.kernel.errors import Invalid, NotFound, TooLarge

FOLDER = "invoices/"
PDF = "application/pdf"
_MOST = 32 * 1024 * 1024  # of an invoice; and of an annex whose beginning is printed: some 100,000 contacts


class File(Protocol):
    @property
    def size(self) -> int: ...
    @property
    def content(self) -> bytes: ...


class Cabinet(Protocol):
    def put(self, key: str, content: bytes, media_type: str) -> None: ...
    def fetch(self, key: str, most: int) -> File | None: ...


class Typesetter(Protocol):
    def invoice(self, paper: Mapping[str, Any], xml: bytes = b"") -> bytes:
        """What `model/documents/paper` laid out as a PDF, with the electronic invoice inside if there is one.

        The same bytes for the same bytes.
        """
        ...


class PrintRoom:
    def __init__(self, cabinet: Cabinet, typesetter: Typesetter) -> None:
        self._cabinet = cabinet
        self._typesetter = typesetter

    def print(self, key: str) -> str:
        """Prints the invoice that lies under `key` and returns the key of the PDF beside it.

        Its annex, if it names one, lies in the same folder (`annex_beside`). One that is too large for paper is left
        to the table of contacts, and the paper says so.
        """
        if not key.startswith(FOLDER) or not key.endswith(".json"):
            raise Invalid("document", f"{key!r} is not an invoice", "give the key of its JSON")
        file = self._cabinet.fetch(key, _MOST)
        if file is None:
            raise NotFound("invoice", key)
        if file.size > _MOST:
            raise TooLarge("the invoice", file.size, _MOST)
        document = json.loads(file.content)
        xml = b"" if document["document"] == DRAFT else ubl.xml(document)
        pdf = f"{key.removesuffix('.json')}.pdf"
        self._cabinet.put(pdf, self._typesetter.invoice(paper(document, self._annex(key, document)), xml), PDF)
        return pdf

    def _annex(self, key: str, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
        beside = annex_beside(key, document)
        file = self._cabinet.fetch(beside, _MOST) if beside else None
        if file is None or file.size > _MOST:
            return None
        said: Mapping[str, Any] = json.loads(file.content)
        return said


def annex_beside(key: str, document: Mapping[str, Any]) -> str:
    """Where the contacts behind the lines lie: under the hash that the invoice names. Empty if it names none."""
    named = (document.get("annex") or {}).get("sha256", "")
    return f"{key.rpartition('/')[0]}/annex-{named}.json" if named else ""
