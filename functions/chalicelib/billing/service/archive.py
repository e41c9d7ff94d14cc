"""Documents as they were issued: filed under what they say, and read again as the very bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import IO, Any, Protocol

from chalicelib.billing.service.documents import JSON, Kept
from chalicelib.billing.service.print_room import FOLDER, annex_beside
from chalicelib.kernel.errors import Invalid, NotFound, TooLarge

_MOST = 512 * 1024 * 1024


class File(Protocol):
    @property
    def size(self) -> int: ...
    @property
    def content(self) -> bytes: ...


class Cabinet(Protocol):
    def fetch(self, key: str, most: int) -> File | None: ...
    def pour(self, key: str, content: IO[bytes], media_type: str) -> None: ...


class Documents(Protocol):
    def keep(self, document: bytes) -> Kept: ...


class Annex(Protocol):
    """Of any size: it is read piece by piece."""

    @property
    def sha256(self) -> str: ...
    def opened(self) -> AbstractContextManager[IO[bytes]]: ...


class Archive:
    def __init__(self, documents: Documents, cabinet: Cabinet) -> None:
        self.keep = documents.keep
        self._cabinet = cabinet

    def keep_annex(self, document: Mapping[str, Any], annex: Annex) -> None:
        """Before the document that names it by its hash. Filing it again is silence."""
        if annex.sha256 != document["annex"]["sha256"]:
            raise Invalid("annex", "the invoice names another annex", "file the annex that it was made with")
        folder = f"{FOLDER}{document['client']['tenant']}/{document['period']['label']}/"
        with annex.opened() as content:
            self._cabinet.pour(annex_beside(folder, document), content, JSON)

    def content(self, key: str) -> bytes:
        file = self._cabinet.fetch(key, _MOST)
        if file is None:
            raise NotFound("document", key)
        if file.size > _MOST:
            raise TooLarge("the document", file.size, _MOST)
        return file.content

    def read(self, key: str) -> Mapping[str, Any]:
        document: Mapping[str, Any] = json.loads(self.content(key))
        return document
