"""The floor between two tests: everything that waits or talks is brought to its end, by the agents' own commands."""

from __future__ import annotations

import time
from typing import Any

import requests

from tests.deployed import Stack, eventually

_QUIET_S = 0.4  # a contact that waits comes to a free agent at once


class Floor:
    def __init__(self, stack: Stack) -> None:
        self._url = stack.url
        self._agents = {name: _Agent(stack, name) for name in ("maria", "jonas", "amira")}

    def clear(self) -> None:
        """Afterwards nobody waits, nobody talks, and every agent has gone home."""
        for call in requests.get(f"{self._url}/try/api/calls", timeout=30).json():
            requests.post(f"{self._url}/try/api/calls/{call['call']}/hangup", json={}, timeout=30)
        on_shift = [agent for agent in self._agents.values() if agent.is_on_shift()]
        working = on_shift or [self._agents["maria"], self._agents["amira"]]  # one of each team
        for agent in working:
            agent.work_off()
        for agent in working:
            agent.go_home()


class _Agent:
    def __init__(self, stack: Stack, name: str) -> None:
        self._url = stack.url
        self._browser = stack.sign_in(name)

    def is_on_shift(self) -> bool:
        return bool(self._board()["seat"]["status"] != "offline")

    def work_off(self) -> None:
        """Takes whatever still comes, until nothing does."""
        self._post("status", status="available")
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < _QUIET_S:
            if self._finish_all():
                quiet_since = time.monotonic()
            time.sleep(0.05)

    def go_home(self) -> None:
        assert eventually(lambda: not self._finish_all() and self._post("status", status="offline").ok)
        self._browser.post(f"{self._url}/softphone/sign-out", json={}, timeout=30)

    def _board(self) -> Any:
        return self._browser.get(f"{self._url}/api/desk", timeout=30).json()

    def _finish_all(self) -> int:
        board = self._board()
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
