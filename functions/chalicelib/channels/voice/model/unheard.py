"""What telephony's records say of a call of which our side heard nothing, as the facts that we would have written.

While our functions are down, the flow gives its callers to the fallback queue, and agents take them from there: a
conversation like any other, with a client who pays for it and an agent who worked. Its records come when we are back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.channels.voice.model.legs import Records, whole
from chalicelib.channels.voice.model.record import AgentTime, ContactRecord
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.facts import Fact
from chalicelib.routing.model.offer import INCOMPLETE
from chalicelib.routing.model.terms import Terms

REASON = "given out by telephony: our routing was not there"
_TOLERANCE_S = 1  # of a record's own sums


def first_of(leg: Records) -> ContactRecord:
    return min(leg.values(), key=lambda record: (record.began_at, record.contact))


def agent_of(leg: Records) -> str:
    """Who alone spoke with the customer; empty where nobody did, or more than one."""
    names = {record.agent.username for record in leg.values() if record.agent}
    return names.pop() if len(names) == 1 else ""


def is_plain(leg: Records, chain: Records) -> bool:
    """Whether the records leave nothing to guess: all are here, at most one agent spoke, once, and his sums are
    right. What else there may be is for a person to say."""
    turns = [record.agent for record in leg.values() if record.agent]
    whole_sums = all(abs(turn.contradiction) <= _TOLERANCE_S for turn in turns)
    first = first_of(leg)
    return whole(leg, chain) and len(turns) <= 1 and whole_sums and first.method == "INBOUND" and not first.outside


def facts_of(leg: Records, terms: Terms, *, dedicated: bool) -> tuple[Fact, ...]:
    """After the arrival, in their order; for a leg that `is_plain`. `dedicated`: the agent serves this client alone.

    Of hold the records know how long it was and not when: it stands at the end of the talk.
    """
    return tuple(_facts(leg, terms, dedicated=dedicated))


def _facts(leg: Records, terms: Terms, *, dedicated: bool) -> Iterator[Fact]:
    queue = next((record.queue for record in leg.values() if record.queue), None)
    if queue is not None:
        yield _queued(instant(queue.enqueued_at), terms)
    talked = next((record for record in leg.values() if record.agent), None)
    if talked is None or talked.agent is None:
        ended = max(record.ended_at for record in leg.values())
        yield Fact(kind="abandoned", at=instant(ended), by="customer", data={"where": "fallback"})
        return
    yield from _talk(talked, talked.agent, terms, dedicated=dedicated)


def _queued(at: datetime, terms: Terms) -> Fact:
    due = at + timedelta(seconds=terms.target_s - terms.boost_s)
    return Fact(kind="queued", at=at, data={"team": terms.need.team, "skill": terms.need.skill, "deadline": stamp(due)})


def _talk(record: ContactRecord, turn: AgentTime, terms: Terms, *, dedicated: bool) -> Iterator[Fact]:
    by, began = f"agent:{turn.username}", instant(turn.connected_at)
    ended = began + timedelta(seconds=turn.talk + turn.hold)
    his = {"agent": turn.username, "offer": record.contact}
    why = {"why": ["dedicated=1"]} if dedicated else {}
    place = {"team": terms.need.team, "skill": terms.need.skill}
    yield Fact(kind="offered", at=began, data={**his, **place, "reason": REASON, **why})
    yield Fact(kind="connected", at=began, by=by, data=his)
    if turn.hold:
        yield Fact(kind="held", at=began + timedelta(seconds=turn.talk), by=by)
    who = {"AGENT_DISCONNECT": by, "CUSTOMER_DISCONNECT": "customer"}.get(record.reason, "system")
    yield Fact(kind="ended", at=ended, by=who, data={"why": who.partition(":")[0]})
    yield Fact(kind="wrapped", at=ended + timedelta(seconds=turn.wrap), by="system", data={"disposition": INCOMPLETE})
