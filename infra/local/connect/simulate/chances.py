"""How likely things go wrong, or somebody loses patience, in a simulated world."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """Shares from 0 to 1; seconds where it says so."""

    breaks: float = 0.02  # the service fails at an action that has a branch for it
    no_answer: float = 0.06  # of a Lambda: it fails, is too slow, or says what Connect does not take
    strange: float = 0.15  # a value that the flow does not compare with
    missing: float = 0.08  # a value that is not there at all
    unlike: float = 0.5  # a contact that is no plain call, where the flow asks what it is
    refused: float = 0.06  # no such queue, nobody there, not possible now
    queued_before: float = 0.15  # a first flow that runs behind an agent or a callback: a target queue is set already
    full: float = 0.08  # the queue is
    silent: float = 0.2  # the caller presses nothing
    early: float = 0.4  # a key comes while the prompt is read
    misses: float = 0.4  # an agent whose phone rings
    holds: float = 0.3  # a talk that is put on hold
    leaves_first: float = 0.5  # the agent, before the caller
    patience_s: float | None = 1_200  # mean; None: nobody hangs up
    restarts: float = 0.5  # EndFlowExecution begins the queue flow anew; else the caller goes on waiting in silence
    errand: float = 0.5  # of the calls, while a branch of their flow was never taken; see `errand`


# Everything goes well, and nobody hangs up.
PLAIN = Chances(
    breaks=0,
    no_answer=0,
    strange=0,
    missing=0,
    unlike=0,
    refused=0,
    queued_before=0,
    full=0,
    silent=0,
    early=0,
    misses=0,
    holds=0,
    patience_s=None,
    restarts=0,
    errand=0,
)
