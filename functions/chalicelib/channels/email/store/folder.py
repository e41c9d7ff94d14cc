"""The mail bucket: raw mails as SES puts them there, and files that came with them."""

from __future__ import annotations

from chalicelib.aws.files import Bucket
from chalicelib.channels.email.service.ports import Fetched


class MailFolder:
    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def fetch(self, key: str, most: int) -> Fetched | None:
        """Of a file that is larger than `most`, only its beginning."""
        found = self._bucket.fetch(key, most)
        return None if found is None else Fetched(found.size, found.content)

    def put(self, key: str, content: bytes, media_type: str) -> None:
        self._bucket.put(key, content, media_type)

    def move(self, key: str, to: str) -> None:
        self._bucket.move(key, to)
