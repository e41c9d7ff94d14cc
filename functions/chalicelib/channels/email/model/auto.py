"""Which mail was written by a machine, so that no machine of ours answers it (RFC 3834)."""

from __future__ import annotations

import re
from collections.abc import Callable

from chalicelib.channels.email.model.mail import Auto

_LISTS = ("List-Id", "List-Unsubscribe", "List-Post", "List-Help", "List-Owner", "Feedback-ID")
_ROBOTS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply")
_BOUNCERS = re.compile(r"(mailer-daemon|postmaster|bounces?([-+=].*)?)@.*")
_DEAF = re.compile(r"(.*[._-])?(no|not|do-?not|dont)[._-]?(reply|answer|respond)([._+-].*)?@.*|noreply.*@.*")


def auto(header: Callable[[str], str], *, sender: str, envelope_sender: str | None, content_type: str) -> Auto:
    """`header` gives a header's text, empty where there is none.

    `envelope_sender` is the return path; an empty one is a bounce, None says that nobody knows it.
    """
    if _is_bounce(header, sender, envelope_sender, content_type):
        return Auto.BOUNCE
    submitted = header("Auto-Submitted").split(";")[0].strip().lower()
    if submitted and submitted != "no":
        return Auto.REPLY if submitted in ("auto-replied", "auto-notified") else Auto.GENERATED
    precedence = header("Precedence").strip().lower()
    if precedence == "auto_reply" or any(header(name) for name in _ROBOTS):
        return Auto.REPLY
    if precedence in ("bulk", "junk", "list") or any(header(name) for name in _LISTS):
        return Auto.BULK
    # Exchange asks for silence this way; it also stands on mail that people wrote, so it is the weakest sign.
    if header("X-Auto-Response-Suppress").strip().lower() in ("all", "autoreply"):
        return Auto.GENERATED
    return Auto.NO_REPLY if _DEAF.fullmatch(sender) else Auto.NO


def _is_bounce(header: Callable[[str], str], sender: str, envelope_sender: str | None, content_type: str) -> bool:
    if envelope_sender is not None and envelope_sender.strip() in ("", "<>"):
        return True
    if header("Return-Path").strip() == "<>" or header("X-Failed-Recipients"):
        return True
    return content_type == "multipart/report" or bool(_BOUNCERS.fullmatch(sender))
