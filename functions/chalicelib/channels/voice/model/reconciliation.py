"""Connect's records of a leg held against our own facts: what differs, and which side wins. All rules are here.

    what                      who wins       why
    state, agent, order       our facts      they rule live routing; records come minutes later
    talk, hold, wrap-up       Connect        telephony's own clock; taken where a part differs by more than TOLERANCE_S
    queue, ringing            our facts      waiting is free, and our line begins before Connect's queue does
    time outside              our facts      what is patched through is told by its own leg (`legs.untold`), once
    instants                  nobody         durations are compared, each by its own clock; clocks apart are told

A difference is always reported. Usage is corrected only where both sides know of an agent's part and the records
can be believed: the leg is whole, no record contradicts itself, and both name the same agents. In every other
case our facts stand until a person has decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.channels.voice.model.legs import Records, attempts, called, whole
from chalicelib.channels.voice.model.record import ContactRecord
from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.model.parts import seconds_of
from chalicelib.kernel.clock import instant, second

TOLERANCE_S = 1  # both sides cut to whole seconds, each at both ends
QUEUE_TOLERANCE_S = 10  # a caller is moved between queues when the queue flow asks, every ten seconds
CLOCK_TOLERANCE_S = 5  # between the instants at which the two sides say that the agent was connected
BILLED = ("talk", "hold", "wrap")

_COMPARED: Mapping[str, int] = {  # part → the seconds by which the two sides may differ
    **dict.fromkeys(BILLED, TOLERANCE_S),
    "queue": QUEUE_TOLERANCE_S,
    "patched": CLOCK_TOLERANCE_S,
}


class Reason(StrEnum):
    """Why usage is corrected, or why it is not."""

    AGREES = "agrees"
    TELEPHONY_RULES = "telephony_rules"
    CHAIN_BROKEN = "chain_broken"  # a record of it never came
    CONTRADICTS_ITSELF = "contradicts_itself"  # talk and hold are not the time from connection to wrap-up
    OUTSIDE_ROUTING = "outside_routing"  # an agent talked, and our facts know of none
    NOBODY_TALKED = "nobody_talked"  # our facts know of an agent, the records of none
    OTHER_AGENTS = "other_agents"
    NO_SECONDS = "no_seconds"  # the records leave nothing to bill: that is for a person to say
    UNKNOWN_CONTACT = "unknown_contact"
    ADOPTED = "adopted"  # our side never heard of it: it was written down by the records
    UNKNOWN_CLIENT = "unknown_client"
    UNKNOWN_ATTEMPT = "unknown_attempt"  # somebody on call was called, and our facts know of no such call
    NOT_OVER = "not_over"  # our facts never came to an end


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one side says of a call, in whole seconds by part."""

    seconds: Mapping[str, int]
    agents: frozenset[str]
    connected_at: int = 0  # seconds since 1970; 0: never

    @property
    def handled(self) -> bool:
        return bool(self.agents) or self.connected_at > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    part: str
    ours: int
    theirs: int
    wins: str  # ours or theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`seconds` are what billing is to hold for talk, hold and wrap-up; empty where it keeps what it has.

    `clocks_apart_s` is how much later Connect's clock says that the agent was connected; 0 within the tolerance.
    """

    reason: Reason
    differences: tuple[Difference, ...] = ()
    seconds: Mapping[str, int] | None = None
    clocks_apart_s: int = 0

    @property
    def worth_telling(self) -> bool:
        return self.reason is not Reason.AGREES or bool(self.differences) or self.clocks_apart_s != 0

    @property
    def why(self) -> str:
        """For an audit: each part that differs with both sides."""
        said = ", ".join(f"{one.part} {one.ours} s by our facts, {one.theirs} s by Connect" for one in self.differences)
        return f"contact record: {said}" if said else f"contact record: {self.reason.value}"


def theirs(leg: Records) -> Account:
    """Agents' time is added up over the segments: each has an agent of its own, who may be the same one.

    Only on the line does one wait: whom we call waits for nobody, and who is called back waits at home.
    """
    turns = [record.agent for record in leg.values() if record.agent is not None]
    on_line = [record for one, record in leg.items() if one not in called(leg)]
    return Account(
        seconds={
            "talk": sum(turn.talk for turn in turns),
            "hold": sum(turn.hold for turn in turns),
            "wrap": sum(turn.wrap for turn in turns),
            "queue": sum(record.queue.seconds for record in on_line if record.queue is not None),
            "patched": sum(_outside(record) for record in leg.values()),
        },
        agents=frozenset(turn.username for turn in turns if turn.username),
        connected_at=min((second(instant(turn.connected_at)) for turn in turns), default=0),
    )


def _outside(record: ContactRecord) -> int:
    """With somebody outside, after the agent had left."""
    if not record.outside or not record.through_at or not record.ended_at:
        return 0
    alone = max(record.through_at, record.agent.wrap_from if record.agent is not None else "")
    return max(0, second(instant(record.ended_at)) - second(instant(alone)))


def ours(contact: Contact) -> Account:
    """By our facts, read as billing reads them."""
    connected = [fact for fact in contact.facts if fact.kind == "connected"]
    seconds = seconds_of(contact.facts)
    return Account(
        seconds={part: seconds.get(part, 0) for part in _COMPARED},
        agents=frozenset(str(fact.data["agent"]) for fact in connected if fact.data.get("agent")),
        connected_at=second(connected[0].at) if connected else 0,
    )


def verdict(leg: Records, contact: Contact, chain: Records | None = None) -> Verdict:
    """Which side wins. `contact` is over, and nobody waits for more of the leg; `chain` has the call's others, too."""
    known, told = ours(contact), theirs(leg)
    reason = _doubt(leg, chain, known, told)
    if reason is None:
        moved = any(abs(told.seconds[part] - known.seconds[part]) > TOLERANCE_S for part in BILLED)
        reason = Reason.TELEPHONY_RULES if moved else Reason.AGREES
    if reason is Reason.TELEPHONY_RULES and not any(told.seconds[part] for part in BILLED):
        reason = Reason.NO_SECONDS
    taken = reason is Reason.TELEPHONY_RULES
    return Verdict(
        reason=reason,
        differences=tuple(_differences(known, told, taken)),
        seconds={part: told.seconds[part] for part in BILLED} if taken else None,
        clocks_apart_s=_apart(known, told),
    )


