"""A message on tape whose sound is not there: not yet, or not any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.contacts.model.contact import Contact
from chalicelib.kernel.errors import ManylineError, NotFound
from chalicelib.tenancy.model.tenant import Tenant

COMES_WITHIN = timedelta(hours=1)  # telephony may lay a recording down after the record that names it


class NoSound(NotFound):
    def __init__(self, contact: Contact, client: Tenant, now: datetime) -> None:
        words = _why(contact, client, now)
        ManylineError.__init__(self, words, what="message", which=contact.contact)


def _why(contact: Contact, client: Tenant, now: datetime) -> str:
    if now - contact.opened_at < COMES_WITHIN:
        return "This message is not here yet. Please try again in a minute."
    days = client.calls.recording.keep_days
    return f"This message is not here any more: messages for {client.name} are deleted after {days} days."
