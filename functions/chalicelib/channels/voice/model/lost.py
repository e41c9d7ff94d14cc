"""Calls of whose end nobody told us: how long one may last before telephony is asked about it."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.contacts.service import OUTSIDE
from chalicelib.kernel.channel import Channel

TALKED = frozenset({State.CONNECTED, State.HELD, State.PATCHED})
_WAITING = frozenset({State.QUEUED, State.OFFERED})
_BEFORE_AN_AGENT = _WAITING | {State.ARRIVED}
# So long a call goes on in such a state before anybody wonders.
WAITS = timedelta(minutes=30)
TALKS = timedelta(hours=4)
ARRIVES = timedelta(hours=1)


def has_line(contact: Contact) -> bool:
    """Whether a telephone is off the hook for it, as far as we know. Who waits at home for our call, a message on
    tape, and whoever on call is being looked for, have none."""
    if contact.channel is not Channel.VOICE or contact.voicemail or contact.dispatched:
        return False
    if contact.state in TALKED:
        return True
    return contact.state in _BEFORE_AN_AGENT and not contact.callback and not contact.outreach


def is_overdue(contact: Contact, now: datetime) -> bool:
    return has_line(contact) and now - _since(contact) > _bound(contact)


def leads_outside(contact: Contact) -> bool:
    dialled = contact.last("dialled")
    beyond = contact.state is State.ARRIVED and dialled is not None and dialled.data.get("to") == OUTSIDE
    return beyond or contact.state is State.PATCHED


def _bound(contact: Contact) -> timedelta:
    return TALKS if contact.state in TALKED else WAITS if contact.state in _WAITING else ARRIVES


def _since(contact: Contact) -> datetime:
    """Since when it is with an agent, in a line (offered or not), or with us."""
    kind = "patched" if contact.state is State.PATCHED else "connected" if contact.state in TALKED else "queued"
    told = contact.first(kind) if contact.state is not State.ARRIVED else None
    return told.at if told is not None else contact.opened_at
