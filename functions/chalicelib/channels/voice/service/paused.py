"""A pause of the recording holds for the conversation, and so for whoever comes into it later."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from chalicelib.channels.voice.model.event import ContactEvent
from chalicelib.contacts.model.contact import PAUSED, Contact
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import ContactId, TenantId


class Contacts(Protocol):
    def get(self, tenant: TenantId, contact: ContactId) -> Contact: ...
    def pause_recording(
        self, tenant: TenantId, contact: ContactId, *, agent: str, now: datetime, by: str = ""
    ) -> Contact: ...


class Recorder(Protocol):
    def pause(self, call: str, first: str) -> None:
        """Raises Unavailable."""
        ...


class Pauses:
    def __init__(self, contacts: Contacts, recorder: Recorder) -> None:
        self._contacts, self._recorder = contacts, recorder

    def go_on(self, leg: Contact, event: ContactEvent, now: datetime) -> None:
        """An agent has the call now. Where his colleague who asked him, or handed it on, had paused the recording, his
        own part is paused too: telephony began to record it a moment ago.

        Raises Unavailable where telephony did not do it: then nothing is noted, and the event comes again. Heard of a
        second time nothing is paused, for the agent may have let the recording go on since.
        """
        before = self._asked_by(leg) if leg.last("recording_paused") is None else None
        paused = before.last("recording_paused") if before is not None else None
        if before is None or paused is None or before.recording != PAUSED:
            return
        self._recorder.pause(event.contact, event.initial)
        by = paused.by.removeprefix("agent:")
        self._contacts.pause_recording(leg.tenant, leg.contact, agent=leg.agent, by=by, now=now)

    def _asked_by(self, leg: Contact) -> Contact | None:
        """The leg from which this one was begun by a transfer: what it is only about is another conversation."""
        try:
            before = self._contacts.get(leg.tenant, ContactId(leg.previous)) if leg.previous else None
        except NotFound:
            return None
        if before is None:
            return None
        handed = any(one.kind == "transferred" and one.data.get("contact") == leg.contact for one in before.facts)
        return before if handed else None
