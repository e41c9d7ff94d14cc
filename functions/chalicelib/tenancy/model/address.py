"""The addresses that customers use, each in the one way it is written here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

from chalicelib.kernel.channel import Channel
from chalicelib.tenancy.model.form import Unfit, Written, rule


class AddressKind(StrEnum):
    PHONE = "phone"
    MAILBOX = "mailbox"
    WIDGET = "widget"

    @property
    def channel(self) -> Channel:
        return _CHANNELS[self]


_CHANNELS = {AddressKind.PHONE: Channel.VOICE, AddressKind.MAILBOX: Channel.EMAIL, AddressKind.WIDGET: Channel.CHAT}


class E164(Written):
    """A telephone number as the network knows it."""

    __slots__ = ()
    FORM = r"\+[1-9][0-9]{6,14}"
    ALLOWED = "the number with + and the country's code, like +493055501300"

    @classmethod
    def normal(cls, text: str) -> str:
        return re.sub(r"[ ()./-]", "", text)


class Mailbox(Written):
    """A mail address in small letters. `+` is ours: it parts a mailbox from the token of a thread."""

    __slots__ = ()
    FORM = r"[a-z0-9.!#$%&'*/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]"
    ALLOWED = "a mail address without a + part, like help@luna-shop.example"

    @classmethod
    def normal(cls, text: str) -> str:
        local, at, domain = text.strip().lower().rpartition("@")
        try:
            return f"{local}{at}{domain.encode('idna').decode()}"
        except UnicodeError:
            return text


class WidgetKey(Written):
    """Public: it stands in the script tag of the client's site."""

    __slots__ = ()
    FORM = r"wk_[a-z0-9_]{6,40}"
    ALLOWED = "wk_ and 6 to 40 small letters, digits and underscores"


class Origin(Written):
    """A site that may show the chat widget: scheme, host and port, exactly as its browser sends them."""

    __slots__ = ()
    FORM = r"https?://[a-z0-9.-]+(:[0-9]{1,5})?"
    ALLOWED = "https://host or https://host:port, exactly (http only for localhost and 127.0.0.1)"

    @classmethod
    def parse(cls, text: str) -> Self:
        origin = super().parse(text)
        parts = urlsplit(origin)
        host = parts.hostname or ""
        at_home = host in ("localhost", "127.0.0.1") or host.endswith(".localhost")
        if parts.scheme == "http" and not at_home:
            raise Unfit(f"{text!r} is not encrypted", f"write {cls.ALLOWED}")
        return origin

    @classmethod
    def normal(cls, text: str) -> str:
        """Browsers leave out the port that goes without saying."""
        origin = text.strip().lower()
        return re.sub(r"^(http://[^/:]+):80$|^(https://[^/:]+):443$", r"\1\2", origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Widget:
    """A chat widget and the sites that may embed it."""

    key: WidgetKey = rule("The public key in the script tag of the client's site.")
    origins: tuple[Origin, ...] = rule("Sites that may show the widget, exactly.", least=1, most=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPoints:
    """The addresses at which customers reach this client. An address belongs to one client only."""

    phones: tuple[E164, ...] = rule("Dialled numbers.", empty=tuple, most=20)
    mailboxes: tuple[Mailbox, ...] = rule("Mail addresses.", empty=tuple, most=20)
    widgets: tuple[Widget, ...] = rule("Chat widgets.", empty=tuple, most=10)

    def all(self) -> tuple[Address, ...]:
        return (
            *(Address(AddressKind.PHONE, phone) for phone in self.phones),
            *(Address(AddressKind.MAILBOX, mailbox) for mailbox in self.mailboxes),
            *(Address(AddressKind.WIDGET, widget.key) for widget in self.widgets),
        )

    def origins(self, key: str) -> tuple[Origin, ...]:
        """The sites that may show the widget with this key."""
        return next((widget.origins for widget in self.widgets if widget.key == key), ())


@dataclass(frozen=True, slots=True, order=True)
class Address:
    kind: AddressKind
    text: str


def address(kind: str, text: str) -> Address | None:
    """The address that the outside world means; None if it can be nobody's."""
    try:
        match AddressKind(kind):
            case AddressKind.PHONE:
                return Address(AddressKind.PHONE, E164.parse(text))
            case AddressKind.MAILBOX:
                # What follows a + is a note of the sender's or a token of ours: the mailbox is the same.
                local, at, domain = text.rpartition("@")
                return Address(AddressKind.MAILBOX, Mailbox.parse(f"{local.partition('+')[0]}{at}{domain}"))
            case AddressKind.WIDGET:
                return Address(AddressKind.WIDGET, WidgetKey.parse(text))
    except (Unfit, ValueError):
        return None
