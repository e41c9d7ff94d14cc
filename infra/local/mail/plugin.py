"""Mail behind the front door: two SMTP ports, the pages of /mail, the mail program of /try."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from infra.layout import open_functions
from infra.local.home import Home
from infra.local.mail.listener import Sorter, listen
from infra.local.mail.pages import routes
from infra.local.mail.places import Places
from infra.local.mail.receiving import Receiving
from infra.local.mail.store import MailStore, folder
from infra.stage import Stage

open_functions()
from chalicelib import wiring  # noqa: E402  lives where Chalice wants it


def plug(app: web.Application, stage: Stage) -> None:
    home = Home()
    store = MailStore(folder(home))
    places = Places(wiring.directory(), stage.settings.mail_domain)
    receiving = Receiving(
        s3=stage.client("s3"), sns=stage.client("sns"), bucket=stage.settings.bucket_mail, topic=stage.topic_mail
    )
    sorter = Sorter(receiving, store, places.domains)
    app.router.add_routes(routes(store, places, lambda: home.ports().smtp))

    async def listening(_: web.Application) -> AsyncIterator[None]:
        """What customers send comes in at one port, what SES sends at the other; both are sorted alike."""
        ports = home.ports()
        servers = [await listen(sorter, port) for port in sorted({ports.smtp, ports.relay})]
        yield
        for server in servers:
            server.close()
            await server.wait_closed()

    app.cleanup_ctx.append(listening)
