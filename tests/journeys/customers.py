"""Customers: on the phone, by mail and in a chat.

What customers say and how they are called is remembered in `PRIVATE`: none of it may ever stand in a log.
"""

from __future__ import annotations

import asyncio
import secrets
import smtplib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import make_msgid
from typing import Any

import aiohttp
import requests

from chalicelib.kernel.ids import contact_id
from infra.local.mail.store import Kept, MailStore, Way, folder
from tests.deployed import Stack
from tests.journeys.patience import PATIENCE_S, eventually

SHOP_NUMBER, PLUMBER_NUMBER = "+15550100200", "+15550100100"
SHOP_MAILBOX, PLUMBER_MAILBOX = "help@luna-shop.example", "office@rapid-plumbing.example"
SHOP_WIDGET, PLUMBER_WIDGET = "wk_luna_7d41c09e", "wk_rapid_5f3a9c21"
VELO_MAILBOX, VELO_WIDGET = "hello@velo-werk.example", "wk_velo_1c2d3e4f"
PRIVATE: set[str] = set()


def private(text: str) -> str:
    """A customer's word, name or address: from now on no log may hold it."""
    if len(text.strip()) > 5:  # a "yes" says nothing about anybody
        PRIVATE.add(text.strip())
    return text


class Caller:
    """A customer on the telephone."""

    def __init__(self, stack: Stack, number: str) -> None:
        self._calls = f"{stack.url}/try/api/calls"
        self.number = private(number)
        self._call = ""

    @classmethod
    def of(cls, stack: Stack, number: str, call: str) -> Caller:
        """Who is on a call that he has not begun."""
        customer = cls(stack, number)
        customer._call = call
        return customer

    def dials(self, number: str, press: str = "") -> str:
        """The id of the contact that this becomes."""
        view = self._post(self._calls, to=number, press=press, **{"from": self.number})
        self._call = view["call"]
        return str(view["contact_id"])

    def view(self) -> dict[str, Any]:
        view: dict[str, Any] = requests.get(f"{self._calls}/{self._call}", timeout=30).json()
        return view

    def heard(self, who: str = "system") -> list[str]:
        return [line["text"] for line in self.view()["lines"] if line["who"] == who]

    def hears(self, words: str, within: float = PATIENCE_S, who: str = "system") -> None:
        assert eventually(lambda: words in " ".join(self.heard(who)), within=within), (
            f"not heard: {words!r}, but {self.view()['lines']}"
        )

    def is_told(self, state: str, within: float = PATIENCE_S) -> None:
        assert eventually(lambda: self.view()["state"] == state, within=within), self.view()

    def says(self, text: str) -> None:
        self._post(f"{self._calls}/{self._call}/say", text=private(text))

    def presses(self, keys: str) -> None:
        private(keys.rstrip("#"))
        self._post(f"{self._calls}/{self._call}/keys", keys=keys)

    def hangs_up(self) -> None:
        self._post(f"{self._calls}/{self._call}/hangup")

    @property
    def initial(self) -> str:
        """What Connect calls the first contact of the call."""
        return self._call

    def records(self) -> list[dict[str, Any]]:
        """What Connect wrote about the call, once the wrap-up is over."""
        found: list[dict[str, Any]] = requests.get(f"{self._calls}/{self._call}/records", timeout=30).json()
        return found

    def _post(self, url: str, **body: str) -> dict[str, Any]:
        answer = requests.post(url, json=body, timeout=30)
        assert answer.ok, f"{url}: {answer.status_code} {answer.text}"
        view: dict[str, Any] = answer.json()
        return view


