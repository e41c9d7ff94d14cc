"""What lies between a page and the server, and does there what nobody wishes for."""

from __future__ import annotations

import re

from playwright.sync_api import APIResponse, Page, Route, WebSocketRoute

_END_OF_API_GATEWAYS_PATIENCE = 1001


class Gate:
    """A line that breaks, stays broken, and stutters when it is told to."""

    def __init__(self, page: Page, *, stutters: bool = False) -> None:
        self._times = 2 if stutters else 1
        self._is_open = True
        self._passing: list[tuple[WebSocketRoute, WebSocketRoute]] = []
        page.route_web_socket(re.compile(r"/ws(\?|$)"), self._pass)

    def shut(self) -> None:
        """Closes every line, and lets none be opened."""
        self._is_open = False
        for page, server in self._passing:
            page.close(code=_END_OF_API_GATEWAYS_PATIENCE)
            server.close()
        self._passing.clear()

    def open(self) -> None:
        self._is_open = True

    def _pass(self, page: WebSocketRoute) -> None:
        if not self._is_open:
            page.close(code=_END_OF_API_GATEWAYS_PATIENCE)
            return
        server = page.connect_to_server()

        def pass_on(news: str | bytes) -> None:
            for _ in range(self._times):
                page.send(news)

        server.on_message(pass_on)
        self._passing.append((page, server))


class SlowAnswer:
    """The answer to one request: given by the server at once, and seen by the page only when it is let through."""

    def __init__(self, page: Page, path: str) -> None:
        self._page = page
        self._path = path
        self._held: list[tuple[Route, APIResponse]] = []
        page.route(f"**{path}", self._hold, times=1)

    def let_through(self) -> None:
        for _ in range(150):  # until the page has asked
            if self._held:
                break
            self._page.wait_for_timeout(100)
        (route, answer) = self._held.pop()
        with self._page.expect_response(f"**{self._path}"):
            route.fulfill(response=answer)
        self._page.wait_for_timeout(200)  # until the page has done with it what it wants

    def _hold(self, route: Route) -> None:
        self._held.append((route, route.fetch()))
