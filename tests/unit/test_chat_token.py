"""The session token: the only key to a conversation, and it opens no other."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels.chat.model.visit import LASTS, SessionTokens, Visit, source_of
from chalicelib.kernel.errors import NotSignedIn
from chalicelib.kernel.ids import ContactId, TenantId

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TOKENS = SessionTokens(b"the key of this stage")
VISIT = Visit(tenant=TenantId("shop"), contact=ContactId("c123"), visitor="v1", until=NOW + LASTS)


def test_a_token_opens_the_chat_it_was_signed_for() -> None:
    assert TOKENS.open(TOKENS.sign(VISIT), NOW) == VISIT


def test_a_token_lasts_a_day_and_not_a_second_longer() -> None:
    token = TOKENS.sign(VISIT)
    TOKENS.open(token, NOW + LASTS - timedelta(seconds=1))
    with pytest.raises(NotSignedIn):
        TOKENS.open(token, NOW + LASTS)


@pytest.mark.parametrize("claim", ["t", "c", "v", "exp"])
def test_a_token_that_was_rewritten_for_another_tenant_contact_or_day_opens_nothing(claim: str) -> None:
    body, _, signature = TOKENS.sign(VISIT).partition(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims[claim] = claims[claim] + 1 if claim == "exp" else "clinic"
    forged = base64.urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).decode().rstrip("=")
    with pytest.raises(NotSignedIn):
        TOKENS.open(f"{forged}.{signature}", NOW)


@given(st.integers(min_value=0), st.characters(codec="utf-8"))
def test_a_token_with_any_other_character_anywhere_opens_nothing(at: int, other: str) -> None:
    token = TOKENS.sign(VISIT)
    at %= len(token)
    if token[at] != other:
        with pytest.raises(NotSignedIn):
            TOKENS.open(token[:at] + other + token[at + 1 :], NOW)


@given(st.text(max_size=300))
def test_whatever_is_sent_as_a_token_is_refused_and_never_an_accident(text: str) -> None:
    with pytest.raises(NotSignedIn):
        TOKENS.open(text, NOW)


def test_the_key_of_another_stage_signs_nothing_here() -> None:
    with pytest.raises(NotSignedIn):
        TOKENS.open(SessionTokens(b"another key").sign(VISIT), NOW)


def test_the_same_session_at_two_clients_is_two_chats() -> None:
    session = "a-session-of-a-widget-1"
    assert source_of(TenantId("shop"), session) != source_of(TenantId("clinic"), session)
    assert session not in source_of(TenantId("shop"), session)
