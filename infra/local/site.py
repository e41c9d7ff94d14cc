"""The sample clients' own sites, with the chat widget in them: /site/<tenant>.

They are shown under another host name than the product (`localhost` instead of `127.0.0.1`), so to a browser they are
strangers, and everything that guards the widget is at work: the list of origins, the frame, storage and cookies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from infra.layout import TEMPLATES, open_functions
from infra.stage import Stage

open_functions()
from chalicelib import wiring  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.errors import NotFound  # noqa: E402
from chalicelib.kernel.ids import TenantId  # noqa: E402
from chalicelib.tenancy.model.caller import Scope  # noqa: E402
from chalicelib.tenancy.model.tenant import Tenant  # noqa: E402

_STRANGER = "localhost"


def plug(app: web.Application, stage: Stage) -> None:
    app.add_routes(routes(stage.base_url, wiring.directory().get, _clients))


def routes(
    base_url: str, client: Callable[[TenantId], Tenant], clients: Callable[[], list[Tenant]]
) -> list[web.RouteDef]:
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES / "pages"), autoescape=select_autoescape(("html",)), undefined=StrictUndefined
    )
    stranger = base_url.replace(urlsplit(base_url).hostname or "", _STRANGER)
    # As strict as a careful client's own: the widget must do with its script and its frame.
    policy = (
        f"default-src 'none'; script-src {base_url}; frame-src {base_url}; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'self'"
    )

    async def site(request: web.Request) -> web.StreamResponse:
        if urlsplit(f"//{request.host}").hostname != _STRANGER:
            raise web.HTTPFound(stranger + request.path_qs)
        try:
            tenant = await asyncio.to_thread(client, TenantId(request.match_info["tenant"]))
        except NotFound:
            raise web.HTTPNotFound from None
        language = request.query.get("lang", "")
        text = pages.get_template("site/site.html").render(**_shown(tenant), home=base_url, language=language)
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def sites(request: web.Request) -> web.StreamResponse:
        found = await asyncio.to_thread(clients)
        return web.json_response([{**_shown(tenant), "url": f"{stranger}/site/{tenant.id}"} for tenant in found])

    return [web.get("/site/{tenant}", site), web.get("/try/api/sites", sites)]


def _clients() -> list[Tenant]:
    directory = wiring.directory()
    return [directory.get(listing.tenant) for listing in directory.listings(Scope.everyone())]


def _shown(tenant: Tenant) -> dict[str, Any]:
    return {
        "tenant": tenant.id,
        "name": tenant.name,
        "colour": tenant.brand.colour,
        "languages": list(tenant.languages),
        "key": next((widget.key for widget in tenant.entry_points.widgets), ""),
    }
