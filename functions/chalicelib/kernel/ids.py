"""The identities that everyone shares.

They are distinct types, so that a customer's address can never stand where a tenant is asked for.
A `TenantId` is minted in two places only: by the authorizer (`tenancy`), and by the address that
was dialled, mailed or opened.
"""

from __future__ import annotations

import hashlib
from typing import NewType

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import NotFound

TenantId = NewType("TenantId", str)
TeamId = NewType("TeamId", str)
AgentId = NewType("AgentId", str)
ContactId = NewType("ContactId", str)
OfferId = NewType("OfferId", str)
ConnectionId = NewType("ConnectionId", str)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_LENGTH = 20  # 100 bits


def digest(*parts: str) -> str:
    """20 characters that always follow from the same parts, and from no others."""
    number = int.from_bytes(hashlib.sha256("\x1f".join(parts).encode()).digest(), "big")
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(0, _LENGTH * 5, 5))


_CHANNELS = {channel.value[0]: channel for channel in Channel}
assert len(_CHANNELS) == len(Channel), "a contact's id begins with its channel's first letter"


def contact_id(channel: str, source_id: str) -> ContactId:
    """The id of a contact follows from what the outside world calls it.

    So the same call, mail or chat delivered twice opens one contact, with no look-up.
    """
    return ContactId(f"{channel[0]}{digest('contact', channel, source_id)}")


def channel_of(contact: ContactId) -> Channel:
    """Raises NotFound for what is no id of ours."""
    channel = _CHANNELS.get(contact[:1])
    if channel is None:
        raise NotFound("contact", contact)
    return channel
