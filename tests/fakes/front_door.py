"""A stage's API for commands that log in there: a login, and answers by the test, on a free port of 127.0.0.1."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PASSWORD = "right"
_SESSION = "sid=open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`place` is the path with its query; `body` is what came as JSON, text of another kind, or None."""

    method: str
    place: str
    body: Any

    @property
    def path(self) -> str:
        return urlsplit(self.place).path

    @property
    def query(self) -> Mapping[str, str]:
        return dict(parse_qsl(urlsplit(self.place).query))


Reply = tuple[int, Any]  # status, and what is said: text as it is, all else as JSON; 303 says where to go
Answer = Callable[[Asked], Reply]


def nothing(asked: Asked) -> Reply:
    return 404, {"detail": f"nothing at {asked.place}"}


def in_turn(answers: Mapping[str, list[Reply]]) -> Answer:
    """To what is asked ("GET /path?query") the answers given for it, one after the other; the last one stays."""
    left = {asked: list(replies) for asked, replies in answers.items()}

    def answer(asked: Asked) -> Reply:
        replies = left.get(f"{asked.method} {asked.place}", [nothing(asked)])
        return replies.pop(0) if len(replies) > 1 else replies[0]

    return answer


class FrontDoor(HTTPServer):
    """`answer` speaks to whoever logged in; `asked` are their requests, as "GET /path?query" or "POST /path body"."""

    def __init__(self, answer: Answer, *, public: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Visit)
        self.public = public
        self.answer = answer
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Visit(BaseHTTPRequestHandler):
    server: FrontDoor

    def do_GET(self) -> None:
        self._served("")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path != "/login":
            return self._served(body)
        if json.loads(body)["password"] != PASSWORD:
            return self._answer(401, {"detail": "wrong user or password"})
        return self._answer(200, {}, **{"Set-Cookie": f"{_SESSION}; Path=/; HttpOnly"})

    def do_DELETE(self) -> None:
        self._served("")

    def _served(self, body: str) -> None:
        if not self.server.public and self.headers.get("Cookie") != _SESSION:
            return self._answer(401, {"detail": "sign in first"})
        self.server.asked.append(f"{self.command} {self.path} {body}".rstrip())
        is_json = "json" in self.headers.get("Content-Type", "json")
        said = json.loads(body) if body and is_json else body or None
        asked = Asked(method=self.command, place=self.path, body=said)
        status, answer = self.server.answer(asked)
        return self._answer(status, answer, **({"Location": answer} if status == 303 else {}))

    def _answer(self, status: int, said: Any, **headers: str) -> None:
        content = (said if isinstance(said, str) else json.dumps(said)).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words: Any) -> None:
        """Silent."""


@contextmanager
def front_door(answer: Answer = nothing, *, public: bool = False) -> Iterator[FrontDoor]:
    """`public`: nobody has to sign in, as for what customers do."""
    door = FrontDoor(answer, public=public)
    thread = threading.Thread(target=door.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield door
    finally:
        door.shutdown()
        thread.join()
        door.server_close()