def verdict_on_attempts(leg: Records, contact: Contact) -> Verdict:
    """Of calls to people on call only their number is held against ours: no agent spoke, and no second is billed."""
    told = {f"dialled:{record.contact}" for record in attempts(leg)}
    return Verdict(reason=Reason.AGREES if told <= {*contact.once} else Reason.UNKNOWN_ATTEMPT)


def _doubt(leg: Records, chain: Records | None, known: Account, told: Account) -> Reason | None:
    if not whole(leg, chain):
        return Reason.CHAIN_BROKEN
    if any(record.agent is not None and abs(record.agent.contradiction) > TOLERANCE_S for record in leg.values()):
        return Reason.CONTRADICTS_ITSELF
    if told.handled and not known.handled:
        return Reason.OUTSIDE_ROUTING
    if known.handled and not told.handled:
        return Reason.NOBODY_TALKED
    if known.agents != told.agents:
        return Reason.OTHER_AGENTS
    return None


def _differences(known: Account, told: Account, taken: bool) -> list[Difference]:
    found = []
    for part, tolerance in _COMPARED.items():
        mine, other = known.seconds[part], told.seconds[part]
        if abs(other - mine) > tolerance:
            wins = "theirs" if taken and part in BILLED else "ours"
            found.append(Difference(part=part, ours=mine, theirs=other, wins=wins))
    return found


def _apart(known: Account, told: Account) -> int:
    if not known.connected_at or not told.connected_at:
        return 0
    apart = told.connected_at - known.connected_at
    return apart if abs(apart) > CLOCK_TOLERANCE_S else 0
