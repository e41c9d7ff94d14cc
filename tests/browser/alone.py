"""An agent's desk in a browser without a stage: the real page, doors and services, and nothing behind them but memory.

Everything that the page asks for is answered in this process: our files from where they lie, doors by the
application itself, the line by the pushes that the services make, and the telephone by who plays it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Request, Route, WebSocketRoute, expect

from app import app
from chalicelib.contacts.model.contact import Contact
from chalicelib.desk.service.live import Knock
from chalicelib.kernel.channel import Channel
from chalicelib.tenancy.model.caller import Caller
from infra.static import find
from tests.fakes.workplace import MARIA, SHOP, Workplace

URL = "http://localhost:9"  # a browser lets pages of localhost use what it keeps for safe ones; nobody listens there
CUSTOMER = "+15550123456"
_TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}


class Answers(Protocol):
    def answer(self, route: Route, deed: str, body: dict[str, Any]) -> None: ...


class DeskAlone:
    """`files` stand in place of our own, by their path under /static."""

    def __init__(self, page: Page, place: Workplace, phone: Answers | None = None, **files: str) -> None:
        self.page, self.place = page, place
        self._phone = phone
        self._files = {name.replace("__", "/").replace("_", "-") + ".js": text for name, text in files.items()}
        self._line: WebSocketRoute | None = None
        self.refuse: dict[str, tuple[int, str]] = {}  # path ending → the problem instead of an answer
        self.asked: list[tuple[str, dict[str, Any]]] = []
        page.route(f"{URL}/**", self._route)
        page.route_web_socket(f"{URL.replace('http', 'ws')}/ws", self._open_line)

    def open(self) -> DeskAlone:
        self.page.goto(f"{URL}/desk")
        expect(self.page.locator("#link")).to_have_text("Live")
        return self

    # What happens in the world

    def rings(self, tenant: str = SHOP, **more: str) -> Contact:
        """A call that routing gives to Maria; the telephone knows nothing of it yet."""
        known = {"entry_point": "+15550100200", "customer": CUSTOMER, "source_id": f"call-{datetime.now(UTC):%H%M%S%f}"}
        contact = self.place.arrives(Channel.VOICE, tenant, **{**known, **more})
        self.tell()
        return contact

    def connected(self, contact: Contact) -> None:
        """The voices are connected: telephony's event."""
        now = self.place.clock.passes(1)
        self.place.router.accept(contact.tenant, contact.contact, agent=MARIA.agent, now=now)
        self.tell()

    def now(self, contact: Contact) -> Contact:
        return self.place.contacts.get(contact.tenant, contact.contact)

    def tell(self) -> None:
        """What happened since, down the line."""
        self.place.tells()
        for frame in self.place.came():
            if self._line is not None:
                self._line.send(json.dumps(frame))

    def send(self, message: dict[str, Any]) -> None:
        """Down the line, as it is."""
        assert self._line is not None
        self._line.send(json.dumps(message))

    # What the page asks for

    def _open_line(self, line: WebSocketRoute) -> None:
        self._line = line
        self.place.sockets.open.add("page-1")
        headers = {"cookie": "sid=maria-sid", "origin": "https://d.example", "host": "d.example"}
        assert self.place.live.arrive(Knock(connection="page-1", headers=headers), self.place.clock.passes(1))
        self.place.came()

    def _route(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            return self._file(route, path.removeprefix("/static/"))
        if path.startswith("/softphone/"):
            assert self._phone is not None
            return self._phone.answer(route, path.rpartition("/")[2], _body(route.request))
        return self._door(route, path)

    def _file(self, route: Route, name: str) -> None:
        kind = _TYPES.get(name.rpartition(".")[2], "text/plain")
        file = find(name)
        text = self._files.get(name) or (file.read_text() if file is not None else None)
        if text is None:
            return route.fulfill(status=404)
        return route.fulfill(body=text, content_type=kind)

    def _door(self, route: Route, path: str) -> None:
        if route.request.method == "POST":
            self.asked.append((path, _body(route.request)))
        for ending, (status, detail) in self.refuse.items():
            if path.endswith(ending):
                problem = json.dumps({"title": "Refused", "status": status, "detail": detail})
                return route.fulfill(status=status, body=problem, content_type="application/problem+json")
        answer = self._app(route.request, path)
        body = answer["body"]
        raw = base64.b64decode(body) if answer.get("isBase64Encoded") else body
        route.fulfill(status=answer["statusCode"], headers=answer["headers"], body=raw)
        return self.tell()

    def _app(self, request: Request, path: str, caller: Caller = MARIA) -> dict[str, Any]:
        pattern, parameters = _door_of(path)
        headers = {**request.headers, "host": urlsplit(URL).netloc}
        asked = parse_qs(urlsplit(request.url).query) or None
        return app(  # type: ignore[no-any-return]
            {
                "resource": pattern, "path": path, "httpMethod": request.method, "body": request.post_data,
                "isBase64Encoded": False, "headers": headers, "multiValueHeaders": {},
                "pathParameters": parameters, "multiValueQueryStringParameters": asked,
                "queryStringParameters": {name: values[-1] for name, values in asked.items()} if asked else None,
                "requestContext": {
                    "httpMethod": request.method, "resourcePath": pattern, "authorizer": caller.as_context()
                },
                "stageVariables": None,
            },
            None,
        )  # fmt: skip


def _door_of(path: str) -> tuple[str, dict[str, str]]:
    """The route that a path means, as API Gateway finds it: the one with the fewest names of parts fits best."""
    parts = path.strip("/").split("/")
    fits: list[tuple[int, str, dict[str, str]]] = []
    for pattern in app.routes:
        wanted = pattern.strip("/").split("/")
        if len(wanted) == len(parts) and all(a == b or a.startswith("{") for a, b in zip(wanted, parts, strict=True)):
            named = {a[1:-1]: b for a, b in zip(wanted, parts, strict=True) if a.startswith("{")}
            fits.append((len(named), pattern, named))
    assert fits, f"no door at {path}"
    _, pattern, named = min(fits)
    return pattern, named


def _body(request: Request) -> dict[str, Any]:
    if not request.post_data:
        return {}
    if "json" in request.headers.get("content-type", ""):
        return dict(json.loads(request.post_data))
    return {name: values[-1] for name, values in parse_qs(request.post_data).items()}


class Softphone:
    """The simulator's agent side, played by a test: what the telephone shows, and what it was asked to do."""

    def __init__(self) -> None:
        self.call: dict[str, Any] | None = None
        self.did: list[tuple[str, dict[str, Any]]] = []
        self.stood: list[str] = []  # what it was told that its agent is
        self.then: Callable[[str, dict[str, Any]], None] = lambda deed, body: None
        self.refuse: dict[str, str] = {}
        self.is_down = False
        self._changes = 0
        self._waiting: list[Route] = []

    def rings(self, contact: Contact, **more: Any) -> None:
        self.show(
            call=contact.source_id, contact_id=contact.contact, state="CONNECTING", accepted=False, muted=False,
            recording="on", direction="inbound", began_at=f"{datetime.now(UTC):%H:%M:%S.%f}", lines=[], last=0,
            legs=[{"kind": "customer", "name": contact.customer, "state": "ringing"}], **more,
        )  # fmt: skip

    def talks(self, **more: Any) -> None:
        self.show(state="CONNECTED", accepted=True, **{"legs": [leg("customer", CUSTOMER)], **more})

    def show(self, **change: Any) -> None:
        self.call = {**(self.call or {}), **change}
        self._news()

    def quiet(self) -> None:
        self.call = None
        self._news()

    def answer(self, route: Route, deed: str, body: dict[str, Any]) -> None:
        if self.is_down:
            return route.abort()
        if deed == "state":
            asked = parse_qs(urlsplit(route.request.url).query, keep_blank_values=True)
            if asked["state"] == [str(self._changes)] and asked["wait"] != ["0"]:
                return self._waiting.append(route)
            return route.fulfill(json=self._view())
        if deed == "stand":
            self.stood.append(body["status"])
            return route.fulfill(json=self._view())
        self.did.append((deed, body))
        if deed in self.refuse:
            return route.fulfill(status=409, json={"detail": self.refuse[deed]})
        self.then(deed, body)
        return route.fulfill(json=self._view())

    def _news(self) -> None:
        self._changes += 1
        waiting, self._waiting = self._waiting, []
        for route in waiting:
            route.fulfill(json=self._view())

    def _view(self) -> dict[str, Any]:
        return {"agent": "maria", "name": "Maria", "call": self.call, "state": str(self._changes)}


def leg(kind: str, name: str, state: str = "connected") -> dict[str, str]:
    return {"kind": kind, "name": name, "state": state}
