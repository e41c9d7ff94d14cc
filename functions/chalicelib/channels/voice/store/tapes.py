"""How long a recording is kept: a tag on its file, for which the bucket has a rule that deletes what is older."""

from __future__ import annotations

from chalicelib.aws.files import Bucket
from chalicelib.kernel.errors import NotFound

TAG = "keep"  # its value is a number of days


class TaggedTapes:
    """The port `Tapes`, on files where Amazon Connect put them: `<bucket>/<key>`, as its contact record says."""

    def __init__(self, own: str = "") -> None:
        """`own` is the stage's bucket for recordings: in any other there is nothing. Empty where a stage is not told;
        then its rights alone bound what is written on.
        """
        self._own = own

    def keep(self, where: str, days: int) -> None:
        name, slash, key = where.removeprefix("s3://").partition("/")
        ours = bool(slash and name and key) and self._own in ("", name)
        bucket = Bucket(name)
        written = bucket.tags(key) if ours else None
        if written is None:
            raise NotFound("recording", where)
        if TAG in written:
            return  # a client's later choice is for later recordings; and a person may have written a longer time
        if not bucket.tag(key, {**written, TAG: str(days)}):
            raise NotFound("recording", where)
