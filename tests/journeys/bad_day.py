"""The way from a function to its tables, on a bad day: a door between the two that can be slow, or shut for some.

A function's environment names its endpoint; here it is this door, and the emulator stands behind it. Nothing of the
function is changed.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.deployed import Stack

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"})


class Door:
    """A request that names what the door is slow for is passed on after `delay_s`. One that names what it is shut for
    gets a fault of the service, which is tried again; or, with `denies`, a refusal, which is not."""

    def __init__(self, emulator: int) -> None:
        self.emulator = emulator
        self.delay_s = 0.0
        self.slow_for: tuple[str, ...] = ()
        self.shut_for: tuple[str, ...] = ()
        self.denies = False
        door = self

        class Through(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                door.pass_on(self)

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST  # noqa: N815  the server's own names

            def log_message(self, *_: Any) -> None:
                """Nobody reads it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Through)
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def opens(self) -> None:
        self.delay_s, self.slow_for, self.shut_for, self.denies = 0.0, (), (), False

    def pass_on(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        if _names(body, self.slow_for):
            time.sleep(self.delay_s)
        if _names(body, self.shut_for):
            status, error = (400, "AccessDeniedException") if self.denies else (500, "InternalServerError")
            told = json.dumps({"__type": f"com.amazon.coral.service#{error}", "message": "not today"}).encode()
            _answer(asked, status, [("Content-Type", "application/x-amz-json-1.0")], told)
            return
        behind = http.client.HTTPConnection("127.0.0.1", self.emulator, timeout=60)
        with contextlib.closing(behind), contextlib.suppress(ConnectionError):
            behind.request(asked.command, asked.path, body, dict(asked.headers.items()))
            answer = behind.getresponse()
            _answer(asked, answer.status, answer.getheaders(), answer.read())


def _names(body: bytes, names: Iterable[str]) -> bool:
    return any(name.encode() in body for name in names)


def _answer(asked: BaseHTTPRequestHandler, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    asked.send_response_only(status)
    for name, value in headers:
        if name.lower() not in _HOP:
            asked.send_header(name, value)
    asked.send_header("Content-Length", str(len(body)))
    asked.end_headers()
    asked.wfile.write(body)


@contextlib.contextmanager
def door_before(stack: Stack, name: str) -> Iterator[Door]:
    """Before one function; afterwards it goes its usual way again."""
    door, client, function = Door(stack.ports.emulator), stack.client("lambda"), stack.function(name)
    usual = client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    threading.Thread(target=door.server.serve_forever, daemon=True).start()
    try:
        client.update_function_configuration(
            FunctionName=function, Environment={"Variables": {**usual, "AWS_ENDPOINT_URL": door.url}}
        )
        yield door
    finally:
        client.update_function_configuration(FunctionName=function, Environment={"Variables": usual})
        door.server.shutdown()
        door.server.server_close()
