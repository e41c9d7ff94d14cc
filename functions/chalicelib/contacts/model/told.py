"""What the rest of the house is told about a change of the contacts table.

    {"type": "fact", "tenant", "contact_id", "seq": from 1, "fact": {...}, "contact": {... with all facts so far}}
    {"type": "message", "tenant", "contact_id", "n", "message": {...}, "contact": {agent, desk, visitor, channel}}

A message carries all that its listeners need, so that none of them has to read. Delivered twice or late,
`seq` and `n` say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Telling = tuple[dict[str, Any], dict[str, str]]  # the body, and the attributes that queues filter by

WISH = "wish"
_HINTS = ("agent", "desk", "visitor", "channel")


def tellings(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> list[Telling]:
    """New facts of a contact, or a new message; nothing for everything else in the table."""
    if new is None:
        return []
    if new["sk"] == "CONTACT":
        return _facts(old, new)
    if new["sk"].startswith("MSG#") and old is None:
        return [_message(new)]
    return []


def _facts(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[Telling]:
    known = len(old["facts"]) if old else 0
    contact = {name: value for name, value in new.items() if name not in {"pk", "sk"}}
    told = []
    for seq in range(known + 1, len(new["facts"]) + 1):
        fact = new["facts"][seq - 1]
        body = {
            "type": "fact",
            "tenant": new["tenant"],
            "contact_id": new["contact"],
            "seq": seq,
            "fact": fact,
            "contact": {**contact, "facts": new["facts"][:seq]},
        }
        attributes = {"type": "fact", "kind": fact["kind"], "channel": new["channel"], "tenant": new["tenant"]}
        if why := new.get("outreach", "").partition(":")[0] or _wish(fact):
            attributes["outreach"] = why
        told.append((body, attributes))
    return told


def _wish(fact: Mapping[str, Any]) -> str:
    """Of a call that was not ours, or an agent's own, only this concerns who calls out: its customer wants no calls."""
    return WISH if fact["kind"] == "wrapped" and fact["data"].get("do_not_call") else ""


def _message(new: Mapping[str, Any]) -> Telling:
    hints = {name: new[name] for name in _HINTS if name in new}
    named = {"pk", "sk", "tenant", "contact", *_HINTS}
    author = new["by"].split(":")[0]
    body = {
        "type": "message",
        "tenant": new["tenant"],
        "contact_id": new["contact"],
        "n": new["n"],
        "message": {name: value for name, value in new.items() if name not in named},
        "contact": hints,
    }
    return body, {"type": "message", "kind": author, "channel": new["channel"], "tenant": new["tenant"]}
