"""Addresses, and the signed text behind the plus that names a thread."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels.email.model.address import address, detail, mailbox, with_detail
from chalicelib.channels.email.model.token import ReplyTokens
from chalicelib.kernel.ids import ContactId, TenantId, contact_id

LUNA, PIPES = TenantId("luna"), TenantId("pipes")
CONTACT = contact_id("email", "ses1")
TOKENS = ReplyTokens(b"key")


def test_a_mailbox_is_the_same_whatever_stands_behind_the_plus() -> None:
    assert mailbox("Help+e123-ABC@Luna.example") == "help@luna.example"
    assert detail("Help+e123-ABC@Luna.example") == "e123-abc"
    assert mailbox("<help@luna.example>") == "help@luna.example"


@pytest.mark.parametrize(
    "text",
    ["", "@", "a@b", "a b@c.de", "a@b.c\r\nBcc: x@y.de", "a@-", "é@x.de", "a" * 65 + "@x.de", "a@" + "x." * 200 + "de"],
)
def test_what_ses_cannot_carry_is_no_address(text: str) -> None:
    assert address(text) == ""


def test_a_domain_in_another_script_is_written_as_the_network_knows_it() -> None:
    assert address("jana@münchen.example") == "jana@xn--mnchen-3ya.example"


def test_a_token_comes_back_to_its_contact_even_in_capitals() -> None:
    assert TOKENS.open(LUNA, TOKENS.sign(LUNA, CONTACT).upper()) == CONTACT


def test_a_token_of_one_client_says_nothing_at_anothers_mailbox() -> None:
    assert TOKENS.open(PIPES, TOKENS.sign(LUNA, CONTACT)) is None


def test_a_token_signed_with_another_key_says_nothing() -> None:
    assert TOKENS.open(LUNA, ReplyTokens(b"other").sign(LUNA, CONTACT)) is None


@given(st.integers(min_value=0, max_value=36), st.sampled_from("abcdefghjkmnpqrstvwxyz234567"))
def test_a_token_with_one_letter_changed_says_nothing(position: int, letter: str) -> None:
    token = TOKENS.sign(LUNA, CONTACT)
    forged = token[:position] + letter + token[position + 1 :]
    assert forged == token or TOKENS.open(LUNA, forged) is None


@given(st.text(max_size=80))
def test_any_other_text_says_nothing(text: str) -> None:
    assert TOKENS.open(LUNA, text) is None


def test_a_token_fits_into_an_address() -> None:
    full = with_detail("customer-service@luna.example", TOKENS.sign(LUNA, CONTACT))
    assert len(full.partition("@")[0]) <= 64
    assert TOKENS.open(LUNA, detail(full)) == CONTACT


def test_a_mailbox_too_long_for_a_token_stays_as_it_is() -> None:
    box = "a" * 40 + "@luna.example"
    assert with_detail(box, TOKENS.sign(LUNA, ContactId("e" + "0" * 20))) == box
