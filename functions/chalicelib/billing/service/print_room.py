"""Prints what has been written. It knows nothing of rating, so its Lambda loads little but the typesetting library."""

from __future__ import annotations

from typing import Protocol

from chalicelib.kernel.errors import Invalid, NotFound, TooLarge

FOLDER = "invoices/"
PDF = "application/pdf"
_MOST = 32 * 1024 * 1024  # some 150,000 contacts in the annex: more pages than anybody prints


class File(Protocol):
    @property
    def size(self) -> int: ...
    @property
    def content(self) -> bytes: ...


class Cabinet(Protocol):
    def put(self, key: str, content: bytes, media_type: str) -> None: ...
    def fetch(self, key: str, most: int) -> File | None: ...


class Typesetter(Protocol):
    def invoice(self, document: bytes) -> bytes:
        """The canonical JSON of an invoice as a PDF; the same bytes for the same bytes."""
        ...


class PrintRoom:
    def __init__(self, cabinet: Cabinet, typesetter: Typesetter) -> None:
        self._cabinet = cabinet
        self._typesetter = typesetter

    def print(self, key: str) -> str:
        """Prints the invoice that lies under `key` and returns the key of the PDF beside it."""
        if not key.startswith(FOLDER) or not key.endswith(".json"):
            raise Invalid("document", f"{key!r} is not an invoice", "give the key of its JSON")
        file = self._cabinet.fetch(key, _MOST)
        if file is None:
            raise NotFound("invoice", key)
        if file.size > _MOST:
            raise TooLarge("the invoice", file.size, _MOST)
        pdf = f"{key.removesuffix('.json')}.pdf"
        self._cabinet.put(pdf, self._typesetter.invoice(file.content), PDF)
        return pdf
