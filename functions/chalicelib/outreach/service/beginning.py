"""What a dispatch is made of when it begins: a message that fits, the client's ladder, and a contact of its own."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from chalicelib.contacts.model.contact import OUTBOUND, Arrival, Contact
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import contact_id
from chalicelib.outreach.model.dispatch import MOST_MESSAGE, Dispatch
from chalicelib.tenancy.model.on_call import OnCall
from chalicelib.tenancy.model.tenant import Tenant

MOST_WHO = 80  # characters of a name that somebody types
_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})  # what hides what follows


def fitting(message: str) -> str:
    text = " ".join("".join(_plain(letter) for letter in message).split())
    if not text:
        raise Invalid("message", "is empty", "say what it is about")
    if len(text) > MOST_MESSAGE:
        raise Invalid("message", f"has {len(text)} characters", f"send at most {MOST_MESSAGE}: it is read out")
    return text


def named(who: str) -> str:
    """Who takes it, as somebody typed it. Raises Invalid: a message that nobody has must go on."""
    text = who.strip()
    if not any(letter.isalnum() for letter in text):
        raise Invalid("who", "names nobody", "write who takes it")
    if any(_plain(letter) != letter for letter in text):
        raise Invalid("who", "holds characters that nobody sees", "write the name alone, in one line")
    if len(text) > MOST_WHO:
        raise Invalid("who", f"has {len(text)} characters", f"write at most {MOST_WHO}")
    return text


def _plain(letter: str) -> str:
    """Nothing that a telephone, a mail or a page would obey."""
    if unicodedata.category(letter) == "Cc":
        return " "
    return "" if unicodedata.bidirectional(letter) in _TURNING else letter


def made(
    client: Tenant, source: Contact, ladder: OnCall, message: str, by: str, n: int, house: str, now: datetime
) -> Dispatch:
    source_id = f"dispatch:{source.contact}:{n}"
    return Dispatch(
        tenant=client.id,
        contact=contact_id(Channel.VOICE, source_id),
        source=source.contact,
        source_id=source_id,
        thread=source.thread or source.contact,
        ladder=ladder,
        client=client.name,
        language=client.language,
        zone=client.zone,
        caller_id=client.calls.caller_id or next(iter(client.entry_points.phones), ""),
        sender=client.replies.reply_from if client.replies is not None else house,
        message=message,
        by=by,
        started_at=now,
        next_at=now,
    )


def arrival_of(dispatch: Dispatch) -> Arrival:
    return Arrival(
        channel=Channel.VOICE,
        entry_point=dispatch.caller_id,
        customer="",
        subject=dispatch.ladder.title,
        source_id=dispatch.source_id,
        previous=dispatch.source,
        thread=dispatch.thread,
        direction=OUTBOUND,
        outreach=f"dispatch:{dispatch.ladder.name}",
    )
