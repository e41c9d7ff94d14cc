"""A visitor who chats without a browser: as fast as a test wants, through the widget's own API."""

from __future__ import annotations

import secrets
from typing import Any

import requests

from tests.deployed import Stack

SHOP_KEY = "wk_luna_7d41c09e"


class Visitor:
    """Somebody on the shop's site; the chat begins with `question`."""

    def __init__(self, stack: Stack, question: str, *, name: str) -> None:
        self._url = f"{stack.url}/api/chat"
        self._browser = stack.visitor()
        opening = {"key": SHOP_KEY, "session": secrets.token_hex(16), "name": name, "text": question}
        self._browser.headers["Authorization"] = f"Bearer {self._post('sessions', **opening).json()['token']}"

    def say(self, text: str) -> None:
        self._post("messages", client_id=secrets.token_hex(8), text=text)

    def reads(self) -> list[str]:
        """Everything that was said, as the visitor sees it."""
        snapshot: dict[str, Any] = self._browser.get(f"{self._url}/messages", timeout=30).json()
        return [message["text"] for message in snapshot["messages"]]

    def _post(self, path: str, **body: str) -> requests.Response:
        answer = self._browser.post(f"{self._url}/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer
