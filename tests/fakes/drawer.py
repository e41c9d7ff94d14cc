"""A cabinet of files in memory, and a print room next door instead of in another Lambda."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Any

from chalicelib.billing.service.print_room import PrintRoom
from chalicelib.billing.store.typeset import Typst


@dataclass(frozen=True)
class Sheet:
    content: bytes
    size: int


class Drawer:
    """Like the bucket, it gives only the beginning of a file larger than asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.kinds: dict[str, str] = {}
        self.puts: list[str] = []

    def put(self, key: str, content: bytes, media_type: str) -> None:
        self.files[key] = content
        self.kinds[key] = media_type
        self.puts.append(key)

    def pour(self, key: str, content: IO[bytes], media_type: str) -> None:
        self.put(key, content.read(), media_type)

    def fetch(self, key: str, most: int) -> Sheet | None:
        if key not in self.files:
            return None
        content = self.files[key]
        return Sheet(content if len(content) <= most else content[:100], len(content))

    def link(self, key: str, *, name: str, media_type: str, seconds: int) -> str:
        return f"https://files.example/{key}?name={name}&seconds={seconds}"


class NextDoor:
    def __init__(self, drawer: Drawer) -> None:
        self._room = PrintRoom(drawer, Typst())

    def ask(self, question: dict[str, Any]) -> dict[str, str]:
        return {"pdf": self._room.print(question["document"])}
