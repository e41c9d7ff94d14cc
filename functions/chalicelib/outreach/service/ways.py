"""How whoever is on call is reached: by telephone, by text and by mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from chalicelib.outreach.model.dispatch import Attempt, Dispatch
from chalicelib.outreach.model.letters import Letter, letter_of, text_of, unanswered_letter
from chalicelib.outreach.model.sms import parts_of
from chalicelib.tenancy.model.on_call import By

FLOW = "dispatch"  # what our flow for these calls is called


class Sent(NamedTuple):
    """What was made, as who made it knows it."""

    id: str
    parts: int = 1  # as which a text was sent


class Telephone(Protocol):
    def call(self, *, number: str, caller_id: str, flow: str, attributes: Mapping[str, str], token: str) -> str:
        """Connect's id of the call, the same for the same token. Raises Unavailable, or Conflict where it never can."""
        ...

    def hush(self, call: str) -> None:
        """It rings no more; silent where somebody has answered, or it is over. Raises Unavailable."""
        ...


class Texts(Protocol):
    def send(self, number: str, text: str) -> str:
        """The carrier's id. Raises as a call does."""
        ...


class Mails(Protocol):
    def send(self, sender: str, name: str, to: str, letter: Letter, token: str) -> str:
        """The mail's id. Raises as a call does."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """And where the page is by which they take a message."""

    telephone: Telephone
    texts: Texts
    mails: Mails
    house_sender: str  # of mails for clients who send none of their own
    site: Callable[[], str]  # https://… without a slash at the end

    def ring(self, dispatch: Dispatch, attempt: Attempt) -> Sent:
        named = {"tenantId": dispatch.tenant, "contactId": dispatch.contact, "attempt": str(attempt.n)}
        token = dispatch.token(attempt)
        return Sent(
            self.telephone.call(
                number=attempt.to, caller_id=dispatch.caller_id, flow=FLOW, attributes=named, token=token
            )
        )

    def write(self, dispatch: Dispatch, attempt: Attempt, signed: str) -> Sent:
        """A text or a mail; who follows its link holds the signed text."""
        link = f"{self.site()}/oncall/{signed}"
        if attempt.by is By.SMS:
            text = text_of(dispatch, link)
            return Sent(self.texts.send(attempt.to, text), parts_of(text))
        letter = letter_of(dispatch, attempt, link)
        return Sent(self.mails.send(dispatch.sender, dispatch.client, attempt.to, letter, dispatch.token(attempt)))

    def tell_unanswered(self, dispatch: Dispatch, to: str) -> str:
        token = f"{dispatch.contact}-unanswered"
        return self.mails.send(dispatch.sender, dispatch.client, to, unanswered_letter(dispatch), token)
