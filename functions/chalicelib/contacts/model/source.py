"""What the outside world calls a contact, where that says what it is: it is in its first fact, and never forgotten."""

from __future__ import annotations

_VOICEMAIL = "/voicemail"


def voicemail_source(segment: str) -> str:
    """Of the message that was left in that segment of a call: so it is one contact, however often it is told."""
    return f"{segment}{_VOICEMAIL}"


def is_voicemail(source_id: str) -> bool:
    return source_id.endswith(_VOICEMAIL)
