"""Pages from `templates/pages`, with the headers that keep strangers' scripts and frames out."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from chalice.app import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

# In a Lambda `vendor/` has been unpacked beside `chalicelib`; in the repository it stands there itself.
_HOME = Path(__file__).resolve().parents[3]
_FOLDERS = (_HOME / "templates" / "pages", _HOME / "vendor" / "templates" / "pages")

_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    "object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def page(template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any) -> Response:
    """A whole page. `headers` come on top of the usual ones, or in their place."""
    body = _environment().get_template(template).render(**values)
    return Response(body=body, status_code=status, headers={**_HEADERS, **(headers or {})})


def fragment(template: str, **values: Any) -> str:
    """A part of a page, to be pushed or swapped in."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDERS),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
