"""What telephony calls a call of ours."""

from __future__ import annotations

from chalicelib.contacts.model.contact import Contact


def calls_of(contact: Contact) -> tuple[str, ...]:
    """The calls to its customer that went out for it, by telephony's own ids; the latest last."""
    out = (fact for fact in contact.facts if fact.kind == "dialled" and fact.data["to"] == "customer")
    return tuple(str(fact.data["call"]) for fact in out)


def line_of(contact: Contact) -> str:
    """The call that its customer is on, or was; empty where he was to be called and none ever went out."""
    if not (contact.outbound or contact.callback):
        return contact.source_id
    return next(reversed(calls_of(contact)), "")