class Outsider:
    """Somebody outside whose telephone rings because a call is passed on to him."""

    def __init__(self, stack: Stack, number: str) -> None:
        self._stack, self._api = stack, f"{stack.url}/try/api"
        self.number = private(number)
        self._ring = self._of = ""

    def rings(self, within: float = PATIENCE_S) -> dict[str, Any]:
        """Who calls, and which number is shown."""

        def ringing() -> dict[str, Any]:
            told: list[dict[str, Any]] = requests.get(f"{self._api}/ringing", timeout=30).json()
            return next((one for one in told if one["number"] == self.number), {})

        found = eventually(ringing, within=within)
        assert found, f"the telephone {self.number} does not ring"
        self._ring, self._of = found["ring"], found["call"]
        return found

    def answers(self) -> None:
        self._post(f"ringing/{self._ring}/answer")

    def answers_as_customer(self) -> Caller:
        """Whom we called for a client is the customer of that call."""
        self.answers()
        return Caller.of(self._stack, self.number, self._of)

    def refuses(self) -> None:
        self._post(f"ringing/{self._ring}/refuse")

    def texts(self) -> list[str]:
        """What was written to the telephone, the oldest first."""
        told = requests.get(f"{self._api}/texts", params={"number": self.number}, timeout=30).json()
        return [one["text"] for one in told]

    def says(self, text: str) -> None:
        self._post(f"calls/{self._ring}/say", text=private(text))

    def hears(self, words: str, within: float = PATIENCE_S) -> None:
        def heard() -> str:
            view = requests.get(f"{self._api}/calls/{self._ring}", timeout=30).json()
            return " ".join(line["text"] for line in view["lines"])

        assert eventually(lambda: words in heard(), within=within), f"{self.number} did not hear {words!r}: {heard()}"

    def hangs_up(self) -> None:
        self._post(f"calls/{self._ring}/hangup")

    def _post(self, path: str, **body: str) -> None:
        answer = requests.post(f"{self._api}/{path}", json=body, timeout=30)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A mail that was handed over. `contact` is what it becomes, unless it continues another."""

    code: int
    mail_id: str  # SES's own
    message_id: str

    def contact(self, tenant: str = "shop") -> str:
        return contact_id("email", f"{self.mail_id}/{tenant}")


class Mailer:
    """A customer with a mail program."""

    def __init__(self, stack: Stack, address: str, name: str = "") -> None:
        self._port = stack.ports.smtp
        self._store = MailStore(folder(stack.home))
        self.address, self.name = private(address), private(name)

    def writes(self, to: str, subject: str, text: str, **headers: str) -> Posted:
        mail = EmailMessage()
        mail["From"] = f"{self.name} <{self.address}>" if self.name else self.address
        mail["To"], mail["Subject"] = to, private(subject)
        mail["Message-ID"] = make_msgid(domain="customers.example")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(private(text))
        return self.posts([to], mail.as_bytes(), str(mail["Message-ID"]))

    def answers(self, letter: Kept, text: str) -> Posted:
        """To where the letter wants its answer, in its thread."""
        raw = self.raw(letter)
        to = str(raw["Reply-To"].addresses[0].addr_spec)
        return self.writes(to, f"Re: {letter.subject}", text, In_Reply_To=letter.message_id)

    def posts(
        self, to: Sequence[str], raw: bytes, message_id: str = "", *, envelope_sender: str | None = None
    ) -> Posted:
        """Any bytes, to any mailboxes."""
        sender = self.address if envelope_sender is None else envelope_sender
        with smtplib.SMTP("127.0.0.1", self._port, timeout=60) as smtp:
            smtp.ehlo()
            smtp.mail(sender)
            for recipient in to:
                smtp.rcpt(recipient)
            code, answer = smtp.data(raw)
        return Posted(code=code, mail_id=answer.decode().rpartition(": ")[2], message_id=message_id)

    def letters(self) -> list[Kept]:
        """What came back, the oldest first."""
        kept = [one for one in self._store.all() if one.way is Way.OUT and self.address in one.recipients]
        return kept[::-1]

    def gets(self, count: int = 1, within: float = PATIENCE_S) -> Kept:
        """The latest letter, once there are so many."""
        letters = eventually(lambda: found if len(found := self.letters()) >= count else [], within=within)
        assert len(letters) >= count, f"{self.address} has {len(self.letters())} letters, not {count}"
        return letters[-1]

    def gets_answer(self, to: Posted) -> Kept:
        """The letter that answers this very mail; letters of two contacts may overtake each other."""
        letter = eventually(lambda: next((one for one in self.letters() if one.in_reply_to == to.message_id), None))
        assert letter is not None, f"{self.address} has no answer among {self.letters()}"
        return letter

    def raw(self, letter: Kept) -> EmailMessage:
        return message_from_bytes(self._store.raw(letter), policy=default)

    def text(self, letter: Kept) -> str:
        body = self.raw(letter).get_body(("plain",))
        assert body is not None, "every letter of ours has a plain text"
        return str(body.get_content())


class Visitor:
    """A customer at the chat widget of a client's site, with its live line."""

    def __init__(self, stack: Stack, *, key: str = SHOP_WIDGET, name: str = "", email: str = "") -> None:
        self._stack = stack
        self._chat = f"{stack.url}/api/chat"
        self.about = {"key": key, "session": secrets.token_hex(16), "name": private(name), "email": private(email)}
        self.token = self.contact = ""

    def opens(self, text: str, **more: str) -> dict[str, Any]:
        answer = self.asks("sessions", **self.about, text=private(text), **more)
        assert answer.ok, answer.text
        told: dict[str, Any] = answer.json()
        if "token" in told:
            self.token, self.contact = told["token"], told["snapshot"]["contact"]
        return told

    def asks(self, path: str, **body: str) -> requests.Response:
        return requests.post(f"{self._chat}/{path}", json=body, headers=self._headers(), timeout=30)

    def says(self, text: str, client_id: str = "") -> requests.Response:
        return self.asks("messages", text=private(text), client_id=client_id or secrets.token_hex(8))

    def reads(self, after: int = 0) -> dict[str, Any]:
        answer = requests.get(f"{self._chat}/messages?after={after}", headers=self._headers(), timeout=30)
        assert answer.ok, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def leaves(self) -> requests.Response:
        return self.asks("end")

    def listens(self) -> Line:
        """Opens the live line with a fresh ticket."""
        ticket = self.asks("ticket").json()["ticket"]
        return Line(f"{self._stack.url.replace('http', 'ws', 1)}/ws?ticket={ticket}", self._stack.url)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


