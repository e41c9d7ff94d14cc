"""Recordings where Amazon Connect put them: `<bucket>/<key>`, as its contact record says."""

from __future__ import annotations

from chalicelib.aws.files import Bucket
from chalicelib.kernel.errors import TooLarge

# What a function may answer with is 6 MB, as text of base 64: some four minutes of a caller.
MOST = 4_300_000


class BucketTapes:
    def __init__(self, own: str = "") -> None:
        """`own` is the stage's bucket for recordings: in any other there is nothing. Empty where a stage is not told;
        then its rights alone bound what is fetched.
        """
        self._own = own

    def fetch(self, where: str) -> bytes | None:
        bucket, slash, key = where.removeprefix("s3://").partition("/")
        ours = bool(slash and bucket and key) and self._own in ("", bucket)
        found = Bucket(bucket).fetch(key, MOST) if ours else None
        if found is not None and found.size > MOST:
            raise TooLarge("the message in bytes", found.size, MOST)
        return found.content if found is not None else None
