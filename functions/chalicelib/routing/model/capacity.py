"""How much an agent carries at once, in units: a call needs the whole agent, written work goes side by side."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.kernel.channel import Channel

UNITS = 3  # of one agent, so of one seat
COST: Mapping[Channel, int] = {
    Channel.VOICE: UNITS,
    Channel.EMAIL: 1,
    Channel.CHAT: 1,
    Channel.MESSAGE: 1,
    Channel.POST: 1,
}

# Work that may lie for the length of a call: nobody sits at the other end.
PAUSABLE = frozenset({Channel.EMAIL, Channel.POST})
MAY_PAUSE = frozenset({Channel.VOICE, Channel.CHAT})
MOST_PAUSES = 2  # of one contact; then it is finished before anything else

# The slack, as a part of the target, below which a call makes room for itself: written work is paused for it,
# and agents are kept free of new chats until one is free for it ("drained").
PRESSING = 0.5


def is_pressing(deadline: float, target_s: float, now: float) -> bool:
    """Whether less than half of the target is left; all in seconds."""
    return deadline - now < PRESSING * target_s


# The part of a team's agents that written work leaves whole as long as it can. With 200 agents and three contacts of
# ten written, it more than halves what the next call waits (the bench `routing.mixed`); a larger part gains little.
WHOLE = 0.1


def whole(signed_in: int) -> float:
    """How many of the team's shared agents that is. At least one."""
    return max(1.0, WHOLE * signed_in)


def packs(idle: int, calls_waiting: int, signed_in: int) -> bool:
    """Whether written work goes to the most loaded agent with room, so that whole agents stay free for calls.

    `idle` counts the agents who carry nothing, `signed_in` the shared ones of the team. Otherwise it goes to the
    least loaded.
    """
    return idle <= calls_waiting + whole(signed_in)
