"""What the instance holds beside its calls: numbers and users. Where there is a file, they outlive the process."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec


@dataclass(slots=True, kw_only=True)
class Line:
    """A number; `outcome` is what its claim will come to at `settles`."""

    id: str
    arn: str
    phone: str
    country: str
    type: str
    tags: dict[str, str]
    settles: float
    outcome: str = "CLAIMED"
    why: str = ""
    flow: str = ""


@dataclass(slots=True, kw_only=True)
class User:
    """His id is his user name, by which the exchange knows him."""

    name: str
    identity: dict[str, Any]
    phone: dict[str, Any]
    security: list[str]
    routing: str
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Books:
    lines: dict[str, Line] = field(default_factory=dict)  # by id
    released: list[str] = field(default_factory=list)  # their numbers
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)  # of a claim: the number's id and digits
    users: dict[str, User] = field(default_factory=dict)  # by user name
    claims: int = 0


class Register:
    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self.books = Books()
        if file is not None and file.exists():
            self.books = msgspec.json.decode(file.read_bytes(), type=Books)

    def keep(self) -> None:
        """Whole or not at all: who reads never sees half a file."""
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".draft")
        draft.write_bytes(msgspec.json.encode(self.books))
        os.replace(draft, self._file)

    def answers_itself(self, agent: str) -> bool:
        """Whether the agent's telephone accepts a call by itself."""
        user = self.books.users.get(agent)
        return user is not None and bool(user.phone.get("AutoAccept"))
