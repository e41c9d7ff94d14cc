"""What can go wrong, named for the fact and not for the transport.

    ManylineError
    ├── Invalid          input that cannot be used; names the field and the fix
    ├── NotSignedIn      nobody is asking, or the session is over
    ├── NotAllowed       somebody is asking who may not
    ├── NotFound         no such thing in the caller's scope
    ├── Conflict         true once, but the world moved on; carries what is true now
    ├── TooLarge         more bytes or items than the limit
    ├── TooMany          more often than the limit; carries when to come back
    └── Unavailable      a service that we lean on did not answer; try again

Doors turn these into answers (`entry.py` has the only table); services never know about HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ManylineError(Exception):
    """The root of every error that we raise on purpose."""

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts: Mapping[str, Any] = facts


class Invalid(ManylineError):
    """An input that cannot be used."""

    def __init__(self, field: str, why: str, fix: str) -> None:
        super().__init__(f"{field}: {why}; {fix}", field=field, why=why, fix=fix)
        self.field = field


class NotSignedIn(ManylineError):
    def __init__(self, why: str = "sign in first") -> None:
        super().__init__(why)


class NotAllowed(ManylineError):
    def __init__(self, why: str) -> None:
        super().__init__(why)


class NotFound(ManylineError):
    def __init__(self, what: str, which: str) -> None:
        super().__init__(f"no {what} {which!r} here", what=what, which=which)


class Conflict(ManylineError):
    def __init__(self, why: str, **now: Any) -> None:
        super().__init__(why, **now)


class TooLarge(ManylineError):
    def __init__(self, what: str, size: int, limit: int) -> None:
        super().__init__(f"{what} has {size}, the limit is {limit}", what=what, size=size, limit=limit)


class TooMany(ManylineError):
    def __init__(self, what: str, retry_after_s: int) -> None:
        super().__init__(f"too many {what}, come back in {retry_after_s} s", retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class Unavailable(ManylineError):
    def __init__(self, what: str) -> None:
        super().__init__(f"{what} did not answer; try again")
