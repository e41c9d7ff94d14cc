"""Why a pool gave a contact to an agent: what was true when it did, and what it turned on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chalicelib.routing.model.eligibility import Ring
from chalicelib.routing.model.pool_parts import Line
from chalicelib.routing.model.share import Key, Limits, Turn


class Decided(StrEnum):
    """What put this contact before the next one that the agent could have been given."""

    ONLY = "there was no other"
    OWN_AGENT = "it waited for this agent, who knows the case"
    RESERVE = "its client was under its reserve, the next one's was not"
    OVER_SHARE = "its client was less over its share than the next one's"
    DEADLINE = "its deadline was earlier than the next one's"
    ARRIVAL = "it arrived before the next one"


class Chosen(StrEnum):
    """What put this agent before the next one who could have taken the contact."""

    ONLY = "nobody else had room"
    OWN_AGENT = "he knows the case"
    MADE_ROOM = "he laid work aside for it, as it pressed and nobody had room"
    DEDICATED = "he serves this client only"
    FEWEST_SKILLS = "he has fewer skills"
    LEAST_LOADED = "he had less to do"
    MOST_LOADED = "he had more to do, and whole agents were few"
    LONGEST_IDLE = "he waited longer"
    LOWEST_NUMBER = "he waited as long and signed in first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Busy units and limits are those just before it. `decided` and `chosen` are None unless the pool keeps them."""

    contact: int
    agent: int
    line: Line
    deadline: float
    turn: Turn
    busy: int
    limit: Limits
    ring: Ring  # through which the agent serves it
    sticky: bool
    decided: Decided | None
    chosen: Chosen | None


AgentKey = tuple[tuple[bool, int], int, float, int]  # preference, load, since, number


def decided(key: Key, next_: Key | None) -> Decided:
    """What `key` has over the next one."""
    if next_ is None:
        return Decided.ONLY
    if key[0] != next_[0]:
        return Decided.RESERVE if key[0] == Turn.RESERVED else Decided.OVER_SHARE
    if key[1] != next_[1]:
        return Decided.OVER_SHARE
    return Decided.DEADLINE if key[2] != next_[2] else Decided.ARRIVAL


def chosen(key: AgentKey, next_: AgentKey | None) -> Chosen:
    """The same of two agents; loads are negative where whole agents are few."""
    if next_ is None:
        return Chosen.ONLY
    if key[0] != next_[0]:
        return Chosen.DEDICATED if key[0][0] != next_[0][0] else Chosen.FEWEST_SKILLS
    if key[1] != next_[1]:
        return Chosen.MOST_LOADED if key[1] < 0 or next_[1] < 0 else Chosen.LEAST_LOADED
    return Chosen.LONGEST_IDLE if key[2] != next_[2] else Chosen.LOWEST_NUMBER
