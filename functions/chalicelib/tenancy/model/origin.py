"""Does a request come from a page of our own? The cookie alone cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

_OURS = frozenset({"same-origin", "none"})  # `none`: the person typed the address or used a bookmark
_PORTS = {"http": 80, "https": 443}


def same_origin(headers: Mapping[str, str]) -> bool:
    """True unless the browser says that another site made the request. Header names in lower case.

    Browsers send `Sec-Fetch-Site`, older ones at least `Origin`, with every POST, and no page can forge them.
    Who sends neither is no browser, and holds no stranger's cookie.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in _OURS
    origin = headers.get("origin")
    if origin is None:
        return True
    # CloudFront must send API Gateway's own name as Host, and passes on the visitor's as X-Forwarded-Host.
    host = headers.get("x-forwarded-host") or headers.get("host", "")
    theirs = _place(origin)
    return theirs is not None and theirs == _place(f"{origin.partition(':')[0]}://{host}")


def _place(url: str) -> tuple[str, int] | None:
    """Host and port, also where the port goes without saying; None for what is no address of a site."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port is not None else None
