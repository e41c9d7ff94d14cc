"""What goes down the socket to an agent's page: a piece of the page, with the version that orders it.

    {"v": 1, "stream": "contact:<id>", "seq": 5, "target": "#desk", "swap": "none", "content": "<hx-partial …>"}

A page drops what is older than what it shows, so frames may come twice and in any order. What does not fit
through the socket is a poke: {"v", "stream", "seq", "poke": "/desk/contacts/…"}, and the page fetches it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MOST_CONTENT = 24 * 1024  # bytes; API Gateway takes 32 KB to a frame, and JSON escapes some of them

Frame = Mapping[str, Any]


def frame(stream: str, seq: int, content: str, *, poke: str, target: str = "#desk", swap: str = "none") -> Frame:
    about: dict[str, Any] = {"v": 1, "stream": stream, "seq": seq, "poke": poke}
    if len(json.dumps(content).encode()) > MOST_CONTENT:
        return about
    return {**about, "target": target, "swap": swap, "content": content}


def of_contact(contact: str) -> str:
    """The stream of its facts: `seq` is the contact's version."""
    return f"contact:{contact}"


def of_conversation(contact: str) -> str:
    """The stream of its messages: `seq` is the message's number."""
    return f"messages:{contact}"


def where(tenant: str, contact: str) -> str:
    """The page of the whole card."""
    return f"/desk/contacts/{tenant}/{contact}"
