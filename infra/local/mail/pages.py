"""Mail for the eyes: /mail shows what passed this machine, /try/api/mail is a customer's mail program."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.errors import HeaderParseError
from functools import partial
from typing import Any

from aiohttp import BodyPartReader, web
from jinja2 import Environment, FileSystemLoader, select_autoescape

from infra.layout import TEMPLATES, open_functions
from infra.local.mail.places import Places
from infra.local.mail.store import Kept, MailStore
from infra.local.mail.writing import Outline, answer_to, compose, send

open_functions()
from chalicelib.channels.email.model import mime  # noqa: E402  lives where Chalice wants it
from chalicelib.channels.email.model.address import address  # noqa: E402
from chalicelib.channels.email.model.parsing import parse  # noqa: E402

_SHOWN = 100
_FILE_LIMIT = 40 * 1024 * 1024
# What a mail brings may be seen and nothing else: no script, no request to anywhere.
_SEALED = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def routes(store: MailStore, places: Places, smtp_port: Callable[[], int]) -> list[web.RouteDef]:
    pages = _Pages(store, places, smtp_port)
    return [
        web.get("/mail", pages.index),
        web.get("/mail/{id}", pages.show),
        web.get("/mail/{id}/body", pages.body),
        web.get("/mail/{id}/raw", pages.raw),
        web.get("/try/api/mail", pages.conversation),
        web.post("/try/api/mail", pages.write),
        web.get("/try/api/mail/places", pages.where),
    ]


class _Pages:
    def __init__(self, store: MailStore, places: Places, smtp_port: Callable[[], int]) -> None:
        self._store = store
        self._places = places
        self._smtp_port = smtp_port
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES / "pages"), autoescape=select_autoescape(("html",))
        )

    async def index(self, request: web.Request) -> web.Response:
        kept = await asyncio.to_thread(self._store.all)
        return self._page("mail/list.html", mails=kept[:_SHOWN], total=len(kept))

    async def show(self, request: web.Request) -> web.Response:
        kept = self._kept(request)
        raw = await asyncio.to_thread(self._store.raw, kept)
        message = mime.read(raw) or mime.bare(raw)[0]
        headers = [(mime.clean(name), mime.header(message, name)) for name in dict.fromkeys(message.keys())]
        return self._page("mail/view.html", kept=kept, mail=parse(raw), headers=headers, html=bool(_html(raw)))

    async def body(self, request: web.Request) -> web.Response:
        html = _html(await asyncio.to_thread(self._store.raw, self._kept(request)))
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": _SEALED})

    async def raw(self, request: web.Request) -> web.Response:
        raw = await asyncio.to_thread(self._store.raw, self._kept(request))
        return web.Response(
            body=raw, content_type="text/plain", charset="utf-8", headers={"X-Content-Type-Options": "nosniff"}
        )

    async def where(self, request: web.Request) -> web.Response:
        places = await asyncio.to_thread(self._places.all)
        return web.json_response(
            [{"tenant": p.tenant, "name": p.name, "address": p.address, "answered": p.answered} for p in places]
        )

    async def conversation(self, request: web.Request) -> web.Response:
        """What a customer sent and got, the oldest first."""
        customer = address(request.query.get("customer", ""))
        if not customer:
            return _invalid("customer", "send ?customer= with a mail address")
        return web.json_response({"mails": await asyncio.to_thread(self._of, customer)})

    async def write(self, request: web.Request) -> web.Response:
        """`from`, `to`, `subject`, `text` and files; or `from`, `answers` (the id of a mail) and `text`."""
        if not _from_here(request):
            return web.json_response({"title": "NotAllowed"}, status=403)
        fields, files = await _form(request)
        sender = address(fields.get("from", ""))
        if not sender:
            return _invalid("from", "is no mail address; write one like jana@example.com")
        answered = self._store.get(fields.get("answers", ""))
        if answered is not None:
            outline = answer_to(self._store, answered, sender=sender, text=fields.get("text", ""))
        else:
            outline = Outline(
                sender=sender,
                to=address(fields.get("to", "")),
                subject=fields.get("subject", ""),
                text=fields.get("text", ""),
            )
        if not outline.to:
            return _invalid("to", "is no mail address; choose a mailbox of a client")
        try:
            mail = compose(outline, files)
        except (ValueError, HeaderParseError) as error:
            return _invalid("subject", str(error))
        sent = await asyncio.to_thread(partial(send, mail, self._smtp_port()))
        return web.json_response({"message_id": sent}, status=201)

    def _of(self, customer: str) -> list[dict[str, Any]]:
        mine = [kept for kept in self._store.all() if kept.belongs_to(customer)][:_SHOWN]
        return [self._told(kept) for kept in reversed(mine)]

    def _told(self, kept: Kept) -> dict[str, Any]:
        raw = self._store.raw(kept)
        mail = parse(raw)
        return {
            "id": kept.id,
            "way": kept.way.value,
            "at": kept.at,
            "from": mail.sender,
            "from_name": mail.sender_name,
            "to": list(kept.recipients),
            "subject": mail.subject,
            "text": mail.text,
            "quoted": mail.quoted,
            "formatted": f"/mail/{kept.id}/body" if mail.html else "",
            "source": f"/mail/{kept.id}",
            "files": [{"name": file.name, "size": file.size} for file in mail.attachments],
            "in_reply_to": kept.in_reply_to,
        }

    def _kept(self, request: web.Request) -> Kept:
        kept = self._store.get(request.match_info["id"])
        if kept is None:
            raise web.HTTPNotFound
        return kept

    def _page(self, name: str, **values: Any) -> web.Response:
        text = self._templates.get_template(name).render(**values)
        return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})


def _html(raw: bytes) -> str:
    """The formatted version as it was sent; empty where there is none."""
    message = mime.read(raw)
    parts = message.walk() if message else ()
    found = [mime.text(part, 1024 * 1024) for part in parts if mime.content_type(part) == "text/html"]
    return found[0] if found else ""


async def _form(request: web.Request) -> tuple[dict[str, str], list[tuple[str, bytes]]]:
    if request.content_type == "application/json":
        body = await request.json()
        return {name: str(value) for name, value in body.items()}, []
    if not request.content_type.startswith("multipart/"):
        form = await request.post()
        return {name: value for name, value in form.items() if isinstance(value, str)}, []
    fields: dict[str, str] = {}
    files: list[tuple[str, bytes]] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.filename:
            files.append((part.filename, bytes(await part.read())))
        elif part.name:
            fields[part.name] = await part.text()
    if sum(len(content) for _, content in files) > _FILE_LIMIT:
        raise web.HTTPRequestEntityTooLarge(_FILE_LIMIT, sum(len(content) for _, content in files))
    return fields, files


def _from_here(request: web.Request) -> bool:
    """Another site open in the same browser must not write mail."""
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == request.host


def _invalid(field: str, why: str) -> web.Response:
    problem = {"title": "Invalid", "status": 422, "field": field, "detail": f"{field}: {why}"}
    return web.json_response(problem, status=422, content_type="application/problem+json")
