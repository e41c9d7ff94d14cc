"""Questions to systems of clients, over plain HTTPS: bounded in time and in size, and never into our own network.

The name is resolved once and the connection goes to that very address, so that a name cannot point elsewhere a
moment later. No redirect is followed, no proxy and no cookie is used.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

TIME_OUT_S = 3.0  # for all of it: the caller hears silence meanwhile
MOST_BYTES = 16 * 1024
_TRANSLATED = ip_network("64:ff9b::/32")  # IPv4 behind a translator: which one, only that knows


class Unreachable(Exception):
    """No answer in time, none that is taken, or an address that is not asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


class Webhook:
    def __init__(self, *, at_home: bool = False, time_out_s: float = TIME_OUT_S) -> None:
        """`at_home`: plain http and addresses of this machine are asked too, as the local stage wants it."""
        self._at_home, self._time_out_s = at_home, time_out_s

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Raises Unreachable."""
        answers: list[Answer] = []
        reasons: list[str] = []

        def ask() -> None:
            try:
                answers.append(self._ask(url, body, headers))
            except Unreachable as error:
                reasons.append(str(error))
            except (OSError, http.client.HTTPException, ValueError) as error:
                reasons.append(type(error).__name__)

        # Nothing less bounds a name server and a peer that sends a byte a second.
        asking = threading.Thread(target=ask, daemon=True, name="webhook")
        asking.start()
        asking.join(self._time_out_s)
        if answers:
            return answers[0]
        raise Unreachable(reasons[0] if reasons else f"no answer within {self._time_out_s} s")

    def _ask(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(url)
        secure, host = parts.scheme == "https", parts.hostname or ""
        if not host or (not secure and not (self._at_home and parts.scheme == "http")):
            raise Unreachable("only https is asked")
        port = parts.port or (443 if secure else 80)
        connection = _Pinned(host, port, self._address(host, port), secure=secure, time_out_s=self._time_out_s)
        try:
            target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            connection.request("POST", target, body=body, headers=dict(headers))
            answer = connection.getresponse()
            read = answer.read(MOST_BYTES + 1)
        finally:
            connection.close()
        if len(read) > MOST_BYTES:
            raise Unreachable(f"more than {MOST_BYTES} bytes came back")
        return Answer(answer.status, read)

    def _address(self, host: str, port: int) -> str:
        """Where the name leads. One address inside of ours among several is enough to refuse them all."""
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if not found:
            raise Unreachable("the name leads nowhere")
        if not self._at_home and not all(_is_outside(address) for address in found):
            raise Unreachable("the name leads into a private network")
        return found[0]


def _is_outside(address: str) -> bool:
    """An address of the internet: neither private nor of this machine, also where IPv6 only wraps it."""
    ip = ip_address(address.partition("%")[0])
    if ip in _TRANSLATED:
        return False
    wrapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return (wrapped or ip).is_global and not ip.is_multicast


class _Pinned(http.client.HTTPConnection):
    """A connection to this address that speaks to, and asks for the certificate of, this host."""

    def __init__(self, host: str, port: int, address: str, *, secure: bool, time_out_s: float) -> None:
        super().__init__(host, port, timeout=time_out_s)
        self._address, self._secure, self._time_out_s = address, secure, time_out_s

    def connect(self) -> None:
        plain: Any = socket.create_connection((self._address, self.port), self._time_out_s)
        self.sock = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=self.host) if self._secure else plain
        )
