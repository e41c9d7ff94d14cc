"""The parts of a contact's time: which fact begins which, in whole seconds, from the facts alone.

    automated   a machine has the customer: menu, questions, voicemail
    queue       the customer waits for an agent
    callback    the customer hung up and is waited for: until the agent has them on the line
    dialling    somebody is called out, and has not answered yet
    talk, hold  with an agent
    patched     with somebody outside, whom the call was put through to
    wrap        the customer has gone, the agent has not done

Billing and telephony's reconciliation read them here, so that they can never differ. Instants are cut to whole
seconds first, so that the parts of a contact add up to the whole of it. A fact that claims to have happened before the
one ahead of it counts as simultaneous with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from chalicelib.contacts.model.contact import OUTBOUND
from chalicelib.kernel.clock import second
from chalicelib.kernel.facts import Fact

ALWAYS = ("automated", "queue", "talk", "hold", "wrap")  # told of every contact, be it with 0 seconds
SOMETIMES = ("patched", "callback", "dialling")  # told only where it took a second

# A kind that is not here leaves the part as it is: `rated` takes no time of its own. An empty part is time that nobody
# counts (after the end).
_BEGINS: Mapping[str, str] = {
    "arrived": "automated",
    "queued": "queue",
    "requeued": "queue",
    "left_line": "automated",
    "callback_asked": "callback",
    "not_reached": "callback",
    "connected": "talk",
    "held": "hold",
    "resumed": "talk",
    "patched": "patched",
    "ended": "wrap",
    "self_served": "",
    "refused": "",
    "abandoned": "",
    "closed": "",
    "wrapped": "",
}
# An agent is bound from `connected` until one of these.
RELEASES = frozenset({"requeued", "not_reached", "abandoned", "wrapped"})
_AWAY = frozenset({"callback_asked", "not_reached"})


class Begun(NamedTuple):
    """`at` is in seconds since 1970, and never before that of the fact ahead."""

    fact: Fact
    at: int
    part: str


def begun(facts: Sequence[Fact]) -> Iterator[Begun]:
    """Each fact with the part that holds from then on; facts in their own order, not by instant."""
    part, at, bound, away = "", 0, False, False
    for place, fact in enumerate(facts):
        at = max(at, second(fact.at)) if place else second(fact.at)
        away = away or fact.kind in _AWAY
        part = _after(fact, part, bound=bound, away=away)
        bound = fact.kind == "connected" or (bound and fact.kind not in RELEASES)
        yield Begun(fact, at, part)


def seconds_of(facts: Sequence[Fact]) -> dict[str, int]:
    """By part: all of ALWAYS, and of SOMETIMES what took time."""
    seconds = dict.fromkeys(ALWAYS, 0)
    part, since = "", 0
    for one in begun(facts):
        if part and one.at > since:
            seconds[part] = seconds.get(part, 0) + one.at - since
        part, since = one.part, one.at
    return seconds


def _after(fact: Fact, part: str, *, bound: bool, away: bool) -> str:
    if fact.kind == "ended" and not bound:
        return ""  # nobody has anything to wrap up
    if fact.data.get("direction") == OUTBOUND or (fact.kind == "dialled" and part == "automated"):
        return "dialling"
    began = _BEGINS.get(fact.kind, part)
    return "callback" if away and began == "queue" else began  # queued again, they still sit at home
