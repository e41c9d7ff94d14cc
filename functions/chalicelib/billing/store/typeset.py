"""Typst: turns an invoice into a PDF. Only the Lambda that prints has the library, in a layer of its own."""

from __future__ import annotations

from pathlib import Path

import typst

_INVOICE = Path("templates", "invoices", "invoice.typ")


def template() -> Path:
    """In a Lambda `templates` lies beside `chalicelib`; in the repository it is at the top."""
    here = Path(__file__).resolve()
    places = (parent / _INVOICE for parent in here.parents)
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise FileNotFoundError(f"{_INVOICE} is in no folder above {here}")
    return found


class Typst:
    def invoice(self, document: bytes) -> bytes:
        """Only the fonts inside the library and no clock: the same invoice is the same bytes on every machine."""
        pdf = typst.compile(
            template(),
            sys_inputs={"invoice": document.decode()},
            ignore_system_fonts=True,
            timestamp=0,
        )
        assert isinstance(pdf, bytes), "one document, one file"
        return pdf
