"""The ways a customer can reach a client company."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    VOICE = "voice"
    EMAIL = "email"
    CHAT = "chat"
    MESSAGE = "message"  # SMS, WhatsApp, social
    POST = "post"  # letter, fax
