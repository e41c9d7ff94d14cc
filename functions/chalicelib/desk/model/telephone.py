"""What the agent's telephone is to be while he works. Amazon Connect rings nobody who is not Available, and the desk
alone knows who is: it sets the status there (`templates/pages/static/desk/telephone`), and agents need not.
"""

from __future__ import annotations

from typing import Final

from chalicelib.kernel.channel import Channel
from chalicelib.routing.model.capacity import PAUSABLE
from chalicelib.workforce.model import PAUSE_REASONS, Status

AVAILABLE: Final = "Available"
OFFLINE: Final = "Offline"
ELSEWHERE: Final = "Busy elsewhere"
# Which an instance must have beside the two that every one has. No call is given to who is in one of them.
STATUSES = (ELSEWHERE, *(reason.capitalize() for reason in PAUSE_REASONS))


def standing(status: Status, reason: str) -> str:
    """The telephone's status for the agent's own; ELSEWHERE where the desk waits for him to say that he is back."""
    if status is Status.AVAILABLE:
        return AVAILABLE
    if status is Status.PAUSED and reason in PAUSE_REASONS:
        return reason.capitalize()
    return OFFLINE if status is Status.OFFLINE else ELSEWHERE


def keeps_calls_away(channel: Channel, *, is_voicemail: bool) -> bool:
    """Whether who has such a contact can take no call beside it: not even one that telephony gives out by itself, when
    our routing does not answer. Letters wait for a call; a call's own telephone must ring."""
    return is_voicemail or (channel is not Channel.VOICE and channel not in PAUSABLE)
