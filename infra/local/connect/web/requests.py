"""Reading a request, waiting for news, and saying what is wrong with it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

LONGEST_WAIT_S = 25.0
_LOOK_EVERY_S = 0.1
_LONGEST_SPEECH = 2_000
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")


async def news(request: web.Request, there: Callable[[], bool]) -> None:
    """Waits as long as the request wants, but no longer than until something is there."""
    wait = min(float(whole(request, "wait")), LONGEST_WAIT_S)
    until = time.monotonic() + wait
    while not there() and time.monotonic() < until:
        await asyncio.sleep(_LOOK_EVERY_S)


async def body(request: web.Request) -> Mapping[str, Any]:
    if request.content_type != "application/json":
        raise problem(415, "NotJson", "send JSON, with Content-Type: application/json")
    try:
        wish = await request.json()
    except ValueError:
        wish = None
    if not isinstance(wish, dict):
        raise problem(422, "Invalid", "the body is no JSON object")
    return wish


def text(wish: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = wish.get(name, default)
    if not isinstance(value, str) or len(value) > _LONGEST_SPEECH:
        raise problem(422, "Invalid", f"{name} must be text of at most {_LONGEST_SPEECH} characters")
    return value


def number(wish: Mapping[str, Any], name: str, *, withheld: bool = False) -> str:
    found = re.sub(r"[ ()./-]", "", text(wish, name, "" if withheld else None))
    if not (withheld and found == "") and not _NUMBER.fullmatch(found):
        raise problem(422, "Invalid", f"{name} must be a number like +15550100100")
    return found


def whole(request: web.Request, name: str) -> int:
    value = request.query.get(name, "0")
    return int(value) if value.isdecimal() else 0


def problem(status: int, title: str, detail: str) -> web.HTTPException:
    kinds: Mapping[int, type[web.HTTPException]] = {
        404: web.HTTPNotFound,
        409: web.HTTPConflict,
        415: web.HTTPUnsupportedMediaType,
        422: web.HTTPUnprocessableEntity,
        429: web.HTTPTooManyRequests,
    }
    told = web.json_response({"type": "about:blank", "title": title, "status": status, "detail": detail}).text
    return kinds[status](text=told, content_type="application/problem+json")
