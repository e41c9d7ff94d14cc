"""Bytes that come piece by piece: hashed as they come, and kept packed, in a sixth of their room or so."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO


class Packed:
    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._kept = io.BytesIO()
        self._packer = gzip.GzipFile(fileobj=self._kept, mode="wb", compresslevel=1, mtime=0)

    def write(self, piece: bytes) -> None:
        self._hash.update(piece)
        self._packer.write(piece)

    @property
    def sha256(self) -> str:
        """Of the bytes as they came."""
        return self._hash.hexdigest()

    @property
    def size(self) -> int:
        """What it takes here; less than it said."""
        return self._kept.getbuffer().nbytes

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """To read what was written, from its beginning; nothing can be written any more."""
        self._packer.close()
        self._kept.seek(0)
        with gzip.GzipFile(fileobj=self._kept, mode="rb") as unpacked:
            yield unpacked  # type: ignore[misc]
