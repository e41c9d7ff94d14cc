"""Queues and topics that keep what they were given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class KeptQueue:
    def __init__(self) -> None:
        self.sent: list[tuple[dict[str, Any], int]] = []

    def send(self, message: Mapping[str, Any], delay_s: int) -> None:
        self.sent.append((dict(message), delay_s))


class KeptTopic:
    def __init__(self) -> None:
        self.told: list[tuple[dict[str, Any], dict[str, str]]] = []

    def publish(self, messages: Sequence[tuple[Mapping[str, Any], Mapping[str, str]]]) -> None:
        self.told.extend((dict(body), dict(attributes)) for body, attributes in messages)
