"""An agent at the desk: over the same API, and with the same telephone, as the page."""

from __future__ import annotations

import secrets
from typing import Any

import requests

from tests.deployed import Stack
from tests.journeys.customers import private
from tests.journeys.patience import PATIENCE_S, eventually

# An outcome for each client that asks for nothing more.
OUTCOMES = {
    **dict.fromkeys(("pipes", "drains", "noon"), "question_answered"),
    **dict.fromkeys(("night", "day"), "information"),
    **dict.fromkeys(("shop", "velo", "nord", "counter", "round"), "order_status"),
    "plumber": "question_answered",
    "clinic": "information",
}

Card = dict[str, Any]


class Agent:
    """One of the sample people. What is done with a contact fails where the desk refuses it; `asks` does not."""

    def __init__(self, stack: Stack, name: str) -> None:
        self._url = stack.url
        self.name = name
        self.session = stack.sign_in(name)
        self._tenants: dict[str, str] = {}
        self._messages: set[str] = set()  # on tape

    # Presence

    def is_available(self) -> None:
        self._phone("clear")  # a call of another day that nobody took is no longer on it
        self._status("available")
        self._phone("stand", status="Available")  # as the page does

    def takes_a_break(self) -> None:
        self._status("paused", reason="break")
        self._phone("stand", status="Break")

    def goes_home(self) -> None:
        self._status("offline")
        self._phone("sign-out")

    def presence(self) -> str:
        return str(self._desk()["seat"]["status"])

    def tenants(self) -> list[str]:
        """Whose contacts may come."""
        told: list[str] = self.session.get(f"{self._url}/api/me", timeout=30).json()["tenants"]
        return told

    # What lies on the desk

    def cards(self) -> dict[str, Card]:
        cards = {card["contact"]: card for card in self._desk()["contacts"]}
        self._tenants |= {contact: card["tenant"] for contact, card in cards.items()}
        self._messages |= {contact for contact, card in cards.items() if card.get("voicemail")}
        return cards

    def sees(self, contact: str, state: str, within: float = PATIENCE_S) -> Card:
        def there() -> Card | None:
            card = self.cards().get(contact)
            return card if card is not None and card["state"] == state else None

        found = eventually(there, within=within)
        assert found is not None, f"{self.name} does not see {contact} {state}: {self._desk()}"
        return found

    def no_longer_sees(self, contact: str, within: float = PATIENCE_S) -> None:
        assert eventually(lambda: contact not in self.cards(), within=within), f"{contact} lies before {self.name}"

    # What is done with a contact

    def accepts(self, contact: str, within: float = PATIENCE_S) -> Card:
        self.sees(contact, "offered", within)
        if self._is_call(contact):
            self._answers_the_phone(contact)
        else:
            self.does(contact, "accept")
        return self.sees(contact, "connected")

    def picks_up(self, contact: str) -> None:
        """Of a call out: nobody is on the line yet, and the customer's telephone rings now."""
        self._answers_the_phone(contact)

    def calls_out(self, tenant: str, number: str, about: str = "") -> str:
        """Click to dial, as the page does it: the desk opens the contact, then the telephone dials."""
        answer = self.asks_to_call(tenant, number, about)
        assert answer.ok, f"{self.name} cannot call {number}: {answer.status_code} {answer.text}"
        told = answer.json()
        self._tenants[told["contact"]] = tenant
        self._phone("dial", number=told["number"])
        return str(told["contact"])

    def dials(self, number: str) -> None:
        """At the telephone, after the desk has said whose call it is."""
        self._phone("dial", number=number)

    def asks_to_call(self, tenant: str, number: str, about: str = "") -> requests.Response:
        wish = {"tenant": tenant, "number": private(number)} | ({"contact": about} if about else {})
        return self.session.post(f"{self._url}/api/desk/dial", json=wish, timeout=30)

    def listens_to(self, tenant: str, contact: str) -> requests.Response:
        """What a caller left on tape."""
        url = f"{self._url}/api/desk/{tenant}/{contact}/voicemail"
        return self.session.get(url, headers={"Accept": "audio/wav"}, timeout=30)

    def switches_recording(self, tenant: str, contact: str, state: str) -> requests.Response:
        """As the page does it: with what the telephone calls its part of the call."""
        call = self.phone()["call"]["connect_contact"]
        return self.asks(tenant, contact, "recording", state=state, call=call)

    def does(self, contact: str, deed: str, **body: Any) -> Any:
        answer = self.asks(self._tenants.get(contact, "shop"), contact, deed, **body)
        assert answer.ok, f"{self.name} could not {deed} {contact}: {answer.status_code} {answer.text}"
        return answer.json()

    def asks(self, tenant: str, contact: str, deed: str, **body: Any) -> requests.Response:
        """The bare request, for those that are meant to be refused."""
        return self.session.post(f"{self._url}/api/desk/{tenant}/{contact}/{deed}", json=body, timeout=30)

    def declines(self, contact: str) -> None:
        self.does(contact, "decline")

    def holds(self, contact: str) -> None:
        """As the page does it: the desk notes it, and the telephone plays the music."""
        self.does(contact, "hold")
        if contact[0] == "v":
            self._phone("hold")

    def resumes(self, contact: str) -> None:
        self.does(contact, "resume")
        if contact[0] == "v":
            self._phone("resume")

    def says(self, contact: str, text: str) -> Any:
        private(text)
        if contact[0] == "v":
            return self._phone("say", text=text)
        return self.does(contact, "messages", text=text, client_id=secrets.token_hex(8))

    def notes(self, contact: str, text: str) -> None:
        self.does(contact, "messages", text=private(text), kind="note", client_id=secrets.token_hex(8))

    def ends(self, contact: str) -> None:
        if self._is_call(contact):
            self._phone("hangup")
        else:
            self.does(contact, "end")
        self.sees(contact, "ended")

    def dispatched(self, tenant: str, contact: str) -> dict[str, Any]:
        """Whoever was sent for from this contact, and how far that is."""
        url = f"{self._url}/api/desk/{tenant}/{contact}/dispatch"
        told: dict[str, Any] = self.session.get(url, timeout=30).json()["dispatch"]
        return told

    # Handing a call on: the desk is told where to, then the telephone transfers. As the page does it

    def destinations(self, contact: str) -> dict[str, Any]:
        url = f"{self._url}/api/desk/{self._tenants[contact]}/{contact}/destinations"
        told: dict[str, Any] = self.session.get(url, timeout=30).json()
        return told

    def asks_first(self, contact: str, to: str, note: str = "") -> None:
        """His customer is on hold while he speaks with who answers."""
        self.does(contact, "transfer", to=to, note=private(note), warm="yes")
        self._phone("transfer")

    def hands_on(self, contact: str, to: str, note: str = "") -> None:
        """Without asking: he leaves at once."""
        self.does(contact, "transfer", to=to, note=private(note), warm="no")
        self._phone("transfer")
        self.completes(contact)

    def joins(self) -> None:
        self._phone("join")

    def swaps(self) -> None:
        self._phone("swap")

    def completes(self, contact: str) -> None:
        self._phone("complete")
        self.sees(contact, "ended")

    def drops(self) -> None:
        self._phone("drop")

    def hears(self, words: str, within: float = PATIENCE_S) -> None:
        def heard() -> list[str]:
            call = self.phone()["call"]
            return [line["text"] for line in call["lines"]] if call else []

        assert eventually(lambda: any(words in line for line in heard()), within=within), f"not {words!r}: {heard()}"

    def is_on_the_line_with(self, **ends: str) -> None:
        """Everybody else on his call by kind, and whether they ring, talk or are on hold."""

        def there() -> dict[str, str]:
            call = self.phone()["call"]
            return {leg["kind"]: leg["state"] for leg in call["legs"]} if call else {}

        assert eventually(lambda: there() == ends), f"{self.name} is on the line with {there()}, not {ends}"

    def wraps_up(self, contact: str, disposition: str = "", **more: Any) -> None:
        outcome = disposition or OUTCOMES[self._tenants[contact]]
        is_call = self._is_call(contact)
        self.does(contact, "wrap", disposition=outcome, **more)
        if is_call:
            self._phone("clear")

    def finishes(self, contact: str, disposition: str = "", **more: Any) -> None:
        self.ends(contact)
        self.wraps_up(contact, disposition, **more)

    def leaves_nothing_behind(self) -> None:
        """Whatever a test that failed left on the desk is finished, and the agent goes home."""
        self._phone("clear", anyway=True)
        self.wants_to_be("paused", reason="break")
        for contact, card in self.cards().items():
            if card["state"] in ("connected", "held"):
                self._phone("hangup", anyway=True)
                self.asks(card["tenant"], contact, "end")
            self.asks(card["tenant"], contact, "wrap", disposition=OUTCOMES[card["tenant"]])
        self._phone("clear", anyway=True)
        self.goes_home()

    # The telephone

    def telephone_goes_dead(self) -> None:
        """With its page: nothing of his is heard or done any more."""
        self._phone("sign-out")

    def lays_down_the_phone(self) -> None:
        """After a call to somebody who was not reached."""
        self._phone("clear")

    def phone(self) -> dict[str, Any]:
        answer: dict[str, Any] = self._phone("state")
        return answer

    def _is_call(self, contact: str) -> bool:
        """A message on tape has a call's number, and no telephone."""
        return contact[0] == "v" and contact not in self._messages

    def _answers_the_phone(self, contact: str) -> None:
        self.rings(contact)
        self._phone("accept")

    def rings(self, contact: str) -> None:
        """Waits until the telephone does, for this call."""

        def there() -> bool:
            call = self.phone()["call"]
            return bool(call and call["contact_id"] == contact and call["state"] == "CONNECTING")

        assert eventually(there), f"the phone of {self.name} does not ring for {contact}: {self.phone()}"

    def _phone(self, deed: str, *, anyway: bool = False, **body: str) -> Any:
        url = f"{self._url}/softphone/{deed}"
        answer = self.session.get(url, timeout=30) if deed == "state" else self.session.post(url, json=body, timeout=30)
        assert anyway or answer.ok, f"{self.name}'s phone: {deed}: {answer.status_code} {answer.text}"
        return answer.json()

    def wants_to_be(self, status: str, **more: str) -> requests.Response:
        return self.session.post(f"{self._url}/api/desk/status", json={"status": status, **more}, timeout=30)

    def _status(self, status: str, **more: str) -> None:
        answer = self.wants_to_be(status, **more)
        assert answer.ok, f"{self.name} cannot be {status}: {answer.text}"

    def _desk(self) -> dict[str, Any]:
        answer = self.session.get(f"{self._url}/api/desk", timeout=30)
        assert answer.ok, f"the desk of {self.name} does not open: {answer.status_code} {answer.text}"
        desk: dict[str, Any] = answer.json()
        return desk
