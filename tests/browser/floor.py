"""The floor between two tests: everything that waits or talks is brought to its end, by the agents' own commands."""

from __future__ import annotations

import time
from typing import Any

import requests

from tests.deployed import Stack, eventually

AGENTS = ("maria", "jonas", "amira")
_QUIET_S = 0.5  # a contact that waits comes to a free agent at once


def clear_floor(stack: Stack) -> None:
    for call in requests.get(f"{stack.url}/try/api/calls", timeout=30).json():
        requests.post(f"{stack.url}/try/api/calls/{call['call']}/hangup", json={}, timeout=30)
    for agent in ("maria", "amira"):  # one of each team takes what is left, from everybody
        _Shift(stack, agent).work_off()
    for agent in AGENTS:
        _Shift(stack, agent).go_home()


class _Shift:
    def __init__(self, stack: Stack, agent: str) -> None:
        self._url = stack.url
        self._browser = stack.sign_in(agent)

    def work_off(self) -> None:
        self._post("status", status="available")
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < _QUIET_S:
            if self._finish_all():
                quiet_since = time.monotonic()
            time.sleep(0.05)

    def go_home(self) -> None:
        eventually(lambda: not self._finish_all() and self._post("status", status="offline").ok)
        self._browser.post(f"{self._url}/softphone/sign-out", json={}, timeout=30)

    def _finish_all(self) -> int:
        board = self._browser.get(f"{self._url}/api/desk", timeout=30).json()
        for contact in board["contacts"]:
            self._one_step(contact, board["tenants"][contact["tenant"]]["dispositions"])
        return len(board["contacts"])

    def _one_step(self, contact: dict[str, Any], outcomes: list[dict[str, Any]]) -> None:
        path = f"{contact['tenant']}/{contact['contact']}"
        is_call = contact["channel"] == "voice"
        if contact["state"] == "offered" and not is_call:
            self._post(f"{path}/accept")
        elif contact["state"] in ("connected", "held"):
            self._post(f"{path}/end")
        elif contact["state"] == "ended":
            easy = next(outcome["code"] for outcome in outcomes if not outcome["requires"])
            self._post(f"{path}/wrap", disposition=easy)
            if is_call:
                self._browser.post(f"{self._url}/softphone/clear", json={}, timeout=30)

    def _post(self, path: str, **body: str) -> requests.Response:
        return self._browser.post(f"{self._url}/api/desk/{path}", json=body, timeout=30)
