"""How long a contact counts: up to a minimum, to the first interval, then in steps. Whole numbers throughout.

`initial` and `following` are named as carriers do (`initial_interval`, `next_interval`): 30/6 is the first half minute
whole, then every six seconds.
"""

from __future__ import annotations

_MS = 1000


def stepped(seconds: int, initial: int, following: int, minimum: int = 0) -> int:
    """The billed seconds of so many. Nothing stays nothing."""
    if seconds <= 0:
        return 0
    beyond = (seconds if seconds > minimum else minimum) - initial
    return initial if beyond <= 0 else initial - -beyond // following * following


class Steps(dict[int, int]):
    """`stepped` by look-up, for many contacts of one price: each length is computed once."""

    def __init__(self, initial: int, following: int, minimum: int = 0) -> None:
        super().__init__()
        self._terms = (initial, following, minimum)

    def __missing__(self, seconds: int) -> int:
        billed = self[seconds] = stepped(seconds, *self._terms)
        return billed


def whole_seconds(milliseconds: int, rule: str) -> int:
    """A length in whole seconds: `down`, `up`, or `half_up` (1.4 s is 1 and 1.5 s is 2)."""
    if rule == "up":
        return -(-milliseconds // _MS)
    return (milliseconds + _MS // 2) // _MS if rule == "half_up" else milliseconds // _MS
