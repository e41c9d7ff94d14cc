"""Who listens to the facts topic, and to what: queue → the message attributes that it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

ENDINGS = ("wrapped", "refused", "abandoned", "self_served", "closed")
SEEN_AT_THE_DESK = ("offered", "requeued", "connected", "held", "resumed", "ended", "wrapped", "abandoned")
SPOKEN = ("customer", "agent", "system")

FOLLOWS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "usage": {"type": ("fact", "reconciled"), "kind": (*ENDINGS, "reconciled")},
    "desk": {"kind": (*SEEN_AT_THE_DESK, *SPOKEN)},
    "chat": {"channel": ("chat",), "kind": (*SEEN_AT_THE_DESK, *SPOKEN)},
    "outreach": {"outreach": ("campaign", "appointment", "wish"), "kind": ("wrapped", "abandoned")},
    "mail_out": {"type": ("message",), "channel": ("email",), "kind": ("agent", "system")},
}


def wants(queue: str, attributes: Mapping[str, str]) -> bool:
    """Whether the topic's filter would hand a message with these attributes to the queue."""
    return all(attributes.get(name) in values for name, values in FOLLOWS[queue].items())
