"""Typst: turns an invoice into a PDF. Only the Lambda that prints has the library, in a layer of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import typst

_INVOICE = Path("templates", "invoices", "invoice.typ")
_ARCHIVE: Literal["a-3b"] = "a-3b"  # ISO 19005-3: may be kept for years, and may carry the electronic invoice


def template() -> Path:
    """In a Lambda `templates` lies beside `chalicelib`; in the repository it is at the top."""
    here = Path(__file__).resolve()
    places = (parent / _INVOICE for parent in here.parents)
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise FileNotFoundError(f"{_INVOICE} is in no folder above {here}")
    return found


class Typst:
    def invoice(self, paper: Mapping[str, Any], xml: bytes = b"") -> bytes:
        """Only the fonts inside the library and no clock: the same invoice is the same bytes on every machine.

        What is issued is PDF/A-3b; a draft is not, for it has no date. A name in letters that none of the fonts has
        prints as a plain PDF, with boxes for the letters.
        """
        said = {"paper": json.dumps(paper, ensure_ascii=False, sort_keys=True)} | ({"xml": xml.decode()} if xml else {})
        if not paper["issued_on"]:
            return _compiled(said)
        try:
            return _compiled(said, _ARCHIVE)
        except typst.TypstError as error:
            if "could not be displayed with font" not in error.message:
                raise
            return _compiled(said)


def _compiled(said: dict[str, str], *standards: Literal["a-3b"]) -> bytes:
    pdf = typst.compile(
        template(),
        sys_inputs=said,
        ignore_system_fonts=True,
        timestamp=0,
        pdf_standards=list(standards),
    )
    assert isinstance(pdf, bytes), "one document, one file"
    return pdf
