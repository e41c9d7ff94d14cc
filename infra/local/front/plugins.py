"""What else lives behind the front door of the local stack: one line each.

A plugin is a module with `plug(app: aiohttp.web.Application, stage: infra.stage.Stage) -> None`. It adds its routes
and, by `app.on_startup` / `app.on_cleanup`, its background services (a simulator, an SMTP listener). It runs in the
door's process and on its event loop: anything that blocks goes to a thread (`asyncio.to_thread`).
"""

from __future__ import annotations

import importlib
import importlib.util

from aiohttp import web

from infra.stage import Stage

PLUGINS: tuple[str, ...] = (
    "infra.local.connect.plugin",  # the phone network: /try/api/…, /softphone, /connect-api
    "infra.local.texts",  # texts that go to nobody: /try/api/texts
    "infra.local.mail.plugin",  # SMTP in, SMTP out, /mail
    "infra.local.site",  # the sample clients' sites with the chat widget: /site/<tenant>
    "infra.local.lookups",  # the sample clients' own systems: /try/orders/<tenant>, /try/accounts/<tenant>
)


def plug_all(app: web.Application, stage: Stage) -> None:
    for name in PLUGINS:
        if _present(name):
            importlib.import_module(name).plug(app, stage)


def _present(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
