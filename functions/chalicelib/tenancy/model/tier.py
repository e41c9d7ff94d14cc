"""The one entitlement table: what each tier includes. All ask it, most through `gate`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.kernel.channel import Channel


class Tier(StrEnum):
    VOICE = "voice"  # call center
    MULTICHANNEL = "multichannel"  # contact center


class Feature(StrEnum):
    MENU = "menu"
    AGENT_SCRIPT = "agent_script"
    CHAT_WIDGET = "chat_widget"
    MAIL_REPLIES = "mail_replies"
    SHARED_HISTORY = "shared_history"  # one view of a customer over all channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    channels: frozenset[Channel]
    features: frozenset[Feature]


_CALLS = Entitlement(channels=frozenset({Channel.VOICE}), features=frozenset({Feature.MENU, Feature.AGENT_SCRIPT}))

ENTITLEMENTS: Mapping[Tier, Entitlement] = {
    Tier.VOICE: _CALLS,
    Tier.MULTICHANNEL: Entitlement(
        channels=frozenset(Channel),
        features=_CALLS.features | {Feature.CHAT_WIDGET, Feature.MAIL_REPLIES, Feature.SHARED_HISTORY},
    ),
}
