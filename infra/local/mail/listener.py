"""The SMTP side: one handler, heard on two ports (what customers send, and what SES sends out)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from infra.local.mail.receiving import Receiving
from infra.local.mail.store import MailStore, Way

SIZE_LIMIT = 40 * 1024 * 1024  # as SES
log = logging.getLogger("mail")
logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd writes every address it hears


class _Smtp(SMTP):
    line_length_limit = 1024 * 1024  # real servers take the long lines that broken programs write


class Sorter:
    """Decides by the recipient's domain; a mail may go both ways.

    Loops end here as they do on AWS: nothing in this class answers a mail, and our functions answer none that
    a machine wrote.
    """

    def __init__(self, receiving: Receiving, store: MailStore, domains: Callable[[], frozenset[str]]) -> None:
        self._receiving = receiving
        self._store = store
        self._domains = domains

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        raw = envelope.original_content or b""
        sender = (envelope.mail_from or "").strip("<>")  # a report comes from <>, the null sender
        try:
            done = await asyncio.to_thread(self.sort, sender, envelope.rcpt_tos, raw)
        except Exception:
            log.exception("a mail could not be passed on")
            return "451 4.3.0 Local error, try again later"
        return f"250 2.0.0 Ok: {done}"

    def sort(self, sender: str, recipients: Sequence[str], raw: bytes) -> str:
        domains = self._domains()
        inward = [one for one in recipients if one.rpartition("@")[2].lower() in domains]
        outward = [one for one in recipients if one not in inward]
        done = ""
        if inward:
            done = self._receiving.receive(sender, inward, raw)
            self._store.keep(Way.IN, sender, inward, raw)
        if outward:
            done = self._store.keep(Way.OUT, sender, outward, raw).id
        return done


async def listen(sorter: Sorter, port: int, host: str = "127.0.0.1") -> asyncio.Server:
    def session() -> Any:
        return _Smtp(
            sorter,
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
            hostname="inbound-smtp.manyline.local",
            ident="Manyline local mail",
            loop=asyncio.get_running_loop(),
        )

    return await asyncio.get_running_loop().create_server(session, host, port)