class Line:
    """A WebSocket whose frames are kept as they come; closed at the end of a `with`."""

    def __init__(self, url: str, origin: str, cookie: str = "") -> None:
        self._url = url
        self._headers = {"Origin": origin} | ({"Cookie": cookie} if cookie else {})
        self.frames: list[dict[str, Any]] = []
        self.refused = 0
        self._open, self._leave = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._listen()), daemon=True)
        self._thread.start()
        assert self._open.wait(PATIENCE_S), f"no line to {url}"

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *error: object) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._leave.set)
        self._thread.join(10)

    def brings(self, count: int = 1, within: float = PATIENCE_S, **wanted: Any) -> list[dict[str, Any]]:
        """The frames that are as wanted, once there are so many."""

        def fitting() -> list[dict[str, Any]]:
            return [frame for frame in self.frames if wanted.items() <= frame.items()]

        eventually(lambda: len(fitting()) >= count, within=within)
        assert len(fitting()) >= count, f"not {count} frames like {wanted}: {self.frames}"
        return fitting()

    def words(self) -> list[str]:
        return [frame["message"]["text"] for frame in self.frames if "message" in frame]

    async def _listen(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            async with aiohttp.ClientSession() as session, session.ws_connect(self._url, headers=self._headers) as line:
                self._open.set()
                leaving = asyncio.create_task(self._leave.wait())
                while not leaving.done():
                    hearing = asyncio.create_task(line.receive())
                    await asyncio.wait({hearing, leaving}, return_when=asyncio.FIRST_COMPLETED)
                    if not hearing.done():
                        hearing.cancel()
                        break
                    if hearing.result().type is not aiohttp.WSMsgType.TEXT:
                        break
                    self.frames.append(hearing.result().json())
                leaving.cancel()
        except aiohttp.WSServerHandshakeError as refusal:
            self.refused = refusal.status
            self._open.set()
