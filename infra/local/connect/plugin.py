"""The telephone network behind the front door: an exchange on the door's own loop, and its two kinds of phone."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, web
from jinja2 import Environment, FileSystemLoader, select_autoescape

from infra.layout import TEMPLATES, open_functions
from infra.local.connect.api.books import Register
from infra.local.connect.aws import DeployedLambdas, EventBridge, RecordFile, RecordStream
from infra.local.connect.clock import WallClock
from infra.local.connect.exchange import Exchange, Setup
from infra.local.connect.library import deployed, written_at
from infra.local.connect.tapes import BucketTapes
from infra.local.connect.web import Simulator, Who, routes
from infra.local.home import Home
from infra.local.telephony import RECORDINGS_BUCKET
from infra.stage import Stage

open_functions()
from chalicelib import wiring  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.errors import NotFound  # noqa: E402
from chalicelib.tenancy.model.caller import Scope  # noqa: E402

SPEECH_RATE = 30  # characters a second: twice Polly's, for people who read along
_KNOWN_S = 30.0  # so long a sign-in is believed without asking again


def plug(app: web.Application, stage: Stage) -> None:
    home = Home()
    cards = Reception(stage.base_url)
    lambdas_client, events_client, s3 = stage.client("lambda"), stage.client("events"), stage.client("s3")
    stream = RecordStream(lambdas_client, stage.function("contact_records"))
    people = RecordStream(lambdas_client, stage.function("agent_events"))
    simulator = Simulator(
        records=RecordFile(home.logs / "contact-records.jsonl", stream),
        who=cards.who,
        numbers=numbers,
        page=page,
        register=Register(home.state / "phone-side.json"),
    )
    library = _CurrentLibrary(stage.function("contact_flow"))
    simulator.renew = library.renew
    app.router.add_routes(routes(simulator))

    async def network(_: web.Application) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        lambdas, events = DeployedLambdas(lambdas_client, loop), EventBridge(events_client)
        tapes = BucketTapes(s3)
        exchange = simulator.exchange = Exchange(
            clock=WallClock(loop),
            library=library.library,
            lambdas=lambdas,
            events=events,
            records=simulator.records,
            people=people,
            tapes=tapes,
            mint=_connect_id,
            setup=Setup(
                speech_rate=SPEECH_RATE,
                recordings_bucket=RECORDINGS_BUCKET,
                auto_accepts=simulator.register.answers_itself,
            ),
        )
        async with ClientSession(cookie_jar=DummyCookieJar(), timeout=ClientTimeout(total=30)) as session:
            cards.session = session
            yield
        # A call does not outlive the exchange: it ends like any dropped call, and everyone is told.
        exchange.close()
        for leaving in (events, tapes, stream, people):
            await asyncio.to_thread(leaving.close)
        lambdas.close()

    app.cleanup_ctx.append(network)


class _CurrentLibrary:
    """Our flow files; a change on disk is taken at the next call, once it passes the validator."""

    def __init__(self, function: str) -> None:
        self._function = function
        self._read = written_at()
        self.library = deployed(function)

    def renew(self) -> None:
        if (written := written_at()) != self._read:
            self.library.replace(deployed(self._function))
            self._read = written


def _connect_id() -> str:
    """Looks like an id of Connect's: a UUID, version 4."""
    raw = secrets.token_hex(16)
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"


class Reception:
    """Whose softphone it is: whoever the sign-in cookie belongs to, as /api/me says."""

    def __init__(self, base_url: str) -> None:
        self._me = f"{base_url}/api/me"
        self._known: dict[str, tuple[float, Who]] = {}
        self.session: ClientSession | None = None

    async def who(self, cookie: str) -> Who:
        known = self._known.get(cookie)
        if known is not None and time.monotonic() - known[0] < _KNOWN_S:
            return known[1]
        if self.session is None or not cookie:
            raise web.HTTPUnauthorized(text="sign in first")
        async with self.session.get(self._me, headers={"Cookie": cookie, "Accept": "application/json"}) as answer:
            if answer.status != 200:
                raise web.HTTPUnauthorized(text="sign in first")
            me: dict[str, Any] = await answer.json()
        if not me.get("agent"):
            raise web.HTTPForbidden(text="only agents have a telephone")
        who = Who(agent=me["agent"], name=me.get("name") or me["agent"])
        if len(self._known) > 1_000:
            self._known.clear()
        self._known[cookie] = (time.monotonic(), who)
        return who


def numbers() -> list[dict[str, Any]]:
    """What can be dialled: the clients' numbers, those who are open first, and one that nobody has."""
    directory = wiring.directory()
    found: list[dict[str, Any]] = []
    for listing in directory.listings(Scope.everyone()):
        try:
            tenant = directory.get(listing.tenant)
        except NotFound:
            continue  # listed before it was written whole
        for phone in tenant.entry_points.phones:
            is_open = tenant.is_open(datetime.now(UTC))
            found.append({"phone": str(phone), "tenant": tenant.id, "name": tenant.name, "open": is_open})
    found.sort(key=lambda one: not one["open"])
    return [*found, {"phone": "+15550999999", "tenant": "", "name": "A number that nobody has", "open": True}]


def page() -> str:
    """Read anew each time, so that a change of the template shows at once."""
    templates = Environment(loader=FileSystemLoader(TEMPLATES / "pages"), autoescape=select_autoescape(("html",)))
    return templates.get_template("try/index.html").render()
