"""What the pages may load under /static: our own files, and these few files of npm packages."""

from __future__ import annotations

from pathlib import Path

from infra.layout import NODE_MODULES, PAGES_STATIC

# /static/vendor/<name> → file of a package
VENDOR: dict[str, str] = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "hx-ws.js": "htmx.org/dist/ext/hx-ws.min.js",
    "hx-alpine-compat.js": "htmx.org/dist/ext/hx-alpine-compat.min.js",
    "alpine-csp.js": "@alpinejs/csp/dist/cdn.min.js",
    "connect-streams.js": "amazon-connect-streams/release/connect-streams-min.js",
}


def find(path: str) -> Path | None:
    """The file behind /static/<path>; None for anything that is not meant to be seen."""
    if path.startswith("vendor/"):
        package_file = VENDOR.get(path.removeprefix("vendor/"))
        return NODE_MODULES / package_file if package_file else None
    file = (PAGES_STATIC / path).resolve()
    return file if file.is_file() and file.is_relative_to(PAGES_STATIC.resolve()) else None
